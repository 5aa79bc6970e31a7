//! Bruno's `*.bru` files: the block `auth:oauth2 { … }` of a request, a folder or a collection [A2].

use serde_json::{Map, Value};

use super::fields::Fields;
use super::text::Tree;
use super::{Clues, Findings, Found, ImportFormat, ImportRefused, Source};

/// The blocks that are read; all others are stepped over by their braces.
const SETTINGS: &str = "auth:oauth2";

pub(super) fn read(source: &Source, written: &str) -> Result<Findings, ImportRefused> {
    let (settings, block_count) = settings(source, written)?;
    if block_count == 0 {
        return Err(ImportRefused::AnotherTool {
            file: source.name.clone(),
            format: ImportFormat::Bruno,
            reason: "no line begins a block".to_owned(),
        });
    }
    let Some(settings) = settings else { return Ok(Findings { found: vec![], passed_over: 1 }) };
    let fields = Fields::of(source, SETTINGS, &settings.0)?;
    let mut oddities = vec![];
    let client = fields.client("client_id", "client_secret", &mut oddities)?;
    let without_person = ["client_credentials", "password", "implicit"];
    let other_kind = fields.raw("grant_type")?.filter(|it| without_person.contains(it)).map(str::to_owned);
    let found = Found {
        place: SETTINGS.to_owned(),
        name: Some(source.name.trim_end_matches(".bru").to_owned()),
        client,
        grant: None,
        clues: Clues {
            token_url: fields.clue("access_token_url")?,
            authorize_url: fields.clue("authorization_url")?,
            ..Clues::default()
        },
        oddities,
        other_kind,
    };
    Ok(Findings { found: vec![found], passed_over: 0 })
}

/// The settings of the first `auth:oauth2` block, and how many blocks there are. A key that begins with `~` is
/// switched off.
fn settings(source: &Source, written: &str) -> Result<(Option<Tree>, usize), ImportRefused> {
    let broken = |line, reason| ImportRefused::Malformed { file: source.name.clone(), line, column: 1, reason };
    let mut settings: Option<Tree> = None;
    let mut count = 0;
    let mut open: Option<(usize, bool)> = None;
    for (index, line) in written.lines().enumerate() {
        let (line, number) = (line.trim_end(), index + 1);
        match open {
            None => {
                if let Some(name) = line.strip_suffix('{').map(str::trim).filter(|it| !it.is_empty()) {
                    count += 1;
                    let is_ours = name == SETTINGS && settings.is_none();
                    if is_ours {
                        settings = Some(Tree(Value::Object(Map::new())));
                    }
                    open = Some((number, is_ours));
                }
            }
            // A block ends where its brace stands at the margin.
            Some(_) if line == "}" => open = None,
            Some((_, true)) => {
                let line = line.trim_start();
                if line.is_empty() || line.starts_with('~') {
                    continue;
                }
                let (key, value) = line.split_once(':').ok_or_else(|| broken(number, "it is no `key: value`"))?;
                if let Some(Tree(Value::Object(fields))) = &mut settings {
                    fields.insert(key.trim().to_owned(), Value::String(value.trim().to_owned()));
                }
            }
            Some((_, false)) => {}
        }
    }
    match open {
        Some((line, _)) => Err(broken(line, "the block that begins here does not end")),
        None => Ok((settings, count)),
    }
}
