//! An object that a rehearsal makes in an account, reads back, changes and removes: what each call looks like [E4].

use std::collections::BTreeMap;

/// How one kind of object is made and removed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialObject {
    /// "A text file", as a person is told what will be made.
    pub name: String,
    /// Without these it is not tried.
    pub scopes: Vec<String>,
    /// What a person says first: where it may be made.
    pub asks: Vec<TrialQuestion>,
    /// In the order in which they are made. The first makes it, the last removes it.
    pub calls: Vec<TrialCall>,
}

/// What only a person knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialQuestion {
    /// As it stands between braces in the calls.
    pub name: String,
    /// "Page that it is made in".
    pub asks: String,
    pub example: String,
}

/// What a call does to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrialAct {
    Create,
    Read,
    Change,
    Remove,
}

impl TrialAct {
    const ALL: [Self; 4] = [Self::Create, Self::Read, Self::Change, Self::Remove];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Change => "change",
            Self::Remove => "remove",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialMethod {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl TrialMethod {
    const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// As it stands in a request (RFC 9110 §9.1).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// One call. `{name}` stands in address and body for what was said, what an earlier answer gave, and for `{tag}`: the
/// text that marks the object as ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialCall {
    pub act: TrialAct,
    pub method: TrialMethod,
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Option<String>,
    /// Names, and JSON pointers to what they stand for from here on.
    pub gives: Vec<(String, String)>,
    /// JSON pointers, and the text that has to stand there; `{name}` as above.
    pub expects: Vec<(String, String)>,
    /// A field that is false when the call failed in spite of 200 [B8].
    pub success_flag: Option<String>,
}

/// What stands for the names between braces.
pub type TrialValues = BTreeMap<String, String>;

/// A name in a call stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not known yet")]
pub struct NothingStandsFor(pub String);

/// An address with its names filled in, each as one step of a path or one value of a query (RFC 3986 §2.1): what is
/// filled in leads nowhere else.
///
/// # Errors
/// A name that stands for nothing.
pub fn filled_address(template: &str, values: &TrialValues) -> Result<String, NothingStandsFor> {
    filled(template, values, |value, into| {
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) || (byte == b'.' && !value.starts_with('.')) {
                into.push(char::from(byte));
            } else {
                into.push_str(&format!("%{byte:02X}"));
            }
        }
    })
}

/// A JSON text with its names filled in as text within strings (RFC 8259 §7): what is filled in ends no string.
///
/// # Errors
/// A name that stands for nothing.
pub fn filled_json(template: &str, values: &TrialValues) -> Result<String, NothingStandsFor> {
    filled(template, values, |value, into| {
        for letter in value.chars() {
            match letter {
                '"' => into.push_str("\\\""),
                '\\' => into.push_str("\\\\"),
                letter if u32::from(letter) < 0x20 => into.push_str(&format!("\\u{:04x}", u32::from(letter))),
                letter => into.push(letter),
            }
        }
    })
}

/// A plain text with its names filled in.
///
/// # Errors
/// A name that stands for nothing.
pub fn filled_text(template: &str, values: &TrialValues) -> Result<String, NothingStandsFor> {
    filled(template, values, |value, into| into.push_str(value))
}

/// Only `{name}` of small letters, digits and underscores is a name: a brace of JSON is a brace.
fn filled(template: &str, values: &TrialValues, put: impl Fn(&str, &mut String)) -> Result<String, NothingStandsFor> {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        match after.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, behind)) => {
                let value = values.get(name).ok_or_else(|| NothingStandsFor(name.to_owned()))?;
                put(value, &mut text);
                rest = behind;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    Ok(text)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
}

/// The names that a template speaks of.
pub fn names_in(template: &str) -> Vec<&str> {
    let mut names = vec![];
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('{') {
        match after.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, behind)) => {
                names.push(name);
                rest = behind;
            }
            None => rest = after,
        }
    }
    names
}

impl TrialObject {
    /// The call of this kind; `None`: the provider has none that is known.
    pub fn call(&self, act: TrialAct) -> Option<&TrialCall> {
        self.calls.iter().find(|it| it.act == act)
    }

    /// What is wrong with it: a call that speaks of what nobody said or gave, an object that is never made or never
    /// removed. `known`: what stands for something in every call of the provider.
    pub fn mistake(&self, known: &[&str]) -> Option<String> {
        let acts: Vec<_> = self.calls.iter().map(|it| it.act).collect();
        if acts.first() != Some(&TrialAct::Create) || acts.last() != Some(&TrialAct::Remove) {
            return Some("the first call makes the object, and the last removes it".to_owned());
        }
        let count = |act| acts.iter().filter(|it| **it == act).count();
        if count(TrialAct::Create) != 1 || count(TrialAct::Remove) != 1 {
            return Some("one call makes the object, and one removes it".to_owned());
        }
        let said = self.asks.iter().map(|it| it.name.as_str()).chain(["tag"]);
        let mut known: Vec<&str> = said.chain(known.iter().copied()).collect();
        for call in &self.calls {
            let expected = call.expects.iter().map(|(_, text)| text);
            let spoken_of = [&call.url].into_iter().chain(&call.body).flat_map(|it| names_in(it));
            if let Some(name) = spoken_of.into_iter().find(|name| !known.contains(name)) {
                return Some(format!("`{{{name}}}` stands for nothing before the call that speaks of it"));
            }
            known.extend(call.gives.iter().map(|(name, _)| name.as_str()));
            if let Some(name) = expected.flat_map(|it| names_in(it)).find(|name| !known.contains(name)) {
                return Some(format!("`{{{name}}}` is expected, and stands for nothing"));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> TrialValues {
        let all = [("id", "a/../b?c=d#e"), ("tag", "Patchbay check \"15:38\"\\\n"), ("page", "..")];
        all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn call(act: TrialAct, url: &str, gives: &[(&str, &str)]) -> TrialCall {
        TrialCall {
            act,
            method: TrialMethod::Get,
            url: url.to_owned(),
            headers: vec![],
            body: None,
            gives: gives.iter().map(|(name, at)| ((*name).to_owned(), (*at).to_owned())).collect(),
            expects: vec![],
            success_flag: None,
        }
    }

    fn object(calls: Vec<TrialCall>) -> TrialObject {
        TrialObject { name: "A text file".into(), scopes: vec![], asks: vec![], calls }
    }

    /// S075: what a server gave as an id leads to no other place of its API, and to no other host.
    #[test]
    fn what_is_filled_into_an_address_stays_one_step_of_it() {
        let address = filled_address("https://api.example/files/{id}/x", &values()).unwrap();
        assert_eq!(address, "https://api.example/files/a%2F..%2Fb%3Fc%3Dd%23e/x");
        assert_eq!(filled_address("/{page}", &values()).unwrap(), "/%2E%2E", "a step up is no step");
    }

    #[test]
    fn what_is_filled_into_json_ends_no_string() {
        let body = filled_json(r#"{"name":"{tag}","more":{"a":{}}}"#, &values()).unwrap();
        assert_eq!(body, r#"{"name":"Patchbay check \"15:38\"\\\u000a","more":{"a":{}}}"#);
    }

    #[test]
    fn a_name_that_stands_for_nothing_is_told() {
        assert_eq!(filled_text("{other}", &values()), Err(NothingStandsFor("other".into())));
        assert_eq!(names_in("/{base}/{ table }/{tag"), ["base"]);
    }

    /// E4: an object is never made that no call can remove.
    #[test]
    fn an_object_is_made_and_removed_and_every_name_is_known() {
        let create = || call(TrialAct::Create, "/files", &[("id", "/id")]);
        let remove = || call(TrialAct::Remove, "/files/{id}", &[]);
        assert_eq!(object(vec![create(), call(TrialAct::Read, "/files/{id}", &[]), remove()]).mistake(&[]), None);

        for wrong in [
            vec![],
            vec![create()],
            vec![remove(), create()],
            vec![create(), create(), remove()],
            vec![call(TrialAct::Create, "/files", &[]), remove()],
            vec![call(TrialAct::Create, "/pages/{parent}", &[("id", "/id")]), remove()],
        ] {
            assert!(object(wrong.clone()).mistake(&[]).is_some(), "{wrong:?}");
        }
    }
}
