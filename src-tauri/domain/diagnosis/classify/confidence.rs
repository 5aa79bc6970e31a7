//! How sure a conclusion is: by what decided, by how far the next one is, and by whether two layers agree [C1].

use super::board::{Candidate, Layer};
use crate::diagnosis::{CauseLabel as C, Confidence, FailedEndpoint};

/// Nothing in the evidence speaks for it, or against it.
pub(super) const OF_LOOK_ALIKE: Confidence = Confidence::from_percent(18);

/// `is_spoken`: the answer says why, in a code or in words; whatever stands in front of a token endpoint refuses too.
pub(super) fn of(best: &Candidate, next: Option<&Candidate>, endpoint: FailedEndpoint, is_spoken: bool) -> Confidence {
    let most = match best.layer {
        Layer::Signature | Layer::Standard => 97,
        Layer::Context => 90,
        Layer::Words => 92,
        Layer::Status => 70,
    };
    let mut percent = best.score.min(most);
    if best.is_seconded {
        percent = percent.saturating_add(4).min(98);
    }
    let margin = best.score.saturating_sub(next.map_or(0, |it| it.score));
    percent = percent.saturating_sub(match margin {
        0..=2 => 16,
        3..=6 => 10,
        7..=12 => 5,
        13..=u8::MAX => 0,
    });
    // The general labels say themselves that more is not known.
    if matches!(best.cause, C::GrantInvalid | C::AccessTokenInvalid) {
        percent = percent.min(66);
    }
    // Gateways and filters answer so too: a grant is not given up for it.
    if !is_spoken && endpoint == FailedEndpoint::TokenRefresh && !best.cause.is_transient() {
        percent = percent.min(Confidence::SAID.percent() - 2);
    }
    Confidence::from_percent(percent)
}

/// Never as sure as the best.
pub(super) fn of_alternative(best: &Candidate, other: &Candidate) -> Confidence {
    // What a bare status would have said is hardly an alternative to what was said in words.
    let most = if other.layer == Layer::Status && best.layer > Layer::Status { 10 } else { 45 };
    let share = u16::from(other.score) * 45 / u16::from(best.score.max(1));
    Confidence::from_percent(u8::try_from(share.min(most)).unwrap_or(10))
}

/// Causes that look the same where a general label is the answer.
pub(super) fn look_alikes(cause: C, endpoint: FailedEndpoint) -> &'static [C] {
    if cause == C::GrantInvalid {
        &[C::RefreshTokenExpired, C::GrantRevoked, C::RefreshTokenReused, C::RefreshTokenLimitExceeded]
    } else if cause == C::AccessTokenInvalid && endpoint == FailedEndpoint::Api {
        &[C::AccessTokenExpired, C::GrantRevoked]
    } else if cause == C::ResourceNotShared {
        &[C::InsufficientScope]
    } else {
        &[]
    }
}
