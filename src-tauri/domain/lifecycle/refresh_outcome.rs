//! What a refresh led to, and what follows [B4, B5, S072].

use jiff::Timestamp;

use crate::connection::{FailureStreak, GrantState};
use crate::diagnosis::{CauseLabel, Diagnosis};

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
    let streak = FailureStreak {
        since: streak.map_or(now, |streak| streak.since),
        count: streak.map_or(1, |streak| streak.count.saturating_add(1)),
        last: diagnosis,
        retry_at,
    };
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
            let AfterFailure::TryAgain(streak) = after else { panic!("{status}: {after:?}") };
            assert!(!streak.is_for_person(at_minute(60)), "{status}: once is an accident");
            let thrice = FailureStreak { count: 3, ..streak };
            assert!(!thrice.is_for_person(at_minute(2)), "{status}: three times in a minute are one gateway");
            assert!(thrice.is_for_person(at_minute(6)), "{status}: three times over minutes are none");
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
