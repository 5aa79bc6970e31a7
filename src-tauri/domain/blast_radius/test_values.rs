//! Values the tests of the blast radius share: one platform, its connections, workflows that use them.

use jiff::tz::TimeZone;

use super::impact::{Health, OwnConnection, Picture};
use super::{
    Access, Known, Platform, PlatformConnection, PlatformConnectionState, PlatformKind, Provenance, Schedule, Source,
    Step, StepVersion, Uses, Workflow,
};
use crate::connection::{Environment, Identity};
use crate::test_values::at_minute;
use crate::{ConnectionId, PlatformConnectionId, PlatformId, ProviderId, WorkflowId};

pub(super) fn platform() -> Platform {
    Platform {
        id: PlatformId::from_random(1),
        kind: PlatformKind::N8n,
        name: "n8n at Halden".to_owned(),
        address: None,
        space: None,
        customer: None,
        added_at: at_minute(0),
        read_at: Some(at_minute(0)),
        asked_at: None,
        failed: None,
        reads_itself: true,
    }
}

pub(super) fn seen() -> Provenance {
    Provenance { source: Source::Api, seen_at: at_minute(0), gone_at: None }
}

pub(super) fn own(number: u64) -> OwnConnection {
    OwnConnection {
        id: ConnectionId::from_random(number),
        name: format!("Ours {number}"),
        provider: ProviderId::from_text("google"),
        identity: Identity::default(),
        customer: None,
        environment: Environment::Production,
        health: Health::Works,
        ends_at: None,
        granted: None,
    }
}

pub(super) fn dead(number: u64) -> OwnConnection {
    OwnConnection { health: Health::Dead { since: Some(at_minute(0)) }, ..own(number) }
}

pub(super) fn ours(number: u64) -> Uses {
    Uses::Connection(ConnectionId::from_random(number))
}

pub(super) fn their(number: u64) -> PlatformConnection {
    PlatformConnection {
        id: PlatformConnectionId::from_random(number),
        platform: PlatformId::from_random(1),
        external_id: format!("c{number}"),
        name: format!("Theirs {number}"),
        kind: "gmailOAuth2".to_owned(),
        provider: Some(ProviderId::from_text("google")),
        account: None,
        owner: None,
        state: PlatformConnectionState::Unknown,
        page: None,
        provenance: seen(),
        joined: None,
    }
}

pub(super) fn workflow(number: u64) -> Workflow {
    Workflow {
        id: WorkflowId::from_random(number),
        platform: PlatformId::from_random(1),
        external_id: format!("w{number}"),
        name: format!("Workflow {number:02}"),
        is_active: true,
        customer: None,
        project: None,
        owner: None,
        environment: None,
        importance: None,
        schedule: Schedule::Unknown,
        runs_per_day: None,
        last_run: None,
        last_good_at: None,
        paused_at: None,
        page: None,
        provenance: seen(),
    }
}

pub(super) fn step(workflow: u64, uses: Uses) -> Step {
    Step {
        workflow: WorkflowId::from_random(workflow),
        external_id: "s".to_owned(),
        name: "Step".to_owned(),
        kind: "step".to_owned(),
        place: 0,
        uses,
        version: StepVersion::Both,
        is_enabled: true,
        access: Access::Unknown,
        goes_on_after_error: false,
        scopes: vec![],
    }
}

/// Workflows of these numbers, each with steps that use our connections of those.
pub(super) fn known(workflows: &[(u64, &[u64])]) -> Known {
    Known {
        platforms: vec![platform()],
        platform_connections: vec![],
        workflows: workflows.iter().map(|(number, _)| workflow(*number)).collect(),
        steps: workflows.iter().flat_map(|(number, uses)| uses.iter().map(|used| step(*number, ours(*used)))).collect(),
        starts: vec![],
    }
}

pub(super) fn picture(known: Known, own: Vec<OwnConnection>) -> Picture {
    Picture::build(known, own, &|_| TimeZone::UTC)
}
