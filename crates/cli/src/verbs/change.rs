//! `set`.

use bgcopy_api::{AuthScheme, AuthTarget, Client, Job, Patch, ReplacePrefix};

use super::find;
use crate::args::job::Set;
use crate::args::values::User;
use crate::console::Console;
use crate::failure::Failure;
use crate::inputs::{Pem, read_pem};
use crate::remedies::short;
use crate::request::{Surroundings, ask_if_needed, client_certificate, headers};
use crate::say::Say;
use crate::session::Door;
use crate::set::{Changes, Present, check_keys, read};

/// Changes a job. Everything is read and checked before the first change.
pub(crate) async fn run(
    args: &Set,
    door: &Door,
    console: &mut Console,
    around: &Surroundings,
) -> Result<(), Failure> {
    check_keys(&args.assignments)?;
    let session = door.open().await?;
    let client = session.client();
    let mut job = find(client, &args.job).await?;
    let mut changes = read(&args.assignments, &Present { job: &job, environment: &|| around.env_proxy() })?;
    if let Some(path) = &args.certificates.cacert {
        changes.job.settings.extra_roots = Patch::Set(read_pem(path, Pem::Certificate)?);
    }
    if let Some(pair) = client_certificate(&args.certificates)? {
        changes.job.settings.client_certificate = Patch::Set(pair);
    }
    let new_headers = headers(&args.header, &args.auth_header)?;
    check(args, &changes)?;
    let server = credentials(args.user.as_ref(), AuthTarget::Server, around)?;
    let proxy = match &args.proxy_user {
        Some(user) => credentials(Some(user), AuthTarget::Proxy, around)?,
        None => changes.proxy_user.take().map_or(Login::Keep, Login::Set),
    };

    if args.take_ownership {
        job = client.take_ownership(job.id).await?;
    }
    if changes.of_job() {
        job = client.set_job(job.id, &changes.job).await?;
    }
    log_in(server, AuthTarget::Server, &job, client).await?;
    log_in(proxy, AuthTarget::Proxy, &job, client).await?;
    if args.no_headers || !new_headers.is_empty() {
        client.set_headers(job.id, new_headers).await?;
    }
    if changes.headers_write_only {
        client.make_headers_write_only(job.id).await?;
    }
    set_files(args, &changes, &job, client, console).await?;
    if console.json {
        return console.print_json(&client.job(job.id).await?);
    }
    console.say(Say::Set { id: &short(job.id), name: &job.display_name })
}

fn check(args: &Set, changes: &Changes) -> Result<(), Failure> {
    if changes.of_file() && args.file.is_none() {
        return Err(Failure::Usage(
            "remote-name, local-name, validation, expected-size, manifest-required, add-range, request-ranges and \
             download-position speak of a file; name it with --file NUMBER"
                .to_owned(),
        ));
    }
    let is_empty = args.assignments.is_empty()
        && !changes.of_job()
        && args.user.is_none()
        && args.proxy_user.is_none()
        && args.header.is_empty()
        && args.auth_header.is_empty()
        && !args.no_headers
        && args.replace_prefix.is_empty()
        && !args.take_ownership;
    if is_empty {
        return Err(Failure::Usage("there is nothing to set; 'bgcopy set --help' lists the keys".to_owned()));
    }
    Ok(())
}

async fn set_files(
    args: &Set,
    changes: &Changes,
    job: &Job,
    client: &Client,
    console: &mut Console,
) -> Result<(), Failure> {
    if let Some(index) = args.file.filter(|_| changes.of_file()) {
        client.set_file(job.id, index, &changes.file).await?;
    }
    if let [old_prefix, new_prefix] = args.replace_prefix.as_slice() {
        let prefixes = ReplacePrefix { old_prefix: old_prefix.clone(), new_prefix: new_prefix.clone() };
        let replaced = client.replace_remote_prefix(job.id, &prefixes).await?;
        console.say(Say::Replaced { files: replaced.files })?;
    }
    Ok(())
}

/// What becomes of the credentials for one target.
enum Login {
    Keep,
    Forget,
    Set(bgcopy_api::env_proxy::ProxyUser),
}

fn credentials(user: Option<&User>, target: AuthTarget, around: &Surroundings) -> Result<Login, Failure> {
    match user {
        None => Ok(Login::Keep),
        Some(User { name, password: None }) if name == "none" => Ok(Login::Forget),
        Some(user) => ask_if_needed(user, &format!("the {target}"), around).map(Login::Set),
    }
}

async fn log_in(login: Login, target: AuthTarget, job: &Job, client: &Client) -> Result<(), Failure> {
    match login {
        Login::Keep => {}
        Login::Forget => {
            for scheme in [AuthScheme::Basic, AuthScheme::Digest] {
                client.remove_credentials(job.id, target.word(), scheme.word()).await?;
            }
        }
        Login::Set(user) => {
            for credentials in user.new_credentials(target) {
                client.set_credentials(job.id, credentials).await?;
            }
        }
    }
    Ok(())
}
