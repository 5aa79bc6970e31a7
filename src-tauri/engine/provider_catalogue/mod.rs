//! The catalogue: one JSON file per provider, built in or in the data folder, read into
//! `domain::Provider` with errors that name line and field [A2, S001, S010, S011].

mod built_in;
#[cfg(test)]
mod built_in_rules;
mod file;
mod kept;
mod kept_fields;
mod loose_name;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod own_cases;
mod places;
mod quirk_faults;
mod reading;
mod requests;
mod rules;
#[cfg(test)]
mod schema;
mod trial_objects;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::ProviderId;
use domain::provider::Provider;
use thiserror::Error;

use self::built_in::BUILT_IN;
pub use self::kept::KeptCatalogue;
use self::rules::Origin;

/// Whether only the flow itself may set a parameter of that name [S011].
pub(crate) fn is_reserved_parameter(name: &str) -> bool {
    rules::is_reserved(name)
}

/// Provider files are a few kilobytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Every provider known by name.
#[derive(Debug, Default)]
pub struct ProviderCatalogue {
    entries: BTreeMap<String, Entry>,
}

/// A provider with its variables as they usually are, and the file to read it from with others.
#[derive(Debug)]
struct Entry {
    provider: Provider,
    path: PathBuf,
    text: Cow<'static, str>,
    origin: Origin,
}

/// A provider file that cannot be used.
#[derive(Debug, Error)]
pub enum CatalogueError {
    #[error("the provider file {file} cannot be read: {reason}")]
    Unreadable { file: PathBuf, reason: String },
    /// Not of the format: no JSON, a field that is missing, unknown, or of another type.
    #[error("the provider file {file} is wrong at line {line}{}: {reason}", in_field(field))]
    Malformed { file: PathBuf, line: usize, field: String, reason: String },
    /// Of the format, and against its rules.
    #[error("the provider file {file} is wrong at line {line}{}: {reason}", in_field(field))]
    Wrong { file: PathBuf, line: usize, field: String, reason: String },
}

fn in_field(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!(" in `{field}`") }
}

impl ProviderCatalogue {
    /// The built-in files, overridden by those in `folder` (absent is fine). A file of a person's
    /// that is wrong is reported beside the rest, which stays usable.
    pub fn load(folder: &Path) -> (Self, Vec<CatalogueError>) {
        let mut catalogue = Self::default();
        let mut errors = Vec::new();

        for (name, text) in BUILT_IN {
            match Entry::read(Path::new(&format!("{name}.json")), Cow::Borrowed(*text), Origin::BuiltIn) {
                Ok(entry) => catalogue.insert(entry),
                Err(error) => errors.push(error),
            }
        }
        for path in json_files(folder) {
            let text = read_text(&path);
            let meant = text.as_ref().ok().and_then(|text| named_in(text));
            let read = text.and_then(|text| Entry::read(&path, Cow::Owned(text), Origin::Person));
            match read {
                Ok(entry) => catalogue.insert(entry),
                Err(error) => {
                    // Who meant another server must not be sent to the usual one.
                    let stem = path.file_stem().and_then(|it| it.to_str()).unwrap_or_default().to_owned();
                    catalogue.entries.remove(&meant.unwrap_or(stem));
                    errors.push(error);
                }
            }
        }
        (catalogue, errors)
    }

    /// Whether both were read from the same texts.
    fn is_same(&self, other: &Self) -> bool {
        let same = |(ours, theirs): (&Entry, &Entry)| ours.path == theirs.path && ours.text == theirs.text;
        self.entries.len() == other.entries.len() && self.entries.values().zip(other.entries.values()).all(same)
    }

    /// All providers, by id.
    pub fn list(&self) -> impl Iterator<Item = &Provider> {
        self.entries.values().map(|entry| &entry.provider)
    }

    pub fn find(&self, id: &ProviderId) -> Option<&Provider> {
        self.entries.get(id.as_str()).map(|entry| &entry.provider)
    }

    /// The provider with these values of its variables; those it does not have are ignored.
    ///
    /// # Errors
    /// [`CatalogueError::Wrong`] in `variables`, when a value does not fit its place in an address.
    pub fn find_with(
        &self,
        id: &ProviderId,
        values: &BTreeMap<String, String>,
    ) -> Result<Option<Provider>, CatalogueError> {
        let Some(entry) = self.entries.get(id.as_str()) else { return Ok(None) };
        if entry.provider.variables.is_empty() {
            return Ok(Some(entry.provider.clone()));
        }
        reading::read(&entry.path, &entry.text, entry.origin, values).map(Some)
    }

    fn insert(&mut self, entry: Entry) {
        self.entries.insert(entry.provider.id.as_str().to_owned(), entry);
    }
}

impl Entry {
    fn read(path: &Path, text: Cow<'static, str>, origin: Origin) -> Result<Self, CatalogueError> {
        let provider = reading::read(path, &text, origin, &BTreeMap::new())?;
        Ok(Self { provider, path: path.to_owned(), text, origin })
    }
}

/// The id a file gives, however wrong the rest of it is.
fn named_in(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    value.get("id")?.as_str().map(str::to_owned)
}

/// A plain file of a sensible size, in UTF-8; a byte order mark before it is passed over.
fn read_text(path: &Path) -> Result<String, CatalogueError> {
    let unreadable = |reason: String| CatalogueError::Unreadable { file: path.to_owned(), reason };
    let about = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if about.is_dir() {
        return Err(unreadable("it is a folder".to_owned()));
    }
    if !about.is_file() {
        return Err(unreadable("it is no plain file".to_owned()));
    }
    if about.len() > MAX_FILE {
        return Err(unreadable(format!("it is too large: {} bytes, where {MAX_FILE} are the most", about.len())));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let malformed = |line, reason: &str| CatalogueError::Malformed {
        file: path.to_owned(),
        line,
        field: String::new(),
        reason: reason.to_owned(),
    };
    // JSON begins with a sign of ASCII, of which UTF-16 makes a zero byte and another.
    if matches!(bytes.as_slice(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]) {
        return Err(malformed(1, "it is UTF-16: save it as UTF-8"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        malformed(before.filter(|it| **it == b'\n').count() + 1, "it is not UTF-8: save it as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return vec![] };
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::provider::limits::{PreviousToken, RefreshBudget, RefreshLimits};

    use super::*;

    /// A2
    #[test]
    fn every_built_in_file_reads_without_a_complaint() {
        let (catalogue, errors) = ProviderCatalogue::load(Path::new("no such folder"));

        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(catalogue.list().count(), BUILT_IN.len(), "one provider a file");
        for provider in catalogue.list() {
            assert_eq!(provider.authorization_endpoint.scheme(), "https", "{} is reached over TLS", provider.id);
            assert_eq!(provider.token_endpoint.scheme(), "https", "{} is reached over TLS", provider.id);
        }
    }

    /// S001, S010, S011: a wrong file names what is wrong, and the rest stays usable.
    #[test]
    fn a_wrong_file_of_a_persons_is_named_and_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let good: serde_json::Value = serde_json::from_str(include_str!("github.json")).unwrap();
        for (name, field, value, complaint) in [
            ("http", "token_endpoint", serde_json::json!("http://github.example/token"), "token_endpoint"),
            ("script", "authorization_endpoint", serde_json::json!("javascript:alert(1)"), "authorization_endpoint"),
            ("userinfo", "token_endpoint", serde_json::json!("https://u:p@github.example/"), "token_endpoint"),
            ("unknown", "colour", serde_json::json!("red"), "colour"),
            (
                "reserved",
                "authorize_parameters",
                serde_json::json!({ "redirect_uri": "https://evil.example" }),
                "authorize_parameters",
            ),
            (
                "implicit",
                "authorize_parameters",
                serde_json::json!({ "response_type": "token" }),
                "authorize_parameters",
            ),
            ("bare-query", "answer", serde_json::json!({ "mode": "query", "holds_token": true }), "fragment only"),
            ("taken", "authorize_names", serde_json::json!({ "client_id": "state" }), "authorize_names"),
            (
                "twice",
                "authorize_names",
                serde_json::json!({ "client_id": "key", "redirect_uri": "key" }),
                "two parameters",
            ),
            ("stateless", "authorize_names", serde_json::json!({ "state_in_redirect": true }), "state_in_redirect"),
        ] {
            let mut file = good.clone();
            file[field] = value;
            std::fs::write(folder.path().join(format!("{name}.json")), file.to_string()).unwrap();

            let (catalogue, errors) = ProviderCatalogue::load(folder.path());

            assert_eq!(errors.len(), 1, "{name}: {errors:?}");
            assert!(errors[0].to_string().contains(complaint), "{name} names {complaint}: {}", errors[0]);
            assert_eq!(catalogue.list().count(), BUILT_IN.len() - 1, "the others stand; the one it meant does not");
            std::fs::remove_file(folder.path().join(format!("{name}.json"))).unwrap();
        }
    }

    /// B11, B13, A5: what a file says of refreshing is read, and what makes no sense is refused by name.
    #[test]
    fn what_a_file_says_of_refreshing_is_read_and_checked() {
        let read = |refresh: serde_json::Value| {
            let mut text: serde_json::Value = serde_json::from_str(include_str!("airtable.json")).unwrap();
            text["refresh"] = refresh;
            reading::read(Path::new("airtable.json"), &text.to_string(), Origin::Person, &BTreeMap::new())
                .map(|it| it.refresh)
        };
        let rotating = serde_json::json!({ "rotation": "always", "issued": "always" });
        let with = |field: &str, value: serde_json::Value| {
            let mut refresh = rotating.clone();
            refresh[field] = value;
            read(refresh)
        };
        let day = Duration::from_secs(86_400);

        assert_eq!(with("testing_life_days", 7.into()).unwrap().testing_life, Some(7 * day));
        assert_eq!(with("previous_token", "refused".into()).unwrap().previous_token, PreviousToken::Refused);
        assert_eq!(
            with("previous_token", "works_until_successor_is_used".into()).unwrap().previous_token,
            PreviousToken::WorksUntilSuccessorIsUsed
        );
        assert_eq!(
            with("previous_token", serde_json::json!({ "works_for_seconds": 600 })).unwrap().previous_token,
            PreviousToken::WorksFor(Duration::from_secs(600))
        );
        assert_eq!(with("at_once", 5.into()).unwrap().limits.at_once, 5);
        assert_eq!(
            with("budget", serde_json::json!({ "count": 10, "within_seconds": 600 })).unwrap().limits.budget,
            Some(RefreshBudget { count: 10, within: Duration::from_secs(600) })
        );
        let unsaid = read(rotating.clone()).unwrap();
        assert_eq!((unsaid.previous_token, unsaid.limits), (PreviousToken::NotKnown, RefreshLimits::default()));

        for (field, value) in [
            ("testing_life_days", 0.into()),
            ("idle_life_days", 4_000.into()),
            ("absolute_life_days", serde_json::json!(-1)),
            ("previous_token", "works".into()),
            ("previous_token", serde_json::json!({ "works_for_seconds": 0 })),
            ("at_once", 0.into()),
            ("at_once", 65.into()),
            ("budget", serde_json::json!({ "count": 0, "within_seconds": 600 })),
            ("budget", serde_json::json!({ "count": 1, "within_seconds": 0 })),
            ("budget", serde_json::json!({ "count": 1, "within_seconds": 60, "per": "person" })),
            ("grace", 5.into()),
        ] {
            assert!(with(field, value.clone()).is_err(), "{field}: {value}");
        }
        let unrotated = serde_json::json!({ "rotation": "never", "issued": "always", "previous_token": "refused" });
        assert!(read(unrotated).unwrap_err().to_string().contains("refresh"), "it names the part of the file");
    }

    /// B11: the documented lives stand in the files.
    #[test]
    fn the_documented_lives_of_the_built_in_providers_are_there() {
        let (catalogue, _) = ProviderCatalogue::load(Path::new("no such folder"));
        let days = |id: &str| {
            let policy = &catalogue.find(&ProviderId::from_text(id)).unwrap().refresh;
            let in_days = |life: Option<Duration>| life.map(|it| it.as_secs() / 86_400);
            (in_days(policy.idle_life), in_days(policy.absolute_life), in_days(policy.testing_life))
        };

        assert_eq!(days("google"), (Some(180), None, Some(7)));
        assert_eq!(days("microsoft"), (Some(90), None, None));
        assert_eq!(days("airtable"), (Some(60), None, None));
        assert_eq!(days("github"), (Some(184), None, None));
    }

    /// A person's file may point a known provider at a server on this machine.
    #[test]
    fn a_persons_file_takes_the_place_of_the_built_in_one() {
        let folder = tempfile::tempdir().unwrap();
        let text = include_str!("github.json").replace("https://github.com/", "http://127.0.0.1:4000/");
        std::fs::write(folder.path().join("github.json"), text).unwrap();

        let (catalogue, errors) = ProviderCatalogue::load(folder.path());

        assert!(errors.is_empty(), "{errors:?}");
        let github = catalogue.find(&ProviderId::from_text("github")).unwrap();
        assert_eq!(github.token_endpoint.host_str(), Some("127.0.0.1"));
    }
}
