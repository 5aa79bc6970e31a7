//! What a person writes beside a connection: names, customers, switches, dependants by hand [B14, D1].

use domain::connection::{Connection, Dependant, Environment, Provenance};
use domain::display_text::cleaned;
use domain::lifecycle_event::EventKind;
use domain::{ConnectionId, DependantId};

use crate::store::SaidOfConnection;
use crate::{Engine, Error};

/// Longest text a person may write into a label.
const MAX_LABEL: usize = 200;
/// Longest note: some screens of text.
const MAX_NOTE: usize = 8_000;

/// A dependant as a person enters it.
pub struct NewDependant {
    pub workflow: String,
    pub place: Option<String>,
    pub step: Option<String>,
    pub owner: Option<String>,
}

impl Engine {
    /// Renames a connection and says where it belongs. The environment must be its client's [A9].
    pub fn label_connection(
        &self,
        id: &ConnectionId,
        name: &str,
        customer: Option<&str>,
        environment: Environment,
    ) -> Result<(), Error> {
        let connection = self.connection(id)?;
        let client = self.client(&connection.client)?;
        if client.environment != environment {
            return Err(Error::EnvironmentsDiffer {
                client: client.environment.as_str(),
                connection: environment.as_str(),
            });
        }
        let name = label(name).ok_or(Error::BadInput("a connection needs a name"))?;
        self.parts.store.label_connection(id, &name, customer.and_then(label).as_deref(), environment)?;
        self.notify_connection(id);
        Ok(())
    }

    /// Takes down what a person says of a connection: a note, and who answers for it [B14, D7].
    pub fn say_of_connection(&self, id: &ConnectionId, note: Option<&str>, owner: Option<&str>) -> Result<(), Error> {
        self.connection(id)?;
        let said = SaidOfConnection { note: note.and_then(written_note), owner: owner.and_then(label) };
        self.parts.store.say_of_connection(id, &said)?;
        self.notify_connection(id);
        Ok(())
    }

    /// What a person said of a connection.
    pub fn said_of_connection(&self, id: &ConnectionId) -> Result<SaidOfConnection, Error> {
        Ok(self.parts.store.said_of_connection(id)?)
    }

    /// Switches automatic refresh on or off [B14].
    pub fn set_automatic_refresh(&self, id: &ConnectionId, on: bool) -> Result<(), Error> {
        let connection = self.connection(id)?;
        self.parts.store.set_automatic_refresh(id, on)?;
        let mut event = self.event(EventKind::SettingsChanged, &connection);
        event.subject = Some(format!("automatic refresh {}", if on { "on" } else { "off" }));
        self.parts.store.append_event(&event)?;
        self.notify_connection(id);
        Ok(())
    }

    /// Writes down a workflow that leans on a connection.
    pub fn add_dependant(&self, id: &ConnectionId, new: NewDependant) -> Result<Dependant, Error> {
        self.connection(id)?;
        let mut dependant = Dependant {
            id: DependantId::from_random(Self::random_bits()?),
            connection: id.clone(),
            workflow: label(&new.workflow).ok_or(Error::BadInput("a dependant needs a name"))?,
            place: new.place.as_deref().and_then(label).unwrap_or_else(|| "not said".to_owned()),
            step: new.step.as_deref().and_then(label),
            owner: new.owner.as_deref().and_then(label),
            provenance: Provenance::ByHand,
            seen_at: self.parts.clock.now(),
        };
        dependant.id = self.parts.store.add_dependant(&dependant)?;
        self.notify_connection(id);
        Ok(dependant)
    }

    pub fn remove_dependant(&self, id: &ConnectionId, dependant: &DependantId) -> Result<(), Error> {
        self.parts.store.remove_dependant(dependant)?;
        self.notify_connection(id);
        Ok(())
    }

    pub fn list_dependants(&self, id: &ConnectionId) -> Result<Vec<Dependant>, Error> {
        Ok(self.parts.store.list_dependants(id)?)
    }

    /// A connection by its id.
    pub fn connection(&self, id: &ConnectionId) -> Result<Connection, Error> {
        self.parts.store.find_connection(id)?.ok_or_else(|| Error::ConnectionGone(id.to_string()))
    }

    /// A connection by what a person typed: its id, or a name that only one has.
    pub fn find_connection(&self, typed: &str) -> Result<Connection, Error> {
        if let Some(connection) = self.parts.store.find_connection(&ConnectionId::from_text(typed))? {
            return Ok(connection);
        }
        let mut named = self.parts.store.find_connections_named(typed)?;
        match (named.pop(), named.len()) {
            (Some(connection), 0) => Ok(connection),
            (Some(_), others) => Err(Error::NameAmbiguous { name: typed.to_owned(), count: others + 1 }),
            (None, _) => Err(Error::ConnectionGone(typed.chars().take(80).collect())),
        }
    }
}

/// Trimmed, without control or direction marks, cut; `None` when nothing is left [S108].
pub(super) fn label(text: &str) -> Option<String> {
    let clean = cleaned(text.trim(), MAX_LABEL);
    (!clean.is_empty()).then_some(clean)
}

/// The same line by line; its lines stay [S108].
fn written_note(text: &str) -> Option<String> {
    let lines: Vec<String> = text.lines().map(|line| cleaned(line.trim_end(), MAX_NOTE)).collect();
    let note: String = lines.join("\n").trim().chars().take(MAX_NOTE).collect();
    (!note.is_empty()).then_some(note)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S108: a note keeps its lines, and nothing that turns text around.
    #[test]
    fn a_note_keeps_its_lines_and_no_marks_that_turn_text_around() {
        assert_eq!(written_note("  \n ask Jonas \r\n\u{202e}then me\u{7}\n\n").as_deref(), Some("ask Jonas\nthen me"));
        assert_eq!(written_note(" \n\t\n"), None);
        assert_eq!(written_note(&"x".repeat(MAX_NOTE + 9)).map(|it| it.len()), Some(MAX_NOTE));
    }
}
