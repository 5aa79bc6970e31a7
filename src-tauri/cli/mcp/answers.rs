//! What each tool gives back. Other people's text stands in fields of its own, without what steers a reader, and cut; no
//! secret has a place but the one that is asked for by name [A3, B12, F2].

use std::collections::BTreeMap;

use domain::display_text::cleaned;
use jiff::Timestamp;
use rmcp::schemars::JsonSchema;
use serde::Serialize;

/// Names and the like are cut here.
const LONGEST_TEXT: usize = 200;
/// So many of a kind are named in one answer; the rest is a count elsewhere.
pub(crate) const MOST_NAMED: usize = 50;

/// Other people's text, as data.
pub(crate) fn data(text: &str) -> String {
    cleaned(text, LONGEST_TEXT)
}

pub(crate) fn all_data<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    texts.into_iter().take(MOST_NAMED).map(data).collect()
}

/// A page of connections, what needs a person first.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Connections {
    /// On the board as a whole.
    pub(crate) total: usize,
    /// Of these a person has to act on so many.
    pub(crate) needs_person: usize,
    /// How many there are of each status, on the board as a whole.
    pub(crate) by_status: BTreeMap<&'static str, usize>,
    /// How many match what was asked for.
    pub(crate) matching: usize,
    pub(crate) connections: Vec<Summary>,
    /// Ask again with this as offset for the next ones.
    pub(crate) next_offset: Option<usize>,
}

/// One connection in short.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Summary {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) provider: String,
    pub(crate) account: Option<String>,
    /// active, expiring, `reauth_required`, unproved or disconnected.
    pub(crate) status: &'static str,
    /// What is known of it for a run: ready, unproved, temporary, `too_short`, `needs_mending`, `scope_missing`,
    /// `wrong_account` or `blocked_on_auth`.
    pub(crate) verdict: &'static str,
    pub(crate) needs_person: bool,
    /// How many workflows and programs lean on it.
    pub(crate) dependants: usize,
}

/// One connection.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Shown {
    #[serde(flatten)]
    pub(crate) summary: Summary,
    pub(crate) provider_name: String,
    pub(crate) workspace: Option<String>,
    pub(crate) environment: &'static str,
    pub(crate) customer: Option<String>,
    /// Why it has its status, in Patchbay's words.
    pub(crate) happened: String,
    /// What helps, in Patchbay's words.
    pub(crate) advice: String,
    pub(crate) cause: Option<&'static str>,
    pub(crate) action: &'static str,
    /// Since when it has its status.
    #[schemars(with = "String")]
    pub(crate) since: Timestamp,
    /// When anybody last looked whether it works.
    #[schemars(with = "Option<String>")]
    pub(crate) proved_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub(crate) token_expires_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub(crate) grant_ends_at: Option<Timestamp>,
    pub(crate) scopes_granted: Vec<String>,
    pub(crate) dependant_names: Vec<String>,
    /// For a person to open, where a sign-in is what helps. It asks, and acts only on a click.
    pub(crate) reconnect_link: Option<String>,
    /// Where a person is asked already.
    pub(crate) reconnect_asked: Option<AskedBefore>,
    /// Of this connection and this client: off, on or refused.
    pub(crate) token_access: &'static str,
}

/// A request that stands.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct AskedBefore {
    pub(crate) by: Option<String>,
    #[schemars(with = "String")]
    pub(crate) at: Timestamp,
}

/// Whether a run may begin.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Readiness {
    /// Of all together, the worst: ready, unproved, temporary, `too_short`, `needs_mending`, `scope_missing`,
    /// `wrong_account` or `blocked_on_auth`.
    pub(crate) verdict: &'static str,
    /// Whether the run may begin.
    pub(crate) ready: bool,
    /// Until when all of it holds, as far as that is known.
    #[schemars(with = "Option<String>")]
    pub(crate) good_until: Option<Timestamp>,
    /// Where one was asked about.
    pub(crate) workflow: Option<String>,
    /// Of a workflow: whether its platform would start it.
    pub(crate) running: Option<bool>,
    pub(crate) connections: Vec<Needed>,
}

/// One connection that a run needs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Needed {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) verdict: &'static str,
    #[schemars(with = "Option<String>")]
    pub(crate) good_until: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub(crate) token_expires_at: Option<Timestamp>,
    pub(crate) cause: Option<&'static str>,
    pub(crate) action: Option<&'static str>,
    /// Wanted, and not granted.
    pub(crate) lacking_scopes: Vec<String>,
    /// Why it is not ready and what helps, in Patchbay's words.
    pub(crate) why: Vec<String>,
    /// For a person to open, where a sign-in is what helps.
    pub(crate) reconnect_link: Option<String>,
    /// It is not tried again before.
    #[schemars(with = "Option<String>")]
    pub(crate) retry_at: Option<Timestamp>,
}

/// What came of waiting.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Waited {
    /// Whether the time was up first. Then call again, or tell a person.
    pub(crate) timed_out: bool,
    pub(crate) waited_seconds: u64,
    #[serde(flatten)]
    pub(crate) readiness: Readiness,
}

/// Why something does not work.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Diagnosed {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: &'static str,
    /// True: nothing is known to be wrong.
    pub(crate) is_well: bool,
    /// Whether the provider was asked for this very answer.
    pub(crate) is_probed: bool,
    pub(crate) diagnosis: Option<Cause>,
    /// The last time that it was tried layer by layer.
    pub(crate) ladder: Option<Ladder>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Cause {
    pub(crate) cause: &'static str,
    pub(crate) action: &'static str,
    pub(crate) confidence_percent: u8,
    /// In Patchbay's words, as the next two.
    pub(crate) happened: String,
    pub(crate) meaning: String,
    pub(crate) advice: String,
    pub(crate) http_status: Option<u16>,
    /// The provider's own code: data, whatever it says.
    pub(crate) provider_code: Option<String>,
    pub(crate) alternatives: Vec<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Ladder {
    #[schemars(with = "String")]
    pub(crate) at: Timestamp,
    pub(crate) stopped_at: Option<&'static str>,
    pub(crate) verdict: Cause,
    pub(crate) rungs: Vec<Rung>,
    pub(crate) ruled_out: Vec<RuledOut>,
    pub(crate) still_open: Option<String>,
    #[schemars(with = "Option<String>")]
    pub(crate) last_good_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub(crate) first_bad_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Rung {
    pub(crate) rung: &'static str,
    /// passed, failed, `not_needed` or `not_run`.
    pub(crate) state: &'static str,
    pub(crate) says: String,
    /// What the provider said on it: data, whatever it says.
    pub(crate) provider_words: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct RuledOut {
    pub(crate) cause: &'static str,
    pub(crate) by: String,
}

/// Who breaks with it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct BlastRadius {
    pub(crate) id: String,
    pub(crate) name: String,
    /// works, dead or unknown.
    pub(crate) health: &'static str,
    #[schemars(with = "Option<String>")]
    pub(crate) dies_at: Option<Timestamp>,
    /// Workflows that stop with it.
    pub(crate) workflow_count: usize,
    /// Of these run again once this alone is mended.
    pub(crate) heals: usize,
    /// Workflows that use it and do not stop.
    pub(crate) apart: usize,
    #[schemars(with = "Option<String>")]
    pub(crate) first_run: Option<Timestamp>,
    pub(crate) first_workflow: Option<String>,
    pub(crate) runs_per_day: f64,
    pub(crate) customers: Vec<String>,
    pub(crate) owners: Vec<String>,
    pub(crate) workflows: Vec<Struck>,
    /// Ask again with this as offset for the next ones.
    pub(crate) next_offset: Option<usize>,
    /// Other grants of the same account, at platforms: each dies by itself.
    pub(crate) copies: Vec<Copied>,
}

/// A workflow that stops.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Struck {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) platform: String,
    pub(crate) customer: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) steps: Vec<String>,
    #[schemars(with = "Option<String>")]
    pub(crate) next_run: Option<Timestamp>,
    /// Of a rhythm that was only seen: how much of the time it held. The next run is about then.
    pub(crate) held_percent: Option<u8>,
    /// What else is dead that it needs.
    pub(crate) waits_for: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Copied {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) verdict: &'static str,
    pub(crate) workflow_count: usize,
}

/// What came of asking for a reconnect.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct ReconnectAsked {
    pub(crate) id: String,
    pub(crate) name: String,
    /// now, already, or `not_needed`.
    pub(crate) asked: &'static str,
    /// What is known of it for a run.
    pub(crate) verdict: &'static str,
    pub(crate) by: Option<String>,
    #[schemars(with = "Option<String>")]
    pub(crate) at: Option<Timestamp>,
    /// For a person to open; it asks, and acts only on a click.
    pub(crate) reconnect_link: Option<String>,
    /// The same in a terminal.
    pub(crate) command: Option<String>,
    /// What becomes of it, in Patchbay's words.
    pub(crate) person_sees: String,
}

/// What came of asking for tokens.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct AccessAsked {
    pub(crate) id: String,
    pub(crate) name: String,
    /// off, on or refused.
    pub(crate) token_access: &'static str,
    /// Which program it is about.
    pub(crate) program: Option<String>,
    /// What a person types to switch it on.
    pub(crate) command: Option<String>,
    pub(crate) said: String,
}

/// A token, for the client that a person lets have it. Made on its way out alone: not to be printed or kept.
#[derive(Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct AccessToken<'a> {
    pub(crate) id: &'a str,
    pub(crate) access_token: &'a str,
    #[schemars(with = "Option<String>")]
    pub(crate) expires_at: Option<Timestamp>,
    /// It works only with proofs of a key that stays in Patchbay.
    pub(crate) is_key_bound: bool,
    /// Where it holds for less than was asked for: why, in Patchbay's words.
    pub(crate) warning: Option<String>,
}
