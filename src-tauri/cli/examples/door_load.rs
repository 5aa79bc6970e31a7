//! Many clients at the door at once, beside a bare echo over a Unix socket of the same bytes: what the permission, the
//! keychain and the event cost above the wire [F2, S149].
//!
//! `door_load echo-server SOCKET` answers; `door_load echo SOCKET CLIENTS ROUNDS` and `door_load door HOME CONNECTION CLIENTS
//! ROUNDS` ask, and print the median and the 99th percentile in microseconds.

use std::error::Error;

#[cfg(target_os = "linux")]
mod load {
    use std::error::Error;
    use std::io::Write as _;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use local_access::Client;
    use local_access::frames::{read_frame, write_frame};
    use local_access::protocol::{Read, Request};
    use serde_json::json;
    use tokio::net::{UnixListener, UnixStream};
    use tokio::task::JoinSet;

    type Failed = Box<dyn Error + Send + Sync>;
    type Times = Vec<Duration>;

    /// As long as an answer with a token is.
    const ANSWER: &str = "a token of a usual length is as long as this, or about; what a provider makes is up to it";

    pub(super) async fn run(arguments: Vec<String>) -> Result<(), Failed> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["echo-server", socket] => echo_server(socket).await,
            ["echo", socket, clients, rounds] => {
                let (socket, rounds) = (PathBuf::from(socket), rounds.parse()?);
                measure(clients.parse()?, move || echo(socket.clone(), rounds)).await
            }
            ["door", home, connection, clients, rounds] => {
                let (home, id, rounds) = (PathBuf::from(home), (*connection).to_owned(), rounds.parse()?);
                measure(clients.parse()?, move || door(home.clone(), id.clone(), rounds)).await
            }
            _ => Err("usage: door_load echo-server SOCKET | echo SOCKET CLIENTS ROUNDS | door HOME CONNECTION CLIENTS ROUNDS".into()),
        }
    }

    async fn measure<F>(clients: usize, begin: impl Fn() -> F) -> Result<(), Failed>
    where
        F: Future<Output = Result<Times, Failed>> + Send + 'static,
    {
        let mut asking = JoinSet::new();
        (0..clients).for_each(|_| drop(asking.spawn(begin())));
        let mut times = Times::new();
        while let Some(ended) = asking.join_next().await {
            times.extend(ended??);
        }
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 1_000).copied().unwrap_or_default().as_micros();
        writeln!(std::io::stdout(), "{} {}", at(500), at(990))?;
        Ok(())
    }

    async fn door(home: PathBuf, connection: String, rounds: usize) -> Result<Times, Failed> {
        let mut client = Client::find(&home).await?.ok_or("nobody listens for this board")?;
        let request = Request::Token { connection, min_valid: None, scopes: vec![] };
        let mut times = Times::new();
        for _ in 0..rounds {
            let began = Instant::now();
            let Read::Token { .. } = client.ask(&request).await? else { return Err("that was no token".into()) };
            times.push(began.elapsed());
        }
        Ok(times)
    }

    async fn echo(socket: PathBuf, rounds: usize) -> Result<Times, Failed> {
        let mut stream = UnixStream::connect(socket).await?;
        let mut times = Times::new();
        for _ in 0..rounds {
            let began = Instant::now();
            write_frame(&mut stream, &json!({ "ask": "token", "connection": "con_0000000000" })).await?;
            read_frame(&mut stream).await?.ok_or("the echo ended")?;
            times.push(began.elapsed());
        }
        Ok(times)
    }

    async fn echo_server(socket: &str) -> Result<(), Failed> {
        let listener = UnixListener::bind(socket)?;
        loop {
            let (mut stream, _) = listener.accept().await?;
            tokio::spawn(async move {
                while let Ok(Some(_)) = read_frame(&mut stream).await {
                    if write_frame(&mut stream, &json!({ "answer": "token", "access_token": ANSWER })).await.is_err() {
                        return;
                    }
                }
            });
        }
    }
}

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(load::run(std::env::args().skip(1).collect()))
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err("the door is Linux's alone so far".into())
}
