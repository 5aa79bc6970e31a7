//! Turns lines on standard input into changes of a running practice provider, for tests in other languages [C1].

use practice::{Faults, PracticeProvider};
use serde::Deserialize;
use serde_json::{Value, json};

/// One line, such as `{"do":"set_faults","faults":{"refuses_refresh":true}}`.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Wish {
    Faults,
    SetFaults {
        faults: Box<Faults>,
    },
    /// All switches back, then these words on.
    Switch {
        on: Vec<String>,
    },
    ConsentAutomatically {
        account: Option<String>,
    },
    RevokeAll,
    RevokeGrant {
        id: String,
    },
    ExpireAccessTokens,
    PassTime {
        seconds: u64,
    },
    Grants,
    Log,
    ClearLog,
    /// At the played provider.
    RegisterRedirect {
        uri: String,
    },
    Complaints,
}

/// Does what the line says; the answer is one JSON object, with `error` where it could not be done.
pub(crate) fn obey(provider: &PracticeProvider, line: &str) -> Value {
    match serde_json::from_str(line) {
        Ok(wish) => fulfil(provider, wish),
        Err(unreadable) => json!({ "error": unreadable.to_string() }),
    }
}

fn fulfil(provider: &PracticeProvider, wish: Wish) -> Value {
    match wish {
        Wish::Faults => json!({ "faults": provider.faults() }),
        Wish::SetFaults { faults } => {
            provider.set_faults(*faults);
            json!({ "faults": provider.faults() })
        }
        Wish::Switch { on } => {
            let switched = on.iter().try_fold(Faults::default(), |faults, word| faults.with_switch(word));
            match switched {
                Ok(faults) => {
                    provider.set_faults(faults);
                    json!({ "faults": provider.faults() })
                }
                Err(refused) => json!({ "error": refused.to_string() }),
            }
        }
        Wish::ConsentAutomatically { account } => {
            json!({ "done": provider.consent_automatically(account.as_deref()) })
        }
        Wish::RevokeAll => json!({ "count": provider.revoke_all() }),
        Wish::RevokeGrant { id } => json!({ "done": provider.revoke_grant(&id) }),
        Wish::ExpireAccessTokens => json!({ "count": provider.expire_access_tokens() }),
        Wish::PassTime { seconds } => {
            provider.pass_time(std::time::Duration::from_secs(seconds));
            json!({ "done": true })
        }
        Wish::Grants => json!({ "grants": provider.grants() }),
        Wish::RegisterRedirect { uri } => {
            provider.register_redirect(&uri);
            json!({ "done": provider.played_file().is_some() })
        }
        Wish::Complaints => json!({ "complaints": provider.complaints() }),
        Wish::Log => json!({ "log": provider.log() }),
        Wish::ClearLog => {
            provider.clear_log();
            json!({ "done": true })
        }
    }
}
