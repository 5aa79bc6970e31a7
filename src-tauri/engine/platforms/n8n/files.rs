//! Files of `n8n export:workflow` and `export:credentials`, and what the editor downloads: names, ids and kinds; the
//! secrets of a decrypted export are passed over unread [D2, A3].

use std::fmt;

use domain::blast_radius::reading::PlatformReading;
use domain::display_text::cleaned;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::super::{PlatformFailure, Progress};
use super::gathering::Gathering;

/// Ten thousand workflows are sixty megabytes.
const LARGEST: usize = 512 * 1024 * 1024;
const MOST_ENTRIES: usize = 200_000;

/// What an entry of a file is, by its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Workflow,
    Credential,
}

/// The fields by which an entry is known; their values are not looked at.
#[derive(Deserialize)]
struct FieldsText {
    nodes: Option<Vec<IgnoredAny>>,
    connections: Option<IgnoredAny>,
    id: Option<IgnoredAny>,
    name: Option<IgnoredAny>,
    #[serde(rename = "type")]
    kind: Option<IgnoredAny>,
    data: Option<IgnoredAny>,
    /// Node-RED's nodes have these; n8n's entries have not.
    wires: Option<IgnoredAny>,
    z: Option<IgnoredAny>,
}

/// Whether these bytes look like a file of n8n's; only its first entry is looked at, so a broken file is recognised too.
pub fn recognises(bytes: &[u8]) -> bool {
    kind_of_first(without_mark(bytes)).is_some()
}

/// Reads one file; `name` is its name, for a person.
///
/// # Errors
/// [`PlatformFailure::Unreadable`], with the place; [`PlatformFailure::Cancelled`].
pub fn read_file(name: &str, bytes: &[u8], progress: &Progress) -> Result<PlatformReading, PlatformFailure> {
    let shown = cleaned(name, 200);
    let unreadable = |words: String| PlatformFailure::Unreadable(shown.clone(), words);
    if bytes.len() > LARGEST {
        return Err(unreadable(format!("it is larger than {} MiB", LARGEST / 1024 / 1024)));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(unreadable("it is UTF-16: export it with --output=FILE, not by redirecting".to_owned()));
    }
    let bytes = without_mark(bytes);
    let is_list = bytes.iter().find(|it| !it.is_ascii_whitespace()) == Some(&b'[');
    let Some(kind) = kind_of_first(bytes) else {
        return Err(unreadable("it is no export of workflows or credentials of n8n's".to_owned()));
    };
    progress.check()?;
    let entries = entries_of(bytes, is_list, progress).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        match progress.check() {
            Err(cancelled) => cancelled,
            Ok(()) if error.is_eof() => unreadable(format!("it ends in the middle, at {place}")),
            Ok(()) if error.is_data() => unreadable(format!("it holds more than {MOST_ENTRIES} entries")),
            Ok(()) => unreadable(format!("it is broken at {place}")),
        }
    })?;
    let all = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let no_page = |_: &[&str]| None;
    let mut gathering = Gathering::new(&no_page);
    progress.report(0, Some(all));
    for (index, raw) in entries.iter().enumerate() {
        progress.check()?;
        match kind {
            Kind::Credential => gathering.take_credential(raw),
            // One alone may have no id: copied out of the editor, it is known by its file.
            Kind::Workflow => gathering.take_workflow(raw, (!is_list).then(|| stem_of(&shown))),
        }
        progress.report(u32::try_from(index + 1).unwrap_or(u32::MAX), Some(all));
    }
    // One workflow alone is a part. A list in which all are active may be `--published`, which leaves the others out.
    let is_whole = kind == Kind::Workflow && is_list && entries.len() > 1 && gathering.is_any_inactive();
    let reading = gathering.into_reading(is_whole);
    Ok(PlatformReading { names_used_alone: kind == Kind::Workflow, ..reading })
}

fn stem_of(name: &str) -> &str {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    last.strip_suffix(".json").unwrap_or(last)
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

fn kind_of_first(bytes: &[u8]) -> Option<Kind> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let fields = match bytes.iter().find(|it| !it.is_ascii_whitespace())? {
        b'[' => {
            let mut first = None;
            // It stops after the first entry by failing, so what it says is no matter.
            drop(reader.deserialize_seq(First(&mut first)));
            first?
        }
        b'{' => FieldsText::deserialize(&mut reader).ok()?,
        _ => return None,
    };
    if fields.wires.is_some() || fields.z.is_some() {
        return None;
    }
    if fields.nodes.is_some() && fields.connections.is_some() {
        return Some(Kind::Workflow);
    }
    let is_credential = fields.data.is_some() && fields.id.is_some() && fields.name.is_some() && fields.kind.is_some();
    is_credential.then_some(Kind::Credential)
}

/// Takes the first entry and goes no further.
struct First<'a>(&'a mut Option<FieldsText>);

impl<'de> Visitor<'de> for First<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        *self.0 = list.next_element()?;
        Err(serde::de::Error::custom("enough"))
    }
}

/// Each entry as it stands in the file, nothing copied.
struct Entries<'a>(&'a Progress);

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = vec![];
        while let Some(entry) = list.next_element::<&RawValue>()? {
            if entries.len() >= MOST_ENTRIES || self.0.check().is_err() {
                return Err(serde::de::Error::custom("enough"));
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}

fn entries_of<'a>(bytes: &'a [u8], is_list: bool, progress: &Progress) -> Result<Vec<&'a RawValue>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let entries =
        if is_list { reader.deserialize_seq(Entries(progress))? } else { vec![<&RawValue>::deserialize(&mut reader)?] };
    reader.end()?;
    Ok(entries)
}
