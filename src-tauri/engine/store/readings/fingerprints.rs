//! A fingerprint of all that was said of one thing decides whether it changed [D2].

use domain::ProviderId;
use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse, FoundWorkflow};
use domain::connection::Environment;
use sha2::{Digest as _, Sha256};

use super::super::workflows::{access_word, version_word, written_schedule};

/// All that was said of one thing: each part with its length, so that no two differ and look alike.
#[derive(Default)]
struct Said(Sha256);

impl Said {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.update(text.len().to_le_bytes());
        self.0.update(text);
        self
    }

    fn optional(&mut self, text: Option<&str>) -> &mut Self {
        self.0.update([u8::from(text.is_some())]);
        self.text(text.unwrap_or_default())
    }

    fn flag(&mut self, flag: bool) -> &mut Self {
        self.0.update([u8::from(flag)]);
        self
    }

    fn number(&mut self, number: i64) -> &mut Self {
        self.0.update(number.to_le_bytes());
        self
    }

    fn fingerprint(self) -> Vec<u8> {
        self.0.finalize()[..16].to_vec()
    }
}

pub(super) fn connection_fingerprint(found: &FoundConnection) -> Vec<u8> {
    let mut said = Said::default();
    said.text(&found.name).text(&found.kind).optional(found.provider.as_ref().map(ProviderId::as_str));
    said.optional(found.account.as_deref()).optional(found.owner.as_deref()).optional(found.page.as_deref());
    said.fingerprint()
}

pub(super) fn workflow_fingerprint(found: &FoundWorkflow) -> Vec<u8> {
    let mut said = Said::default();
    said.text(&found.name).flag(found.is_active).optional(found.customer.as_deref());
    said.optional(found.project.as_deref()).optional(found.owner.as_deref());
    said.optional(found.environment.map(Environment::as_str)).optional(found.page.as_deref());
    let (schedule, seconds, cron, zone, at) = written_schedule(&found.schedule);
    said.text(schedule).number(seconds.map_or(-1, i64::from)).optional(cron).optional(zone);
    said.number(at.unwrap_or(i64::MIN))
        .number(found.runs_per_day.map_or(-1, |it| i64::from_le_bytes(it.to_le_bytes())));
    for step in &found.steps {
        said_of_step(&mut said, step);
    }
    said.text("starts");
    found.starts.iter().for_each(|it| {
        said.text(it);
    });
    said.fingerprint()
}

fn said_of_step(said: &mut Said, step: &FoundStep) {
    let (is_ours, id) = match &step.uses {
        FoundUse::Ours(id) => (true, id.as_str()),
        FoundUse::External(id) => (false, id.as_str()),
    };
    said.text(&step.external_id).text(&step.name).text(&step.kind).number(i64::from(step.place)).flag(is_ours).text(id);
    said.text(version_word(step.version)).flag(step.is_enabled).text(access_word(step.access));
    said.flag(step.goes_on_after_error);
    // Of most steps nobody says any: their fingerprints are as they always were.
    step.scopes.iter().for_each(|it| {
        said.text(it);
    });
}
