//! What is said of programs that ask for tokens [F2, S147].

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
    lines
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
