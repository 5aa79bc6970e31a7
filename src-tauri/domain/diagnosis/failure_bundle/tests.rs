//! Both forms hold what support needs and none of what was planted.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::connection::status::{Lamp, Status, StatusReason};
use crate::connection::{Environment, FailureStreak, GrantState, Identity, IssuedBy, LinkOutcome, Scopes};
use crate::diagnosis::probe_plan::{LadderVerdict, NextStep, ProofLine, RuledOut, Rung, RungResult, RungState, SeenAt};
use crate::diagnosis::{Alternative, CauseLabel, Confidence, Diagnosis};
use crate::lifecycle_event::EventKind;
use crate::test_values::{at_minute, connection};
use crate::token::clock_skew::ServerClock;
use crate::{ClientId, Fingerprint, ProviderId, Secret, TokenVersion};

/// Everything that a bundle is made of.
pub(crate) struct Failure {
    pub(crate) provider: Provider,
    pub(crate) connection: Connection,
    pub(crate) client: Client,
    pub(crate) report: Option<LadderReport>,
    pub(crate) events: Vec<LifecycleEvent>,
    pub(crate) lineage: Vec<TokenLink>,
    pub(crate) clock: ClockReading,
    pub(crate) version: String,
    pub(crate) now: Timestamp,
}

/// A refresh was refused at minute 100, and a test call worked at minute 90.
pub(crate) fn failure() -> Failure {
    let provider_id = ProviderId::from_text("p");
    let mut provider = Provider::bare(provider_id.clone(), "https://oauth2.example/token".parse().unwrap());
    provider.name = "Example".to_owned();
    provider.request_id_header = Some("x-request-id".to_owned());
    provider.rate_limit_headers = vec!["x-ratelimit-remaining".to_owned()];
    provider.pages.status = Some("https://status.example/".parse().unwrap());
    let mut connection = connection();
    connection.identity.account_kind = Some("organisation fjordstudio.example".to_owned());
    connection.scopes =
        Scopes { requested: vec!["mail.read".into(), "mail.send".into()], granted: vec!["mail.read".into()] };
    let diagnosis = Diagnosis {
        confidence: Confidence::from_percent(70),
        alternatives: Box::new([Alternative {
            cause: CauseLabel::RefreshTokenExpired,
            confidence: Confidence::from_percent(20),
        }]),
        meaning: Some("The grant was ended.".into()),
        provider_code: Some("invalid_grant".to_owned()),
        http_status: Some(400),
        ..Diagnosis::of(CauseLabel::GrantRevoked)
    };
    connection.grant = GrantState::Ended { at: at_minute(100), diagnosis: diagnosis.clone() };
    let mut refused = LifecycleEvent::new(at_minute(100), EventKind::RefreshFailed, Some(connection.id.clone()));
    refused.endpoint = Some("token");
    refused.http_status = Some(400);
    refused.diagnosis = Some(diagnosis.clone());
    refused.request_id = Some("9f86d081884c7d659a2feaa0c55ad015".to_owned());
    refused.limits = vec![("x-ratelimit-remaining".to_owned(), "0".to_owned())];
    let worked = LifecycleEvent::new(at_minute(90), EventKind::TestCallSucceeded, Some(connection.id.clone()));
    let proof = ProofLine {
        request: "POST oauth2.example/token".to_owned(),
        sent: vec![("refresh_token".to_owned(), "71d0e5b2c9".to_owned())],
        status: Some(400),
        code: Some("invalid_grant".to_owned()),
        words: Some("Token has been expired or revoked.".to_owned()),
    };
    let report = LadderReport {
        at: at_minute(101),
        rungs: vec![RungResult {
            rung: Rung::Credential,
            state: RungState::Failed,
            took: Some(Duration::from_millis(131)),
            says: "Example refused the refresh token.".to_owned(),
            proof: vec![proof],
        }],
        verdict: LadderVerdict {
            diagnosis,
            ruled_out: vec![RuledOut { cause: CauseLabel::ClockSkew, by: "0.4 s, measured on rung 2".to_owned() }],
            still_open: Some("Who ended it.".to_owned()),
            last_good: Some(SeenAt { at: at_minute(90), what: "test call, 200".to_owned() }),
            first_bad: Some(SeenAt { at: at_minute(100), what: "refresh, 400 `invalid_grant`".to_owned() }),
            next: NextStep::Reconnect,
        },
    };
    Failure {
        client: Client {
            id: ClientId::from_random(7),
            provider: provider_id,
            name: "Letters".to_owned(),
            client_id: "1234567890-abcdef.apps.example".to_owned(),
            has_secret: true,
            environment: Environment::Production,
            redirect_port: None,
            variables: BTreeMap::new(),
            redirect: None,
            authentication: None,
            created_at: at_minute(0),
        },
        lineage: vec![TokenLink {
            version: TokenVersion(3),
            access_fingerprint: Some(Fingerprint::from_text("aaaaaaaaaa")),
            refresh_fingerprint: Some(Fingerprint::from_text("71d0e5b2c9")),
            issued_at: at_minute(60),
            issued_by: IssuedBy::Refresh,
            reason: None,
            outcome: LinkOutcome::Refused,
            ended_at: Some(at_minute(100)),
        }],
        clock: ClockReading {
            ahead_ms: Some(400),
            servers: vec![ServerClock {
                host: "oauth2.example".to_owned(),
                ahead_ms: 400,
                measured_at: at_minute(100),
                is_confirmed: true,
            }],
            ..ClockReading::default()
        },
        provider,
        connection,
        report: Some(report),
        events: vec![refused, worked],
        version: "1.2.3".to_owned(),
        now: at_minute(110),
    }
}

impl Failure {
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(&FailureFacts<'_>) -> T) -> T {
        let status = Status {
            lamp: Lamp::ReauthRequired,
            reason: StatusReason::GrantEnded(Diagnosis::of(CauseLabel::GrantRevoked)),
            since: at_minute(100),
            over_since: None,
            share_left: None,
            is_stale: false,
        };
        ask(&FailureFacts {
            written_at: self.now,
            version: &self.version,
            system: ("linux", "x86_64"),
            provider: &self.provider,
            connection: &self.connection,
            client: &self.client,
            status: &status,
            report: self.report.as_ref(),
            events: &self.events,
            lineage: &self.lineage,
            clock: &self.clock,
            mode: RefreshMode::On,
            network_down_since: None,
            dependant_count: 7,
        })
    }

    pub(in crate::diagnosis) fn bundle(&self, secrets: &[Secret], includes_account: bool) -> FailureBundle {
        let redaction = Redaction::new(secrets, &self.connection.identity, includes_account);
        self.ask(|facts| failure_bundle(facts, &redaction))
    }
}

/// C6: a person and a machine find the same in it.
#[test]
fn both_forms_hold_what_support_needs() {
    let bundle = failure().bundle(&[], false);

    let json: serde_json::Value = serde_json::from_str(&bundle.json).unwrap();
    assert_eq!((&json["schema"], &json["kind"]), (&SCHEMA.into(), &"patchbay.failure_bundle".into()));
    for (place, expected) in [
        ("/verdict/cause", "grant_revoked"),
        ("/verdict/alternatives/0/cause", "refresh_token_expired"),
        ("/verdict/ruled_out/0/by", "0.4 s, measured on rung 2"),
        ("/verdict/next_step", "reconnect"),
        ("/escalation/step", "reconnect"),
        ("/connection/account/name", "m…@fjordstudio.example"),
        ("/connection/account/kind", "organisation"),
        ("/connection/account/domain", "fjordstudio.example"),
        ("/connection/client/client_id", "123456…xample"),
        ("/connection/scopes/missing/0", "mail.send"),
        ("/ladder/rungs/0/proof/0/sent/0/shown", "71d0e5b2c9"),
        ("/timeline/0/request_id", "9f86d081884c7d659a2feaa0c55ad015"),
        ("/provider_facts/requests/0/request_id", "9f86d081884c7d659a2feaa0c55ad015"),
        ("/provider_facts/rate_limit_headers/0", "x-ratelimit-remaining"),
        ("/provider_facts/limits_told/headers/0/value", "0"),
        ("/tokens/lineage/0/refresh_token", "71d0e5b2c9"),
        ("/program/version", "1.2.3"),
    ] {
        assert_eq!(json.pointer(place).and_then(|it| it.as_str()), Some(expected), "{place} in {json:#}");
        let cause = CauseLabel::from_text(expected);
        let said = cause.map_or_else(|| expected.replace('_', " "), |cause| cause.words().to_owned());
        let is_said = bundle.markdown.contains(expected) || bundle.markdown.contains(&said);
        assert!(is_said, "{expected} is missing in\n{}", bundle.markdown);
    }
    assert_eq!(json["verdict"]["confidence"], 0.7);
    assert_eq!(json["tokens"]["in_hand"]["age_s"], 110 * 60, "ages are seconds");
    assert_eq!(
        bundle.file_name,
        format!("patchbay-failure-google-drive-{}", at_minute(110).strftime("%Y-%m-%dT%H%M%SZ"))
    );
}

/// C6, A3, S137: whatever field it hides in, and however it is spelled.
#[test]
fn no_planted_secret_is_in_either_form() {
    const KNOWN: &str = "rt/planted+secret=0042";
    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJl";
    const LOOSE: &str = "ya29.plantedPlantedPlanted";
    const PERSON: &str = "kai.planted@halden.example";
    let encoded = "cnQvcGxhbnRlZCtzZWNyZXQ9MDA0Mg==";
    let poison = format!(
        "x {KNOWN} {JWT} {LOOSE} {PERSON} {encoded} client_secret=plantedword https://a.example/?code=plantedcode#t=plantedhash"
    );
    let mut it = failure();
    let (p, text) = (|| poison.clone(), || Some(poison.clone()));
    it.version = p();
    it.provider.name = p();
    it.provider.request_id_header = text();
    it.provider.rate_limit_headers = vec![p()];
    it.provider.pages.documentation = Some(format!("https://a.example/?token={LOOSE}").parse().unwrap());
    it.connection.name = p();
    it.connection.provider = ProviderId::from_text(p());
    it.connection.identity = Identity {
        subject: Some("subject-planted".to_owned()),
        label: Some("mira.planted@fjordstudio.example".to_owned()),
        workspace_id: text(),
        workspace_name: text(),
        account_kind: text(),
    };
    it.connection.endpoints.issuer = text();
    it.connection.endpoints.token_endpoint =
        format!("https://mira:plantedword@oauth2.example/token?client_secret=plantedcode&k={LOOSE}").parse().unwrap();
    it.connection.scopes = Scopes { requested: vec![p()], granted: vec![p(), p()] };
    let poisoned =
        Diagnosis { provider_code: text(), meaning: Some(p().into()), ..Diagnosis::of(CauseLabel::GrantInvalid) };
    it.connection.refresh_failures = Some(FailureStreak {
        since: at_minute(1),
        count: 2,
        last: poisoned.clone(),
        retry_at: at_minute(2),
        wordless: None,
    });
    it.client.name = p();
    for event in &mut it.events {
        event.request_id = text();
        event.subject = text();
        event.words = text();
        event.limits = vec![(p(), p())];
        event.workspace = text();
        event.diagnosis = Some(poisoned.clone());
    }
    it.clock.servers[0].host = p();
    let report = it.report.as_mut().unwrap();
    report.verdict.diagnosis = poisoned;
    report.verdict.still_open = text();
    report.verdict.ruled_out[0].by = p();
    report.verdict.last_good.as_mut().unwrap().what = p();
    report.verdict.first_bad.as_mut().unwrap().what = p();
    let rung = &mut report.rungs[0];
    rung.says = format!("{} of mira.planted@fjordstudio.example and subject-planted", p());
    rung.proof[0] = ProofLine { request: p(), sent: vec![(p(), p())], status: None, code: text(), words: text() };

    let bundle = it.bundle(&[Secret::new(KNOWN)], false);
    let redaction = Redaction::new(&[Secret::new(KNOWN)], &it.connection.identity, false);
    let letter = it.ask(|facts| crate::diagnosis::vendor_report::vendor_report(facts, &redaction));

    for form in [&bundle.markdown, &bundle.json, &bundle.file_name, &letter.text, &letter.subject] {
        assert!(!form.to_lowercase().contains("planted"), "a secret or a name is in\n{form}");
        assert!(!form.contains("cnQvcGxhbnRl") && !form.contains("eyJ"), "an encoded one is in\n{form}");
    }
    assert!(bundle.markdown.contains("\\[secret]") || bundle.markdown.contains("[secret]"), "blots are seen");
    let named = it.bundle(&[Secret::new(KNOWN)], true);
    assert!(named.json.contains("mira.planted@fjordstudio.example"), "ticked, it is named");
    assert!(!named.json.contains("kai.planted"), "and nobody else is");
}

/// C6, S094: a provider's words are text, never markup.
#[test]
fn hostile_words_are_no_markup() {
    let mut it = failure();
    it.report.as_mut().unwrap().rungs[0].says = "<script>alert(1)</script> **x** | `y`\n# head".to_owned();

    let bundle = it.bundle(&[], false);

    assert!(
        !bundle.markdown.contains("<script>alert") || bundle.markdown.contains("\\<script>"),
        "{}",
        bundle.markdown
    );
    assert!(!bundle.markdown.contains("\n# head"), "no line of its own");
}

/// C6: without a ladder it says so.
#[test]
fn without_a_ladder_it_is_honest() {
    let mut it = failure();
    it.report = None;

    let bundle = it.bundle(&[], false);

    assert!(bundle.markdown.contains("No ladder of probes was run"), "{}", bundle.markdown);
    let json: serde_json::Value = serde_json::from_str(&bundle.json).unwrap();
    assert!(json["verdict"].is_null() && json["ladder"].is_null());
    assert_eq!(json["escalation"]["step"], "reconnect", "the stored cause still advises");
}

/// C6: of a long story the parts that tell are kept.
#[test]
fn the_timeline_keeps_what_is_newest_and_what_surrounds_the_break() {
    let mut it = failure();
    let id = it.connection.id.clone();
    let event = |minute| LifecycleEvent::new(at_minute(minute), EventKind::TokenDelivered, Some(id.clone()));
    it.events = (0..200).rev().map(event).collect();
    it.now = at_minute(200);

    let bundle = it.bundle(&[], false);

    let json: serde_json::Value = serde_json::from_str(&bundle.json).unwrap();
    let moments: Vec<_> =
        json["timeline"].as_array().unwrap().iter().map(|it| it["at"].as_str().unwrap().to_owned()).collect();
    for kept in [199, 180, 104, 100, 90, 84] {
        assert!(moments.contains(&at_minute(kept).to_string()), "minute {kept} of {moments:?}");
    }
    for dropped in [150, 20] {
        assert!(!moments.contains(&at_minute(dropped).to_string()), "minute {dropped}");
    }
}
