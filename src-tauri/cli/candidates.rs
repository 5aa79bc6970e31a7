//! What a name may mean where several bear it: each with its id and where it stands [D1].

use domain::blast_radius::impact::Picture;
use engine::Engine;
use serde::Serialize;

use crate::failure::Failure;

/// More are not read one by one.
const MOST_SHOWN: usize = 20;

/// One that bears the name, for programs.
#[derive(Debug, Serialize)]
pub(crate) struct CandidateJson {
    id: String,
    of: &'static str,
    /// The provider of one of ours, the platform of what a platform has.
    place: String,
    account: Option<String>,
}

impl CandidateJson {
    fn line(&self) -> String {
        let account = self.account.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
        match self.of {
            "connection" => format!("{}  connection at {}{account}", self.id, self.place),
            "platform_connection" => format!("{}  platform connection of {}{account}", self.id, self.place),
            _ => format!("{}  workflow of {}  (patchbay radius --workflow {})", self.id, self.place, self.id),
        }
    }
}

/// Adds to a failure what bears the name, if the name was the trouble.
pub(crate) fn with_candidates(engine: &Engine, typed: &str, failure: Failure) -> Failure {
    let Ok(picture) = engine.picture() else { return failure };
    let mut all = candidates(&picture, typed);
    if all.is_empty() {
        return failure;
    }
    let further = all.len().saturating_sub(MOST_SHOWN);
    let mut lines: Vec<String> = all.iter().take(MOST_SHOWN).map(CandidateJson::line).collect();
    if further > 0 {
        lines.push(format!("and {further} more"));
    }
    all.truncate(MOST_SHOWN);
    let is_ambiguous = failure.is_ambiguous();
    let failure = failure.with_words(|words| {
        if is_ambiguous {
            words.happened = format!("{} things are called {typed}.", all.len() + further);
            "Say which by its id:".clone_into(&mut words.advice);
        } else {
            "That name is borne by:".clone_into(&mut words.advice);
        }
        words.detail = lines.join("\n");
    });
    failure.with_candidates(all)
}

fn candidates(picture: &Picture, name: &str) -> Vec<CandidateJson> {
    let platform = |id| picture.platform(id).map_or_else(String::new, |it| it.name.clone());
    let ours = picture.own_connections().iter().filter(|it| it.name == name).map(|it| CandidateJson {
        id: it.id.to_string(),
        of: "connection",
        place: it.provider.to_string(),
        account: it.identity.account().map(str::to_owned),
    });
    let theirs = picture.platform_connections().iter().filter(|it| it.name == name).map(|it| CandidateJson {
        id: it.id.to_string(),
        of: "platform_connection",
        place: platform(&it.platform),
        account: it.account.clone(),
    });
    let workflows = picture.workflows().iter().filter(|it| it.name == name).map(|it| CandidateJson {
        id: it.id.to_string(),
        of: "workflow",
        place: platform(&it.platform),
        account: None,
    });
    ours.chain(theirs).chain(workflows).collect()
}
