//! Rotating a client's secret: which step may follow which, and when the old one may be forgotten [E5].
//!
//! Two secrets lie in the keychain, and one pointer says which is used. Staging touches nothing that is used;
//! the switch moves the pointer; until the new one is verified the old one stays, and going back moves the
//! pointer back.

use jiff::Timestamp;
use thiserror::Error;

use crate::diagnosis::setup_check::PairVerdict;
use crate::ids::ClientId;
use crate::provider::Rotation;

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RotationStage {
    /// The new secret may be in the keychain, or not yet: a crash is settled by beginning anew.
    Staging,
    Staged,
    /// The provider let the new pair in.
    Tested,
    /// The new secret is used; the old one is kept.
    Switched,
    /// The new secret has proved itself in use.
    Verified,
}

impl RotationStage {
    const ALL: [Self; 5] = [Self::Staging, Self::Staged, Self::Tested, Self::Switched, Self::Verified];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Staged => "staged",
            Self::Tested => "tested",
            Self::Switched => "switched",
            Self::Verified => "verified",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// Which of a client's two places in the keychain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SecretSlot {
    #[default]
    First,
    Second,
}

impl SecretSlot {
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    pub fn as_number(self) -> u8 {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }

    pub fn from_number(number: u8) -> Option<Self> {
        [Self::First, Self::Second].into_iter().find(|it| it.as_number() == number)
    }
}

/// One rotation under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRotation {
    pub client: ClientId,
    pub stage: RotationStage,
    /// Where the new secret lies.
    pub new_slot: SecretSlot,
    pub staged_at: Timestamp,
    pub tested_at: Option<Timestamp>,
    pub switched_at: Option<Timestamp>,
    /// What tests and verification showed, oldest first.
    pub report: Vec<RotationLine>,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationLine {
    pub at: Timestamp,
    pub tried: Tried,
    /// `None`: it told neither way.
    pub is_well: Option<bool>,
    pub evidence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// The new pair, with a code nobody was given.
    NewPair,
    /// The old pair, likewise: whether it still lives.
    OldPair,
    /// A refresh of a connection.
    Refresh,
}

impl Tried {
    const ALL: [Self; 3] = [Self::NewPair, Self::OldPair, Self::Refresh];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewPair => "new_pair",
            Self::OldPair => "old_pair",
            Self::Refresh => "refresh",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// Why a step cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RotationRefused {
    #[error("no rotation of this client's secret is under way")]
    NoneUnderWay,
    #[error("a rotation of this client's secret is under way: finish or cancel it first")]
    UnderWay,
    #[error("this client has no secret to rotate")]
    NoSecret,
    #[error("the new secret is the one in use")]
    SameSecret,
    #[error("the provider refuses the new secret")]
    NewRefused,
    #[error("the provider did not tell whether the new secret is good; it can be switched to all the same")]
    NotTested,
    #[error("the new secret is not in use yet")]
    NotSwitched,
    #[error("the new secret has not proved itself in use; the old one is kept")]
    NotVerified,
}

impl SecretRotation {
    /// Whether the new secret is in use.
    pub fn is_switched(&self) -> bool {
        self.stage >= RotationStage::Switched
    }

    /// The newest word on something that was tried.
    pub fn last(&self, tried: Tried) -> Option<&RotationLine> {
        self.report.iter().rev().find(|line| line.tried == tried)
    }

    /// The provider refuses the old secret already: every refresh fails until the switch.
    pub fn is_old_dead(&self) -> bool {
        self.last(Tried::OldPair).is_some_and(|line| line.is_well == Some(false))
    }

    /// Whether the new secret may be put to use. `even_untested`: the person says so.
    pub fn may_switch(&self, even_untested: bool) -> Result<(), RotationRefused> {
        match (self.stage, self.last(Tried::NewPair).and_then(|line| line.is_well)) {
            (RotationStage::Staging, _) => Err(RotationRefused::NoneUnderWay),
            (RotationStage::Switched | RotationStage::Verified, _) => Ok(()),
            (_, Some(false)) if !even_untested => Err(RotationRefused::NewRefused),
            (RotationStage::Tested, _) => Ok(()),
            (RotationStage::Staged, _) if even_untested => Ok(()),
            (RotationStage::Staged, _) => Err(RotationRefused::NotTested),
        }
    }

    /// Whether the old secret may be forgotten.
    pub fn may_finish(&self) -> Result<(), RotationRefused> {
        match self.stage {
            RotationStage::Staging => Err(RotationRefused::NoneUnderWay),
            RotationStage::Staged | RotationStage::Tested => Err(RotationRefused::NotSwitched),
            RotationStage::Switched => Err(RotationRefused::NotVerified),
            RotationStage::Verified => Ok(()),
        }
    }
}

/// How a connection shows that the new secret works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownBy {
    /// A refresh costs nothing: the refresh token stays.
    Refresh,
    /// A refresh uses the refresh token up, and a lost answer would lose the grant: only with a person's yes.
    RefreshIfAgreed,
    /// Dead or without refresh token: it cannot.
    Nothing,
}

/// What may be tried with a connection.
pub fn shown_by(rotation: Rotation, can_refresh: bool) -> ShownBy {
    match (can_refresh, rotation) {
        (false, _) => ShownBy::Nothing,
        (true, Rotation::Never) => ShownBy::Refresh,
        (true, Rotation::Always | Rotation::Sometimes) => ShownBy::RefreshIfAgreed,
    }
}

/// Whether the new secret has proved itself: the provider let the pair in, or a refresh went through, and nothing
/// was refused on the client's account.
pub fn is_verified(pair: PairVerdict, refreshes: &[RotationLine]) -> bool {
    let is_refused = pair == PairVerdict::Refused || refreshes.iter().any(|line| line.is_well == Some(false));
    let is_shown = pair == PairVerdict::Good || refreshes.iter().any(|line| line.is_well == Some(true));
    is_shown && !is_refused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(stage: RotationStage, report: &[(Tried, Option<bool>)]) -> SecretRotation {
        let line = |(tried, is_well): &(Tried, Option<bool>)| RotationLine {
            at: Timestamp::UNIX_EPOCH,
            tried: *tried,
            is_well: *is_well,
            evidence: String::new(),
        };
        SecretRotation {
            client: ClientId::from_random(1),
            stage,
            new_slot: SecretSlot::Second,
            staged_at: Timestamp::UNIX_EPOCH,
            tested_at: None,
            switched_at: None,
            report: report.iter().map(line).collect(),
        }
    }

    /// E5
    #[test]
    fn a_new_secret_is_switched_to_once_it_is_tested_or_a_person_insists() {
        use RotationStage as S;
        let new = |well| [(Tried::NewPair, well)];
        assert_eq!(at(S::Tested, &new(Some(true))).may_switch(false), Ok(()));
        assert_eq!(at(S::Staged, &new(None)).may_switch(false), Err(RotationRefused::NotTested));
        assert_eq!(at(S::Staged, &new(None)).may_switch(true), Ok(()));
        assert_eq!(at(S::Staged, &new(Some(false))).may_switch(false), Err(RotationRefused::NewRefused));
        assert_eq!(at(S::Staging, &[]).may_switch(true), Err(RotationRefused::NoneUnderWay));
        assert_eq!(at(S::Switched, &[]).may_switch(false), Ok(()), "said twice is said once");
    }

    /// E5
    #[test]
    fn the_old_secret_is_forgotten_only_after_the_new_one_has_proved_itself() {
        use RotationStage as S;
        for (stage, wanted) in [
            (S::Staged, Err(RotationRefused::NotSwitched)),
            (S::Tested, Err(RotationRefused::NotSwitched)),
            (S::Switched, Err(RotationRefused::NotVerified)),
            (S::Verified, Ok(())),
        ] {
            assert_eq!(at(stage, &[]).may_finish(), wanted, "{stage:?}");
        }
        let line = |is_well| RotationLine { is_well, ..at(S::Staged, &[(Tried::Refresh, None)]).report.remove(0) };
        assert!(is_verified(PairVerdict::Good, &[]));
        assert!(is_verified(PairVerdict::NotTold, &[line(Some(true))]), "a refresh went through");
        assert!(!is_verified(PairVerdict::Good, &[line(Some(false))]), "one was refused");
        assert!(!is_verified(PairVerdict::NotTold, &[line(None)]), "nothing told");
    }

    /// E5: a rotating refresh token is never spent unasked.
    #[test]
    fn a_rotating_token_is_refreshed_only_with_a_yes() {
        assert_eq!(shown_by(Rotation::Never, true), ShownBy::Refresh);
        assert_eq!(shown_by(Rotation::Sometimes, true), ShownBy::RefreshIfAgreed);
        assert_eq!(shown_by(Rotation::Always, true), ShownBy::RefreshIfAgreed);
        assert_eq!(shown_by(Rotation::Never, false), ShownBy::Nothing);
    }

    /// E5: some providers keep one secret alive at a time.
    #[test]
    fn an_old_secret_that_is_refused_is_dead() {
        let dead = at(RotationStage::Tested, &[(Tried::OldPair, Some(true)), (Tried::OldPair, Some(false))]);

        assert!(dead.is_old_dead(), "the newest word counts");
        assert!(!at(RotationStage::Tested, &[(Tried::OldPair, None)]).is_old_dead());
    }
}
