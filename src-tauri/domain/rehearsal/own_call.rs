//! A call of a person's own, with the answer that is expected of it [E4].

use serde_json::Value;
use url::{Host, Url};

use crate::display_text::cleaned;
use crate::provider::trial_object::TrialMethod;

/// As much of a found text as is shown.
const SHOWN: usize = 120;

/// A call made with the connection's token, at an address of its provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCall {
    pub name: String,
    pub method: TrialMethod,
    pub url: String,
    /// JSON.
    pub body: Option<String>,
    pub expected: Expected,
}

/// What its answer has to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// `None`: any from 200 to 299.
    pub status: Option<u16>,
    /// Somewhere in the answer.
    pub text: Option<String>,
    /// JSON pointers (RFC 6901), and the text that has to stand there.
    pub values: Vec<(String, String)>,
}

/// Why a call is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnCallRefused {
    NoName,
    /// Another one of the same connection is called so.
    NameTwice,
    NoAddress,
    /// A token goes to hosts of its provider only [S075].
    NotOfProvider,
    BodyNotJson,
    PointerUnreadable,
}

impl OwnCall {
    /// Where it goes.
    pub fn address(&self) -> Option<Url> {
        let url = Url::parse(self.url.trim()).ok()?;
        let is_here = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        (url.scheme() == "https" || (url.scheme() == "http" && is_here)).then_some(url)
    }

    /// What is wrong with it, wherever it may go.
    pub fn mistake(&self) -> Option<OwnCallRefused> {
        if self.name.trim().is_empty() {
            return Some(OwnCallRefused::NoName);
        }
        if self.address().is_none() {
            return Some(OwnCallRefused::NoAddress);
        }
        if self.body.as_ref().is_some_and(|it| serde_json::from_str::<Value>(it).is_err()) {
            return Some(OwnCallRefused::BodyNotJson);
        }
        let is_pointer = |it: &str| it.is_empty() || it.starts_with('/');
        self.expected.values.iter().any(|(at, _)| !is_pointer(at)).then_some(OwnCallRefused::PointerUnreadable)
    }
}

impl Expected {
    /// In what an answer is another one, in words; `None`: it is as expected.
    pub fn unmet_by(&self, status: u16, body: &[u8]) -> Option<String> {
        let is_status = self.status.map_or((200..300).contains(&status), |it| it == status);
        if !is_status {
            let wanted = self.status.map_or_else(|| "200 to 299".to_owned(), |it| it.to_string());
            return Some(format!("{status}, where {wanted} was expected"));
        }
        if let Some(text) = self.text.as_ref().filter(|it| !String::from_utf8_lossy(body).contains(it.as_str())) {
            return Some(format!("{status}, and “{}” stands nowhere in it", cleaned(text, SHOWN)));
        }
        if self.values.is_empty() {
            return None;
        }
        let Ok(said) = serde_json::from_slice::<Value>(body) else {
            return Some(format!("{status}, and it is not JSON"));
        };
        let (at, wanted, found) = self
            .values
            .iter()
            .map(|(at, wanted)| (at, wanted, text_at(&said, at)))
            .find(|it| it.2.as_ref() != Some(it.1))?;
        let found = found.map_or_else(|| "nothing".to_owned(), |it| format!("“{}”", cleaned(&it, SHOWN)));
        Some(format!("{status}, but {} is {found} and not “{}”", cleaned(at, SHOWN), cleaned(wanted, SHOWN)))
    }
}

fn text_at(said: &Value, at: &str) -> Option<String> {
    Some(match said.pointer(at)? {
        Value::String(text) => text.clone(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            other.to_string()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(url: &str) -> OwnCall {
        OwnCall {
            name: "Invoices".into(),
            method: TrialMethod::Get,
            url: url.into(),
            body: None,
            expected: Expected::default(),
        }
    }

    /// E4: what cannot be made is told when it is written, not in front of the customer.
    #[test]
    fn a_call_that_cannot_be_made_is_not_kept() {
        let good = call("https://api.example/invoices");
        assert_eq!(good.mistake(), None);
        assert_eq!(call("http://127.0.0.1:4000/x").mistake(), None, "a provider on this computer");

        for (wrong, why) in [
            (OwnCall { name: " ".into(), ..good.clone() }, OwnCallRefused::NoName),
            (call("http://api.example/invoices"), OwnCallRefused::NoAddress),
            (call("file:///etc/passwd"), OwnCallRefused::NoAddress),
            (OwnCall { body: Some("{".into()), ..good.clone() }, OwnCallRefused::BodyNotJson),
            (
                OwnCall {
                    expected: Expected { values: vec![("a".into(), "b".into())], ..Expected::default() },
                    ..good
                },
                OwnCallRefused::PointerUnreadable,
            ),
        ] {
            assert_eq!(wrong.mistake(), Some(why), "{wrong:?}");
        }
    }

    #[test]
    fn an_answer_is_held_against_what_was_expected() {
        let body = br#"{"workspace":{"name":"Halden Optik","seats":4},"ok":true}"#;
        let values =
            |at: &str, value: &str| Expected { values: vec![(at.into(), value.into())], ..Expected::default() };

        assert_eq!(Expected::default().unmet_by(204, b""), None);
        assert_eq!(values("/workspace/name", "Halden Optik").unmet_by(200, body), None);
        assert_eq!(values("/workspace/seats", "4").unmet_by(200, body), None, "a number as it is written");
        assert_eq!(values("/ok", "true").unmet_by(200, body), None);
        assert_eq!(Expected { status: Some(404), ..Expected::default() }.unmet_by(404, b"gone"), None);

        let unmet = |expected: Expected, status, body: &[u8]| expected.unmet_by(status, body).unwrap_or_default();
        assert_eq!(unmet(Expected::default(), 500, b""), "500, where 200 to 299 was expected");
        let text = Expected { text: Some("Brightwater".into()), ..Expected::default() };
        assert_eq!(unmet(text, 200, body), "200, and “Brightwater” stands nowhere in it");
        assert_eq!(
            unmet(values("/workspace/name", "Brightwater"), 200, body),
            "200, but /workspace/name is “Halden Optik” and not “Brightwater”"
        );
        assert_eq!(unmet(values("/nobody", "x"), 200, body), "200, but /nobody is nothing and not “x”");
        assert_eq!(unmet(values("/ok", "true"), 200, b"<html>"), "200, and it is not JSON");
    }
}
