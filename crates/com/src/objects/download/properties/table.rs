//! Which properties there are: the type of each, who may do what with it, and when it can be set.

use bgcopy_api::core::catalogue::codes::DO_E_UNKNOWN_PROPERTY_ID;
use bgcopy_api::download::DownloadState;

use crate::exports::variant::{VT_BOOL, VT_BSTR, VT_BYTES, VT_UI4, VT_UI8, VT_UNKNOWN};
use crate::guard::{Answer, Fail};

/// The ids, as a type: an id that is none of them is `DO_E_UNKNOWN_PROPERTY_ID`.
macro_rules! properties {
    ($($name:ident = $id:ident: $vt:ident, $access:ident, $states:ident;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Property { $($name,)+ }

        impl Property {
            pub(super) fn from_id(id: u32) -> Answer<Self> {
                match id {
                    $(crate::abi::enums::$id => Ok(Self::$name),)+
                    _ => Err(Fail(DO_E_UNKNOWN_PROPERTY_ID)),
                }
            }

            /// Its type, who may do what with it, and when it can be set (do-download 3.1, 3.2).
            pub(super) const fn rules(self) -> (u16, Access, When) {
                match self { $(Self::$name => ($vt, Access::$access, When::$states),)+ }
            }
        }
    };
}

/// Who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
    Both,
}

/// In which states a property can be set: the rows of do-download 3.2, "Choice".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Before the first Start.
    New,
    /// Before it, and while paused.
    Paused,
    /// While nothing moves.
    Still,
    /// Until the end.
    Alive,
}

impl When {
    pub(super) const fn allows(self, state: DownloadState) -> bool {
        match (self, state) {
            (_, DownloadState::Created) => true,
            (_, DownloadState::Finalized | DownloadState::Aborted) | (Self::New, _) => false,
            (Self::Paused, state) => matches!(state, DownloadState::Paused),
            (Self::Still, state) => !matches!(state, DownloadState::Transferring),
            (Self::Alive, _) => true,
        }
    }
}

properties! {
    Id = DODownloadProperty_Id: VT_BSTR, Read, New;
    Uri = DODownloadProperty_Uri: VT_BSTR, Both, Paused;
    ContentId = DODownloadProperty_ContentId: VT_BSTR, Both, New;
    DisplayName = DODownloadProperty_DisplayName: VT_BSTR, Both, Still;
    LocalPath = DODownloadProperty_LocalPath: VT_BSTR, Both, New;
    CustomHeaders = DODownloadProperty_HttpCustomHeaders: VT_BSTR, Both, Still;
    CostPolicy = DODownloadProperty_CostPolicy: VT_UI4, Both, Alive;
    Security = DODownloadProperty_SecurityFlags: VT_UI4, Write, Still;
    Percent = DODownloadProperty_CallbackFreqPercent: VT_UI4, Both, Alive;
    Seconds = DODownloadProperty_CallbackFreqSeconds: VT_UI4, Both, Alive;
    NoProgress = DODownloadProperty_NoProgressTimeoutSeconds: VT_UI4, Both, Still;
    Foreground = DODownloadProperty_ForegroundPriority: VT_BOOL, Both, Alive;
    Blocking = DODownloadProperty_BlockingMode: VT_BOOL, Both, Still;
    Callback = DODownloadProperty_CallbackInterface: VT_UNKNOWN, Both, Alive;
    Stream = DODownloadProperty_StreamInterface: VT_UNKNOWN, Both, New;
    SecurityContext = DODownloadProperty_SecurityContext: VT_BYTES, Write, New;
    NetworkToken = DODownloadProperty_NetworkToken: VT_BOOL, Write, Still;
    Correlation = DODownloadProperty_CorrelationVector: VT_BSTR, Both, Still;
    Decryption = DODownloadProperty_DecryptionInfo: VT_BSTR, Write, New;
    Integrity = DODownloadProperty_IntegrityCheckInfo: VT_BSTR, Write, New;
    Mandatory = DODownloadProperty_IntegrityCheckMandatory: VT_BOOL, Both, New;
    Size = DODownloadProperty_TotalSizeBytes: VT_UI8, Both, New;
    Cellular = DODownloadProperty_DisallowOnCellular: VT_BOOL, Both, Alive;
    AuthHeaders = DODownloadProperty_HttpCustomAuthHeaders: VT_BSTR, Both, Still;
    Insecure = DODownloadProperty_HttpAllowSecureToNonSecureRedirect: VT_BOOL, Both, Still;
    Lasting = DODownloadProperty_NonVolatile: VT_BOOL, Both, New;
    Redirection = DODownloadProperty_HttpRedirectionTarget: VT_BSTR, Read, New;
    ResponseHeaders = DODownloadProperty_HttpResponseHeaders: VT_BSTR, Read, New;
    Address = DODownloadProperty_HttpServerIPAddress: VT_BSTR, Read, New;
    Status = DODownloadProperty_HttpStatusCode: VT_UI4, Read, New;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_can_be_set_when_the_specification_says() {
        let states = |when: When| DownloadState::ALL.map(|state| when.allows(state));
        // Created, Transferring, Transferred, Finalized, Aborted, Paused
        assert_eq!(states(When::New), [true, false, false, false, false, false]);
        assert_eq!(states(When::Paused), [true, false, false, false, false, true]);
        assert_eq!(states(When::Still), [true, false, true, false, false, true]);
        assert_eq!(states(When::Alive), [true, true, true, false, false, true]);
    }
}
