//! Fetches a URL into a file, as plainly as can be: for measuring the client alone.
//!
//! `cargo run --release -p bgcopy-http --example fetch -- URL FILE [CA.pem]`

use std::error::Error;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Instant;

use bgcopy_core::Ask;
use bgcopy_http::{Http, HttpConfig, Options, Request};

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, path, rest @ ..] = arguments.as_slice() else {
        return Err("usage: fetch URL FILE [CA.pem]".into());
    };
    let mut options = Options::default();
    options.tls.extra_roots = rest.first().map(std::fs::read_to_string).transpose()?;
    let request = Request {
        url: url.parse()?,
        ask: Ask::From(0),
        if_range: None,
        options: Arc::new(options),
        no_cache: false,
        offered: false,
    };
    let file = std::fs::File::create(path)?;
    let start = Instant::now();
    let (answer, mut body) =
        Http::new(HttpConfig::default()).fetch(&request).await.map_err(|fault| fault.to_string())?;
    let mut chunks = 0_u64;
    loop {
        let at = body.position();
        let Some(chunk) = body.chunk().await.map_err(|fault| fault.to_string())? else { break };
        file.write_all_at(&chunk, at)?;
        chunks += 1;
    }
    let bytes = body.position();
    let seconds = start.elapsed().as_secs_f64();
    let rate = bytes as f64 / seconds / 1e6;
    println!(
        "{bytes} bytes by {:?} in {seconds:.3} s: {rate:.0} MB/s, {} bytes a chunk",
        answer.protocol,
        bytes / chunks.max(1)
    );
    Ok(())
}
