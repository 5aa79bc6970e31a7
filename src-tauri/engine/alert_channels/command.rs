//! Runs a person's program with a message on its standard input: no shell, a deadline, and of what it says the first line of
//! its standard error [F4].

use std::process::Stdio;
use std::time::Duration;

use domain::alert::{ChannelFailure, CommandSettings};
use domain::display_text::cleaned;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::time::timeout;

/// A script that pages somebody talks to a server or two.
const DEADLINE: Duration = Duration::from_secs(30);
/// What is read of its standard error; more is let go.
const ERROR_LIMIT: u64 = 16 * 1024;
const LONGEST_WORDS: usize = 200;

pub(super) async fn run(settings: &CommandSettings, message: &str) -> Result<(), ChannelFailure> {
    run_within(settings, message, DEADLINE).await
}

async fn run_within(settings: &CommandSettings, message: &str, deadline: Duration) -> Result<(), ChannelFailure> {
    let not_started =
        |error: std::io::Error| ChannelFailure::CommandNotStarted { words: cleaned(&error.to_string(), LONGEST_WORDS) };
    let mut command = Command::new(&settings.program);
    // What it starts is stopped with it.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command
        .args(&settings.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(not_started)?;
    let (stdin, mut stderr) = (child.stdin.take(), child.stderr.take());
    let (mut said, mut ended) = (Vec::new(), None);
    let work = async {
        let waiting = async { ended = child.wait().await.ok() };
        // One that does not read, or that leaves a child of its own behind that goes on talking, is not waited for.
        tokio::select! {
            () = waiting => {}
            () = async { tokio::join!(write(stdin, message), read(stderr.as_mut(), &mut said)); std::future::pending::<()>().await } => {}
        }
    };
    if timeout(deadline, work).await.is_err() {
        // Where there are no groups of processes it ends alone, with the drop of `child`.
        #[cfg(unix)]
        stop_group(&child);
        return Err(ChannelFailure::CommandTimedOut { after: deadline });
    }
    // What it wrote last may still lie in the pipe.
    drop(timeout(Duration::from_millis(200), read(stderr.as_mut(), &mut said)).await);
    match ended {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(ChannelFailure::CommandFailed { code: status.code(), words: first_line(&said) }),
        None => Err(ChannelFailure::CommandFailed { code: None, words: None }),
    }
}

/// It has not been waited for: its number is still its own.
#[cfg(unix)]
fn stop_group(child: &Child) {
    let group = child.id().and_then(|it| i32::try_from(it).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group
        && let Err(error) = rustix::process::kill_process_group(group, rustix::process::Signal::KILL)
    {
        tracing::debug!(%error, "a program that took too long could not be stopped with what it started");
    }
}

/// One that reads nothing may still do its work.
async fn write(stdin: Option<ChildStdin>, message: &str) {
    if let Some(mut stdin) = stdin {
        drop(stdin.write_all(message.as_bytes()).await);
        drop(stdin.write_all(b"\n").await);
    }
}

/// To its end, so that the program never waits for us; only the beginning is kept.
async fn read(stderr: Option<&mut ChildStderr>, said: &mut Vec<u8>) {
    let Some(stderr) = stderr else { return };
    let room = ERROR_LIMIT.saturating_sub(said.len() as u64);
    if stderr.take(room).read_to_end(said).await.is_ok() {
        drop(tokio::io::copy(stderr, &mut tokio::io::sink()).await);
    }
}

fn first_line(said: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().map(str::trim).find(|it| !it.is_empty())?;
    Some(cleaned(line, LONGEST_WORDS))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    async fn shell(script: &str, deadline: Duration) -> Result<(), ChannelFailure> {
        let arguments = vec!["-c".to_owned(), script.to_owned()];
        let settings = CommandSettings { program: "/bin/sh".into(), arguments };
        run_within(&settings, "{\"type\":\"alert.test\"}", deadline).await
    }

    /// F4
    #[tokio::test]
    async fn a_program_reads_the_message_and_its_exit_code_is_the_receipt() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("message");
        let script = format!("cat > '{}'", file.display());
        assert_eq!(shell(&script, DEADLINE).await, Ok(()));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"type\":\"alert.test\"}\n");

        assert_eq!(shell("exit 0", DEADLINE).await, Ok(()), "one that reads nothing");
        let failed = shell("echo 'no route to pager' >&2; exit 7", DEADLINE).await;
        let words = Some("no route to pager".to_owned());
        assert_eq!(failed, Err(ChannelFailure::CommandFailed { code: Some(7), words }));
        let killed = shell("kill -9 $$", DEADLINE).await;
        assert_eq!(killed, Err(ChannelFailure::CommandFailed { code: None, words: None }));
    }

    /// F4: neither one that never ends, nor one that never stops talking, nor a child it leaves behind holds anybody up.
    #[tokio::test]
    async fn a_program_that_does_not_end_is_stopped() {
        let short = Duration::from_millis(300);
        let timed_out = Err(ChannelFailure::CommandTimedOut { after: short });
        assert_eq!(shell("sleep 60", short).await, timed_out);
        assert_eq!(shell("yes >&2", short).await, timed_out);
        assert_eq!(shell("sleep 60 & exit 0", DEADLINE).await, Ok(()));
        let talkative = shell("head -c 3000000 /dev/zero >&2; exit 3", DEADLINE).await;
        assert!(matches!(talkative, Err(ChannelFailure::CommandFailed { code: Some(3), .. })), "{talkative:?}");
    }

    /// F4
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_a_program_started_is_stopped_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let number = folder.path().join("number");
        let short = Duration::from_millis(300);
        let script = format!("sleep 60 & echo $! > '{}'; sleep 60", number.display());
        assert_eq!(shell(&script, short).await, Err(ChannelFailure::CommandTimedOut { after: short }));

        let number = std::fs::read_to_string(&number).unwrap();
        let runs = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", number.trim()));
            // One that nobody has asked about yet is over as well.
            state.is_ok_and(|it| !it.contains(") Z "))
        };
        let stopped = async {
            while runs() {
                tokio::task::yield_now().await;
            }
        };
        timeout(DEADLINE, stopped).await.unwrap();
    }

    /// F4
    #[tokio::test]
    async fn a_program_that_is_not_there_says_so() {
        let settings = CommandSettings { program: "/nowhere/page".into(), arguments: vec![] };
        let outcome = run(&settings, "{}").await;
        assert!(matches!(outcome, Err(ChannelFailure::CommandNotStarted { .. })), "{outcome:?}");
    }
}
