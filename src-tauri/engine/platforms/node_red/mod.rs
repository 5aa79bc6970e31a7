//! Node-RED: its tabs and configuration nodes, over the admin API and out of `flows.json` [D1, D2, D6].
//!
//! The file beside it that holds the secrets is never read.

mod flows;

use std::sync::Arc;

use domain::blast_radius::PlatformConnectionState;
use domain::blast_radius::reading::{FoundRun, PlatformReading};
use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

pub(super) use flows::{holds_secrets, read_file, recognises};

use super::rest::{ApiAccess, KeyPlace, Purpose, Rest};
use super::settled::Oddities;
use super::text::{complaint, parsed, text_in};
use super::{Abilities, Asked, Platform, PlatformFailure, Progress, Pushed, PushedGrant};

/// As a person knows it.
const NAME: &str = "Node-RED";
/// With the revision that a change must name.
const VERSION: (&str, &str) = ("node-red-api-version", "v2");

/// One Node-RED; without a key where its editor has no sign-in.
pub struct NodeRed {
    rest: Rest,
}

/// All nodes as they were sent: what is not understood goes back unchanged.
#[derive(Deserialize, Serialize)]
struct Flows {
    flows: Vec<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rev: Option<String>,
}

impl NodeRed {
    /// # Errors
    /// [`PlatformFailure::Unreadable`] for an address that no key is sent to.
    pub fn new(access: ApiAccess) -> Result<Self, PlatformFailure> {
        Ok(Self { rest: Rest::new(NAME, access, "", KeyPlace::BearerIfAny)? })
    }

    async fn flows(&self) -> Result<Flows, PlatformFailure> {
        let purpose = Purpose { what: "read flows", right: "flows.read" };
        let answer = self.rest.ask(Method::GET, &["flows"], &[], &[VERSION], None, purpose).await?;
        self.rest.read(&answer)
    }

    async fn read_all(&self, progress: &Progress) -> Result<PlatformReading, PlatformFailure> {
        progress.check()?;
        let flows = self.flows().await?;
        let mut oddities = Oddities::default();
        let mut nodes = Vec::with_capacity(flows.flows.len());
        for raw in &flows.flows {
            match serde_json::from_str::<Value>(raw.get()) {
                Ok(node) => nodes.push(node),
                Err(error) => oddities.skipped(|| format!("a node: {}", complaint(&error))),
            }
        }
        flows::read_nodes(&nodes, Some(&self.rest.address()), oddities, progress)
    }

    /// Sends all nodes back with one tab changed, as the editor does; the revision keeps another's change from being
    /// undone. Nodes come without their secrets, and keep them.
    async fn set(&self, tab: &str, is_active: bool) -> Result<(), PlatformFailure> {
        let mut flows = self.flows().await?;
        let mut is_there = false;
        for raw in &mut flows.flows {
            let mut node: Value = parsed(&format!("the answer of {NAME}"), raw.get())?;
            if text_in(&node, "type") != Some("tab") || text_in(&node, "id") != Some(tab) {
                continue;
            }
            is_there = true;
            if (node.get("disabled").and_then(Value::as_bool) != Some(true)) == is_active {
                return Ok(());
            }
            if let Some(fields) = node.as_object_mut() {
                fields.insert("disabled".to_owned(), Value::Bool(!is_active));
            }
            *raw = to_raw_value(&node).map_err(|error| unwritable(&error))?;
        }
        if !is_there {
            let words = "it has no flow of that id".to_owned();
            return Err(PlatformFailure::Refused { platform: NAME.to_owned(), status: 404, words });
        }
        let body = serde_json::to_vec(&flows).map_err(|error| unwritable(&error))?;
        let purpose = Purpose { what: "deploy flows", right: "flows.write" };
        let headers = [VERSION, ("node-red-deployment-type", "flows")];
        match self.rest.ask(Method::POST, &["flows"], &[], &headers, Some(body), purpose).await {
            Ok(_) => Ok(()),
            // It says the same of a key that may only read, and this one has just read.
            Err(PlatformFailure::KeyRefused(platform)) => Err(PlatformFailure::RightMissing {
                platform,
                what: purpose.what.to_owned(),
                right: purpose.right.to_owned(),
            }),
            Err(PlatformFailure::Refused { platform, status: 409, .. }) => Err(PlatformFailure::Refused {
                platform,
                status: 409,
                words: "somebody deployed at the same moment: try it again".to_owned(),
            }),
            Err(failure) => Err(failure),
        }
    }
}

fn unwritable(error: &serde_json::Error) -> PlatformFailure {
    PlatformFailure::Unreadable(format!("the answer of {NAME}"), complaint(error).to_owned())
}

impl Platform for NodeRed {
    fn abilities(&self) -> Abilities {
        Abilities { lists_workflows: true, pauses: true, ..Abilities::default() }
    }

    fn read<'a>(&'a self, progress: &'a Arc<Progress>) -> Asked<'a, PlatformReading> {
        Box::pin(self.read_all(progress))
    }

    fn runs_since(&self, _: Timestamp) -> Asked<'_, Vec<FoundRun>> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
    }

    fn test_connection<'a>(&'a self, _: &'a str) -> Asked<'a, PlatformConnectionState> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
    }

    fn set_active<'a>(&'a self, workflow: &'a str, is_active: bool) -> Asked<'a, ()> {
        Box::pin(self.set(workflow, is_active))
    }

    fn push_grant<'a>(&'a self, _: &'a str, _: &'a PushedGrant) -> Asked<'a, Pushed> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
    }

    fn repeat_run<'a>(&'a self, _: &'a str) -> Asked<'a, ()> {
        Box::pin(async { Err(PlatformFailure::Unsupported(NAME.to_owned())) })
    }
}

#[cfg(test)]
mod tests;
