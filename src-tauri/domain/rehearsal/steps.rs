//! The steps of a rehearsal, and which of them can be tried of a connection [E4].

/// One thing that is tried.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Disconnected at the provider and signed in again: the flow that a customer would see.
    SignInAgain,
    /// Who is signed in, and of which domain.
    Account,
    /// What was granted, beside what is needed.
    Scopes,
    /// An object is made, read back, changed and removed.
    Object,
    /// Renewed now, instead of waiting until the token is over.
    ForcedRefresh,
    /// Two callers want a new token at the same moment: one request leaves, both get the same one.
    TwoAtOnce,
    /// Nothing failed and nothing was tried twice since the rehearsal began.
    CleanLog,
    /// A call of a person's own, by its name.
    Own(String),
}

impl Step {
    /// All that every connection may have, in their order.
    pub const ALL: [Self; 7] = [
        Self::SignInAgain,
        Self::Account,
        Self::Scopes,
        Self::Object,
        Self::ForcedRefresh,
        Self::TwoAtOnce,
        Self::CleanLog,
    ];

    pub fn as_str(&self) -> &str {
        match self {
            Self::SignInAgain => "sign_in_again",
            Self::Account => "account",
            Self::Scopes => "scopes",
            Self::Object => "object",
            Self::ForcedRefresh => "forced_refresh",
            Self::TwoAtOnce => "two_at_once",
            Self::CleanLog => "clean_log",
            Self::Own(_) => "own",
        }
    }

    /// Each once, in the order in which they are tried: calls of one's own as they came, the log last.
    pub fn in_order(steps: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut all: Vec<Self> = vec![];
        for step in steps {
            if !all.contains(&step) {
                all.push(step);
            }
        }
        let place = |step: &Self| match step {
            Self::SignInAgain => 0,
            Self::Account => 1,
            Self::Scopes => 2,
            Self::Object => 3,
            Self::Own(_) => 4,
            Self::ForcedRefresh => 5,
            Self::TwoAtOnce => 6,
            Self::CleanLog => 7,
        };
        all.sort_by_key(place);
        all
    }

    /// As it is stored: one word, and the name of a call of one's own behind a colon.
    pub fn written(&self) -> String {
        match self {
            Self::Own(name) => format!("own:{name}"),
            Self::SignInAgain
            | Self::Account
            | Self::Scopes
            | Self::Object
            | Self::ForcedRefresh
            | Self::TwoAtOnce
            | Self::CleanLog => self.as_str().to_owned(),
        }
    }

    /// `None` for one that a newer Patchbay wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("own:") {
            return Some(Self::Own(name.to_owned()));
        }
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Whether it is pointless once that one has failed: nothing is written as somebody who may be the wrong one, and what a
    /// refresh of its own does not do two at once do not either.
    pub fn rests_on(&self, failed: &Self) -> bool {
        match failed {
            Self::SignInAgain => true,
            Self::Account => matches!(self, Self::Object | Self::Own(_)),
            Self::ForcedRefresh => *self == Self::TwoAtOnce,
            Self::Scopes | Self::Object | Self::TwoAtOnce | Self::CleanLog | Self::Own(_) => false,
        }
    }

    /// Why it cannot be tried of a connection that can do no more than this; `None` where it can.
    pub fn refused_by(&self, able: &[Ability]) -> Option<NotTried> {
        let wants = |ability, otherwise| (!able.contains(&ability)).then_some(otherwise);
        match self {
            Self::SignInAgain => wants(Ability::SignIn, NotTried::NotOurs),
            Self::Account => wants(Ability::Identity, NotTried::NobodyToAsk),
            Self::Scopes => wants(Ability::Scopes, NotTried::NotTold),
            Self::Object if able.contains(&Ability::ObjectOnceAnswered) => wants(Ability::Object, NotTried::Unanswered),
            Self::Object if able.contains(&Ability::ObjectOnceGranted) => wants(Ability::Object, NotTried::MayNotWrite),
            Self::Object => wants(Ability::Object, NotTried::NoTrialObject),
            Self::ForcedRefresh => wants(Ability::Refresh, NotTried::NothingToRefreshWith),
            Self::TwoAtOnce if !able.contains(&Ability::SignIn) => Some(NotTried::NotOurs),
            Self::TwoAtOnce => wants(Ability::Refresh, NotTried::NothingToRefreshWith),
            Self::CleanLog => None,
            Self::Own(_) => wants(Ability::Call, NotTried::NotOurs),
        }
    }
}

/// What can be done with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// It is ours: a person can be sent through its sign-in.
    SignIn,
    /// Somebody says who is signed in.
    Identity,
    /// It is told what was granted.
    Scopes,
    /// The provider's file says how an object is made and removed.
    Object,
    /// It could, once a person says where.
    ObjectOnceAnswered,
    /// It could, with scopes that are not granted.
    ObjectOnceGranted,
    /// It has a refresh token, or its platform renews it when told to.
    Refresh,
    /// A call can be made with its token.
    Call,
}

/// Why a step was not tried: no failure, and no proof either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTried {
    /// A platform owns it: nobody is signed out of it, and it has no token to call with.
    NotOurs,
    /// Neither the provider nor the platform says who is signed in.
    NobodyToAsk,
    /// Neither says what was granted.
    NotTold,
    /// How an object is made and removed is not known of this provider.
    NoTrialObject,
    /// The scopes that one takes are not granted.
    MayNotWrite,
    /// Where one may be made nobody has said yet.
    Unanswered,
    NothingToRefreshWith,
    /// One more sign-in could end the grant of another connection.
    WouldEndAnother,
    /// A step that it rests on failed.
    FailedBefore,
    /// The grant is over: whatever is tried with it fails.
    GrantOver,
    /// The rehearsal was stopped before it.
    Stopped,
}

impl NotTried {
    const ALL: [Self; 11] = [
        Self::NotOurs,
        Self::NobodyToAsk,
        Self::NotTold,
        Self::NoTrialObject,
        Self::MayNotWrite,
        Self::Unanswered,
        Self::NothingToRefreshWith,
        Self::WouldEndAnother,
        Self::FailedBefore,
        Self::GrantOver,
        Self::Stopped,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotOurs => "not_ours",
            Self::NobodyToAsk => "nobody_to_ask",
            Self::NotTold => "not_told",
            Self::NoTrialObject => "no_trial_object",
            Self::MayNotWrite => "may_not_write",
            Self::Unanswered => "unanswered",
            Self::NothingToRefreshWith => "nothing_to_refresh_with",
            Self::WouldEndAnother => "would_end_another",
            Self::FailedBefore => "failed_before",
            Self::GrantOver => "grant_over",
            Self::Stopped => "stopped",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// It was never to be tried of this connection.
    pub fn is_impossible(self) -> bool {
        match self {
            Self::FailedBefore | Self::GrantOver | Self::Stopped => false,
            Self::NotOurs
            | Self::NobodyToAsk
            | Self::NotTold
            | Self::NoTrialObject
            | Self::MayNotWrite
            | Self::Unanswered
            | Self::NothingToRefreshWith
            | Self::WouldEndAnother => true,
        }
    }
}
