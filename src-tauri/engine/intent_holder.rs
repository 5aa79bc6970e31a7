//! Who began a refresh: while that process is at it, nobody takes its intent for a dead one's, whatever became of its lock
//! file [A5, B3].

use std::sync::OnceLock;
use std::time::Duration;

use crate::refresh_lock::RefreshLock;

/// Stands where the system does not say.
const UNSAID: &str = "-";
/// Where Linux counts all processes (`PROC_PID_INIT_INO` of its `proc_ns.h`).
const OUTERMOST: &str = "pid:[4026531836]";

/// The process that began a refresh, and the lock file it holds meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentHolder {
    pub pid: u32,
    /// Among which processes its number counts (a sandbox has its own), and when it began, in the system's own count.
    life: String,
    lock: String,
}

impl IntentHolder {
    /// This process, with the lock that it holds.
    pub fn with(lock: &RefreshLock) -> Self {
        Self { lock: lock.mark().unwrap_or_else(|| UNSAID.to_owned()), ..Self::this_process() }
    }

    /// This process, at something that no lock stands for.
    pub fn this_process() -> Self {
        static LIFE: OnceLock<String> = OnceLock::new();
        let pid = std::process::id();
        let life = LIFE.get_or_init(|| life_of(pid).unwrap_or_else(|| UNSAID.to_owned()));
        Self { pid, life: life.clone(), lock: UNSAID.to_owned() }
    }

    /// As it is written beside the intent.
    pub fn written(&self) -> String {
        format!("{} {} {}", self.pid, self.life, self.lock)
    }

    /// `None`: that is not what [`IntentHolder::written`] writes.
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let pid = words.next()?.parse().ok()?;
        Some(Self { pid, life: words.next()?.to_owned(), lock: words.next()?.to_owned() })
    }

    /// Whether it may be at it although its lock is free, as its file is another than the one at its place (`lock`).
    /// Where the system does not say whether it lives, it may for `unsaid_for` after it began, `age` ago.
    pub fn may_live(&self, lock: Option<&str>, age: Duration, unsaid_for: Duration) -> bool {
        // Of one and the same file the system has given the lock back. In this process tasks wait for each other.
        if lock == Some(self.lock.as_str()) || self.lock == UNSAID || self.pid == std::process::id() {
            return false;
        }
        self.lives(age, unsaid_for)
    }

    /// Whether that process lives, or may: where the system does not say, for `unsaid_for` after it began, `age` ago.
    pub fn lives(&self, age: Duration, unsaid_for: Duration) -> bool {
        let home = |life: &str| life.split_once('@').map(|(_, home)| home.to_owned());
        match (home(&self.life), own_home()) {
            (Some(theirs), Some(ours)) if theirs == ours => life_of(self.pid).as_deref() == Some(self.life.as_str()),
            _ => age < unsaid_for,
        }
    }

    /// Whether it is over for certain although its number counts in a sandbox: seen from where all processes are seen,
    /// none there has its number and its beginning.
    pub fn is_over_in_its_sandbox(&self) -> bool {
        let Some((began, home)) = self.life.split_once('@') else { return false };
        if own_home().as_deref() != Some(OUTERMOST) || home == OUTERMOST {
            return false;
        }
        let Ok(all) = std::fs::read_dir("/proc") else { return false };
        let numbers = all.flatten().filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
        !numbers.into_iter().any(|seen_as| {
            life_of(seen_as).is_some_and(|life| life.split('@').next() == Some(began))
                && home_of(seen_as).as_deref() == Some(home)
                && number_in_its_sandbox(seen_as) == Some(self.pid)
        })
    }
}

/// Whether a process of this number may run: where the system does not say, it may.
pub fn may_run(pid: u32) -> bool {
    own_home().is_none() || life_of(pid).is_some()
}

/// When a process that lives began, and where its number counts; `None` also where the system does not say.
fn life_of(pid: u32) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets, and may hold any of them.
    let mut fields = status.rsplit_once(')')?.1.split_whitespace();
    let is_over = matches!(fields.next()?, "Z" | "X");
    let began: u64 = fields.nth(18)?.parse().ok()?;
    let home = own_home()?;
    (!is_over).then(|| format!("{began}@{home}"))
}

fn own_home() -> Option<String> {
    Some(std::fs::read_link("/proc/self/ns/pid").ok()?.to_str()?.to_owned())
}

fn home_of(pid: u32) -> Option<String> {
    Some(std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok()?.to_str()?.to_owned())
}

/// The last of the numbers that a process has, from the outermost inwards (`NSpid`, `proc_pid_status(5)`).
fn number_in_its_sandbox(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("NSpid:"))?.split_whitespace().last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(90);
    const LONG_AGO: Duration = Duration::from_secs(9_000);

    /// B3: a process that lives and another lock file: only then may it be at it.
    #[cfg(target_os = "linux")]
    #[test]
    fn only_a_process_that_lives_without_its_lock_file_may_be_at_it() {
        let mut other = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let life = life_of(other.id()).unwrap();
        let holder = IntentHolder { pid: other.id(), life: life.clone(), lock: "1-2".to_owned() };

        assert_eq!(IntentHolder::read(&holder.written()), Some(holder.clone()));
        assert!(holder.may_live(Some("1-3"), LONG_AGO, LONG), "its lock file was taken away");
        assert!(holder.may_live(None, LONG_AGO, LONG), "its folder was taken away");
        assert!(!holder.may_live(Some("1-2"), Duration::ZERO, LONG), "it gave its lock back");
        let successor = IntentHolder { life: format!("1{life}"), ..holder.clone() };
        assert!(!successor.may_live(None, Duration::ZERO, LONG), "another has its number");
        let ours = IntentHolder { pid: std::process::id(), ..holder.clone() };
        assert!(!ours.may_live(None, Duration::ZERO, LONG), "that is us");
        other.kill().unwrap();
        other.wait().unwrap();
        assert!(!holder.may_live(None, Duration::ZERO, LONG), "it is gone");
        assert_eq!(IntentHolder::read("4711 x"), None);
    }

    /// F3: a process in a sandbox is known from outside by its number in there and by when it began.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_end_of_a_process_in_a_sandbox_is_seen_from_outside() {
        let arguments = ["--user", "--map-current-user", "--pid", "--fork", "--kill-child", "sleep", "60"];
        let mut sandbox = std::process::Command::new("unshare").args(arguments).spawn().unwrap();
        let first = || {
            let path = format!("/proc/{0}/task/{0}/children", sandbox.id());
            std::fs::read_to_string(path).ok()?.trim().parse::<u32>().ok()
        };
        let inside = loop {
            match first() {
                Some(pid) => break Some(pid),
                None if life_of(sandbox.id()).is_none() => break None,
                None => std::thread::yield_now(),
            }
        };
        let (Some(inside), true) = (inside, own_home().as_deref() == Some(OUTERMOST)) else {
            println!("this system lets nobody make a sandbox, or does not show all processes");
            sandbox.kill().ok();
            sandbox.wait().unwrap();
            return;
        };
        let began = life_of(inside).unwrap().split('@').next().unwrap().to_owned();
        let home = home_of(inside).unwrap();
        let of = |pid, life: String| IntentHolder { pid, life, lock: UNSAID.to_owned() };
        let waiting = of(1, format!("{began}@{home}"));

        assert!(!waiting.is_over_in_its_sandbox());
        assert!(of(2, format!("{began}@{home}")).is_over_in_its_sandbox(), "nobody has that number");
        assert!(of(1, format!("1{began}@{home}")).is_over_in_its_sandbox(), "another has its number");
        assert!(!IntentHolder::this_process().is_over_in_its_sandbox());
        sandbox.kill().unwrap();
        sandbox.wait().unwrap();
        while life_of(inside).is_some() {
            std::thread::yield_now();
        }
        assert!(waiting.is_over_in_its_sandbox());
    }

    /// B3: of a process in a sandbox, or where nobody lists processes, only the time tells.
    #[test]
    fn one_of_which_the_system_says_nothing_may_be_at_it_for_a_while() {
        for life in [UNSAID, "77@pid:[1]"] {
            let holder = IntentHolder { pid: 1, life: life.to_owned(), lock: "1-2".to_owned() };

            assert!(holder.may_live(Some("1-3"), Duration::ZERO, LONG), "{life}");
            assert!(!holder.may_live(Some("1-3"), LONG, LONG), "{life}: no request takes so long");
        }
    }
}
