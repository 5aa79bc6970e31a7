//! What the rungs say together: look-alikes, elimination, the moment it began, and a button that is safe.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::connection::{Client, Connection, Environment, GrantState, Scopes};
use crate::diagnosis::{ActionLabel, Alternative, Clue, ClueWeight, Confidence, Evidence, Fact};
use crate::lifecycle_event::{EventKind, LifecycleEvent};
use crate::provider::limits::{ExcessToken, LiveTokenScope};
use crate::provider::{Provider, Rotation, ScopeAction};
use crate::test_values::{at_minute, connection};
use crate::{ClientId, ProviderId};

struct Case {
    provider: Provider,
    connection: Connection,
    client: Client,
}

impl Case {
    /// A provider that does not rotate, and lets a grant rest half a year.
    fn new() -> Self {
        let mut provider = Provider::bare(ProviderId::from_text("p"), "https://oauth2.example/token".parse().unwrap());
        provider.name = "Example".to_owned();
        provider.refresh.rotation = Rotation::Never;
        provider.refresh.idle_life = Some(Duration::from_secs(180 * 86_400));
        let client = Client {
            id: ClientId::from_random(7),
            provider: provider.id.clone(),
            name: "Letters".to_owned(),
            client_id: "1234.apps.example".to_owned(),
            has_secret: true,
            environment: Environment::Production,
            redirect_port: None,
            variables: BTreeMap::new(),
            redirect: None,
            authentication: None,
            created_at: at_minute(0),
        };
        Self { provider, connection: connection(), client }
    }

    fn ask<T>(&self, ask: impl FnOnce(&Subject<'_>) -> T) -> T {
        let moment = |at: Timestamp| at.strftime("%H:%M").to_string();
        ask(&Subject {
            provider: &self.provider,
            connection: &self.connection,
            client: &self.client,
            now: at_minute(100),
            moment: &moment,
        })
    }

    fn verdict(&self, rung: Rung, diagnosis: Diagnosis, facts: &RuledOutFacts) -> LadderVerdict {
        self.ask(|subject| verdict(Some(&Stop { rung, diagnosis, retry_at: None }), facts, &[], subject))
    }
}

fn refused() -> Diagnosis {
    Diagnosis {
        provider_code: Some("invalid_grant".to_owned()),
        http_status: Some(400),
        ..Diagnosis::of(CauseLabel::GrantInvalid)
    }
}

/// Sent and stored alike, used seven minutes before, and three of a hundred grants known.
fn facts() -> RuledOutFacts {
    let print = Some(crate::Secret::new("r").fingerprint());
    RuledOutFacts {
        is_clock_theirs: false,
        sent: print.clone(),
        stored: print,
        siblings: vec![],
        live_limit: Some(LiveLimitSeen {
            known_count: 3,
            limit: 100,
            per: LiveTokenScope::AccountAndClient,
            excess: ExcessToken::OldestEnds,
        }),
        clock_ahead_ms: Some(400),
        reached: Some("oauth2.example".to_owned()),
        client: None,
        used_at: Some(at_minute(60)),
        granted_at: Some(at_minute(0)),
        refused_at: Some(at_minute(67)),
        is_account_right: false,
        are_scopes_right: false,
    }
}

fn out(verdict: &LadderVerdict, cause: CauseLabel) -> Option<&str> {
    verdict.ruled_out.iter().find(|it| it.cause == cause).map(|it| it.by.as_str())
}

/// C1, C2: where everything else is ruled out, a refused grant was ended on purpose.
#[test]
fn a_refused_grant_that_is_nothing_else_was_revoked() {
    let found = Case::new().verdict(Rung::Credential, refused(), &facts());

    assert_eq!(found.diagnosis.cause, CauseLabel::GrantRevoked);
    assert_eq!(found.next, NextStep::Reconnect);
    assert!(out(&found, CauseLabel::RefreshTokenReused).unwrap().contains("does not rotate; sent and stored are both"));
    assert_eq!(
        out(&found, CauseLabel::RefreshTokenLimitExceeded),
        Some("3 of 100 grants for this account and client are known here")
    );
    assert!(out(&found, CauseLabel::RefreshTokenExpired).unwrap().contains("used 7 minutes before it was refused"));
    assert!(out(&found, CauseLabel::ClockSkew).unwrap().contains("agrees with Example's"));
    assert!(found.still_open.unwrap().contains("Who ended it"), "a password change looks the same");
}

/// C2: honest where something is left: near a limit, or where refresh tokens rotate, the general label stays.
#[test]
fn what_may_still_be_the_cause_is_not_ruled_out() {
    let mut rotating = Case::new();
    rotating.provider.refresh.rotation = Rotation::Always;
    let found = rotating.verdict(Rung::Credential, refused(), &facts());
    assert_eq!(found.diagnosis.cause, CauseLabel::GrantInvalid, "another program may hold a newer one");
    assert_eq!(out(&found, CauseLabel::RefreshTokenReused), None);

    let limit = LiveLimitSeen { known_count: 95, ..facts().live_limit.unwrap() };
    let full = RuledOutFacts { live_limit: Some(limit), ..facts() };
    let found = Case::new().verdict(Rung::Credential, refused(), &full);
    assert_eq!(found.diagnosis.cause, CauseLabel::GrantInvalid, "grants made elsewhere are not visible");

    let mut testing = Case::new();
    testing.provider.refresh.testing_life = Some(Duration::from_secs(67 * 60));
    let found = testing.verdict(Rung::Credential, refused(), &facts());
    assert_eq!(out(&found, CauseLabel::RefreshTokenExpired), None, "it died just when a client in testing's would");

    let sent = Some(crate::Secret::new("older").fingerprint());
    let found = Case::new().verdict(Rung::Credential, refused(), &RuledOutFacts { sent, ..facts() });
    assert_eq!(out(&found, CauseLabel::RefreshTokenReused), None, "another token than the stored one was sent");
    let without_code = Diagnosis { provider_code: None, ..refused() };
    let found = Case::new().verdict(Rung::Credential, without_code, &facts());
    assert_eq!(out(&found, CauseLabel::ClientCredentialsMismatch), None, "nothing shows that the client was let in");
}

/// C3: a cause is never among those it is not, and what a rung blames is not excused by those below.
#[test]
fn nothing_rules_out_itself() {
    for cause in CauseLabel::ALL {
        for rung in Rung::ALL {
            let found = Case::new().verdict(rung, Diagnosis::of(*cause), &facts());
            assert_eq!(out(&found, found.diagnosis.cause), None, "{cause:?} at {rung:?}");
        }
    }
    let found = Case::new().verdict(Rung::TokenEndpoint, Diagnosis::of(CauseLabel::ProviderOutage), &facts());
    assert_eq!(out(&found, CauseLabel::NetworkFailure), None, "a gateway's failure may be either");
}

/// C2, C3: what the probes rule out is not named as what it may be instead.
#[test]
fn what_is_ruled_out_is_no_alternative() {
    let other = |cause| Alternative { cause, confidence: Confidence::from_percent(6) };
    let alternatives = [CauseLabel::RefreshTokenExpired, CauseLabel::AccountDisabled].map(other).into();
    let found = Case::new().verdict(Rung::Credential, Diagnosis { alternatives, ..refused() }, &facts());

    assert!(out(&found, CauseLabel::RefreshTokenExpired).is_some());
    let left: Vec<_> = found.diagnosis.alternatives.iter().map(|it| it.cause).collect();
    assert_eq!(left, [CauseLabel::AccountDisabled]);
}

/// C2: the button is never one that cannot help, or harms.
#[test]
fn the_button_is_as_safe_as_the_action() {
    let case = Case::new();
    for cause in CauseLabel::ALL {
        for action in ActionLabel::ALL.iter().filter(|it| cause.allows(**it)) {
            let diagnosis = Diagnosis { action: *action, ..Diagnosis::of(*cause) };
            let found = case.verdict(Rung::Credential, diagnosis, &RuledOutFacts::default());
            let (next, action) = (found.next, &found.diagnosis.action);

            assert!(cause.allows(*action), "{cause:?} {action:?}");
            let is_reconnect = matches!(
                next,
                NextStep::Reconnect | NextStep::ReconnectWithScopes { .. } | NextStep::ReconnectOtherAccount
            );
            let reconnects =
                [ActionLabel::Reconnect, ActionLabel::ReconnectWithMoreScopes, ActionLabel::ReconnectOtherAccount];
            assert_eq!(is_reconnect, reconnects.contains(action), "{cause:?} {action:?} leads to {next:?}");
            assert_eq!(next == NextStep::RefreshNow, *action == ActionLabel::Refresh, "{cause:?} {action:?}");
            assert_eq!(
                matches!(next, NextStep::WaitUntil(_)),
                *action == ActionLabel::WaitAndRetry,
                "{cause:?} {action:?}"
            );
        }
    }
}

/// C3: between the last that worked and the first that failed it happened.
#[test]
fn the_last_good_and_the_first_bad_are_the_edges_of_the_failure() {
    let event = |minute, kind, status| LifecycleEvent {
        http_status: status,
        latency: Some(Duration::from_millis(96)),
        diagnosis: (status == Some(400)).then(refused),
        ..LifecycleEvent::new(at_minute(minute), kind, None)
    };
    let events = [
        event(40, EventKind::ReauthRequiredSet, None),
        event(40, EventKind::RefreshFailed, Some(400)),
        event(31, EventKind::RefreshFailed, Some(400)),
        event(24, EventKind::TestCallSucceeded, Some(200)),
        event(10, EventKind::RefreshFailed, Some(400)),
        event(0, EventKind::TokenIssued, None),
    ];
    let stop = Stop { rung: Rung::Credential, diagnosis: refused(), retry_at: None };

    let found = Case::new().ask(|subject| verdict(Some(&stop), &facts(), &events, subject));

    let seen = |it: &Option<SeenAt>| it.as_ref().map(|it| (it.at, it.what.clone())).unwrap();
    assert_eq!(seen(&found.last_good), (at_minute(24), "test call, 200 in 96 ms".to_owned()));
    assert_eq!(seen(&found.first_bad), (at_minute(31), "refresh, 400 invalid_grant".to_owned()));
}

/// A7, C3: where nothing was refused, it says what was seen, and never that nobody answered where somebody did.
#[test]
fn what_was_found_out_without_a_refusal_is_seen_as_what_it_is() {
    let first_bad = |kind, status, diagnosis: Diagnosis| {
        let event = LifecycleEvent {
            http_status: status,
            diagnosis: Some(diagnosis.clone()),
            ..LifecycleEvent::new(at_minute(31), kind, None)
        };
        let stop = Stop { rung: Rung::Identity, diagnosis, retry_at: None };
        let found = Case::new().ask(|subject| verdict(Some(&stop), &facts(), &[event], subject));
        found.first_bad.unwrap().what
    };

    let other = Diagnosis::of(CauseLabel::WrongTenantOrAccount);
    assert_eq!(first_bad(EventKind::TestCallFailed, Some(200), other), "test call, 200, other account");
    let silent = Diagnosis::of(CauseLabel::NetworkFailure);
    assert_eq!(first_bad(EventKind::RefreshFailed, None, silent), "refresh, no answer");
    let down = Diagnosis { http_status: Some(503), ..Diagnosis::of(CauseLabel::ProviderOutage) };
    assert_eq!(first_bad(EventKind::RefreshFailed, Some(503), down), "refresh, 503");
}

/// C5: what the provider itself names goes before its front door, and never before an administrator.
#[test]
fn a_page_that_the_provider_names_is_the_button_where_it_mends() {
    let mut case = Case::new();
    case.provider.pages.console = Some("https://console.example/".parse().unwrap());
    case.provider.pages.mending_pages = vec!["console.example/on".to_owned()];
    let named = |cause| {
        let evidence = Evidence {
            body: br#"{"metadata":{"activationUrl":"https://console.example/on?request=7"}}"#.to_vec(),
            ..Evidence::default()
        };
        Diagnosis::of(cause).with_mending_page(&evidence, &case.provider)
    };
    let next = |diagnosis| case.verdict(Rung::Identity, diagnosis, &facts()).next;

    assert_eq!(next(named(CauseLabel::SsoRequired)), NextStep::OpenMendingPage);
    assert!(named(CauseLabel::SsoRequired).page_that_mends().is_some(), "the board offers the same");
    assert!(named(CauseLabel::AdminPolicyRestriction).page_that_mends().is_none(), "it is in the letter alone");
    assert_eq!(next(named(CauseLabel::ApiNotEnabled)), NextStep::OpenMendingPage);
    assert_eq!(next(Diagnosis::of(CauseLabel::SsoRequired)), NextStep::Reconnect, "none is named");
    assert_eq!(next(Diagnosis::of(CauseLabel::ApiNotEnabled)), NextStep::OpenProviderPage(StepPage::Console));
    let NextStep::AskAdmin { text } = next(named(CauseLabel::AdminPolicyRestriction)) else {
        panic!("a policy is the administrator's")
    };
    assert!(text.contains("It is allowed at https://console.example/on?request=7 "), "{text}");
}

/// B9, C2: a clock is blamed when nobody contradicts, and never for a grant that is over.
#[test]
fn a_clock_is_blamed_only_where_it_can_be_the_cause() {
    let case = Case::new();
    let seen = |ahead_ms, confirming_count, contradicting_count| ClockSeen {
        ahead_ms: Some(ahead_ms),
        confirming_count,
        contradicting_count,
    };
    let failure = |case: &Case, seen| case.ask(|subject| clock(seen, subject)).failure.map(|it| it.cause);

    assert_eq!(failure(&case, seen(400, 0, 0)), None);
    assert_eq!(failure(&case, seen(600_000, 0, 0)), Some(CauseLabel::ClockSkew));
    assert_eq!(failure(&case, seen(600_000, 2, 1)), Some(CauseLabel::ClockSkew));
    assert_eq!(failure(&case, seen(600_000, 0, 2)), None, "then it is the server's clock");
    assert!(seen(600_000, 0, 2).is_theirs() || seen(600_000, 2, 0).is_theirs());
    assert!(!seen(600_000, 0, 0).is_theirs() && !seen(400, 2, 0).is_theirs() && !seen(400, 0, 2).is_theirs());
    let ended = GrantState::Ended { at: at_minute(1), diagnosis: refused() };
    let dead = Case { connection: Connection { grant: ended, ..connection() }, ..Case::new() };
    assert_eq!(failure(&dead, seen(600_000, 1, 0)), None, "setting it brings no grant back");
}

/// C4: required, requested and granted, with the action that needs each.
#[test]
fn a_missing_scope_is_named_with_what_it_is_wanted_for() {
    let mut case = Case::new();
    case.provider.scopes.parameter = Some("scope".to_owned());
    case.provider.scopes.actions = vec![ScopeAction {
        allows: "Send mail".to_owned(),
        scopes: vec!["mail.send".to_owned()],
        is_preselected: false,
        writes: true,
    }];
    let scopes = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    case.connection.scopes =
        Scopes { requested: scopes(&["mail.read", "mail.send"]), granted: scopes(&["mail.read", "openid"]) };
    let seen =
        ScopesSeen { connection: case.connection.clone(), checks: vec![], may_write: false, took: None, proof: vec![] };

    let finding = case.ask(|subject| super::scopes(&seen, subject));
    let diff = scope_diff(&case.provider, &case.connection);

    assert_eq!(finding.failure.map(|it| it.cause), Some(CauseLabel::InsufficientScope));
    assert!(finding.result.says.contains("mail.send (for Send mail)"), "{}", finding.result.says);
    assert_eq!(
        diff.iter().map(|it| (it.is_requested, it.is_granted)).collect::<Vec<_>>(),
        [(true, true), (true, false), (false, true)]
    );
    let found = case.verdict(Rung::Scopes, Diagnosis::of(CauseLabel::InsufficientScope), &facts());
    assert_eq!(found.next, NextStep::ReconnectWithScopes { missing: scopes(&["mail.send"]) });
}

/// C4: consent is advised only where it has something to add; else what is true is said.
#[test]
fn a_scope_that_is_granted_is_not_asked_for_again() {
    let mut case = Case::new();
    case.provider.scopes.parameter = Some("scope".to_owned());
    let scopes = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    case.connection.scopes = Scopes { requested: scopes(&["mail.read"]), granted: scopes(&["mail.read"]) };
    let naming = |list: &[&str]| Diagnosis {
        clues: vec![Clue { weight: ClueWeight::Supports, fact: Fact::ScopesNamed(scopes(list)) }].into(),
        ..Diagnosis::of(CauseLabel::InsufficientScope)
    };
    let of = |case: &Case, named: &[&str]| case.verdict(Rung::Identity, naming(named), &facts());

    let named = of(&case, &["mail.send"]);
    assert_eq!(named.next, NextStep::ReconnectWithScopes { missing: scopes(&["mail.send"]) }, "as the API names it");

    for list in [&[][..], &["mail.read"]] {
        let found = of(&case, list);
        assert_eq!(found.diagnosis.action, ActionLabel::AskAdmin, "{list:?}: another consent adds nothing");
        let NextStep::AskAdmin { text } = &found.next else { panic!("{:?}", found.next) };
        assert!(text.contains("every scope that it asks for"), "{text}");
        assert!(found.diagnosis.meaning.as_deref().unwrap().contains("account itself"), "{:?}", found.diagnosis);
    }

    case.connection.scopes = Scopes::default();
    assert_eq!(of(&case, &[]).next, NextStep::Reconnect, "what was asked for is not known: the consent page shows it");

    case.provider.scopes.parameter = None;
    let found = of(&case, &[]);
    assert_eq!(found.diagnosis.action, ActionLabel::FixClientConfig, "a provider without scopes has nothing to tick");
}

/// C8: what an administrator has to know stands in the text to send.
#[test]
fn a_letter_to_the_administrator_names_app_account_and_words() {
    let mut case = Case::new();
    case.connection.identity.account_kind = Some("organisation fjordstudio.example".to_owned());
    let blocked = Diagnosis {
        provider_code: Some("admin_policy_enforced".to_owned()),
        ..Diagnosis::of(CauseLabel::AdminPolicyRestriction)
    };

    let NextStep::AskAdmin { text } = case.verdict(Rung::Credential, blocked, &facts()).next else { panic!() };

    for part in
        ["Letters", "1234.apps.example", "mira@fjordstudio.example of fjordstudio.example", "admin_policy_enforced"]
    {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

/// C3: the provider's own steps, with the account and the app they are for.
#[test]
fn an_object_is_shared_the_providers_way() {
    let mut case = Case::new();
    let not_shared = || Diagnosis::of(CauseLabel::ResourceNotShared);
    let steps = |case: &Case| {
        let next = case.verdict(Rung::Resource, not_shared(), &facts()).next;
        let NextStep::ShareResource { steps } = next else { panic!("{next:?}") };
        steps
    };
    assert!(steps(&case)[1].contains("mira@fjordstudio.example"), "without a file's word: in general");

    case.provider.setup.share_steps = vec!["Choose Share and add {account} for {app}.".to_owned()];

    assert_eq!(steps(&case)[0], "Choose Share and add mira@fjordstudio.example for Letters.");
}
