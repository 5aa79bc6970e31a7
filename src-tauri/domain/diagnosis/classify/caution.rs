//! What is advised where the evidence leaves more than one cause open: nothing that harms one of them while another way
//! is open [C2].

use super::board::Candidate;
use super::terms::Term;
use super::words::Words;
use crate::diagnosis::{ActionLabel as A, CauseLabel as C, action};

/// What scores as much was said, and is no guess among others.
const SAID: u8 = 80;

/// A cause that scores so much less is open too.
const OPEN: u8 = 8;

/// The ways that are tried instead, the likeliest to help first.
const INSTEAD: [A; 6] = [A::Refresh, A::Reconnect, A::AskAdmin, A::FixRequest, A::FixClientConfig, A::ContactProvider];

/// The advice, or another that the cause allows where that one would harm a cause that is nearly as likely.
pub(super) fn harmless(wanted: A, candidates: &[Candidate], words: &Words<'_>) -> A {
    let Some((best, others)) = candidates.split_first() else { return wanted };
    // A scope and a share look alike wherever neither is named, and the one that was read is the likelier.
    // A server that fails is asked again; a key is brought anew, whosever it is.
    if best.cause.is_transient() || best.score >= SAID || best.cause == C::InsufficientScope || words.has(Term::ApiKey)
    {
        return wanted;
    }
    let is_open = |it: &&Candidate| it.score.saturating_add(OPEN) >= best.score;
    let harms_one = |advice: A| others.iter().filter(is_open).any(|it| action::harms(it.cause, advice));
    if !harms_one(wanted) {
        return wanted;
    }
    INSTEAD.into_iter().find(|it| best.cause.allows(*it) && !harms_one(*it)).unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::super::board::Layer;
    use super::*;
    use crate::diagnosis::clue::Fact;

    fn open(causes: &[(C, u8)]) -> Vec<Candidate> {
        let of = |(cause, score): &(C, u8)| Candidate {
            cause: *cause,
            score: *score,
            layer: Layer::Words,
            is_seconded: false,
            fact: Fact::NothingMore,
        };
        causes.iter().map(of).collect()
    }

    fn advised(wanted: A, causes: &[(C, u8)], text: &str) -> A {
        harmless(wanted, &open(causes), &Words::hear(text))
    }

    /// C2
    #[test]
    fn no_advice_harms_a_cause_that_is_nearly_as_likely() {
        let token_or_share = [(C::AccessTokenInvalid, 66), (C::ResourceNotShared, 60)];
        assert_eq!(advised(A::Reconnect, &token_or_share, ""), A::Refresh, "a renewal asks nobody");
        let token_or_grant = [(C::AccessTokenInvalid, 66), (C::GrantRevoked, 60)];
        assert_eq!(advised(A::Refresh, &token_or_grant, ""), A::Reconnect, "a dead grant is not tried again");
        let any = [(C::AccessTokenInvalid, 66), (C::GrantRevoked, 62), (C::ResourceNotShared, 60)];
        assert_eq!(advised(A::Refresh, &any, ""), A::FixRequest, "what harms neither");
        let code_or_redirect = [(C::AuthorizationCodeInvalid, 62), (C::RedirectUriMismatch, 60)];
        assert_eq!(advised(A::Reconnect, &code_or_redirect, ""), A::FixRequest);
    }

    /// C2
    #[test]
    fn what_was_said_plainly_is_advised() {
        assert_eq!(advised(A::Reconnect, &[(C::AccessTokenInvalid, 66), (C::ResourceNotShared, 50)], ""), A::Reconnect);
        assert_eq!(advised(A::Reconnect, &[(C::GrantInvalid, 88), (C::ProviderOutage, 86)], ""), A::Reconnect);
        let failing = [(C::ProviderOutage, 63), (C::GrantInvalid, 60)];
        assert_eq!(advised(A::WaitAndRetry, &failing, ""), A::WaitAndRetry, "a server that fails is asked again [B5]");
        let key = [(C::AccessTokenInvalid, 66), (C::ClientCredentialsMismatch, 66)];
        assert_eq!(advised(A::Reconnect, &key, " the api key is invalid | "), A::Reconnect, "nothing renews a key");
    }

    proptest::proptest! {
        /// C2: whatever is open, the advice is one that its cause allows.
        #[test]
        fn the_advice_stays_one_that_the_cause_allows(
            best in 0..C::ALL.len(), other in 0..C::ALL.len(), score in 0..=100_u8, behind in 0..20_u8,
        ) {
            let (best, other) = (C::ALL[best], C::ALL[other]);
            let candidates = [(best, score), (other, score.saturating_sub(behind))];

            let advice = advised(best.usual_action(), &candidates, "");

            proptest::prop_assert!(best.allows(advice), "{best:?} {advice:?}");
        }
    }
}
