//! What became of a client that Patchbay had registered at a server and nothing needs, in words [A2, S092].

use engine::flows::registrations::Retirement;

/// One word for programs; `None` where the client is a person's own, or in use.
pub(crate) const fn word(retirement: Retirement) -> Option<&'static str> {
    match retirement {
        Retirement::Gone => Some("deleted"),
        Retirement::LeftThere => Some("left_there"),
        Retirement::Kept { .. } => Some("kept"),
        Retirement::NotOurs => None,
    }
}

/// What happened, and what a person can do about it.
pub(crate) fn sentence(retirement: Retirement, client: &str, server: &str) -> Option<String> {
    match retirement {
        Retirement::NotOurs => None,
        Retirement::Gone => Some(format!("The client that Patchbay registered at {server} is deleted there too.")),
        Retirement::LeftThere => Some(format!(
            "{server} does not let Patchbay delete the client that it registered there: it stays there until {server} removes it, and nothing of it is kept here."
        )),
        Retirement::Kept { http_status } => {
            let answer =
                http_status.map_or_else(|| "could not be asked".to_owned(), |status| format!("answered HTTP {status}"));
            Some(format!(
                "The client that Patchbay registered at {server} is not deleted there: {server} {answer}. It is kept here and tried again when the window starts, or with: patchbay client remove {client}"
            ))
        }
    }
}
