//! What the program ends with: numbers that scripts switch on [F1].

use std::process::ExitCode;

use domain::connection::status::Lamp;
use domain::diagnosis::{CauseLabel, Diagnosis};

/// Exit codes, as `patchbay --help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    WrongUsage = 2,
    /// A person must reconnect.
    BlockedOnAuth = 20,
    ScopeMissing = 21,
    WrongAccount = 22,
    Temporary = 23,
    NoSuchConnection = 24,
    KeychainUnavailable = 25,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// What a cause means for a script, when the lamp of its connection is known or not. Blocked is what a sign-in
    /// brings back: where another thing has to be done first, it is a failure that says so.
    pub(crate) fn of_cause(diagnosis: &Diagnosis, lamp: Option<Lamp>) -> Self {
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
            Self::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E2, F1: scripts decide by these.
    #[test]
    fn a_cause_leads_to_the_code_that_says_who_must_act() {
        let of = |cause, lamp| Exit::of_cause(&Diagnosis::of(cause), lamp);

        assert_eq!(of(CauseLabel::InsufficientScope, Some(Lamp::Active)), Exit::ScopeMissing);
        assert_eq!(of(CauseLabel::WrongTenantOrAccount, Some(Lamp::Unproved)), Exit::WrongAccount);
        assert_eq!(of(CauseLabel::GrantRevoked, None), Exit::BlockedOnAuth);
        assert_eq!(of(CauseLabel::ProviderOutage, Some(Lamp::Active)), Exit::Temporary);
        assert_eq!(
            of(CauseLabel::AccessTokenInvalid, Some(Lamp::ReauthRequired)),
            Exit::BlockedOnAuth,
            "nothing can renew it: a person must"
        );
        for lamp in [None, Some(Lamp::Expiring), Some(Lamp::ReauthRequired)] {
            assert_eq!(of(CauseLabel::ClientCredentialsMismatch, lamp), Exit::Failed, "no reconnect mends a client");
            assert_eq!(of(CauseLabel::AccountDisabled, lamp), Exit::Failed, "an administrator has to act first");
            assert_eq!(of(CauseLabel::AdminPolicyRestriction, lamp), Exit::Failed);
        }
    }
}
