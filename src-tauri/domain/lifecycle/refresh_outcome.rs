//! What a refresh led to, and what follows [B4, B5, S072].

use jiff::Timestamp;

use crate::connection::{Connection, FailureStreak, GrantState};
use crate::diagnosis::{CauseLabel, Diagnosis};
use crate::provider::limits::PreviousToken;

/// What a failed refresh means for the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterFailure {
    /// It may pass: try again then; the grant stands.
    TryAgain(FailureStreak),
    /// Only a person can bring it back; no refresh is sent again.
    GrantEnded(GrantState),
    /// The client or the request is wrong: the grant may live, but trying again unchanged cannot help.
    NeedsMending(FailureStreak),
}

/// The true cause of a refusal: where an answer was lost before, the refresh token that is refused is the one that
/// answer had replaced, though the provider does not say so [A5, C1].
pub fn cause_in_doubt(diagnosis: Diagnosis, grant: &GrantState) -> Diagnosis {
    match (grant, diagnosis.cause) {
        (GrantState::OutcomeUnknown { .. }, CauseLabel::GrantInvalid) => Diagnosis {
            cause: CauseLabel::RefreshTokenReused,
            action: CauseLabel::RefreshTokenReused.usual_action(),
            ..diagnosis
        },
        _ => diagnosis,
    }
}

/// What a try found out of a grant in doubt: nothing, where its answer was lost too. A refresh token that is probably spent
/// is sent once more to find out, and from then on only by a person: a provider that takes it for theft ends what still
/// works. It is sent again by itself where the provider takes a replaced one, as long as it does, and after an outage that
/// was told of: that one says nothing of the token [A5, B4].
///
/// `is_lost`: the request may have been acted on, and no usable answer came. `is_last`: the newest was refused, and it was
/// the one before it that was sent.
pub fn after_a_try_in_doubt(
    diagnosis: Diagnosis,
    connection: &Connection,
    previous_token: PreviousToken,
    is_lost: bool,
    is_last: bool,
    retry_at: Timestamp,
) -> Diagnosis {
    let before = connection.refresh_failures.as_ref().map(|streak| &streak.last);
    if before.is_some_and(Diagnosis::is_of_answers_lost) && diagnosis.is_tried_again() {
        return Diagnosis::of_answers_lost(&diagnosis);
    }
    if !is_lost || diagnosis.is_of_known_outage() {
        return diagnosis;
    }
    let GrantState::OutcomeUnknown { asked_at, .. } = connection.grant else {
        return if is_last { Diagnosis::of_answers_lost(&diagnosis) } else { diagnosis };
    };
    let is_honoured = match previous_token {
        PreviousToken::WorksUntilSuccessorIsUsed => true,
        PreviousToken::WorksFor(span) => asked_at.checked_add(span).is_ok_and(|until| retry_at < until),
        PreviousToken::Refused | PreviousToken::NotKnown => false,
    };
    if is_honoured || before.is_some_and(Diagnosis::is_of_known_outage) {
        return diagnosis;
    }
    Diagnosis::of_answers_lost(&diagnosis)
}

/// Whether a refusal says in words alone that the refresh token was replaced, where nobody else is known to have done it:
/// the request that it answers may have. A code of the standard is a verdict; this is one where it is said twice [A5, B5].
pub fn may_have_replaced(diagnosis: &Diagnosis, grant: &GrantState) -> bool {
    let is_in_words = diagnosis
        .provider_code
        .as_deref()
        .is_none_or(|code| code.eq_ignore_ascii_case("invalid_request") || code.contains(char::is_whitespace));
    diagnosis.cause == CauseLabel::RefreshTokenReused
        && diagnosis.ends_the_grant()
        && is_in_words
        && matches!(grant, GrantState::Alive { .. })
}

/// Decides what a refused or unanswered refresh leads to. `retry_at` comes from the retry rules.
pub fn after_failure(
    diagnosis: Diagnosis,
    streak: Option<&FailureStreak>,
    retry_at: Timestamp,
    now: Timestamp,
) -> AfterFailure {
    if diagnosis.ends_the_grant() {
        return AfterFailure::GrantEnded(GrantState::Ended { at: now, diagnosis });
    }
    let may_pass = diagnosis.is_transient() || diagnosis.is_guessed();
    let streak = FailureStreak::after(streak, diagnosis, retry_at, now);
    if may_pass { AfterFailure::TryAgain(streak) } else { AfterFailure::NeedsMending(streak) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Evidence, FailedEndpoint, classify};
    use crate::test_values::at_minute;

    /// B5
    #[test]
    fn an_invalid_grant_ends_it_and_an_outage_does_not() {
        let of = |cause| after_failure(Diagnosis::of(cause), None, at_minute(2), at_minute(1));

        assert!(matches!(of(CauseLabel::GrantInvalid), AfterFailure::GrantEnded(_)));
        assert!(matches!(of(CauseLabel::ProviderOutage), AfterFailure::TryAgain(_)), "a 503 deletes no grant");
        assert!(matches!(of(CauseLabel::RateLimited), AfterFailure::TryAgain(_)));
        assert!(
            matches!(of(CauseLabel::ClientCredentialsMismatch), AfterFailure::NeedsMending(_)),
            "a wrong client secret says nothing about the grant"
        );
    }

    /// B4, B5: what a failing server says of the grant is named, and not believed.
    #[test]
    fn a_server_error_never_ends_a_grant_whatever_it_says() {
        let said = |cause, http_status| Diagnosis { http_status, ..Diagnosis::of(cause) };
        for cause in CauseLabel::ALL.iter().copied().filter(|it| it.ends_the_grant()) {
            for status in [500, 502, 503, 504, 599] {
                let after = after_failure(said(cause, Some(status)), None, at_minute(2), at_minute(1));
                let AfterFailure::TryAgain(streak) = after else { panic!("{cause:?} with {status}: {after:?}") };
                assert_eq!(streak.last.cause, cause, "the diagnosis still names it");
            }
            for status in [None, Some(200), Some(400), Some(403)] {
                let after = after_failure(said(cause, status), None, at_minute(2), at_minute(1));
                assert!(matches!(after, AfterFailure::GrantEnded(_)), "{cause:?} with {status:?}");
            }
        }
    }

    /// B5, S163: a bare status is answered by gateways and firewalls too.
    #[test]
    fn a_refusal_without_a_word_ends_no_grant() {
        for status in [400, 401, 402, 403, 404, 405, 410, 423, 451] {
            let evidence = Evidence {
                endpoint: FailedEndpoint::TokenRefresh,
                http_status: Some(status),
                body: b"{}".to_vec(),
                ..Evidence::default()
            };
            let after = after_failure(classify(&evidence, &[]), None, at_minute(2), at_minute(1));
            assert!(matches!(after, AfterFailure::TryAgain(_)), "{status}: {after:?}");
        }
    }

    /// B4, B5: what is refused without a word, or is down, at each of these minutes.
    fn streak_of(tries: &[(i64, u16)]) -> FailureStreak {
        let mut streak: Option<FailureStreak> = None;
        for (minute, status) in tries {
            let evidence =
                Evidence { endpoint: FailedEndpoint::TokenRefresh, http_status: Some(*status), ..Evidence::default() };
            let now = at_minute(*minute);
            let after = after_failure(classify(&evidence, &[]), streak.as_ref(), now, now);
            let AfterFailure::TryAgain(next) = after else { panic!("{status}: {after:?}") };
            streak = Some(next);
        }
        streak.unwrap()
    }

    /// B4, B5: three over five minutes, of the refusals themselves.
    #[test]
    fn a_person_is_told_of_repeated_refusals_and_not_of_outages() {
        let told = |tries: &[(i64, u16)]| streak_of(tries).told_at();

        assert_eq!(told(&[(0, 403)]), None, "once is an accident");
        assert_eq!(told(&[(0, 403), (1, 403), (2, 403)]), None, "three times in two minutes are one gateway");
        assert_eq!(told(&[(0, 403), (6, 403)]), None, "twice");
        assert_eq!(told(&[(0, 403), (1, 403), (6, 403)]), Some(at_minute(6)), "three times over minutes are none");
        assert_eq!(told(&[(0, 503), (3, 503), (6, 403)]), None, "the first refusal after an outage is the first");
        assert_eq!(told(&[(0, 503), (5, 403), (6, 403), (8, 403)]), None, "three minutes of refusals");
        assert_eq!(told(&[(0, 403), (2, 503), (4, 403), (6, 503)]), None, "an outage counts for nothing");
        assert_eq!(told(&[(0, 403), (2, 503), (4, 403), (6, 503), (8, 403)]), Some(at_minute(8)), "and undoes nothing");
    }

    /// B4: the lamp stands still while refusals and outages follow each other.
    #[test]
    fn what_a_person_was_told_stands_until_a_refresh_succeeds() {
        let tries = [(0, 401), (3, 401), (6, 401), (7, 503), (8, 401), (9, 429), (10, 503)];
        for end in 3..=tries.len() {
            let streak = streak_of(&tries[..end]);
            let seen = (streak.is_for_person(), streak.told_at(), streak.telling().http_status);
            assert_eq!(seen, (true, Some(at_minute(6)), Some(401)), "after {end} tries");
            assert!(streak.last.is_tried_again(), "it is tried again all the same");
        }
    }

    /// B5, S163: what stands in front of a token endpoint answers with a page.
    #[test]
    fn a_page_of_a_gateway_ends_no_grant() {
        let pages = [
            "<html><head><title>401 Authorization Required</title></head><body><h1>401 Authorization Required</h1><hr>nginx</body></html>",
            "<!DOCTYPE html><html><head><title>ERROR: The requested URL could not be retrieved</title></head><body>\
             <p>Access Denied. Access control configuration prevents your request from being allowed.</p></body></html>",
            "<html><body><h1>Web Page Blocked!</h1><p>Your access has been revoked by the policy of your organisation.</p></body></html>",
        ];
        for (status, page) in [401, 403].into_iter().flat_map(|status| pages.map(|page| (status, page))) {
            let evidence = Evidence {
                endpoint: FailedEndpoint::TokenRefresh,
                http_status: Some(status),
                body: page.as_bytes().to_vec(),
                ..Evidence::default()
            };
            let after = after_failure(classify(&evidence, &[]), None, at_minute(2), at_minute(1));
            assert!(matches!(after, AfterFailure::TryAgain(_)), "{status} {page}: {after:?}");
        }
    }

    fn refused(http_status: u16, body: &str) -> AfterFailure {
        let evidence = Evidence {
            endpoint: FailedEndpoint::TokenRefresh,
            http_status: Some(http_status),
            body: body.as_bytes().to_vec(),
            ..Evidence::default()
        };
        after_failure(classify(&evidence, &[]), None, at_minute(2), at_minute(1))
    }

    /// B4, B5, S163: gateways, frameworks and filters refuse in JSON too, and speak of the request rather than of the grant.
    #[test]
    fn a_gateway_that_refuses_in_json_ends_no_grant() {
        let answers = [
            r#"{"message":"Missing Authentication Token"}"#,
            r#"{"message":"Forbidden"}"#,
            r#"{"Message":"User is not authorized to access this resource with an explicit deny"}"#,
            r#"{"message":"The security token included in the request is invalid."}"#,
            r#"{"message":"Request has expired"}"#,
            r#"{"type":"about:blank","title":"Forbidden","status":403}"#,
            r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"You do not have permission to access this resource."}"#,
            r#"{"type":"https://example.com/probs/access-denied","title":"Access denied","status":403,"detail":"Access to this resource is denied by policy."}"#,
            r#"{"timestamp":"2026-01-01T00:00:00Z","status":401,"error":"Unauthorized","message":"Full authentication is required to access this resource","path":"/oauth/token"}"#,
            r#"{"detail":"Forbidden"}"#,
            r#"{"detail":"Authentication credentials were not provided."}"#,
            r#"{"detail":"Not authenticated"}"#,
            r#"{"message":"No API key found in request"}"#,
            r#"{"statusCode":401,"message":"Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."}"#,
            r#"{"fault":{"faultstring":"Invalid access token","detail":{"errorcode":"oauth.v2.InvalidAccessToken"}}}"#,
            r#"{"error":{"code":403,"message":"The request is missing a valid API key.","status":"PERMISSION_DENIED"}}"#,
            r#"{"title":"Error 1020: Access denied","status":403,"detail":"The site owner has blocked access","error_code":1020,"cloudflare_error":true}"#,
            r#"{"code":"AccessDenied","message":"Access Denied"}"#,
            r#"<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"#,
            r#"{"error":"Access denied"}"#,
            r#"{"error":"access_denied"}"#,
            r#"{"message":"Request blocked by security policy"}"#,
            r#"{"message":"Login required"}"#,
            // Of another token than the grant's, or to be asked again.
            r#"{"error":"invalid_request","error_description":"CSRF token is invalid"}"#,
            r#"{"error":"invalid_request","error_description":"Anti-forgery token is not valid"}"#,
            r#"{"error":"invalid_request","error_description":"The API key of the gateway was revoked"}"#,
            r#"{"error":"invalid_request","error_description":"Too many active tokens; try later"}"#,
            r#"{"error":"Bad Request","message":"The token request has expired, please retry"}"#,
            r#"{"error":"unauthorized","message":"captcha token is invalid"}"#,
            r#"{"error":"unauthorized","message":"Gateway session expired, please retry"}"#,
            "Invalid CSRF token",
        ];
        for (status, answer) in [400, 401, 403].into_iter().flat_map(|status| answers.map(|answer| (status, answer))) {
            let after = refused(status, answer);
            assert!(matches!(after, AfterFailure::TryAgain(_)), "{status} {answer}: {after:?}");
        }
    }

    /// B5: what speaks of the token, the grant or the account is no guess, also without a code of the standard.
    #[test]
    fn a_refusal_in_words_still_ends_the_grant_at_once() {
        for answer in [
            r#"{"error":"invalid_grant"}"#,
            r#"{"reason":"Invalid Token!","error":"invalid_request"}"#,
            r#"{"ok":false,"error":"token_revoked"}"#,
            r#"{"error":"access_denied","error_description":"Application disabled by the administrator of the account"}"#,
            r#"{"message":"Refresh token is invalid"}"#,
            r#"{"detail":"Token is invalid or expired","code":"token_not_valid"}"#,
            r#"{"code":"ERROR_GRANT_EXPIRED","message":"The grant has reached the end of its life"}"#,
            r#"{"message":"invalid_grant","status":"Bad Request","status_code":400}"#,
            r#"{"message":"Session expired"}"#,
            r#"{"code":"user_banned","message":"User is banned"}"#,
            r#"{"type":"https://example.com/probs/invalid-refresh-token","title":"Invalid refresh token","status":401}"#,
        ] {
            for status in [400, 401, 403] {
                let after = refused(status, answer);
                assert!(matches!(after, AfterFailure::GrantEnded(_)), "{status} {answer}: {after:?}");
            }
        }
    }

    /// B5, B10: what we know of its age makes a cause likely; it is no word of the provider's.
    #[test]
    fn a_token_past_its_idle_life_is_not_given_up_for_a_bare_status() {
        let of = |body: &[u8]| {
            let mut evidence = Evidence {
                endpoint: FailedEndpoint::TokenRefresh,
                http_status: Some(400),
                body: body.to_vec(),
                ..Evidence::default()
            };
            evidence.context.refresh_token_age = Some(std::time::Duration::from_secs(100 * 86_400));
            evidence.context.refresh_token_idle_life = Some(std::time::Duration::from_secs(90 * 86_400));
            let diagnosis = classify(&evidence, &[]);
            (diagnosis.cause, diagnosis.ends_the_grant())
        };

        assert_eq!(of(b"{}"), (CauseLabel::RefreshTokenExpired, false));
        assert_eq!(of(br#"{"error":"invalid_grant"}"#), (CauseLabel::RefreshTokenExpired, true));
    }

    /// A5, C1
    #[test]
    fn a_refusal_after_a_lost_answer_names_the_lost_answer() {
        let refused = Diagnosis { http_status: Some(400), ..Diagnosis::of(CauseLabel::GrantInvalid) };
        let doubtful = GrantState::OutcomeUnknown { granted_at: at_minute(0), asked_at: at_minute(3) };
        let alive = GrantState::Alive { granted_at: at_minute(0) };

        let told = cause_in_doubt(refused.clone(), &doubtful);
        assert_eq!((told.cause, told.http_status), (CauseLabel::RefreshTokenReused, Some(400)));
        assert_eq!(cause_in_doubt(refused.clone(), &alive), refused, "nothing of ours explains it");
        let outage = Diagnosis::of(CauseLabel::ProviderOutage);
        assert_eq!(cause_in_doubt(outage.clone(), &doubtful), outage);
        let revoked = Diagnosis::of(CauseLabel::GrantRevoked);
        assert_eq!(cause_in_doubt(revoked.clone(), &doubtful), revoked, "the provider says why");
    }

    /// A5, B4: once more, then nobody sends it by itself; unless nothing left, the server told of an outage, or the provider
    /// still takes it.
    #[test]
    fn a_token_that_is_probably_spent_is_sent_once_more() {
        let lost = || Diagnosis::of(CauseLabel::NetworkFailure);
        let outage = Diagnosis { http_status: Some(503), ..Diagnosis::of(CauseLabel::ProviderOutage) };
        let mut doubtful = crate::test_values::connection();
        doubtful.grant = GrantState::OutcomeUnknown { granted_at: at_minute(0), asked_at: at_minute(3) };
        let after = |connection: &Connection, policy, diagnosis, is_lost| {
            after_a_try_in_doubt(diagnosis, connection, policy, is_lost, false, at_minute(6)).is_of_answers_lost()
        };
        let (unknown, refused) = (PreviousToken::NotKnown, PreviousToken::Refused);
        let works_for = |minutes: u64| PreviousToken::WorksFor(std::time::Duration::from_secs(minutes * 60));

        assert!(
            !after(&crate::test_values::connection(), unknown, lost(), true),
            "the first one is what the doubt is of"
        );
        assert!(after(&doubtful, unknown, lost(), true) && after(&doubtful, refused, lost(), true));
        assert!(!after(&doubtful, unknown, lost(), false), "nothing left: a network that is down");
        assert!(!after(&doubtful, unknown, outage.clone(), true), "an outage is waited for");
        assert!(after(&doubtful, unknown, Diagnosis::of_unread_token(Some(500)), true), "this one has issued");
        assert!(!after(&doubtful, works_for(4), lost(), true) && after(&doubtful, works_for(3), lost(), true));
        assert!(!after(&doubtful, PreviousToken::WorksUntilSuccessorIsUsed, lost(), true));

        let streak = |last| Some(FailureStreak::after(None, last, at_minute(5), at_minute(4)));
        doubtful.refresh_failures = streak(outage.clone());
        assert!(!after(&doubtful, unknown, lost(), true), "the doubt is of an outage");
        doubtful.refresh_failures = streak(Diagnosis::of_answers_lost(&lost()));
        assert!(
            after(&doubtful, unknown, outage.clone(), true) && after(&doubtful, unknown, lost(), false),
            "it stays so"
        );
        let revoked = Diagnosis::of(CauseLabel::GrantRevoked);
        assert!(!after(&doubtful, unknown, revoked, false), "an answer says more");
        let last = after_a_try_in_doubt(lost(), &crate::test_values::connection(), unknown, true, true, at_minute(6));
        assert!(last.is_of_answers_lost(), "the newest was refused, and this was the one before it");

        for given_up in [Diagnosis::of_answers_lost(&lost()), Diagnosis::of_answers_lost(&outage)] {
            assert!(!given_up.is_tried_again() && !given_up.is_transient() && !given_up.ends_the_grant());
            let AfterFailure::NeedsMending(streak) = after_failure(given_up, None, at_minute(2), at_minute(1)) else {
                panic!("a person is needed, and the grant is kept")
            };
            assert!(streak.is_for_person() && streak.last.action.is_for_person());
        }
    }

    /// A5, B5: "Token … was replaced" may tell of what the request itself has done.
    #[test]
    fn a_replacement_that_is_told_in_words_ends_no_grant_that_was_good() {
        let of = |body: &str| {
            let evidence = Evidence {
                endpoint: FailedEndpoint::TokenRefresh,
                http_status: Some(400),
                body: body.as_bytes().to_vec(),
                ..Evidence::default()
            };
            classify(&evidence, &[])
        };
        let alive = GrantState::Alive { granted_at: at_minute(0) };
        let doubtful = GrantState::OutcomeUnknown { granted_at: at_minute(0), asked_at: at_minute(3) };
        for told in [
            r#"{"message":"Token 9f8e7d6c was replaced"}"#,
            r#"{"error":"invalid_request","error_description":"Token 9f8e7d6c was replaced"}"#,
            r#"{"error":"Token was replaced"}"#,
        ] {
            let diagnosis = of(told);
            assert!(may_have_replaced(&diagnosis, &alive), "{told}: {diagnosis:?}");
            assert!(!may_have_replaced(&diagnosis, &doubtful), "said twice: {told}");
            let after = after_failure(diagnosis.as_told_of_replacement(), None, at_minute(2), at_minute(1));
            assert!(matches!(after, AfterFailure::TryAgain(_)), "{told}: {after:?}");
        }
        for verdict in [
            r#"{"error":"invalid_grant","error_description":"Token 9f8e7d6c was replaced"}"#,
            r#"{"error":"token_reused"}"#,
        ] {
            assert!(!may_have_replaced(&of(verdict), &alive), "{verdict}");
        }
    }

    /// B4: a streak keeps its beginning.
    #[test]
    fn a_streak_counts_on_from_its_first_failure() {
        let outage = || Diagnosis::of(CauseLabel::ProviderOutage);
        let AfterFailure::TryAgain(first) = after_failure(outage(), None, at_minute(2), at_minute(1)) else {
            panic!("transient")
        };
        let AfterFailure::TryAgain(second) = after_failure(outage(), Some(&first), at_minute(6), at_minute(4)) else {
            panic!("transient")
        };

        assert_eq!((second.since, second.count), (at_minute(1), 2));
    }
}
