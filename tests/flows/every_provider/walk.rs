//! What every provider goes through on its stage.

use std::time::Duration;

use domain::connection::{Connection, GrantState};
use domain::diagnosis::CauseLabel;
use domain::provider::{HowIssued, Revocation, RevocationCall, RevocationEffect, Rotation};
use domain::token::durability::{Durability, durability};
use engine::flows::checks::CheckOutcome;
use engine::flows::connect::SignInProgress;
use engine::flows::diagnose::DiagnoseWith;
use engine::flows::disconnect::RevocationResult;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use jiff::tz::TimeZone;
use practice::{ApiRejection, Faults, GrantSummary, PlayedIdentity};
use serde_json::Value;

use super::stage::{MIRA, Stage};
use crate::support::{MINUTE, cause_of};

const A_YEAR: Duration = Duration::from_secs(365 * 86_400);

/// Connect, identify, test, refresh, disconnect; nothing on the way that the file does not describe.
pub(super) async fn whole_life(file: &Value, kind: &str) {
    let stage = Stage::with_client(file, kind).await;

    let connection = stage.connect().await;
    stage.kept_to_the_file();
    is_miras(&stage, &connection);
    let token = connection.token.as_ref().unwrap();
    let scopes = &connection.scopes;
    assert_eq!(scopes.granted, scopes.requested, "granted is what was asked for");
    assert_eq!(token.defects, [], "an honest answer has no defect");
    is_tested(&stage, &connection, false).await;
    is_checked(&stage, &connection).await;
    stage.kept_to_the_file();

    if token.has_refresh_token {
        is_renewed(&stage, &connection).await;
    } else {
        ends_or_never_ends(&stage, &connection, file).await;
    }
    stage.kept_to_the_file();

    for shape in other_shapes(&stage) {
        let stage = Stage::with_client(file, kind).await;
        stage.set_faults(Faults::default().with_switch(shape).unwrap());
        let connection = stage.connect().await;
        is_miras(&stage, &connection);
        let (found, first) = (&connection.token.unwrap().expiry, &token.expiry);
        assert_eq!(std::mem::discriminant(found), std::mem::discriminant(first), "{shape}: its end is found there too");
        stage.kept_to_the_file();
    }

    is_tried_for_writing(file, kind).await;

    let stage = Stage::with_client(file, kind).await;
    let connection = stage.connect().await;
    is_disconnected(&stage, &connection, kind).await;
    stage.kept_to_the_file();
}

/// Every check whose scopes are granted works; the others are not tried. E2
async fn is_checked(stage: &Stage, connection: &Connection) {
    for check in stage.engine.run_checks(&connection.id).await.unwrap() {
        match check.outcome {
            CheckOutcome::Worked { .. } => {}
            CheckOutcome::NotTried { missing } => {
                assert!(!missing.is_empty(), "{}: what it needs is named", check.name);
            }
            CheckOutcome::Failed { http_status, diagnosis } => {
                panic!("{}: {http_status:?} {diagnosis:?}", check.name);
            }
        }
    }
}

/// C3: whether the grant may write is tried with consent alone, by a request that holds nothing to write.
async fn is_tried_for_writing(file: &Value, kind: &str) {
    let stage = Stage::with_client(file, kind).await;
    let Some(check) = stage.provider.checks.iter().find(|it| it.refused_with.is_some()) else { return };
    let progress = stage.sign_in_for(&check.scopes).await.0;
    let SignInProgress::Connected(id) = progress else { panic!("{progress:?}") };
    let place = check.url.rsplit('/').next().unwrap();
    let sent = || stage.practice.log().iter().filter(|it| it.method == "POST" && it.path.ends_with(place)).count();
    for may_write in [false, true] {
        let before = sent();
        let with = DiagnoseWith { may_refresh: false, may_write, resource: None, zone: TimeZone::UTC };
        let report = stage.engine.diagnose(&id, with, |_| {}).await.unwrap();
        assert_eq!(report.failed_rung(), None, "{report:#?}");
        assert_eq!(sent() > before, may_write, "only with consent");
        let says = &report.rungs[6].says;
        assert_eq!(says.contains(&format!("It may write too: {}", check.name)), may_write, "{says}");
    }
    stage.set_faults(Faults::default().api_rejects(ApiRejection::InsufficientScope));
    let with = DiagnoseWith { may_refresh: false, may_write: true, resource: None, zone: TimeZone::UTC };
    let report = stage.engine.diagnose(&id, with, |_| {}).await.unwrap();
    assert!(report.failed_rung().is_some(), "a refusal for scopes is none for the content: {report:#?}");
}

/// The account behind the token, as the provider's own answer says it.
fn is_miras(stage: &Stage, connection: &Connection) {
    let Some(expected) = stage.practice.played_identity(MIRA) else { return };
    let proof = connection.proof.as_ref().expect("the identity call was made");
    assert_eq!(proof.failure, None, "and it worked");
    let found = &connection.identity;
    let kept_fields = stage.provider.token_answer.kept_fields.iter();
    let kept: Vec<_> = kept_fields.chain(&stage.provider.answer.kept_parameters).map(|(name, _)| name).collect();
    let has_claim = stage.provider.identity.as_ref().is_some_and(|it| it.workspace_claim.is_some());
    let is_kept = |name: &str| kept.iter().any(|it| *it == name) || (has_claim && name == "workspace_id");
    let or_kept = |said: Option<String>, name: &str, value: &str| said.or(is_kept(name).then(|| value.to_owned()));
    let kind = |said: String| match stage.provider.identity.as_ref().unwrap().account_kind.as_ref().unwrap() {
        domain::provider::AccountKindRule::DomainAt(_) => format!("organisation {said}"),
        domain::provider::AccountKindRule::TextAt(_) => said.to_lowercase(),
    };
    let told = PlayedIdentity {
        subject: found.subject.clone(),
        label: found.label.clone(),
        workspace_id: found.workspace_id.clone(),
        workspace_name: found.workspace_name.clone(),
        account_kind: found.account_kind.clone(),
    };
    let wanted = PlayedIdentity {
        workspace_id: or_kept(expected.workspace_id, "workspace_id", "ws-fjordstudio"),
        workspace_name: or_kept(expected.workspace_name, "workspace_name", "Fjordstudio"),
        account_kind: expected.account_kind.map(kind),
        ..expected
    };
    assert_eq!(told, wanted, "who is signed in");
    assert!(told.subject.is_some(), "an account has an id");
}

async fn is_tested(stage: &Stage, connection: &Connection, was_refreshed: bool) {
    if stage.provider.identity.is_none() {
        return;
    }
    let call = stage.engine.run_test_call(&connection.id).await.unwrap();
    assert_eq!(call.failure, None, "the test call works: {:?}", stage.practice.complaints());
    assert_eq!(call.identity.subject, connection.identity.subject, "as the same account");
    assert_eq!((call.http_status, call.was_refreshed), (Some(200), was_refreshed));
}

/// Over by the clock, the access token is renewed; the refresh token rotates as its provider's do.
async fn is_renewed(stage: &Stage, connection: &Connection) {
    match stage.practice.played_lifetime(true) {
        Some(lifetime) => {
            stage.pass_time(lifetime + MINUTE);
            if stage.provider.identity.is_some() {
                is_tested(stage, connection, true).await;
            } else {
                refreshes(stage, connection).await;
            }
        }
        None => {
            stage.pass_time(A_YEAR / 12);
            refreshes(stage, connection).await;
        }
    }
    stage.pass_time(MINUTE);
    let rotated = [refreshes(stage, connection).await, refreshes(stage, connection).await];
    let expected = match stage.provider.refresh.rotation {
        Rotation::Always => vec![true, true],
        Rotation::Never => vec![false, false],
        // Now and then: whatever comes is kept.
        Rotation::Sometimes => rotated.to_vec(),
    };
    assert_eq!(rotated.to_vec(), expected, "rotated");
    let grants = stage.practice.grants();
    let [grant] = grants.as_slice() else { panic!("one consent, one grant: {grants:?}") };
    assert!(grant.is_alive() && grant.refresh_count == 3, "renewed three times and alive: {grant:?}");
    is_tested(stage, connection, false).await;
    assert_eq!(durability(&stage.engine.connection(&connection.id).unwrap()), Durability::Durable);
}

async fn refreshes(stage: &Stage, connection: &Connection) -> bool {
    match stage.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap() {
        RefreshOutcome::Refreshed { is_rotated, .. } => is_rotated,
        other => panic!("the refresh should have worked: {other:?}; {:?}", stage.practice.complaints()),
    }
}

/// Without a refresh token it is said how long that lasts, and what happens then.
async fn ends_or_never_ends(stage: &Stage, connection: &Connection, file: &Value) {
    let is_bare = matches!(stage.provider.refresh.how_issued, HowIssued::Never);
    assert!(is_bare, "this provider gives refresh tokens: {}", file["refresh"]);
    let refreshed = stage.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap();
    assert_eq!(refreshed, RefreshOutcome::NoRefreshToken);
    let Some(lifetime) = stage.practice.played_lifetime(false) else {
        assert_eq!(durability(connection), Durability::Everlasting);
        stage.pass_time(A_YEAR);
        return is_tested(stage, connection, false).await;
    };
    assert!(matches!(durability(connection), Durability::Fragile | Durability::Unknown), "said to be fragile at once");
    stage.pass_time(lifetime + MINUTE);
    if stage.provider.identity.is_some() {
        let call = stage.engine.run_test_call(&connection.id).await.unwrap();
        assert!(call.failure.is_some(), "it is over, and nothing renews it");
        let ended = stage.engine.connection(&connection.id).unwrap();
        let diagnosis = call.failure.unwrap();
        assert_eq!(diagnosis.cause, CauseLabel::RefreshTokenMissing, "{:?}", ended.grant);
    }
}

/// Shapes that the file allows beside the first one.
fn other_shapes(stage: &Stage) -> Vec<&'static str> {
    let answer = &stage.provider.token_answer;
    let is_traded = stage.provider.answer.holds == domain::provider::AnswerHolds::Code;
    let mut shapes = vec![];
    if is_traded && answer.locations.len() > 1 {
        shapes.push("nested_token_answer");
    }
    if is_traded && answer.may_be_form_encoded {
        shapes.push("answers_form_encoded");
    }
    shapes
}

/// The goodbye is seen at the provider, or said not to have been possible.
async fn is_disconnected(stage: &Stage, connection: &Connection, kind: &str) {
    let result = stage.engine.disconnect(&connection.id).await.unwrap().revocation;

    let grants = stage.practice.grants();
    let [grant] = grants.as_slice() else { panic!("one consent, one grant: {grants:?}") };
    let gone = stage.engine.connection(&connection.id).unwrap();
    assert!(matches!(gone.grant, GrantState::Disconnected { .. }), "here it is over in any case: {:?}", gone.grant);
    match &stage.provider.revocation {
        Revocation::NotOffered => {
            assert_eq!(result, RevocationResult::NotOffered);
            assert!(grant.is_alive(), "as was said");
        }
        Revocation::Offered(call) if call.refuses_public_clients && kind == "public" => {
            assert!(!is_told_as_revoked(&result), "{result:?}");
            assert!(grant.is_alive(), "as was said");
        }
        // A client without a secret has nothing for such a request to be proved with.
        Revocation::Offered(call) if kind == "public" && wants_secret(call) => {
            assert!(!is_told_as_revoked(&result), "{result:?}");
            assert!(grant.is_alive(), "as was said");
        }
        Revocation::Offered(call) => {
            let has_refresh = connection.token.as_ref().is_some_and(|it| it.has_refresh_token);
            let is_alone = call.ends_access_token_alone() && has_refresh;
            let expected = if is_alone { RevocationResult::AccessTokenAlone } else { RevocationResult::Revoked };
            assert_eq!(
                result,
                expected,
                "the refresh token is alive: {is_alone}; the provider complains of {:?}",
                stage.practice.complaints()
            );
            took_effect(call, grant);
        }
    }
}

fn took_effect(call: &RevocationCall, grant: &GrantSummary) {
    let can_refresh = grant.refresh_tokens.iter().any(|it| it.usable);
    let has_access = grant.access_tokens.iter().any(|it| it.usable);
    if call.leaves_access_token {
        assert!(!can_refresh, "refreshing is over: {grant:?}");
    } else if call.effect == RevocationEffect::ThisToken && call.wants_access_token {
        assert!(!has_access, "that token is over: {grant:?}");
    } else {
        assert!(!grant.is_alive() && !can_refresh && !has_access, "the grant is over: {grant:?}");
    }
}

fn wants_secret(call: &RevocationCall) -> bool {
    use domain::provider::{RevocationAuthentication as A, RevocationBody as B};
    let fields = match &call.body {
        B::Form(fields) | B::Json(fields) => fields.as_slice(),
        B::Empty => &[],
    };
    let is_named = fields.iter().chain(&call.headers).any(|(_, text)| text.contains("{client_secret}"));
    call.authentication == A::Basic || is_named
}

fn is_told_as_revoked(result: &RevocationResult) -> bool {
    *result == RevocationResult::Revoked
}

/// Each refusal in the provider's words, at the place where it says them.
pub(super) async fn every_signature(file: &Value) {
    let stage = Stage::of(file).await;
    let mut wrong = Vec::new();
    for (index, signature) in stage.practice.played_signatures().into_iter().enumerate() {
        let is_at_an_endpoint_that_is_asked = match signature.endpoint {
            "token" | "token_exchange" | "token_refresh" => {
                stage.provider.answer.holds == domain::provider::AnswerHolds::Code
            }
            "api" => stage.provider.identity.is_some(),
            _ => true,
        };
        if !is_at_an_endpoint_that_is_asked {
            continue;
        }
        // What only a header tells is not part of what is kept of a refusal.
        if signature.header.is_some() {
            continue;
        }
        let provoked = Faults { answers_signature: Some(index), ..Faults::default() };
        if signature.endpoint == "token_refresh" {
            let cause = refusal_of_a_refresh(&stage, provoked).await;
            if cause.is_some_and(|it| it.as_str() != signature.cause) {
                wrong.push(format!("{signature:?} was read as {cause:?}"));
            }
            continue;
        }
        stage.set_faults(provoked);
        let (progress, _) = stage.sign_in().await;
        let cause = match (signature.endpoint, progress) {
            // A sign-in whose identity call fails is a connection with the failure beside it.
            ("api", SignInProgress::Connected(id)) => {
                let proof = stage.engine.connection(&id).unwrap().proof;
                proof.and_then(|it| it.failure).map(|it| it.cause)
            }
            (_, progress @ SignInProgress::Failed(_)) => Some(cause_of(&progress)),
            (_, other) => panic!("{signature:?} led to {other:?}"),
        };
        if cause.map(CauseLabel::as_str) != Some(signature.cause.as_str()) {
            wrong.push(format!("{signature:?} was read as {cause:?}"));
        }
    }
    assert_eq!(stage.practice.complaints(), Vec::<String>::new());
    assert!(wrong.is_empty(), "{}", wrong.join("; "));
}

/// `None` where there is nothing to refresh with.
async fn refusal_of_a_refresh(stage: &Stage, provoked: Faults) -> Option<CauseLabel> {
    stage.set_faults(Faults::default());
    let connection = stage.connect().await;
    stage.set_faults(provoked);
    match stage.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap() {
        RefreshOutcome::Failed { diagnosis, .. } | RefreshOutcome::GrantEnded { diagnosis } => Some(diagnosis.cause),
        RefreshOutcome::NoRefreshToken => None,
        other => panic!("a refused refresh led to {other:?}"),
    }
}

/// With each of its own oddities on it is connected, or says why not; without it, it works again.
pub(super) async fn every_oddity(file: &Value) {
    let quirks = file["quirks"].as_array().cloned().unwrap_or_default();
    for fault in quirks.iter().filter_map(|quirk| quirk["fault"].as_str()) {
        let faults = Faults::default().with_oddity(fault).unwrap_or_else(|error| panic!("{error}"));
        let stage = Stage::of(file).await;
        stage.set_faults(faults);

        let (progress, page) = stage.sign_in().await;

        match progress {
            SignInProgress::Connected(id) => {
                let connection = stage.engine.connection(&id).unwrap();
                let has_refresh_token = connection.token.as_ref().unwrap().has_refresh_token;
                let refreshed = stage.engine.refresh(&id, RefreshWhy::Person).await.unwrap();
                assert!(
                    has_refresh_token || refreshed == RefreshOutcome::NoRefreshToken,
                    "{fault}: what cannot be refreshed is said: {refreshed:?}"
                );
                stage.engine.disconnect(&id).await.unwrap();
            }
            progress @ SignInProgress::Failed(_) => drop(cause_of(&progress)),
            SignInProgress::WaitingForBrowser { .. } => {
                assert_eq!(page.status, 400, "{fault}: the provider's own page says why");
            }
            other => panic!("{fault} led to {other:?}"),
        }
        stage.set_faults(Faults::default());
        is_miras(&stage, &stage.connect().await);
    }
}
