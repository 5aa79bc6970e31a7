//! What leans on a connection: listed, or written down by hand [D1].

use domain::connection::Provenance;
use engine::Engine;
use engine::flows::labels::NewDependant;

use crate::arguments::RadiusArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::DependantJson;
use crate::table::Table;
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::words::counted;
use crate::words::times::Now;

pub(crate) fn radius(engine: &Engine, terminal: &Terminal, asked: RadiusArguments) -> Result<Exit, Failure> {
    let connection = engine.find_connection(&asked.which.connection)?;
    if let Some(workflow) = asked.add {
        let new = NewDependant { workflow, place: asked.place, step: asked.step, owner: asked.owner };
        let dependant = engine.add_dependant(&connection.id, new)?;
        if terminal.is_json() {
            terminal.object(&DependantJson::from(&dependant))?;
        } else {
            terminal.say([Text::from(format!("Noted: {} leans on {}.", dependant.workflow, connection.name))])?;
        }
        return Ok(Exit::Done);
    }

    let dependants = engine.list_dependants(&connection.id)?;
    if terminal.is_json() {
        for dependant in &dependants {
            terminal.object(&DependantJson::from(dependant))?;
        }
        return Ok(Exit::Done);
    }
    if dependants.is_empty() {
        terminal.say([
            Text::from(format!("No workflow is known to hang on {}.", connection.name)),
            Text::from(format!("  Write one down: patchbay radius {} --add NAME", connection.id)),
        ])?;
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let hang = if dependants.len() == 1 { "hangs" } else { "hang" };
    let headline = format!("{} {hang} on {}.", counted(dependants.len(), "workflow"), connection.name);
    let mut table = Table::new(&["Workflow", "Where", "Step", "Owner", "Known", "Id"]);
    for dependant in &dependants {
        let known = match dependant.provenance {
            Provenance::ByHand => "by hand",
            Provenance::TokenDoor => "takes tokens",
        };
        table.row(vec![
            Text::from(&dependant.workflow),
            Text::from(&dependant.place),
            Text::from(dependant.step.as_deref().unwrap_or_default()),
            Text::from(dependant.owner.as_deref().unwrap_or_default()),
            Text::from(format!("{known}, {}", now.ago(dependant.seen_at))),
            Text::styled(FAINT, dependant.id.as_str()),
        ]);
    }
    let lines = [Text::styled(STRONG, headline), Text::default()];
    terminal.say(lines.into_iter().chain(table.lines()))?;
    Ok(Exit::Done)
}
