//! In what order to mend what is broken [D4].

use engine::Engine;
use jiff::Timestamp;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::radius::{id_of, starts_word};
use crate::table::Table;
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::words::times::Now;
use crate::words::{counted, listed, named};

/// One step of the order, for programs.
#[derive(Serialize)]
struct RepairJson<'a> {
    of: &'static str,
    step: usize,
    id: &'a str,
    name: &'a str,
    heals: Vec<&'a str>,
    still_waiting: Vec<&'a str>,
    first_run: Option<Timestamp>,
    runs_per_day: f64,
    customers: &'a [String],
}

pub(crate) fn repair_order(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let (order, picture) = (engine.repair_order()?, engine.picture()?);
    let name = |id: &domain::WorkflowId| picture.workflow(id).map(|it| it.name.clone()).unwrap_or_default();
    if terminal.is_json() {
        for (place, repair) in order.iter().enumerate() {
            let names = |ids: &[&domain::WorkflowId]| ids.iter().map(|it| name(it)).collect::<Vec<_>>();
            let heals = names(&repair.heals.iter().collect::<Vec<_>>());
            let waiting = names(&repair.still_waiting.iter().map(|(id, _)| id).collect::<Vec<_>>());
            terminal.object(&RepairJson {
                of: "repair",
                step: place + 1,
                id: id_of(&repair.node),
                name: picture.name_of(&repair.node),
                heals: heals.iter().map(String::as_str).collect(),
                still_waiting: waiting.iter().map(String::as_str).collect(),
                first_run: repair.first.at(),
                runs_per_day: repair.runs_per_day,
                customers: &repair.customers,
            })?;
        }
        return Ok(Exit::Done);
    }
    if order.is_empty() {
        let known = picture.workflows().len();
        let said = if known == 0 {
            "No workflow is known yet. Add a platform: patchbay platforms add --help".to_owned()
        } else {
            format!(
                "Nothing is known to be broken: no reason not to run is known for any of {}.",
                counted(known, "workflow")
            )
        };
        terminal.say([Text::from(said)])?;
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let stopped = picture.stopped().count();
    let head = format!("{} stopped. Mend in this order:", counted(stopped, "workflow"));
    let mut table = Table::new(&["", "Mend", "Heals", "Fails first", "Customers"]);
    for (place, repair) in order.iter().enumerate() {
        table.row(vec![
            Text::from(format!("{}", place + 1)),
            Text::styled(STRONG, picture.name_of(&repair.node)),
            Text::from(repair.heals.len().to_string()),
            Text::from(repair.first.at().map_or_else(|| starts_word(repair.first).to_owned(), |at| now.moment(at))),
            Text::from(listed(repair.customers.iter().map(String::as_str))),
        ]);
        if let Some((id, step)) = repair.still_waiting.first() {
            let others = match repair.still_waiting.len() {
                1 => format!("{} waits for step {step}", named(&name(id))),
                count => format!("{count} wait for later steps"),
            };
            table.below(Text::styled(FAINT, format!("   {others}")));
        }
    }
    terminal
        .say([Text::styled(STRONG, head)].into_iter().chain(table.names_within(terminal.columns(), &[1, 4]).lines()))?;
    Ok(Exit::Done)
}
