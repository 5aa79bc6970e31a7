//! Why a platform could not be read or did not do what was asked, in sentences.

use domain::diagnosis::ActionLabel;
use engine::platforms::PlatformFailure;

use super::counted;
use super::errors::{CANCELLED, words};
use crate::exit::Exit;
use crate::failure::FailureWords;

/// The code of a file that cannot be read.
pub(crate) const UNREADABLE: &str = "platform_unreadable";

/// Said of a reading that did not come about.
pub(crate) const KEPT: &str = "What was read before is kept.";

/// A sentence that begins with a name begins as the name does.
fn sentence(failure: &PlatformFailure) -> String {
    let text = failure.to_string();
    let is_ours = ["the ", "this ", "that "].iter().any(|begin| text.starts_with(begin));
    let mut letters = text.chars();
    match letters.next().filter(|_| is_ours) {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => format!("{text}."),
    }
}

/// What to do when a platform that was to be added cannot be asked.
pub(crate) fn advice_before_adding(failure: &PlatformFailure) -> &'static str {
    match failure {
        PlatformFailure::Unreachable(..) => "See whether it runs, and whether that is its address, with its port.",
        PlatformFailure::KeyRefused(_) => "Copy the key again, or make a new one there.",
        PlatformFailure::RateLimited { .. } => "Try again then.",
        PlatformFailure::Refused { .. } | PlatformFailure::Unreadable(..) => {
            "Give the address that the platform has in your browser; its API is beside it."
        }
        PlatformFailure::AddressRefused(_) => "--address names where it is, such as https://n8n.example.",
        PlatformFailure::RightMissing { .. } => "Give the key that right at the platform.",
        PlatformFailure::Unsupported(_) => "Read its export: patchbay import-workflows FILE",
        PlatformFailure::OtherKind { .. } | PlatformFailure::BadLines { .. } | PlatformFailure::Cancelled => "",
    }
}

/// Why a platform did not do what was asked.
pub(super) fn failed(failure: &PlatformFailure) -> (Exit, ActionLabel, FailureWords) {
    use ActionLabel as Next;
    let (exit, next, code, advice) = match failure {
        PlatformFailure::Unreachable(..) => (Exit::Temporary, Next::WaitAndRetry, "platform_unreachable", KEPT),
        PlatformFailure::RateLimited { .. } => (Exit::Temporary, Next::WaitAndRetry, "platform_rate_limited", KEPT),
        PlatformFailure::KeyRefused(_) => (
            Exit::Failed,
            Next::FixRequest,
            "platform_key_refused",
            "Make a new key there, and give it to Patchbay: patchbay platforms key PLATFORM < key.txt",
        ),
        PlatformFailure::RightMissing { .. } => {
            (Exit::Failed, Next::FixRequest, "platform_right_missing", "Give the key that right at the platform.")
        }
        PlatformFailure::Refused { .. } => (Exit::Failed, Next::None, "platform_refused", ""),
        PlatformFailure::Unreadable(..) => (Exit::Failed, Next::FixRequest, UNREADABLE, ""),
        PlatformFailure::AddressRefused(_) => (
            Exit::WrongUsage,
            Next::FixRequest,
            "address_refused",
            "--address names where it is, such as https://n8n.example.",
        ),
        PlatformFailure::OtherKind { found, .. } => {
            let said = words("other_kind", sentence(failure), "");
            let advice = format!("Read it: patchbay import {} FILE", found.as_str().replace('_', "-"));
            return (Exit::WrongUsage, Next::FixRequest, FailureWords { advice, ..said });
        }
        PlatformFailure::BadLines { file, named, count } => {
            let lines = counted(usize::try_from(*count).unwrap_or(usize::MAX), "line");
            let happened = format!("{file} has {lines} that cannot be read. Nothing of it was taken.");
            let said = words("bad_lines", happened, "Mend these, then import it again:");
            return (Exit::Failed, Next::FixRequest, FailureWords { detail: named.join("\n"), ..said });
        }
        PlatformFailure::Unsupported(_) => {
            (Exit::Failed, Next::FixRequest, "platform_unsupported", "Read its export: patchbay import-workflows FILE")
        }
        PlatformFailure::Cancelled => {
            return (Exit::Failed, Next::None, words(CANCELLED, "Cancelled; nothing was changed.", ""));
        }
    };
    (exit, next, words(code, sentence(failure), advice))
}
