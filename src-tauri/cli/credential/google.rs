//! An executable credential source of Google's libraries (google.aip.dev/auth/4117, "Executable-sourced credentials"): a JWT
//! that Google exchanges, or why there is none [F2].

use engine::Engine;
use serde::Serialize;

use super::{bearer_token, exposed, print_json};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

const VERSION: u8 = 1;

/// RFC 8693 §3; the field that carries it is called `id_token` for either kind.
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

#[derive(Serialize)]
struct Success<'a> {
    version: u8,
    success: bool,
    token_type: &'static str,
    id_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_time: Option<i64>,
}

#[derive(Serialize)]
struct Refusal {
    version: u8,
    success: bool,
    code: &'static str,
    message: String,
}

pub(super) async fn google(engine: &Engine, terminal: &Terminal, called: &str) -> Result<Exit, Failure> {
    let taken = bearer_token(engine, terminal, called, None, "Google's library").await.and_then(|fresh| {
        if is_jwt(exposed(&fresh)) {
            return Ok(fresh);
        }
        Err(Failure::unusable_token(
            format!("The access token of {called} is not a JWT."),
            "Google exchanges only tokens that it can check itself.",
            "Use a connection of the provider that Google's workload identity pool names.",
        ))
    });
    match taken {
        Ok(fresh) => {
            let expiration_time = fresh.expires_at.map(jiff::Timestamp::as_second);
            let id_token = exposed(&fresh);
            print_json(&Success { version: VERSION, success: true, token_type: JWT, id_token, expiration_time })?;
            Ok(Exit::Done)
        }
        // Its libraries read the reason from standard output; who looks reads it from standard error.
        Err(failure) => {
            let (code, message) = (failure.code(), failure.sentence());
            print_json(&Refusal { version: VERSION, success: false, code, message })?;
            if terminal.is_json() { Ok(failure.exit) } else { Err(failure) }
        }
    }
}

/// Three parts in base64url, the first of them JSON (RFC 7519 §3).
fn is_jwt(token: &str) -> bool {
    let parts: Vec<_> = token.split('.').collect();
    let is_base64url = |part: &&str| {
        !part.is_empty() && part.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'))
    };
    parts.len() == 3 && parts.iter().all(is_base64url) && token.starts_with("eyJ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_has_three_parts_and_begins_as_json_does() {
        assert!(is_jwt("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtaXJhIn0.c2ln"));
        for other in ["", "ya29.a0Af", "gho_1234", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtaXJhIn0.", "a.b.c", "eyJh.bGci"] {
            assert!(!is_jwt(other), "{other}");
        }
    }
}
