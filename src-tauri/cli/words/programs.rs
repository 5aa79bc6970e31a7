//! What is said of programs that ask for tokens [F2, S147].

use domain::ProgramId;
use domain::blast_radius::Schedule;
use domain::program::{Permission, Unasked};
use engine::store::ProgramPermission;

use super::times::Now;
use super::{counted, named};

pub(crate) const NOBODY: &str = "No program has asked for a token at the socket yet.";

/// "2 programs wait for your answer."
pub(crate) fn headline(waiting: usize, all: usize) -> String {
    match waiting {
        0 => format!("Nobody waits for an answer; {} listed.", counted(all, "permission")),
        1 => "One program waits for your answer: patchbay programs allow PROGRAM C, or deny.".to_owned(),
        more => format!("{more} questions wait for your answer: patchbay programs allow PROGRAM C, or deny."),
    }
}

/// "86 more programs asked and found no room; …"
pub(crate) fn more_asked(count: usize) -> Option<String> {
    let (programs, they_come) = if count == 1 { ("program", "it comes") } else { ("programs", "they come") };
    (count > 0)
        .then(|| format!("{count} more {programs} asked and found no room; {they_come} up when these are answered."))
}

/// "always, until tomorrow 09:00"
pub(crate) fn may(permission: Permission, now: &Now) -> String {
    match permission {
        Permission::Asked => "asks".to_owned(),
        Permission::Once => "one token".to_owned(),
        Permission::Always { until: None } => "always".to_owned(),
        Permission::Always { until: Some(at) } if at <= now.at() => "no more: its time is over".to_owned(),
        Permission::Always { until: Some(at) } => format!("until {}", now.until(at)),
        Permission::Never => "never".to_owned(),
    }
}

/// What a person looks at before deciding.
pub(crate) fn what_it_is(one: &ProgramPermission, is_replaced: bool) -> Vec<String> {
    let mut lines = vec![];
    if is_replaced {
        lines.push("It was replaced since you decided about it: this is another program in the same place.".to_owned());
    }
    let short = |hash: &str| if hash.is_empty() { "not readable".to_owned() } else { hash.chars().take(12).collect() };
    let started_by = one.started_by.as_ref().map(|it| format!(", started by {it}")).unwrap_or_default();
    let file = &one.program.file;
    lines.push(format!("{} ({}){started_by}", file.path, short(&file.sha256)));
    if let Some(script) = &one.program.script {
        lines.push(format!("runs {} ({})", script.path, short(&script.sha256)));
    }
    if let Some(language) = one.program.stands_for() {
        lines.push(stands_for(language));
    }
    lines
}

/// Of an interpreter without a script: "It stands for every Python program of yours: …"
pub(crate) fn stands_for(language: &str) -> String {
    let all = if language == "shell" { "shell script and command".to_owned() } else { format!("{language} program") };
    format!("It stands for every {all} of yours: which one it runs cannot be told.")
}

/// What helps against that.
pub(crate) fn instead(program: &ProgramId) -> String {
    format!("Put what asks into a file that is run by its name, and take this back: patchbay programs revoke {program}")
}

pub(crate) fn said(program: &str, connection: &str, permission: Permission, now: &Now) -> String {
    let (program, connection) = (named(program), named(connection));
    match permission {
        Permission::Always { until: Some(at) } => {
            format!("{program} may take tokens of {connection} until {}.", now.until(at))
        }
        Permission::Always { until: None } => format!("{program} may take tokens of {connection}."),
        Permission::Once => format!("{program} may take one token of {connection}."),
        Permission::Never | Permission::Asked => format!("{program} gets no token of {connection}."),
    }
}

pub(crate) fn taken_back(program: &str, count: usize) -> String {
    match count {
        0 => format!("Nothing had been said of {} and that connection.", named(program)),
        _ => format!("{}: {} taken back. It is asked about again.", named(program), counted(count, "permission")),
    }
}

pub(crate) fn unasked(set: Unasked) -> &'static str {
    match set {
        Unasked::Refuse => "Programs that nobody was asked about get no token, and are told which command allows them.",
        Unasked::Allow => {
            "Programs that nobody was asked about get the tokens they ask for; each is an event. \
             Who may not: patchbay programs deny PROGRAM C."
        }
    }
}

pub(crate) fn unknown(typed: &str) -> String {
    format!("There is no program {typed}. Those that have asked: patchbay programs")
}

pub(crate) fn ambiguous(typed: &str, count: usize) -> String {
    format!("{typed} names {count} programs; use an id: patchbay programs")
}

pub(crate) const NONE_WAITING: &str = "No run waits for a person just now.";

/// Of the workflow that a program was said to be.
pub(crate) const GONE_AT_ITS_PLATFORM: &str = ", which is gone at its platform";

pub(crate) const NONE_SEEN: &str =
    "No program was seen to use a connection yet; one that takes a token is listed by itself.";

/// "about every 24 h, 92 % of the time"
pub(crate) fn habit(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Unknown => "no rhythm known yet".to_owned(),
        Schedule::OnDemand => "on demand".to_owned(),
        Schedule::OnEvent => "all the time".to_owned(),
        Schedule::Cron { expression, .. } => expression.clone(),
        Schedule::NextAt { .. } => "as its platform says".to_owned(),
        Schedule::Every { seconds } => format!("every {}", rounded(*seconds)),
        Schedule::Learned { seconds, percent, .. } if *percent >= 95 => format!("about every {}", rounded(*seconds)),
        Schedule::Learned { seconds, percent, .. } => {
            format!("about every {}, {percent} % of the time", rounded(*seconds))
        }
    }
}

/// "15 min", "24 h", "7 d"
fn rounded(seconds: u32) -> String {
    let minutes = (seconds + 30) / 60;
    match minutes {
        0..=90 => format!("{minutes} min"),
        91..=4_320 => format!("{} h", (minutes + 30) / 60),
        _ => format!("{} d", (minutes + 720) / 1_440),
    }
}

pub(crate) fn renamed(before: &str, now: &str) -> String {
    format!("{} is called {} from now on.", named(before), named(now))
}

pub(crate) fn merged(program: &str, workflow: Option<&str>) -> String {
    match workflow {
        Some(workflow) => {
            format!("{} is {} from now on, and stands in the blast radius as that.", named(program), named(workflow))
        }
        None => format!("{} is a workflow of its own again.", named(program)),
    }
}

pub(crate) fn forgotten(program: &str) -> String {
    format!("What was seen of {} is forgotten. It comes back when it is seen again.", named(program))
}

pub(crate) fn not_seen(typed: &str) -> String {
    format!("No program {typed} was seen. Those that were: patchbay programs seen")
}
