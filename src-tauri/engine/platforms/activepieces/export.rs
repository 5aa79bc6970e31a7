//! Reads flows that were exported from Activepieces: a template of one or several flows, or one version as the API
//! gives it [D1, D2].

use std::collections::BTreeMap;

use domain::blast_radius::StepVersion;
use domain::blast_radius::reading::{FoundWorkflow, PlatformReading};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::settled::{Oddities, Unlisted, settled};
use super::super::text::{Pieces, bounded, complaint, id_of, named, parsed};
use super::super::{PlatformFailure, Progress};
use super::flow::{connections_of, walk};

/// The newest form of a flow that is known.
const NEWEST_SCHEMA: u32 = 17;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exported<'a> {
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    flow_id: Option<String>,
    #[serde(default)]
    schema_version: Option<serde_json::Value>,
    #[serde(borrow)]
    trigger: &'a RawValue,
}

/// Whether a file's top is a template's or a flow's.
pub(in crate::platforms) fn recognises(pieces: &Pieces<'_>) -> bool {
    let has_piece = |name: &str| pieces.field(name).is_some_and(|it| it.get().contains("\"trigger\""));
    pieces.has("trigger") && (pieces.has("displayName") || pieces.has("schemaVersion"))
        || has_piece("template")
        || has_piece("flows")
        || has_piece("version")
}

/// The flows of a file.
///
/// # Errors
/// [`PlatformFailure`].
pub(in crate::platforms) fn read_file(
    name: &str,
    pieces: &Pieces<'_>,
    whole: &str,
    progress: &Progress,
) -> Result<PlatformReading, PlatformFailure> {
    let flows: Vec<&str> = if let Some(flows) = pieces.field("flows") {
        parsed::<Vec<&RawValue>>(name, flows.get())?.into_iter().map(RawValue::get).collect()
    } else {
        let inner = pieces.field("template").or_else(|| pieces.field("version"));
        vec![inner.map_or(whole, RawValue::get)]
    };
    let title = pieces.text("name");
    let mut oddities = Oddities::default();
    let mut reading = PlatformReading::default();
    let mut connections = BTreeMap::new();
    let all = u32::try_from(flows.len()).ok();
    for (count, text) in (1_u32..).zip(&flows) {
        progress.check()?;
        progress.report(count, all);
        let flow: Exported<'_> = match serde_json::from_str(text) {
            Ok(flow) => flow,
            Err(error) => {
                oddities.skipped(|| format!("flow {count}: {}", complaint(&error)));
                continue;
            }
        };
        if let Some(version) = flow.schema_version.as_ref().and_then(id_of)
            && version.parse::<u32>().is_ok_and(|it| it > NEWEST_SCHEMA)
        {
            oddities.unknown_version(&format!("schema {version}"));
        }
        let walked = walk(flow.trigger, StepVersion::Both, &mut oddities);
        connections_of(&walked.steps, &mut connections);
        let own = named(flow.display_name.as_deref());
        let flow_name = own.or_else(|| title.as_deref().map(bounded)).unwrap_or_else(|| format!("{name} {count}"));
        reading.workflows.push(FoundWorkflow {
            // A template is of no flow: its name is all that tells it from others.
            external_id: named(flow.flow_id.as_deref()).unwrap_or_else(|| flow_name.clone()),
            name: flow_name,
            is_active: true,
            customer: None,
            project: None,
            owner: None,
            environment: None,
            schedule: walked.schedule,
            runs_per_day: None,
            page: None,
            steps: walked.steps,
            starts: walked.calls,
            changed_at: None,
        });
    }
    if reading.workflows.is_empty() {
        return Err(PlatformFailure::Unreadable(name.to_owned(), "no flow in it could be read".to_owned()));
    }
    reading.connections = connections.into_values().collect();
    Ok(settled(reading, oddities, Unlisted::Unknown))
}
