//! `certificates`: what the owner of a job is asked about the certificates of servers, and the answers.

use bgcopy_api::core::FileIndex;
use bgcopy_api::core::catalogue::codes::E_ACCESSDENIED;
use bgcopy_api::{CertificateQuestion, Client, Hresult, Job};

use super::find;
use crate::args::job::Questions;
use crate::console::Console;
use crate::explain::local;
use crate::failure::Failure;
use crate::remedies::short;
use crate::say::Say;
use crate::table::{Cut, Table};

/// Answers a question, or lists those that are open.
pub(crate) async fn run(args: &Questions, client: &Client, console: &mut Console) -> Result<(), Failure> {
    let job = find(client, &args.job).await?;
    let answer = args.accept.map(|question| (question, Hresult::S_OK));
    if let Some((question, said)) = answer.or(args.refuse.map(|question| (question, E_ACCESSDENIED))) {
        return Ok(client.answer_certificate(job.id, question, said).await?);
    }
    let questions = client.certificate_questions(job.id).await?;
    if console.json {
        return questions.iter().try_for_each(|asked| console.print_json(asked));
    }
    if questions.is_empty() {
        return console.say(Say::NothingAsked);
    }
    let table = table(&questions, console);
    console.print_text(&table)
}

fn table(questions: &[CertificateQuestion], console: &Console) -> String {
    let mut table =
        Table::new(&["QUESTION", "FILE", "UNTIL", "SERVER", "SHA-256"], &[Cut::Middle, Cut::Middle]);
    for asked in questions {
        let FileIndex(file) = asked.file;
        table.push([
            asked.question.to_string(),
            file.to_string(),
            local(asked.until, &console.reader()),
            console.printable(&asked.server),
            asked.sha256.clone(),
        ]);
    }
    table.render(console.out_width)
}

/// What a job waits for, a line per question; nothing of one that asks nothing.
pub(crate) async fn waits_for(job: &Job, client: &Client, console: &Console) -> Result<Vec<String>, Failure> {
    if !job.settings.server_certificate_callback || job.state.is_final() {
        return Ok(Vec::new());
    }
    let questions = client.certificate_questions(job.id).await?;
    let tell = |asked: &CertificateQuestion| told(job, &asked.server, &asked.sha256, console);
    Ok(questions.iter().map(tell).collect())
}

/// One question, with how it is answered.
pub(crate) fn told(job: &Job, server: &str, sha256: &str, console: &Console) -> String {
    let (server, id) = (console.printable(server), short(job.id));
    Say::AsksAbout { server: &server, sha256, id: &id }.text(console.language)
}
