//! Pages where a person mends what is staged, as providers have them: the organisation's single sign-on, the switch of
//! an API. A refusal names them as GitHub and Google do [C1, C5].

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;

use crate::pages;
use crate::provider::{Provider, held};
use crate::staging::StagedCause;

/// Where something is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mending {
    SignOn,
    Switch,
}

impl Mending {
    pub(crate) const ALL: [Mending; 2] = [Mending::SignOn, Mending::Switch];

    /// Which cause it mends.
    pub(crate) fn of(cause: StagedCause) -> Option<Mending> {
        match cause.as_str() {
            "sso_required" => Some(Mending::SignOn),
            "api_not_enabled" => Some(Mending::Switch),
            _ => None,
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Mending::SignOn => "/organisation/sso",
            Mending::Switch => "/console/apis/files",
        }
    }

    /// With a query, as the real ones have: it names a request, and is nobody else's business.
    pub(crate) fn address(self, issuer: &str) -> String {
        let query = match self {
            Mending::SignOn => "authorization_request=practice-request-code",
            Mending::Switch => "project=practice-project",
        };
        format!("{issuer}{}?{query}", self.path())
    }

    /// Heading, sentence, and the button.
    fn words(self) -> [&'static str; 3] {
        match self {
            Mending::SignOn => [
                "Single sign-on for Fjordstudio",
                "The organisation wants each program authorised through its single sign-on.",
                "Authorise",
            ],
            Mending::Switch => {
                ["Files API", "The API is switched off for the project of the program that called it.", "Switch on"]
            }
        }
    }
}

/// GET: what is to be done here.
pub(crate) async fn show(State(provider): State<Arc<Provider>>, uri: Uri) -> Response {
    let Some(place) = place_at(&uri) else { return nothing_to_do() };
    if provider.faults().stages.and_then(Mending::of) != Some(place) {
        return nothing_to_do();
    }
    let [title, sentence, button] = place.words();
    pages::mending(title, sentence, place.path(), button)
}

/// POST: it is done, and the cause staged no more.
pub(crate) async fn mend(State(provider): State<Arc<Provider>>, uri: Uri) -> Response {
    let Some(place) = place_at(&uri) else { return nothing_to_do() };
    let mut faults = held(&provider.faults);
    if faults.stages.and_then(Mending::of) != Some(place) {
        return nothing_to_do();
    }
    faults.stages = None;
    pages::told("Done", "Go back to the program that sent you here, and let it try again.")
}

fn place_at(uri: &Uri) -> Option<Mending> {
    Mending::ALL.into_iter().find(|it| it.path() == uri.path())
}

fn nothing_to_do() -> Response {
    pages::told("Nothing to do here", "Nothing is staged that this page mends.")
}
