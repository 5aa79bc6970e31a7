//! Before a run: whether what it needs can be used now, in one word that people, scripts and agents share [F1].

use crate::connection::status::{Lamp, Status, StatusReason};
use crate::diagnosis::{CauseLabel, Diagnosis};

/// From what lets a run begin to what is told first where several stand in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Ready,
    /// Nothing is known against it, and nobody has shown that it works.
    Unproved,
    /// It may pass by itself.
    Temporary,
    /// Its token ends before what was asked for, and its provider issues no longer ones: less has to be asked for.
    TooShort,
    /// Somebody has to mend something that no sign-in mends.
    NeedsMending,
    ScopeMissing,
    WrongAccount,
    /// A person has to reconnect.
    BlockedOnAuth,
}

impl Verdict {
    /// What a cause means for a run, when the lamp of its connection is known or not. Blocked is what a sign-in brings
    /// back: where another thing has to be done first, it needs mending.
    pub fn of_cause(diagnosis: &Diagnosis, lamp: Option<Lamp>) -> Self {
        let is_over = match lamp {
            Some(Lamp::ReauthRequired | Lamp::Disconnected) => true,
            Some(Lamp::Active | Lamp::Expiring | Lamp::Unproved) => false,
            None => diagnosis.ends_the_grant(),
        };
        let is_elsewhere = diagnosis.action.is_for_person() && !diagnosis.action.is_reconnect();
        if diagnosis.cause == CauseLabel::InsufficientScope {
            Self::ScopeMissing
        } else if diagnosis.cause == CauseLabel::WrongTenantOrAccount {
            Self::WrongAccount
        } else if is_over && !is_elsewhere {
            Self::BlockedOnAuth
        } else if diagnosis.is_transient() {
            Self::Temporary
        } else {
            Self::NeedsMending
        }
    }

    /// What is known without asking anybody.
    pub fn of_status(status: &Status) -> Self {
        if let Some(diagnosis) = status.diagnosis() {
            let is_in_the_way = matches!(status.lamp, Lamp::ReauthRequired | Lamp::Disconnected)
                || status.is_down()
                || matches!(status.reason, StatusReason::LastCallFailed(_));
            return if is_in_the_way { Self::of_cause(diagnosis, Some(status.lamp)) } else { Self::Ready };
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others are told by their lamp")]
        match &status.reason {
            // A person has to bring the file back, however long the token in hand holds.
            StatusReason::HeldUnopened { .. } => return Self::BlockedOnAuth,
            StatusReason::RefreshPaused { watching, .. } if !watching.lets_a_call_refresh() => return Self::Temporary,
            // The next refresh finds out.
            StatusReason::OutcomeUnknown { usable_until: None } => return Self::Temporary,
            _ => {}
        }
        match status.lamp {
            Lamp::ReauthRequired | Lamp::Disconnected => Self::BlockedOnAuth,
            Lamp::Unproved => Self::Unproved,
            // Its token is over, and the next call renews it.
            Lamp::Active | Lamp::Expiring => Self::Ready,
        }
    }

    /// Whether a run may begin.
    pub fn is_go(self) -> bool {
        matches!(self, Self::Ready | Self::Unproved)
    }

    /// Whether it goes on by itself: nobody is waited for.
    pub fn may_pass(self) -> bool {
        self.is_go() || self == Self::Temporary
    }

    /// For programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Unproved => "unproved",
            Self::Temporary => "temporary",
            Self::TooShort => "too_short",
            Self::NeedsMending => "needs_mending",
            Self::ScopeMissing => "scope_missing",
            Self::WrongAccount => "wrong_account",
            Self::BlockedOnAuth => "blocked_on_auth",
        }
    }

    /// Takes the word back.
    pub fn from_text(text: &str) -> Option<Self> {
        let all = [
            Self::Ready,
            Self::Unproved,
            Self::Temporary,
            Self::TooShort,
            Self::NeedsMending,
            Self::ScopeMissing,
            Self::WrongAccount,
            Self::BlockedOnAuth,
        ];
        all.into_iter().find(|it| it.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::status::Watching;
    use crate::lifecycle::refresh_mode::RefreshMode;
    use crate::test_values::at_minute;
    use jiff::Timestamp;

    /// F1: what one program of a board says another one reads.
    #[test]
    fn a_verdict_comes_back_from_its_word() {
        for verdict in [Verdict::Ready, Verdict::Unproved, Verdict::Temporary, Verdict::NeedsMending] {
            assert_eq!(Verdict::from_text(verdict.as_str()), Some(verdict));
        }
        for verdict in [Verdict::TooShort, Verdict::ScopeMissing, Verdict::WrongAccount, Verdict::BlockedOnAuth] {
            assert_eq!(Verdict::from_text(verdict.as_str()), Some(verdict));
        }
        assert_eq!(Verdict::from_text("fine"), None);
    }

    /// E2, F1: scripts decide by these.
    #[test]
    fn a_cause_leads_to_the_verdict_that_says_who_must_act() {
        let of = |cause, lamp| Verdict::of_cause(&Diagnosis::of(cause), lamp);

        assert_eq!(of(CauseLabel::InsufficientScope, Some(Lamp::Active)), Verdict::ScopeMissing);
        assert_eq!(of(CauseLabel::WrongTenantOrAccount, Some(Lamp::Unproved)), Verdict::WrongAccount);
        assert_eq!(of(CauseLabel::GrantRevoked, None), Verdict::BlockedOnAuth);
        assert_eq!(of(CauseLabel::ProviderOutage, Some(Lamp::Active)), Verdict::Temporary);
        assert_eq!(
            of(CauseLabel::AccessTokenInvalid, Some(Lamp::ReauthRequired)),
            Verdict::BlockedOnAuth,
            "nothing can renew it: a person must"
        );
        for lamp in [None, Some(Lamp::Expiring), Some(Lamp::ReauthRequired)] {
            for elsewhere in
                [CauseLabel::ClientCredentialsMismatch, CauseLabel::AccountDisabled, CauseLabel::AdminPolicyRestriction]
            {
                assert_eq!(of(elsewhere, lamp), Verdict::NeedsMending, "{elsewhere:?}: no reconnect mends it");
            }
        }
    }

    /// F1: what stops a run is told, and what a call mends on its way does not stop it.
    #[test]
    fn what_is_known_says_whether_a_run_may_begin() {
        let of = |lamp, reason| Verdict::of_status(&status(lamp, reason, None));
        let revoked = Diagnosis::of(CauseLabel::GrantRevoked);
        let outage = Diagnosis::of(CauseLabel::ProviderOutage);

        assert_eq!(of(Lamp::Active, StatusReason::KeptAlive), Verdict::Ready);
        assert_eq!(of(Lamp::Expiring, StatusReason::RefreshedOnNeed(at_minute(0))), Verdict::Ready);
        assert_eq!(of(Lamp::Unproved, StatusReason::NeverProved), Verdict::Unproved);
        let unopened = StatusReason::HeldUnopened { usable_until: Some(at_minute(9)) };
        assert_eq!(of(Lamp::Expiring, unopened), Verdict::BlockedOnAuth, "the file is what a person brings back");
        for (usable_until, expected) in [(Some(at_minute(9)), Verdict::Ready), (None, Verdict::Temporary)] {
            assert_eq!(of(Lamp::Expiring, StatusReason::OutcomeUnknown { usable_until }), expected);
        }
        let since = at_minute(0);
        for (watching, expected) in [
            (Watching::NetworkDown { since }, Verdict::Temporary),
            (Watching::Switched { mode: RefreshMode::Offline, since }, Verdict::Temporary),
            (Watching::Switched { mode: RefreshMode::Paused, since }, Verdict::Ready),
        ] {
            assert_eq!(of(Lamp::Expiring, StatusReason::RefreshPaused { watching, since }), expected, "{watching:?}");
        }
        assert_eq!(of(Lamp::ReauthRequired, StatusReason::GrantEnded(revoked)), Verdict::BlockedOnAuth);
        assert_eq!(of(Lamp::ReauthRequired, StatusReason::TokenOver), Verdict::BlockedOnAuth);
        assert_eq!(of(Lamp::Disconnected, StatusReason::DisconnectedByPerson), Verdict::BlockedOnAuth);
        let failing = |usable_until| StatusReason::RefreshFailing {
            last: outage.clone(),
            count: 1,
            is_repeated: false,
            usable_until,
            retry_at: None,
        };
        assert_eq!(of(Lamp::Expiring, failing(Some(at_minute(9)))), Verdict::Ready, "the token in hand holds");
        let down = status(Lamp::Expiring, failing(None), Some(at_minute(1)));
        assert_eq!(Verdict::of_status(&down), Verdict::Temporary);
    }

    /// F1: of several the one that presses most is the answer.
    #[test]
    fn what_presses_most_comes_last() {
        use Verdict::*;
        let all = [Ready, Unproved, Temporary, TooShort, NeedsMending, ScopeMissing, WrongAccount, BlockedOnAuth];
        assert!(all.is_sorted());
        assert_eq!(all.map(Verdict::is_go), [true, true, false, false, false, false, false, false]);
        let words: std::collections::BTreeSet<_> = all.iter().map(|it| it.as_str()).collect();
        assert_eq!(words.len(), all.len());
    }

    fn status(lamp: Lamp, reason: StatusReason, over_since: Option<Timestamp>) -> Status {
        Status { lamp, reason, since: at_minute(0), over_since, share_left: None, is_stale: false }
    }
}
