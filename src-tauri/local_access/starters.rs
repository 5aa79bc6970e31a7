//! Whether who started this program is still there for its answer [F3].
//!
//! A script that is killed leaves what it had started, which would wait for a person on behalf of nobody. What a person
//! has detached is another matter: it goes on, as any program does then.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::sync::oneshot;

use crate::callers::{Callers, FARTHEST, OwnCommands};

/// What a terminal that closes and Ctrl-C send: who starts with `nohup`, or in the background of a script, ignores one of
/// them.
const HANG_UP_AND_INTERRUPT: u64 = 0b11;

/// Those between this program and the script or program that started it, that one too, as long as all of them are one
/// job.
#[derive(Debug, Default)]
pub struct Starters(Vec<OwnedFd>);

/// What tells whether a process is of the same job as its parent.
#[derive(Debug, PartialEq, Eq)]
struct Job {
    parent: i32,
    group: i32,
    session: i32,
    ignores: u64,
}

impl Starters {
    /// As they are now. Begin with this: hearing signals changes which of them are ignored.
    pub fn look() -> Self {
        let mut all = vec![];
        let callers = Callers::new(OwnCommands::of_this_program());
        let Ok(mut at) = i32::try_from(std::process::id()) else { return Self::default() };
        for _ in 0..FARTHEST {
            let Some(own) = Job::of(at) else { break };
            let Some(theirs) = Job::of(own.parent) else { break };
            if !own.is_one_with(&theirs) {
                break;
            }
            let opened = Pid::from_raw(own.parent).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
            let Some(opened) = opened else { break };
            // Its number may be another's by now.
            if Job::of(at).is_none_or(|it| it.parent != own.parent) {
                break;
            }
            all.push(opened);
            at = own.parent;
            if callers.is_starter(at) {
                break;
            }
        }
        Self(all)
    }

    /// Comes back once one of them has ended; never where there is none to look after.
    pub async fn one_has_gone(self) {
        let (tell, told) = oneshot::channel();
        // A thread of its own, which ends with the program: the system tells of a process by a file that is only polled.
        let watching = std::thread::Builder::new().name("starters".to_owned()).spawn(move || {
            if self.wait() {
                tell.send(()).ok();
            }
        });
        if watching.is_err() || told.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// False: nobody is there to be watched, or the system does not tell.
    fn wait(&self) -> bool {
        let mut watched: Vec<_> = self.0.iter().map(|it| PollFd::new(it, PollFlags::IN)).collect();
        while !watched.is_empty() {
            match poll(&mut watched, None) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return true,
                Err(error) => {
                    tracing::debug!(%error, "who started this program is not watched");
                    return false;
                }
            }
        }
        false
    }
}

impl Job {
    /// `proc_pid_stat(5)`, and the mask of ignored signals of `proc_pid_status(5)`.
    fn of(pid: i32) -> Option<Self> {
        let stat = read(&format!("/proc/{pid}/stat"))?;
        // The name stands in brackets, and may hold any of them.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(1).map(|it| it.parse().ok());
        let mut next = || fields.next().flatten();
        let (parent, group, session) = (next()?, next()?, next()?);
        let status = read(&format!("/proc/{pid}/status"))?;
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?.trim();
        let ignores = u64::from_str_radix(ignored, 16).ok()? & HANG_UP_AND_INTERRUPT;
        Some(Self { parent, group, session, ignores })
    }

    /// Whether its end is the end of what its parent waits for: not where the parent, or a person, let it go on alone. A
    /// shell with a person at it gives each of its jobs a group of its own.
    fn is_one_with(&self, parent: &Self) -> bool {
        (self.group, self.session) == (parent.group, parent.session) && self.ignores & !parent.ignores == 0
    }
}

fn read(path: &str) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(group: i32, session: i32, ignores: u64) -> Job {
        Job { parent: 1, group, session, ignores }
    }

    /// F3: `setsid`, `nohup`, `&` in a script and a job of a person's shell go on alone; what ignores what its parent
    /// ignores does not.
    #[test]
    fn what_was_let_go_on_alone_is_told_by_session_group_and_signals() {
        let script = job(10, 5, 0);

        assert!(job(10, 5, 0).is_one_with(&script));
        assert!(!job(11, 5, 0).is_one_with(&script), "a job of its own");
        assert!(!job(10, 6, 0).is_one_with(&script), "setsid");
        assert!(!job(10, 5, 0b01).is_one_with(&script), "nohup");
        assert!(!job(10, 5, 0b10).is_one_with(&script), "in the background of a script");
        assert!(job(10, 5, 0b01).is_one_with(&job(10, 5, 0b01)), "the script itself was started with nohup");
    }

    /// F3
    #[test]
    fn this_process_has_a_parent_and_a_group() {
        let own = Job::of(i32::try_from(std::process::id()).unwrap()).unwrap();

        assert_eq!(own.group, rustix::process::getpgrp().as_raw_nonzero().get());
        assert_eq!(own.parent, rustix::process::getppid().unwrap().as_raw_nonzero().get());
        assert_eq!(Job::of(-1), None);
    }
}
