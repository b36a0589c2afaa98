//! Where a job stands, what kind it is, how urgent it is (spec 2.1, 2.2).

/// An enumeration of the specification: its number on the Windows side, its word on ours.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $number:literal, $word:literal;)+ }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $(#[$meta])*
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$vmeta])* $variant = $number,)+ }

        impl $name {
            /// Every value, in the order of its number.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The number that the Windows headers give it.
            pub const fn number(self) -> u32 {
                self as u32
            }

            /// The value with this number.
            pub const fn from_number(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The word used in the API, the database, the log and on the command line.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::state::UnknownWord;

            fn from_str(text: &str) -> Result<Self, $crate::state::UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::state::UnknownWord { word: text.to_owned(), known: &[$($word,)+] }),
                }
            }
        }
    };
}
pub(crate) use words;

/// A word that names no value of its enumeration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is none of: {}", known.join(", "))]
pub struct UnknownWord {
    /// What was given.
    pub word: String,
    /// What would be right.
    pub known: &'static [&'static str],
}

words! {
    /// `BG_JOB_STATE`: where a job stands in its life (spec 2.1).
    JobState {
        /// Waiting to run.
        Queued = 0, "queued";
        /// A worker is connecting; no byte of the body has come yet.
        Connecting = 1, "connecting";
        /// Bytes move.
        Transferring = 2, "transferring";
        /// Paused until Resume, Complete or Cancel; the initial state.
        Suspended = 3, "suspended";
        /// Cannot go on without the client; there is an error object.
        Error = 4, "error";
        /// Recoverable: the service tries again by itself; there is an error object.
        TransientError = 5, "transient-error";
        /// All files are here; the client must Complete.
        Transferred = 6, "transferred";
        /// Final, after Complete.
        Acknowledged = 7, "acknowledged";
        /// Final, after Cancel.
        Cancelled = 8, "cancelled";
    }
}

impl JobState {
    /// Acknowledged and Cancelled never change again (spec 5, "final").
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Acknowledged | Self::Cancelled)
    }

    /// A worker is busy with the job.
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Connecting | Self::Transferring)
    }

    /// The job runs, waits for its turn, or will try again by itself.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Connecting | Self::Transferring | Self::TransientError)
    }
}

words! {
    /// `BG_JOB_TYPE` (spec 2.2).
    JobType {
        /// Files come here.
        Download = 0, "download";
        /// A file goes to a server.
        Upload = 1, "upload";
        /// A file goes to a server and an answer comes back.
        UploadReply = 2, "upload-reply";
    }
}

words! {
    /// `BG_JOB_PRIORITY` (spec 2.2).
    Priority {
        /// A person waits for it: runs at once and does not give way.
        Foreground = 0, "foreground";
        /// The first of the background levels.
        High = 1, "high";
        /// The default.
        Normal = 2, "normal";
        /// The last of the background levels.
        Low = 3, "low";
    }
}

impl Priority {
    /// Everything but Foreground.
    pub const fn is_background(self) -> bool {
        !matches!(self, Self::Foreground)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_go_both_ways() {
        for &state in JobState::ALL {
            assert_eq!(JobState::from_number(state.number()), Some(state));
            assert_eq!(state.word().parse(), Ok(state));
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("{:?}", state.word()));
        }
        assert_eq!(JobState::from_number(9), None);
        assert_eq!(
            "Queued".parse::<JobState>().unwrap_err().to_string(),
            "\"Queued\" is none of: queued, connecting, transferring, suspended, error, transient-error, \
             transferred, acknowledged, cancelled"
        );
    }
}
