//! Reads single values out of a tree: texts, lists of scopes, moments, secrets; what has the wrong type is refused
//! by its name [A3].

use domain::Secret;
use domain::display_text::cleaned;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{FoundClient, ImportRefused, Oddity, Source, encoded};

/// Names and ids that people read are cut there.
const LONGEST_NAME: usize = 200;
const LONGEST_ID: usize = 512;
const MOST_SCOPES: usize = 200;

/// One object of a file, and where it stands.
pub(super) struct Fields<'a> {
    source: &'a Source,
    place: String,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The object at a place; `WrongField` when something else stands there.
    pub(super) fn of(source: &'a Source, place: &str, value: &'a Value) -> Result<Self, ImportRefused> {
        let object = value.as_object().ok_or_else(|| ImportRefused::WrongField {
            file: source.name.clone(),
            field: place.to_owned(),
            complaint: "no object",
        })?;
        Ok(Self { source, place: place.to_owned(), object })
    }

    /// An object inside; `None` when there is none.
    pub(super) fn inside(&self, name: &str) -> Result<Option<Self>, ImportRefused> {
        self.object
            .get(name)
            .filter(|it| !it.is_null())
            .map(|it| Self::of(self.source, &self.path(name), it))
            .transpose()
    }

    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(|it| !it.is_null())
    }

    /// Where a field stands: `[3].data.clientId`.
    pub(super) fn path(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    /// A text, as it is written; blank is absent, a number is its digits.
    pub(super) fn raw(&self, name: &str) -> Result<Option<&'a str>, ImportRefused> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|it| !it.trim().is_empty())),
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Err(self.wrong(name, "no text"))
            }
        }
    }

    /// A text for people.
    pub(super) fn name(&self, name: &str) -> Result<Option<String>, ImportRefused> {
        Ok(self.raw(name)?.map(|text| cleaned(text.trim(), LONGEST_NAME)))
    }

    /// An address or another text that is compared, never sent.
    pub(super) fn clue(&self, name: &str) -> Result<Option<String>, ImportRefused> {
        Ok(self.raw(name)?.map(|text| text.trim().to_owned()).filter(|it| !encoded::is_placeholder(it)))
    }

    pub(super) fn secret(&self, name: &str, oddities: &mut Vec<Oddity>) -> Result<Option<Secret>, ImportRefused> {
        Ok(self.raw(name)?.and_then(|text| encoded::secret(&self.path(name), text, oddities)))
    }

    /// A client by the names its id and secret have here.
    pub(super) fn client(
        &self,
        id: &str,
        secret: &str,
        oddities: &mut Vec<Oddity>,
    ) -> Result<Option<FoundClient>, ImportRefused> {
        let written = self.raw(id)?;
        let secret = self.secret(secret, oddities)?;
        Ok(written.and_then(|text| client_of(&self.path(id), text, secret, oddities)))
    }

    /// Scopes as a list, or as one text with spaces or commas.
    pub(super) fn scopes(&self, name: &str) -> Result<Vec<String>, ImportRefused> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(vec![]),
            Some(Value::String(text)) => Ok(split_scopes(text)),
            Some(Value::Array(items)) => {
                let texts = items.iter().filter_map(Value::as_str).flat_map(split_scopes);
                Ok(texts.take(MOST_SCOPES).collect())
            }
            Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Err(self.wrong(name, "no list of scopes")),
        }
    }

    /// A moment: a date, or epoch milliseconds or seconds, as a number or as text. An odd one is absent.
    pub(super) fn moment(&self, name: &str) -> Option<Timestamp> {
        match self.object.get(name)? {
            Value::String(text) => moment_of(text),
            Value::Number(number) => epoch(number.as_i64()?),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A number of seconds, also where it is written as text.
    pub(super) fn seconds(&self, name: &str) -> Option<i64> {
        match self.object.get(name)? {
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => number.as_i64(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub(super) fn wrong(&self, name: &str, complaint: &'static str) -> ImportRefused {
        ImportRefused::WrongField { file: self.source.name.clone(), field: self.path(name), complaint }
    }
}

/// A client, where its id is there and may be one.
pub(super) fn client_of(
    field: &str,
    id: &str,
    secret: Option<Secret>,
    oddities: &mut Vec<Oddity>,
) -> Option<FoundClient> {
    let id = id.trim();
    if id.is_empty() {
        return None;
    }
    if encoded::is_placeholder(id) {
        oddities.push(Oddity::Placeholder { field: field.to_owned() });
        return None;
    }
    if id.len() > LONGEST_ID || !id.bytes().all(|byte| (0x21..=0x7E).contains(&byte)) {
        oddities.push(Oddity::Unusable { field: field.to_owned() });
        return None;
    }
    Some(FoundClient { id: id.to_owned(), secret })
}

pub(super) fn split_scopes(text: &str) -> Vec<String> {
    let parts = text.split(|it: char| it.is_whitespace() || it == ',');
    let plain = parts.filter(|it| !it.is_empty() && it.len() <= LONGEST_NAME && !it.chars().any(char::is_control));
    plain.filter(|it| !encoded::is_placeholder(it)).take(MOST_SCOPES).map(str::to_owned).collect()
}

/// A date, or epoch milliseconds or seconds as text.
pub(super) fn moment_of(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return epoch(number);
    }
    // Google's libraries leave the zone away and mean UTC.
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

fn epoch(number: i64) -> Option<Timestamp> {
    // Seconds of today have ten digits, milliseconds thirteen.
    let moment = if number.abs() < 100_000_000_000 {
        Timestamp::from_second(number)
    } else {
        Timestamp::from_millisecond(number)
    };
    moment.ok().filter(|at| *at > Timestamp::UNIX_EPOCH)
}
