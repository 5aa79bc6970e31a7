//! What is said of destinations that events are forwarded to [F5].

use domain::diagnosis::{ActionLabel, NetworkFailure};
use domain::event_forwarding::{Complaint, DestinationKind, EventDestination, ForwardingTrouble, Place, WantedEvents};
use engine::event_destinations::{FILE_NAME, PlaceRefused};

use super::times::Now;
use super::{counted, named};
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};

pub(crate) const NOWHERE: &str = "Events are forwarded nowhere yet.";
pub(crate) const HOW: &str = "  Begin: patchbay forward add file FOLDER, or webhook, sentry, otlp";
pub(crate) const NOBODY_FORWARDS: &str = "Nothing forwards by itself just now: open the window, run patchbay serve, or send what waits: patchbay forward now NAME";
pub(crate) const DSN: &str = "DSN";
pub(crate) const ADDRESS: &str = "address";
pub(crate) const HEADERS: &str = "header";

/// "/var/log/patchbay/patchbay-events.jsonl"
pub(crate) fn goes_to(place: &Place) -> String {
    match place {
        Place::File { folder, .. } => folder.join(FILE_NAME).display().to_string(),
        Place::Webhook { origin } => origin.clone(),
        Place::Sentry { origin, project } => format!("{origin}, project {project}"),
        Place::Otlp { endpoint, with_metrics: true } => format!("{endpoint}, with metrics"),
        Place::Otlp { endpoint, with_metrics: false } => endpoint.clone(),
    }
}

pub(crate) fn wanted(wanted: WantedEvents) -> &'static str {
    match wanted {
        WantedEvents::All => "all",
        WantedEvents::Trouble => "trouble",
    }
}

/// Why it was not taken, in a sentence without its full stop.
pub(crate) fn why(complaint: &Complaint, kind: DestinationKind) -> String {
    let said = |what: String| match &complaint.words {
        Some(words) => format!("{what}: {words}"),
        None => what,
    };
    match complaint.trouble {
        ForwardingTrouble::Status(status @ 300..=399) => {
            let to = complaint.words.as_ref().map(|it| format!(" to {it}")).unwrap_or_default();
            format!("it answered {status} and points elsewhere{to}, which is not followed")
        }
        ForwardingTrouble::Status(401 | 403) if kind == DestinationKind::Sentry => {
            said("the DSN's key was refused".to_owned())
        }
        ForwardingTrouble::Status(status @ (401 | 403)) => said(format!("it answered {status}: the key is refused")),
        ForwardingTrouble::Status(404) => said("nothing takes events at that address (404)".to_owned()),
        ForwardingTrouble::Status(413) => said("a single event is too large for it (413)".to_owned()),
        ForwardingTrouble::Status(429) => said("it asks for peace (429)".to_owned()),
        ForwardingTrouble::Status(200) => said("it left some out".to_owned()),
        ForwardingTrouble::Status(status) => said(format!("it answered {status}")),
        ForwardingTrouble::Network(failure) => network(failure).to_owned(),
        ForwardingTrouble::AnswerUnreadable => "its answer could not be read".to_owned(),
        ForwardingTrouble::DiskFull => "the disk is full".to_owned(),
        ForwardingTrouble::FolderMissing => "the folder is not there".to_owned(),
        ForwardingTrouble::NotPermitted => "the folder or the file cannot be written to".to_owned(),
        ForwardingTrouble::NotAFile => format!("what is called {FILE_NAME} there is no file of its own"),
        ForwardingTrouble::Disk => said("the disk refused".to_owned()),
        ForwardingTrouble::Keychain => "the keychain cannot be used".to_owned(),
        ForwardingTrouble::SecretMissing => "the keychain does not hold what it is written to with".to_owned(),
    }
}

fn network(failure: NetworkFailure) -> &'static str {
    match failure {
        NetworkFailure::NameNotResolved => "no server has that name",
        NetworkFailure::NotConnected => "nothing listens at that address and port",
        NetworkFailure::TimedOut => "no answer came in time",
        NetworkFailure::Tls => "no safe connection came about; its certificate may not be trusted here",
        NetworkFailure::CertificateOfAnotherTime => "by this machine's clock its certificate is not valid at this time",
        NetworkFailure::Intercepted => "somebody in between answers with a certificate of their own",
        NetworkFailure::Proxy => "the proxy on the way refused",
        NetworkFailure::Broken => "the connection broke",
    }
}

/// What to do about it.
pub(crate) fn advice(trouble: ForwardingTrouble, name: &str) -> String {
    match trouble {
        ForwardingTrouble::Status(400..=499) if trouble != ForwardingTrouble::Status(429) => format!(
            "Mend it there. If the address or the key is another one: patchbay forward remove {name}, and add it anew with \
             --from-start."
        ),
        ForwardingTrouble::Status(300..=399) => format!("Add it anew at the address it points to, and remove {name}."),
        ForwardingTrouble::DiskFull => "Free some space.".to_owned(),
        ForwardingTrouble::FolderMissing => {
            format!("Make it again, or mount its disk; it is not made unasked. Then: patchbay forward now {name}")
        }
        ForwardingTrouble::NotPermitted => {
            format!("Check its rights: the file is written by you. Then: patchbay forward now {name}")
        }
        ForwardingTrouble::NotAFile => {
            format!("Take it away; the file is made anew. Then: patchbay forward now {name}")
        }
        ForwardingTrouble::Keychain => "See patchbay doctor.".to_owned(),
        ForwardingTrouble::SecretMissing => format!("patchbay forward remove {name}, and add it anew."),
        ForwardingTrouble::Status(_)
        | ForwardingTrouble::Network(_)
        | ForwardingTrouble::AnswerUnreadable
        | ForwardingTrouble::Disk => String::new(),
    }
}

/// "3 events were refused for ever."
pub(crate) fn dropped(count: u64) -> String {
    format!("{} refused for ever: its receiver takes no such events", were(count))
}

/// Said where it is listed.
pub(crate) fn lost(count: u64) -> String {
    format!("{} thinned or forgotten before they could be sent", were(count))
}

fn were(count: u64) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb}", events(count))
}

/// "1 event waits", "3 events wait"
pub(crate) fn waiting(count: u64) -> String {
    let verb = if count == 1 { "waits" } else { "wait" };
    format!("{} {verb}", events(count))
}

pub(crate) fn events(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "event")
}

/// "otlp is on; 3 events wait for it."
pub(crate) fn switched(name: &str, is_on: bool, waiting_count: u64) -> String {
    let rest = match (is_on, waiting_count) {
        (true, 0) => String::new(),
        (true, more) => format!("; {} for it", waiting(more)),
        (false, _) => "; what happens meanwhile waits".to_owned(),
    };
    format!("{} is {}{rest}.", named(name), if is_on { "on" } else { "off" })
}

/// It is asked to send, and may not.
pub(crate) fn switched_off(of: &EventDestination) -> Failure {
    let words = FailureWords {
        code: "switched_off",
        happened: format!("{} is switched off.", named(&of.name)),
        meaning: "What happens waits; nothing is lost.".to_owned(),
        advice: format!("Switch it on: patchbay forward on {}", of.id),
        ..FailureWords::default()
    };
    Failure::new(Exit::Failed, ActionLabel::None, words)
}

pub(crate) fn sent(name: &str, sent: u64, dropped_count: u64) -> String {
    let rest = if dropped_count > 0 { format!("; {}", dropped(dropped_count)) } else { String::new() };
    if sent == 0 && dropped_count == 0 {
        return format!("Nothing waits for {}.", named(name));
    }
    format!("{} sent to {}{rest}.", were(sent), named(name))
}

/// Something stands in the way of a destination.
pub(crate) fn failure(
    complaint: &Complaint,
    kind: DestinationKind,
    name: &str,
    retry: Option<(&Now, jiff::Timestamp)>,
) -> Failure {
    let needs_person = complaint.trouble.needs_person(kind);
    let (exit, action) = if complaint.trouble == ForwardingTrouble::Keychain {
        (Exit::KeychainUnavailable, ActionLabel::None)
    } else if needs_person {
        (Exit::Failed, ActionLabel::FixRequest)
    } else {
        (Exit::Temporary, ActionLabel::WaitAndRetry)
    };
    let again = retry.map(|(now, at)| {
        format!("Nothing is lost: they wait. The window or patchbay serve tries again {}.", now.moment_in_sentence(at))
    });
    let words = FailureWords {
        code: "not_forwarded",
        happened: format!("{} takes no events just now: {}.", named(name), why(complaint, kind)),
        meaning: again.unwrap_or_default(),
        advice: advice(complaint.trouble, name),
        detail: complaint.trouble.written(),
    };
    Failure::new(exit, action, words)
}

/// What is wrong with a destination that was named.
pub(crate) fn refused(why: &PlaceRefused) -> FailureWords {
    let advice = match why {
        PlaceRefused::Address(_) => {
            "Events go to https:// addresses, and to http:// on this computer alone: http://127.0.0.1:PORT."
        }
        PlaceRefused::Key(_) => "Enter the secret that the receiver shows, or none: then one is made.",
        PlaceRefused::NotADsn => "Sentry shows it under Settings, Projects, Client Keys.",
        PlaceRefused::EndsInPath(_) => "Give the address without it.",
        PlaceRefused::HasQuery => "Give the address without what follows the question mark; see --headers.",
        PlaceRefused::NotAHeader(_) | PlaceRefused::OwnHeader(_) => "Give one header a line: Authorization: Bearer …",
        PlaceRefused::FolderNotText => "Name another folder.",
        PlaceRefused::FileTooSmall { .. } => "Name a larger size with --rotate-at.",
        PlaceRefused::FolderTaken(_) => "Name another folder; two would mix their lines.",
        PlaceRefused::Name => "Give it a name that can be typed again: --name NAME.",
        PlaceRefused::NameTaken => "Name another one with --name; see patchbay forward.",
        PlaceRefused::NoRandomness => "",
    };
    FailureWords {
        code: "place_refused",
        happened: "Events cannot be forwarded there.".to_owned(),
        meaning: super::errors::sentence_of(why),
        advice: advice.to_owned(),
        ..FailureWords::default()
    }
}
