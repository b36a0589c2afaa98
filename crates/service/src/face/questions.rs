//! What owners are asked, as their clients see it: who may look, and who may answer.

use bgcopy_api::question::{CertificateQuestion, QuestionId};
use bgcopy_api::{Caller, Reply};
use bgcopy_core::{Hresult, JobId, Refusal};

use super::Face;

impl Face {
    /// The questions that are open; of a job that has ended there are none.
    pub(super) async fn questions_of(&self, caller: &Caller, job: JobId) -> Reply<Vec<CertificateQuestion>> {
        let who = *caller;
        let asked = self.look(move |manager| {
            manager.record(&who, job)?;
            Ok(manager.questions().of(job))
        });
        match asked.await {
            // Of a job that has ended nothing is asked.
            Err(Refusal::JobNotFound { .. }) => self.on_record(caller, job, |_, _| Ok(Vec::new())).await,
            asked => asked,
        }
    }

    /// Takes an answer, of the owner alone.
    pub(super) async fn take_answer(
        &self,
        caller: &Caller,
        job: JobId,
        question: QuestionId,
        hresult: Hresult,
    ) -> Reply<()> {
        // "S_OK accepts; any failure rejects" (spec 7.7); of what is neither nobody could say what it means.
        if hresult != Hresult::S_OK && !hresult.is_failure() {
            let reason = format!("{hresult} neither accepts, as 0x00000000 does, nor is it a failure");
            return Err(Refusal::InvalidArgument { argument: "hresult", reason });
        }
        let who = *caller;
        self.look(move |manager| {
            let record = manager.record(&who, job)?;
            Self::owner_only(&who, record, "answering for the owner")?;
            match manager.questions().answer(job, question, hresult) {
                true => Ok(()),
                false => Err(Refusal::QuestionNotFound { question: question.to_string() }),
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bgcopy_api::request::{AddFile, CreateJob};
    use bgcopy_api::{Contract, Patch, SetSettings};
    use bgcopy_core::JobState;
    use bgcopy_testkit::{Authority, Content, FileServer, Origin, TlsServer};

    use super::*;
    use crate::manager::rig::{ADA, Rig};

    #[tokio::test]
    async fn nobody_but_the_owner_answers_for_the_owner() {
        let authority = Authority::new("ours");
        let tls = TlsServer::new(&authority.server(&["127.0.0.1"]));
        let origin = Origin::start_tls(FileServer::new(Content::new(1, 1_000)), tls).await;
        let house = Rig::new().serve();
        let file = AddFile::whole(origin.url("/f"), &house.state.path().join("f"));
        let settings = SetSettings {
            server_certificate_callback: Some(true),
            extra_roots: Patch::Set(authority.pem()),
            ..SetSettings::default()
        };
        let job = CreateJob { files: vec![file], resume: true, settings, ..CreateJob::named("job") };
        let id = house.face.create_job(&ADA, job, None).await.unwrap().id;
        let asked = async {
            loop {
                if let Some(asked) = house.face.certificate_questions(&ADA, id).await.unwrap().pop() {
                    return asked.question;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let question = tokio::time::timeout(Duration::from_secs(30), asked).await.unwrap();
        let (root, bob) = (Caller { uid: 0, admin: true, ..ADA }, Caller { uid: 1001, ..ADA });
        for (who, word) in [(root, "access-denied"), (bob, "not-found")] {
            let refused = house.face.answer_certificate(&who, id, question, Hresult::S_OK).await;
            assert_eq!(refused.unwrap_err().word(), word);
        }
        assert_eq!(house.face.certificate_questions(&bob, id).await.unwrap_err().word(), "not-found");
        assert!(origin.requests().is_empty());
        house.face.answer_certificate(&ADA, id, question, Hresult::S_OK).await.unwrap();
        let through = async {
            while house.face.job(&ADA, id).await.unwrap().state != JobState::Transferred {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), through).await.unwrap();
    }
}
