//! Rotating a client's secret from the terminal, a step at a time or all of them [E5].

use domain::Secret;
use domain::connection::Client;
use domain::connection::client_rotation::{RotationRefused, RotationStage, SecretRotation, Tried};
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{ClientRotateArguments, RotationStep};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::secret_entry;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WARN, WELL};
use crate::words::{counted, listed};

#[derive(Serialize)]
struct RotationJson<'a> {
    client: &'a str,
    /// `none` when none is under way.
    stage: &'static str,
    old_secret_is_dead: bool,
    staged_at: Option<Timestamp>,
    tested_at: Option<Timestamp>,
    switched_at: Option<Timestamp>,
    report: Vec<LineJson<'a>>,
    connections: Vec<String>,
}

#[derive(Serialize)]
struct LineJson<'a> {
    at: Timestamp,
    tried: &'static str,
    well: Option<bool>,
    evidence: &'a str,
}

pub(crate) async fn rotate(
    engine: &Engine,
    terminal: &Terminal,
    asked: ClientRotateArguments,
) -> Result<Exit, Failure> {
    let client = engine.find_client(&asked.which.client)?;
    match asked.step() {
        RotationStep::Show => {
            let rotation = engine.rotation(&client.id)?;
            say(engine, terminal, &client, rotation.as_ref(), None)?;
        }
        RotationStep::StageOnly => {
            let rotation = stage(engine, &client).await?;
            say(engine, terminal, &client, Some(&rotation), Some("Next: patchbay client rotate C --switch"))?;
        }
        RotationStep::Switch => {
            let rotation = switch(engine, &client, &asked).await?;
            say(engine, terminal, &client, Some(&rotation), Some("Next: patchbay client rotate C --finish"))?;
            return Ok(exit(&rotation));
        }
        RotationStep::Finish => {
            if asked.refresh_rotating {
                engine.verify_client_secret(&client.id, true).await?;
            }
            engine.finish_rotation(&client.id).await?;
            say(engine, terminal, &client, None, Some("The new secret is in use, and the old one is forgotten."))?;
        }
        RotationStep::Cancel => {
            engine.cancel_rotation(&client.id).await?;
            say(engine, terminal, &client, None, Some("The old secret is in use, and the new one is forgotten."))?;
        }
        RotationStep::All => {
            let staged = stage(engine, &client).await?;
            if let Err(refused) = staged.may_switch(asked.untested) {
                // Nothing uses it yet: what was refused is not kept, what was not told may still be switched to.
                if refused == RotationRefused::NewRefused {
                    engine.cancel_rotation(&client.id).await?;
                    return Err(Failure::from(Error::from(refused)).with_words(|words| {
                        words.advice =
                            "Check what was pasted, and begin again. The old secret stays in use.".to_owned();
                    }));
                }
                return Err(Error::from(refused).into());
            }
            let switched = switch(engine, &client, &asked).await?;
            if switched.stage != RotationStage::Verified {
                say(engine, terminal, &client, Some(&switched), Some("Next: patchbay client rotate C --finish"))?;
                return Ok(exit(&switched));
            }
            engine.finish_rotation(&client.id).await?;
            say(engine, terminal, &client, None, Some("The new secret is in use, and the old one is forgotten."))?;
        }
    }
    Ok(Exit::Done)
}

async fn stage(engine: &Engine, client: &Client) -> Result<SecretRotation, Failure> {
    let secret: Secret = secret_entry::from_stdin(secret_entry::CLIENT_SECRET)?;
    engine.stage_client_secret(&client.id, &secret).await?;
    Ok(engine.test_staged_secret(&client.id).await?)
}

async fn switch(engine: &Engine, client: &Client, asked: &ClientRotateArguments) -> Result<SecretRotation, Failure> {
    engine.switch_client_secret(&client.id, asked.untested).await?;
    Ok(engine.verify_client_secret(&client.id, asked.refresh_rotating).await?)
}

/// Switched and not verified: something is left to be done.
fn exit(rotation: &SecretRotation) -> Exit {
    if rotation.stage == RotationStage::Verified { Exit::Done } else { Exit::Failed }
}

fn say(
    engine: &Engine,
    terminal: &Terminal,
    client: &Client,
    rotation: Option<&SecretRotation>,
    next: Option<&str>,
) -> Result<(), Failure> {
    let users = engine.connections_of_client(&client.id)?;
    if terminal.is_json() {
        return terminal.object(&RotationJson {
            client: client.id.as_str(),
            stage: rotation.map_or("none", |it| it.stage.as_str()),
            old_secret_is_dead: rotation.is_some_and(SecretRotation::is_old_dead),
            staged_at: rotation.map(|it| it.staged_at),
            tested_at: rotation.and_then(|it| it.tested_at),
            switched_at: rotation.and_then(|it| it.switched_at),
            report: rotation.map(|it| it.report.iter().map(line).collect()).unwrap_or_default(),
            connections: users.iter().map(|(it, _)| it.connection.id.to_string()).collect(),
        });
    }
    let mut lines = vec![Text::styled(STRONG, sentence(client, rotation))];
    if let Some(rotation) = rotation.filter(|it| it.is_old_dead() && !it.is_switched()) {
        lines.push(Text::styled(
            WARN,
            "  The provider refuses the old secret already: until the switch every refresh fails.",
        ));
        if rotation.stage == RotationStage::Staged {
            lines.push(Text::from("  Switch now: patchbay client rotate C --switch --untested"));
        }
    }
    let mut table = Table::new(&["", "", ""]);
    for tried in rotation.iter().flat_map(|it| &it.report) {
        let mark = match tried.is_well {
            Some(true) => Text::styled(WELL, "  ✓"),
            Some(false) => Text::styled(BAD, "  ✗"),
            None => Text::styled(FAINT, "  ?"),
        };
        table.row(vec![mark, Text::from(title(tried.tried)), Text::from(&tried.evidence)]);
    }
    lines.extend(table.lines());
    for (overview, dependants) in &users {
        let leaning = match dependants.len() {
            0 => String::new(),
            count => format!(
                ", with {}: {}",
                counted(count, "dependant"),
                listed(dependants.iter().map(|it| it.workflow.as_str()))
            ),
        };
        lines.push(Text::styled(FAINT, "  used by ").plain(&overview.connection.name).plain(leaning));
    }
    lines.extend(next.map(|next| Text::from("  ").plain(next.replace(" C ", &format!(" {} ", client.id)))));
    terminal.say(lines)
}

fn sentence(client: &Client, rotation: Option<&SecretRotation>) -> String {
    let name = &client.name;
    match rotation.map(|it| it.stage) {
        None => format!("{name}: no rotation is under way."),
        Some(RotationStage::Staging | RotationStage::Staged) => {
            format!("{name}: a new secret is staged, and not known to be good. The old one is in use.")
        }
        Some(RotationStage::Tested) => format!("{name}: the new secret is good. The old one is still in use."),
        Some(RotationStage::Switched) => {
            format!("{name}: the new secret is in use, and has not proved itself. The old one is kept.")
        }
        Some(RotationStage::Verified) => {
            format!("{name}: the new secret is in use and works. The old one is kept until you finish.")
        }
    }
}

fn title(tried: Tried) -> &'static str {
    match tried {
        Tried::NewPair => "new secret",
        Tried::OldPair => "old secret",
        Tried::Refresh => "refresh",
    }
}

fn line(line: &domain::connection::client_rotation::RotationLine) -> LineJson<'_> {
    LineJson { at: line.at, tried: line.tried.as_str(), well: line.is_well, evidence: &line.evidence }
}
