//! Turns a word such as `refuses_refresh` or `answers_slowly=2s` into a fault, for command lines and panels [C1].

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;
use thiserror::Error;

use crate::faults::{ApiRejection, ErrorShape, Faults};
use crate::staging::StagedCause;

/// A switch that could not be read.
#[derive(Debug, Error)]
pub enum SwitchRefused {
    #[error("there is no fault called {0:?}")]
    Unknown(String),
    #[error("{name:?} needs {needs}")]
    Value { name: String, needs: &'static str },
}

/// Every switch with what may follow its `=`.
pub const SWITCHES: &[(&str, &str)] = &[
    ("refuses_refresh", ""),
    ("tolerates_reuse", ""),
    ("keeps_refresh_tokens", ""),
    ("rotation_grace", SPAN),
    ("access_token_lifetime", SPAN),
    ("refresh_token_lifetime", SPAN),
    ("no_refresh_token", ""),
    ("wants_offline_access", ""),
    ("grants_fewer_scopes", "scopes, separated by blanks or commas"),
    ("expires_in", "JSON, or a text"),
    ("omits_expires_in", ""),
    ("token_type", "a text"),
    ("malformed_token_answer", "the body"),
    ("wants_json_bodies", ""),
    ("answers_slowly", SPAN),
    ("never_answers", ""),
    ("answers_status", STATUS),
    ("retry_after", "seconds, or an HTTP date"),
    ("answers_200_with_an_error", "optionally an error code"),
    ("answers_200_with_ok_false", "optionally an error code"),
    ("answers_html", ""),
    ("answers_endlessly", ""),
    ("answers_huge", "a number of bytes"),
    ("redirects_to", "an address"),
    ("drops_answer_after_rotating", ""),
    ("wrong_issuer", ""),
    ("wrong_state", ""),
    ("denies_consent", ""),
    ("clock_is_off_by", "a time such as 5m or -90s"),
    ("discovers_another_issuer", "an issuer"),
    ("api_rejects", REJECTION),
    ("revocation_answers", STATUS),
    ("for_token_requests", "a count"),
    ("answers_signature", "an index from 0 into the error signatures of the played file"),
    ("stages", "a cause"),
    // The oddities that provider files name.
    ("expires_in_missing", ""),
    ("refresh_token_missing", ""),
    ("scope_with_commas", ""),
    ("answers_form_encoded", ""),
    ("nested_token_answer", ""),
    ("ok_false_with_200", ""),
    ("revokes_nothing_with_200", ""),
    ("revocation_leaves_access_token", ""),
    ("revocation_refuses_public_clients", ""),
    ("rejects_basic", ""),
    ("rejects_post", ""),
    ("no_rotation", ""),
    ("lower_case_bearer_missing_token_type", ""),
    ("error_as_html", ""),
    ("token_in_fragment", ""),
    ("refuses_http_loopback", ""),
    ("answer_carries_tenant", ""),
    ("separate_refresh_endpoint", ""),
    ("wants_redirect_uri_on_refresh", ""),
    ("live_token_limit", "a count"),
    ("new_grant_ends_older_ones", ""),
    ("code_lifetime", SPAN),
    ("revocation_ends_all_grants", ""),
];

/// Switches that are on unless another turns them off.
const USUALLY_ON: &[&str] = &["reuse_kills_grant", "rotates_refresh_tokens"];

/// Every name that `Faults::with_switch` knows: what a provider file may name beside an oddity.
pub fn fault_names() -> impl Iterator<Item = &'static str> {
    SWITCHES.iter().map(|(name, _)| *name).chain(USUALLY_ON.iter().copied())
}

/// What switches with a value mean by their bare name.
const USUAL_VALUES: &[(&str, &str)] = &[
    ("rotation_grace", "60s"),
    ("refresh_token_lifetime", "720h"),
    ("access_token_lifetime", "10m"),
    ("code_lifetime", "30s"),
    ("live_token_limit", "2"),
    ("grants_fewer_scopes", "openid"),
    ("expires_in", "\"3600\""),
    ("api_rejects", "invalid_token"),
    ("answers_status", "503"),
    ("revocation_answers", "503"),
];
const SPAN: &str = "a time such as 2s, 10m or 1h";
const STATUS: &str = "an HTTP status from 400 to 599";
const REJECTION: &str = "invalid_token, insufficient_scope or too_many_requests";

impl Faults {
    /// Turns one switch on: `name` or `name=value`.
    ///
    /// # Errors
    /// The name is unknown, or the value is missing, superfluous or unreadable.
    pub fn with_switch(self, switch: &str) -> Result<Faults, SwitchRefused> {
        let (name, value) = match switch.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (switch, None),
        };
        let usual = USUALLY_ON.iter().map(|name| (*name, ""));
        let Some((_, needs)) = SWITCHES.iter().copied().chain(usual).find(|(known, _)| *known == name) else {
            return Err(SwitchRefused::Unknown(name.to_owned()));
        };
        let refused =
            || SwitchRefused::Value { name: name.to_owned(), needs: if needs.is_empty() { "no value" } else { needs } };
        let applied = match value {
            None => self.without_value(name),
            Some(value) => self.with_value(name, value),
        };
        applied.ok_or_else(refused)
    }

    /// Turns on the oddity that a provider file names: its bare name, with a usual value where it takes one.
    ///
    /// # Errors
    /// No fault has this name.
    pub fn with_oddity(self, name: &str) -> Result<Faults, SwitchRefused> {
        match USUAL_VALUES.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => self.with_switch(&format!("{name}={value}")),
            None => self.with_switch(name),
        }
    }

    fn without_value(self, name: &str) -> Option<Faults> {
        Some(match name {
            "refuses_refresh" => self.refuses_refresh(),
            "tolerates_reuse" => self.tolerates_reuse(),
            "reuse_kills_grant" => Faults { reuse_kills_grant: true, ..self },
            "rotates_refresh_tokens" => Faults { rotates_refresh_tokens: true, ..self },
            "keeps_refresh_tokens" | "no_rotation" => self.keeps_refresh_tokens(),
            "no_refresh_token" | "refresh_token_missing" => self.no_refresh_token(),
            "wants_offline_access" => self.wants_offline_access(),
            "omits_expires_in" | "expires_in_missing" => self.omits_expires_in(),
            "wants_json_bodies" => self.wants_json_bodies(),
            "never_answers" => self.never_answers(),
            "answers_200_with_an_error" => {
                self.answers_200_with_an_error(ErrorShape::OAuth("invalid_grant".to_owned()))
            }
            "answers_200_with_ok_false" | "ok_false_with_200" => {
                self.answers_200_with_an_error(ErrorShape::OkFalse("token_revoked".to_owned()))
            }
            "answers_html" => self.answers_html(),
            "answers_endlessly" => self.answers_endlessly(),
            "drops_answer_after_rotating" => self.drops_answer_after_rotating(),
            "wrong_issuer" => self.wrong_issuer(),
            "wrong_state" => self.wrong_state(),
            "denies_consent" => self.denies_consent(),
            "scope_with_commas" => Faults { scope_with_commas: true, ..self },
            "answers_form_encoded" => Faults { answers_form_encoded: true, ..self },
            "nested_token_answer" => Faults { nested_token_answer: true, ..self },
            "revokes_nothing_with_200" => Faults { revokes_nothing_with_200: true, ..self },
            "revocation_leaves_access_token" => Faults { revocation_leaves_access_token: true, ..self },
            "revocation_refuses_public_clients" => Faults { revocation_refuses_public_clients: true, ..self },
            "rejects_basic" => Faults { rejects_basic: true, ..self },
            "rejects_post" => Faults { rejects_post: true, ..self },
            "lower_case_bearer_missing_token_type" => Faults { lower_case_bearer_missing_token_type: true, ..self },
            "error_as_html" => Faults { error_as_html: true, ..self },
            "token_in_fragment" => Faults { token_in_fragment: true, ..self },
            "refuses_http_loopback" => Faults { refuses_http_loopback: true, ..self },
            "answer_carries_tenant" => Faults { answer_carries_tenant: true, ..self },
            "separate_refresh_endpoint" => Faults { separate_refresh_endpoint: true, ..self },
            "wants_redirect_uri_on_refresh" => Faults { wants_redirect_uri_on_refresh: true, ..self },
            "new_grant_ends_older_ones" => Faults { live_grants: Some(1), ..self },
            "revocation_ends_all_grants" => Faults { revocation_ends_all_grants: true, ..self },
            _ => return None,
        })
    }

    /// Brings this cause about, with the switches that it takes.
    pub fn stages(self, cause: StagedCause) -> Faults {
        let on = |faults: Faults, switch: &&str| faults.clone().with_switch(switch).unwrap_or(faults);
        Faults { stages: Some(cause), ..cause.switches().iter().fold(self, on) }
    }

    fn with_value(self, name: &str, value: &str) -> Option<Faults> {
        if value.is_empty() {
            return None;
        }
        Some(match name {
            "rotation_grace" => self.rotation_grace(span(value)?),
            "access_token_lifetime" => self.access_token_lifetime(span(value)?),
            "refresh_token_lifetime" => self.refresh_token_lifetime(span(value)?),
            "grants_fewer_scopes" => {
                self.grants_fewer_scopes(value.split([' ', ',']).filter(|scope| !scope.is_empty()))
            }
            "expires_in" => self.expires_in(serde_json::from_str::<Value>(value).unwrap_or_else(|_| value.into())),
            "token_type" => self.token_type(value),
            "malformed_token_answer" => self.malformed_token_answer(value),
            "answers_slowly" => self.answers_slowly(span(value)?),
            "answers_status" => self.answers_status(status(value)?),
            "retry_after" => self.retry_after(value),
            "answers_200_with_an_error" => self.answers_200_with_an_error(ErrorShape::OAuth(value.to_owned())),
            "answers_200_with_ok_false" => self.answers_200_with_an_error(ErrorShape::OkFalse(value.to_owned())),
            "answers_huge" => self.answers_huge(value.parse().ok()?),
            "redirects_to" => self.redirects_to(value),
            "clock_is_off_by" => self.clock_is_off_by(signed_span(value)?),
            "discovers_another_issuer" => self.discovers_another_issuer(value),
            "api_rejects" => self.api_rejects(match value {
                "invalid_token" => ApiRejection::InvalidToken,
                "insufficient_scope" => ApiRejection::InsufficientScope,
                "too_many_requests" => ApiRejection::TooManyRequests { retry_after: Some("1".to_owned()) },
                _ => return None,
            }),
            "revocation_answers" => self.revocation_answers(status(value)?),
            "for_token_requests" => self.for_token_requests(value.parse().ok()?),
            "live_token_limit" => Faults { live_grants: Some(value.parse().ok()?), ..self },
            "code_lifetime" => Faults { code_lifetime: Some(span(value)?), ..self },
            "stages" => self.stages(StagedCause::of(value)?),
            "answers_signature" => Faults { answers_signature: Some(value.parse().ok()?), ..self },
            _ => return None,
        })
    }
}

fn signed_span(text: &str) -> Option<SignedDuration> {
    text.parse().ok().or_else(|| text.parse().ok().map(SignedDuration::from_secs))
}

fn span(text: &str) -> Option<Duration> {
    Duration::try_from(signed_span(text)?).ok()
}

fn status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|status| (400..600).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C1
    #[test]
    fn every_switch_in_the_list_can_be_turned_on() {
        for (name, needs) in SWITCHES {
            let value = match *needs {
                "" => None,
                SPAN | "a time such as 5m or -90s" => Some("2s"),
                STATUS => Some("503"),
                REJECTION => Some("invalid_token"),
                "a number of bytes" | "a count" => Some("7"),
                needs if needs.starts_with("an index") => Some("0"),
                "a cause" => Some("grant_invalid"),
                _ => Some("word"),
            };
            let switch = value.map_or((*name).to_owned(), |value| format!("{name}={value}"));

            let faults = Faults::default().with_switch(&switch).unwrap();

            assert_ne!(faults, Faults::default(), "{switch} is listed, so it must change something");
        }
    }

    /// C1: the names that provider files give their oddities.
    #[test]
    fn every_agreed_name_of_an_oddity_is_a_switch() {
        for name in [
            "expires_in_missing",
            "refresh_token_missing",
            "scope_with_commas",
            "answers_form_encoded",
            "nested_token_answer",
            "ok_false_with_200",
            "revokes_nothing_with_200",
            "revocation_leaves_access_token",
            "revocation_refuses_public_clients",
            "rejects_basic",
            "rejects_post",
            "wants_json_bodies",
            "rotation_grace",
            "reuse_kills_grant",
            "no_rotation",
            "lower_case_bearer_missing_token_type",
            "error_as_html",
            "token_in_fragment",
            "refuses_http_loopback",
            "answer_carries_tenant",
            "separate_refresh_endpoint",
            "wants_redirect_uri_on_refresh",
            "live_token_limit",
            "new_grant_ends_older_ones",
            "code_lifetime",
            "revocation_ends_all_grants",
            "refresh_token_lifetime",
            "grants_fewer_scopes",
            "api_rejects",
            "rotates_refresh_tokens",
        ] {
            assert!(fault_names().any(|known| known == name), "{name} is listed");
            assert!(Faults::default().with_oddity(name).is_ok(), "{name} can be turned on by its bare name");
        }
    }

    /// C1
    #[test]
    fn a_switch_that_cannot_be_read_is_refused() {
        for wrong in ["", "nonsense", "refuses_refresh=1", "answers_slowly", "answers_slowly=-2s", "answers_status=200"]
        {
            assert!(Faults::default().with_switch(wrong).is_err(), "{wrong:?} would do nothing, silently");
        }
    }

    /// B7
    #[test]
    fn the_words_mean_the_same_as_the_methods() {
        let spoken = Faults::default()
            .with_switch("expires_in=\"3600000\"")
            .and_then(|faults| faults.with_switch("clock_is_off_by=-90s"))
            .and_then(|faults| faults.with_switch("answers_slowly=2"))
            .unwrap();
        let built = Faults::default()
            .expires_in("3600000")
            .clock_is_off_by(SignedDuration::from_secs(-90))
            .answers_slowly(Duration::from_secs(2));

        assert_eq!(spoken, built, "a panel and a test must get the same fault");
        let json = serde_json::to_string(&built).unwrap();
        assert_eq!(serde_json::from_str::<Faults>(&json).unwrap(), built, "faults travel as JSON too");
    }
}
