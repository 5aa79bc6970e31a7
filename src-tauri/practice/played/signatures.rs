//! Says no in the words by which a provider file knows what went wrong [C1, C2].

use serde_json::{Value, json};

use super::documents::put;

/// Where a signature is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Authorize,
    Token,
    Exchange,
    Refresh,
    Api,
    Anywhere,
}

impl Heard {
    /// Whether what is said here is heard at that endpoint; a token endpoint says what it was asked for.
    pub(super) fn at(self, endpoint: Heard) -> bool {
        self == endpoint
            || self == Heard::Anywhere
            || (self == Heard::Token && matches!(endpoint, Heard::Exchange | Heard::Refresh))
    }

    /// As the file writes it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Heard::Authorize => "authorize",
            Heard::Token => "token",
            Heard::Exchange => "token_exchange",
            Heard::Refresh => "token_refresh",
            Heard::Api => "api",
            Heard::Anywhere => "anywhere",
        }
    }
}

/// One line of `error_signatures`.
pub(super) struct Signature {
    pub(super) heard: Heard,
    pub(super) http_status: Option<u16>,
    /// Empty where fields or a header tell it.
    pub(super) contains: String,
    pub(super) fields: Vec<(String, String)>,
    /// A header's name, with what stands in it.
    pub(super) header: Option<(String, String)>,
    pub(super) cause: String,
}

impl Signature {
    pub(super) fn read(value: &Value) -> Option<Signature> {
        let text = |name: &str| value.get(name)?.as_str().map(ToOwned::to_owned);
        Some(Signature {
            heard: match text("endpoint").as_deref() {
                None => Heard::Anywhere,
                Some(endpoint) => [Heard::Authorize, Heard::Token, Heard::Exchange, Heard::Refresh, Heard::Api]
                    .into_iter()
                    .find(|it| it.as_str() == endpoint)?,
            },
            http_status: value.get("http_status").and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok()),
            contains: text("contains").unwrap_or_default(),
            fields: value.get("fields").and_then(Value::as_object).map_or_else(Vec::new, |fields| {
                fields.iter().filter_map(|(name, it)| Some((name.clone(), it.as_str()?.to_owned()))).collect()
            }),
            header: value.get("header").and_then(|it| {
                let part = |name: &str| it.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
                Some((part("name")?, part("contains").unwrap_or_else(|| "as documented".to_owned())))
            }),
            cause: text("cause")?,
        })
    }

    /// The status where the file leaves it open: a flag that says no stands behind 200.
    pub(super) fn status(&self, success_flag: Option<&str>) -> u16 {
        self.http_status.unwrap_or(match (self.heard, success_flag) {
            (Heard::Api, Some(_)) => 200,
            (Heard::Api, None) => 403,
            (Heard::Token | Heard::Exchange | Heard::Refresh | Heard::Authorize | Heard::Anywhere, _) => 400,
        })
    }

    /// `error` and `error_description`: a single word is a code, everything else a sentence.
    pub(super) fn code_and_description(&self) -> (&str, String) {
        if self.contains.is_empty() {
            return ("refused", "As documented".to_owned());
        }
        let word = self.contains.trim_matches('"');
        let is_word = !word.is_empty() && word.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-.".contains(&it));
        if is_word { (word, "As documented".to_owned()) } else { ("refused", format!("Refused: {}", self.contains)) }
    }

    /// A body that the signature is found in.
    pub(super) fn body(&self, success_flag: Option<&str>) -> String {
        let (code, description) = self.code_and_description();
        let mut body = json!({ "error": code, "error_description": description });
        if let Some(flag) = success_flag {
            put(&mut body, flag, false);
        }
        for (name, value) in &self.fields {
            body[name.as_str()] = value.as_str().into();
        }
        let is_found = |text: &str| text.to_lowercase().contains(&self.contains.to_lowercase());
        let body = body.to_string();
        if is_found(&body) {
            return body;
        }
        // A piece of JSON, such as `"code":190`.
        let piece = format!("{{\"error\":{{{}}}}}", self.contains);
        if serde_json::from_str::<Value>(&piece).is_ok() { piece } else { self.contains.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C1
    #[test]
    fn every_kind_of_signature_stands_in_the_body_made_of_it() {
        for contains in ["invalid_auth", "\"unauthorized\"", "rate limit", "it's \"over\"", "\"code\":190", "{odd"] {
            let value = json!({ "endpoint": "api", "contains": contains, "cause": "rate_limited" });
            let signature = Signature::read(&value).unwrap();

            for flag in [None, Some("/ok")] {
                let body = signature.body(flag);
                assert!(body.contains(contains), "{contains} in {body}");
            }
        }
    }
}
