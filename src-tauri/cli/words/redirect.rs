//! Redirect URIs, the certificate for https on this computer, and pasted addresses, in words [A2].

use domain::provider::redirect_uri::RedirectUriRefused;
use engine::flows::connect::ConnectPlan;
use engine::flows::connect::guide::COMPARED_PORT;
use engine::flows::loopback_certificate::CertificateNote;
use engine::redirect_listener::certificate::CertificateError;
use engine::redirect_listener::pasted::PasteRefused;

use super::times::Now;
use crate::failure::FailureWords;

/// Why no browser can be waited for at a redirect URI, and what does work.
pub(crate) fn uri_refused(why: RedirectUriRefused) -> FailureWords {
    FailureWords {
        code: "redirect_uri_refused",
        happened: format!("Patchbay cannot wait for the browser there: {why}."),
        meaning: "It listens on this computer only: http or https, at 127.0.0.1, [::1] or localhost, with any port and \
                  path."
            .to_owned(),
        advice: "Register such an address at the provider, for example http://127.0.0.1:8765/callback; where https is \
                 demanded, https://localhost:8765/callback. If the browser runs elsewhere, register it all the same and \
                 sign in with --paste."
            .to_owned(),
        ..FailureWords::default()
    }
}

/// Why https on this computer cannot be served.
pub(crate) fn certificate_unavailable(why: &CertificateError) -> FailureWords {
    let detail = std::error::Error::source(why).map(ToString::to_string).unwrap_or_default();
    FailureWords {
        code: "certificate_unavailable",
        happened: format!("Patchbay cannot serve https on this computer: {why}."),
        meaning: "The sign-in did not begin.".to_owned(),
        advice: "Sign in with --paste, which needs no certificate, or register an http redirect URI.".to_owned(),
        detail,
    }
}

/// Why a pasted address is not the answer.
pub(crate) fn paste_refused(why: PasteRefused) -> FailureWords {
    let advice = match why {
        PasteRefused::Empty => "Copy the whole address from the browser's address bar.",
        PasteRefused::TooLong => "Copy the address from the browser's address bar, and nothing else.",
        PasteRefused::OtherAddress => {
            "Wait until the browser has left the provider's pages: the address then begins with the redirect URI."
        }
        PasteRefused::Garbled => "Copy it again, whole, from the address bar.",
        PasteRefused::NoAnswer => "Copy it with all that follows the question mark.",
        PasteRefused::OtherSignIn => "Use the page that this sign-in opened; an older one answers an older sign-in.",
        PasteRefused::Posted => "Sign in without --paste, on the computer that the browser runs on.",
    };
    FailureWords {
        code: "paste_refused",
        happened: sentence(why),
        meaning: "The sign-in was not answered.".to_owned(),
        advice: advice.to_owned(),
        ..FailureWords::default()
    }
}

/// The same in one line, for a question that is asked again.
pub(crate) fn paste_again(why: PasteRefused) -> String {
    let words = paste_refused(why);
    format!("{} {}", words.happened, words.advice)
}

/// What to expect of the browser, said before it opens.
pub(crate) fn certificate_note(note: &CertificateNote) -> Vec<String> {
    let until = Now::here().moment(note.ends_at);
    vec![
        "Your browser will warn that it does not know this computer's certificate. That is expected: this provider \
         insists on https, and nobody can vouch for an address that exists on every computer."
            .to_owned(),
        format!(
            "Go on only at the redirect URI above, if the certificate shows this SHA-256 fingerprint (until {until}):"
        ),
        format!("  {}", note.fingerprint),
        "Never import the certificate into a browser or a trust store; going on once is enough.".to_owned(),
    ]
}

fn sentence(why: PasteRefused) -> String {
    let text = why.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase()).into_iter();
    first.chain(letters).chain(['.']).collect()
}

/// Beside a redirect URI without a port.
const ANY_PORT: &str = "Any port on this address will do, so it is registered without one; where the provider compares the port, choose one with --port.";

/// What to enter at the provider as the redirect URI, and what else is to be known of it.
pub(crate) fn to_register(plan: &ConnectPlan) -> (String, Option<String>) {
    if plan.has_redirect_to_register() {
        return (plan.redirect_uri.clone(), plan.is_any_port.then(|| ANY_PORT.to_owned()));
    }
    let kind = plan.provider.setup.app_kind.as_deref().unwrap_or("client");
    let compared = plan.redirect_uri_with_port().map(|uri| {
        format!("For a client that compares it, such as a web client: {uri}, and --port {COMPARED_PORT} when the client is added.")
    });
    (format!("none to enter: a {kind} takes any address of this computer, {} too", plan.redirect_uri), compared)
}
