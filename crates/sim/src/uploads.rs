//! A pretend server of the BITS upload protocol, and the files that are sent to it. Bytes are not moved: the server
//! counts how many it has of which version of a file.

use std::collections::{BTreeMap, VecDeque};

use bgcopy_core::{
    Ack, ByteRange, Code, ErrorContext, Fault, JobId, Kept, LocalName, Packet, SessionHost, SessionId, upload,
};
use bgcopy_engine::action::Posting;
use bgcopy_engine::{Event, TransferId};

use crate::world::World;

/// A server that takes uploads.
#[derive(Debug, Default)]
pub struct UploadServer {
    sessions: BTreeMap<String, Session>,
    /// How often a file was finished under a URL.
    pub finished: BTreeMap<String, u32>,
    /// What goes wrong with the next packets, one each.
    pub mishaps: VecDeque<Mishap>,
    /// Where replies are; none without.
    pub reply: Option<String>,
    /// Who serves its sessions, if not itself.
    pub host: Option<SessionHost>,
    /// The largest fragment that it takes.
    pub ceiling: Option<u64>,
    /// The files that are sent, by their names.
    pub sources: BTreeMap<LocalName, Kept>,
    /// Packets so far.
    pub packets: u32,
    made: u32,
}

/// An upload at the server.
#[derive(Debug)]
struct Session {
    url: String,
    have: u64,
    total: Option<u64>,
    /// Of which file its bytes are.
    source: Option<Kept>,
}

/// What goes wrong with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing.
    Good,
    /// It never comes.
    Lost,
    /// Half of it comes.
    Cut,
    /// It comes, and its answer does not.
    Unanswered,
    /// The server has forgotten every session.
    Forgotten,
    /// The server has lost the last bytes of every session when a fragment comes.
    Rewound(u64),
    /// It is answered by this status.
    Status(u16),
}

impl UploadServer {
    /// Puts a file there that can be sent.
    pub fn write(&mut self, name: &LocalName, size: u64, modified: i64) {
        let kept = Kept { device: 1, inode: 2, born: None, owner: 1_000, size, modified };
        self.sources.insert(name.clone(), kept);
    }

    /// Sessions that are open.
    pub fn open_sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Takes a packet; none where it is lost on the way.
    fn take(&mut self, posting: &Posting) -> Result<Ack, Fault> {
        self.packets += 1;
        let gone = || Fault::new(Code::ClosedEarly, ErrorContext::GeneralTransport, "the connection broke");
        let mishap = self.mishaps.pop_front().unwrap_or(Mishap::Good);
        match mishap {
            Mishap::Lost => return Err(gone()),
            Mishap::Cut => {
                if let Packet::Fragment { session, range, total } = &posting.packet {
                    let half = ByteRange::new(range.start, range.start + range.len() / 2);
                    let _ = self.fragment(session, half, *total, posting);
                }
                return Err(gone());
            }
            Mishap::Forgotten => self.sessions.clear(),
            Mishap::Rewound(bytes) if matches!(posting.packet, Packet::Fragment { .. }) => {
                self.sessions
                    .values_mut()
                    .for_each(|session| session.have = session.have.saturating_sub(bytes));
            }
            Mishap::Status(status) => {
                return Err(Fault::new(Code::Http(status), ErrorContext::RemoteFile, "as the story says"));
            }
            Mishap::Good | Mishap::Unanswered | Mishap::Rewound(_) => {}
        }
        let answer = self.handle(posting);
        if mishap == Mishap::Unanswered { Err(gone()) } else { answer }
    }

    fn handle(&mut self, posting: &Posting) -> Result<Ack, Fault> {
        match &posting.packet {
            Packet::Create => {
                self.made += 1;
                let id = format!("{{{}}}", self.made);
                let url = posting.url.as_str().to_owned();
                let session = Session { url, have: 0, total: None, source: None };
                self.sessions.insert(id.clone(), session);
                Ok(Ack { session: id.parse().ok(), host: self.host.clone(), ..Ack::default() })
            }
            Packet::Fragment { session, range, total } => self.fragment(session, *range, *total, posting),
            Packet::Close(session) => {
                let closed = self.sessions.remove(session.as_str()).ok_or_else(lost)?;
                // "If you send this packet before uploading all fragments, the upload file is deleted."
                assert_eq!(Some(closed.have), closed.total, "closed before all was sent");
                *self.finished.entry(closed.url).or_default() += 1;
                Ok(Ack::default())
            }
            Packet::Cancel(session) => {
                self.sessions.remove(session.as_str()).map(|_| Ack::default()).ok_or_else(lost)
            }
        }
    }

    fn fragment(
        &mut self,
        id: &SessionId,
        range: ByteRange,
        total: u64,
        posting: &Posting,
    ) -> Result<Ack, Fault> {
        if self.ceiling.is_some_and(|ceiling| range.len() > ceiling) {
            return Err(Fault::new(Code::Http(413), ErrorContext::RemoteFile, "too much at once"));
        }
        let session = self.sessions.get_mut(id.as_str()).ok_or_else(lost)?;
        let reply = self.reply.as_deref().and_then(|url| url.parse().ok());
        if range.start > session.have {
            return Ok(Ack { out_of_step: true, received: Some(session.have), ..Ack::default() });
        }
        assert_eq!(session.total.replace(total).unwrap_or(total), total, "the file has another size");
        // What a server has is of one version of the file, from the first byte to the last.
        assert_eq!(session.source.or(posting.source), posting.source, "bytes of two files are mixed");
        session.source = posting.source;
        session.have = session.have.max(range.end);
        let reply = reply.filter(|_| range.end == total);
        Ok(Ack { received: Some(session.have), reply, private: true, ..Ack::default() })
    }
}

fn lost() -> Fault {
    Fault::new(Code::SessionNotFound, ErrorContext::RemoteFile, "no such session")
}

impl World {
    fn source(&self, job: JobId) -> Option<Kept> {
        let file = self.engine.job(job)?.file(upload::SOURCE)?;
        self.uploads.sources.get(&file.spec.local_name).copied()
    }

    pub(crate) fn look(&mut self, transfer: TransferId, job: JobId, known: Option<Kept>) {
        let event = match self.source(job) {
            Some(look) if known.is_none_or(|known| known == look) => Event::Looked(transfer, look),
            _ => Event::DiskFailed(transfer, changed()),
        };
        self.report(event);
    }

    pub(crate) fn post(&mut self, transfer: TransferId, posting: &Posting) {
        let Some(job) = self.runs.get(&transfer).map(|run| run.job) else { return };
        if let Packet::Fragment { range, .. } = &posting.packet {
            if self.source(job) != posting.source {
                return self.report(Event::DiskFailed(transfer, changed()));
            }
            self.report(Event::Sent(transfer, *range));
        }
        let event = match self.uploads.take(posting) {
            Ok(ack) => Event::Acknowledged(transfer, Box::new(ack)),
            Err(fault) => Event::FetchFailed(transfer, fault),
        };
        self.report(event);
    }
}

fn changed() -> Fault {
    Fault::new(Code::LocalFileChanged, ErrorContext::LocalFile, "it was changed")
}
