//! The table of verdicts: one observation changed at a time [C5].

use jiff::Timestamp;
use url::Url;

use super::super::{AuthorizeAnswer, ClientSeen};
use super::*;
use crate::diagnosis::Diagnosis;

const OURS: &str = "http://127.0.0.1:43117/callback/acme";

fn good() -> SetupObservations {
    SetupObservations {
        client: Some(ClientSeen { keychain: KeychainSeen::Holds }),
        authorize: answered(200, None, "<form><input type=password></form>"),
        token: refused(CauseLabel::AuthorizationCodeInvalid, Some(400), Some("invalid_grant")),
        token_address: "acme.example/token".into(),
        refresh_address: None,
        redirect_uri: OURS.into(),
        is_any_port: true,
        scopes: vec!["read".into()],
        has_scopes: true,
        has_identity_call: true,
        discovery: DiscoverySeen::Read { differing: vec![], lists_s256: true },
        pkce: Pkce::Undocumented,
        clock_ahead_ms: Some(-400),
        listener: ListenerSeen::Bound,
        connections: vec![],
    }
}

fn answered(status: u16, location: Option<&str>, body: &str) -> AuthorizeSeen {
    let location = location.map(|it| Url::parse(it).unwrap());
    let answer = AuthorizeAnswer { status, location, body: body.into() };
    AuthorizeSeen::Answered { address: "acme.example/authorize".into(), answer }
}

fn refused(cause: CauseLabel, http_status: Option<u16>, code: Option<&str>) -> TokenSeen {
    TokenSeen::Refused(Diagnosis { http_status, provider_code: code.map(Into::into), ..Diagnosis::of(cause) })
}

fn verdict(seen: &SetupObservations, part: SetupPart) -> Verdict {
    let line = judge(seen).into_iter().find(|line| line.part == part).unwrap();
    if line.verdict == Verdict::Failed {
        assert!(line.advice.is_some(), "a failure says what to do: {line:?}");
    }
    assert!(!line.evidence.is_empty(), "{part:?} has evidence");
    line.verdict
}

/// C5
#[test]
fn a_good_client_passes_and_what_only_a_consent_shows_is_not_claimed() {
    let lines = judge(&good());

    assert_eq!(lines.iter().map(|line| line.part).collect::<Vec<_>>(), SetupPart::ALL);
    let unknown: Vec<_> = lines.iter().filter(|line| line.verdict == Verdict::NotKnown).map(|line| line.part).collect();
    assert_eq!(unknown, [SetupPart::Scopes, SetupPart::ResponseMapping, SetupPart::TestCall]);
    assert_eq!(overall(&lines), Verdict::Passed);
}

/// C5: each observation that spoils one setting, and the verdicts it leads to.
#[test]
fn one_wrong_thing_fails_the_line_it_concerns() {
    use SetupPart as P;
    use Verdict::{Failed, NotKnown, Passed};
    type Change = fn(&mut SetupObservations);
    let table: &[(&str, Change, P, Verdict)] = &[
        ("the name is not found", |it| it.authorize = unreachable(), P::AuthorizeUrl, Failed),
        ("then nothing is known of the redirect", |it| it.authorize = unreachable(), P::RedirectUri, NotKnown),
        ("no such page", |it| it.authorize = answered(404, None, ""), P::AuthorizeUrl, Failed),
        ("an outage", |it| it.authorize = answered(503, None, ""), P::AuthorizeUrl, NotKnown),
        ("redirect refused", |it| it.authorize = answered(400, None, "redirect_uri_mismatch"), P::RedirectUri, Failed),
        ("and the address is right", |it| it.authorize = answered(400, None, "redirect_uri"), P::AuthorizeUrl, Passed),
        ("no reason given", |it| it.authorize = answered(403, None, "no"), P::RedirectUri, NotKnown),
        ("came back", |it| it.authorize = came_back("code=x"), P::RedirectUri, Passed),
        ("scope refused", |it| it.authorize = came_back("error=invalid_scope"), P::Scopes, Failed),
        ("and the redirect works", |it| it.authorize = came_back("error=invalid_scope"), P::RedirectUri, Passed),
        ("challenge refused", |it| it.authorize = answered(400, None, "code_challenge"), P::Pkce, Failed),
        ("bad client", |it| it.token = bad_client(), P::ClientPair, Failed),
        ("and the address is right", |it| it.token = bad_client(), P::TokenUrl, Passed),
        ("no answer", |it| it.token = refused(CauseLabel::NetworkFailure, None, None), P::TokenUrl, Failed),
        (
            "and nothing of the pair",
            |it| it.token = refused(CauseLabel::NetworkFailure, None, None),
            P::ClientPair,
            NotKnown,
        ),
        ("200 with HTML", |it| it.token = refused(CauseLabel::NetworkFailure, Some(200), None), P::TokenUrl, Failed),
        ("an outage", |it| it.token = refused(CauseLabel::ProviderOutage, Some(502), None), P::TokenUrl, NotKnown),
        ("tokens for nothing", |it| it.token = TokenSeen::Issued, P::TokenUrl, Failed),
        ("and the pair is not proved", |it| it.token = TokenSeen::Issued, P::ClientPair, NotKnown),
        ("secret gone", |it| it.client = seen_in(KeychainSeen::Missing), P::ClientPair, Failed),
        ("secret gone", |it| it.client = seen_in(KeychainSeen::Missing), P::Keychain, Failed),
        ("locked", |it| it.client = seen_in(KeychainSeen::Unavailable("locked".into())), P::Keychain, Failed),
        ("public", |it| it.client = seen_in(KeychainSeen::NothingToHold), P::Keychain, Passed),
        ("no client", |it| it.client = None, P::ClientPair, NotKnown),
        (
            "another address",
            |it| {
                it.discovery = DiscoverySeen::Read {
                    differing: vec![("token_endpoint", "a.example".into(), "b.example".into())],
                    lists_s256: false,
                };
            },
            P::Discovery,
            Failed,
        ),
        ("no document", |it| it.discovery = DiscoverySeen::NotOffered, P::Discovery, NotKnown),
        ("no word of PKCE", |it| it.discovery = DiscoverySeen::NotOffered, P::Pkce, NotKnown),
        ("clock off", |it| it.clock_ahead_ms = Some(7_200_000), P::Clock, Failed),
        ("no date", |it| it.clock_ahead_ms = None, P::Clock, NotKnown),
        ("port taken", |it| it.listener = ListenerSeen::Refused("port 8080 is taken".into()), P::Listener, Failed),
        ("refreshed", |it| it.connections = vec![connection()], P::RefreshUrl, Passed),
        ("granted", |it| it.connections = vec![connection()], P::Scopes, Passed),
        ("read", |it| it.connections = vec![connection()], P::ResponseMapping, Passed),
        ("called", |it| it.connections = vec![connection()], P::TestCall, Passed),
        (
            "a call refused",
            |it| {
                let tested = Some((Timestamp::UNIX_EPOCH, Some(CauseLabel::AccessTokenInvalid)));
                it.connections = vec![ConnectionSeen { tested, ..connection() }];
            },
            P::TestCall,
            Failed,
        ),
        (
            "a refresh refused",
            |it| {
                let refresh_failure = Some(CauseLabel::UnsupportedGrant);
                it.connections = vec![ConnectionSeen { refresh_failure, ..connection() }];
            },
            P::RefreshUrl,
            Failed,
        ),
        (
            "a refresh refused for the client, which is refused still",
            |it| {
                let refresh_failure = Some(CauseLabel::ClientCredentialsMismatch);
                it.connections = vec![ConnectionSeen { refresh_failure, ..connection() }];
                it.token = bad_client();
            },
            P::RefreshUrl,
            Failed,
        ),
        (
            "a refresh refused for the client, which is let in by now",
            |it| {
                let refresh_failure = Some(CauseLabel::ClientCredentialsMismatch);
                it.connections = vec![ConnectionSeen { refresh_failure, ..connection() }];
            },
            P::RefreshUrl,
            NotKnown,
        ),
        (
            "a scope not granted",
            |it| it.connections = vec![ConnectionSeen { missing_scopes: vec!["write".into()], ..connection() }],
            P::Scopes,
            Failed,
        ),
        (
            "nobody named",
            |it| it.connections = vec![ConnectionSeen { account: None, ..connection() }],
            P::ResponseMapping,
            NotKnown,
        ),
        (
            "a disconnected one proves nothing",
            |it| it.connections = vec![ConnectionSeen { is_alive: false, ..connection() }],
            P::Scopes,
            NotKnown,
        ),
    ];
    for (what, change, part, wanted) in table {
        let mut seen = good();
        change(&mut seen);
        assert_eq!(verdict(&seen, *part), *wanted, "{what}: {part:?}");
    }
}

/// C5: of what was not reached nothing is said but that.
#[test]
fn where_nothing_answered_no_line_speaks_of_an_answer() {
    use SetupPart as P;
    type Change = fn(&mut SetupObservations);
    let table: &[(Change, P, &str)] = &[
        (
            |it| it.token = refused(CauseLabel::NetworkFailure, None, None),
            P::ClientPair,
            "not asked: the token endpoint could not be reached",
        ),
        (
            |it| it.token = refused(CauseLabel::NetworkFailure, Some(200), None),
            P::ClientPair,
            "a wrong code was answered with 200 and a page, not by a token endpoint",
        ),
        (|it| it.authorize = unreachable(), P::Scopes, "not known: the sign-in page could not be reached"),
        (|it| it.authorize = unreachable(), P::RedirectUri, "not known: the sign-in page could not be reached"),
        (|it| it.authorize = AuthorizeSeen::NotAsked("no id".into()), P::Scopes, "not asked: no id"),
        (|it| it.authorize = AuthorizeSeen::NotAsked("no id".into()), P::RedirectUri, "not asked: no id"),
        (
            |it| it.authorize = answered(400, None, "invalid_client"),
            P::Scopes,
            "the request is refused for something else; only a consent shows what is granted",
        ),
        (|_| (), P::Scopes, "asked for in the request and not refused; only a consent shows what is granted"),
    ];
    for (change, part, wanted) in table {
        let mut seen = good();
        change(&mut seen);
        let line = judge(&seen).into_iter().find(|line| line.part == *part).unwrap();
        assert_eq!((line.verdict, line.evidence.as_str()), (Verdict::NotKnown, *wanted), "{part:?}");
    }
}

/// C5: where the wrong code tells nothing, the sign-in page or an earlier token may.
#[test]
fn a_pair_that_the_token_endpoint_says_nothing_of_is_known_by_other_proof() {
    let silent = refused(CauseLabel::MalformedTokenRequest, Some(400), Some("invalid_request"));
    let mut seen = SetupObservations { token: silent, ..good() };
    assert_eq!(verdict(&seen, SetupPart::ClientPair), Verdict::NotKnown);

    seen.connections = vec![connection()];
    assert_eq!(verdict(&seen, SetupPart::ClientPair), Verdict::Passed);

    seen.authorize = answered(400, None, "invalid_client");
    assert_eq!(verdict(&seen, SetupPart::ClientPair), Verdict::Failed);
    assert_eq!(overall(&judge(&seen)), Verdict::Failed);
}

fn unreachable() -> AuthorizeSeen {
    AuthorizeSeen::Unreachable { address: "acme.example/authorize".into(), why: "the name was not found".into() }
}

fn came_back(query: &str) -> AuthorizeSeen {
    answered(302, Some(&format!("{OURS}?{query}")), "")
}

fn bad_client() -> TokenSeen {
    refused(CauseLabel::ClientCredentialsMismatch, Some(401), Some("invalid_client"))
}

fn seen_in(keychain: KeychainSeen) -> Option<ClientSeen> {
    Some(ClientSeen { keychain })
}

fn connection() -> ConnectionSeen {
    ConnectionSeen {
        name: "Orders".into(),
        is_alive: true,
        issued_at: Some(Timestamp::UNIX_EPOCH),
        was_refreshed: true,
        refresh_failure: None,
        has_access_token: true,
        account: Some("mira@fjord.example".into()),
        defect_count: 0,
        missing_scopes: vec![],
        tested: Some((Timestamp::UNIX_EPOCH, None)),
    }
}
