//! Checklists, runs and certificates: members as they are called and shine just now, beside what a run proved of them
//! [E4].

mod certificate;
mod checklist;
mod run;

use std::collections::HashMap;

use domain::blast_radius::Uses;
use domain::provider::trial_object::TrialAct;
use domain::rehearsal::{AfterFailure, NotTried, Step};
use domain::{ConnectionId, PlatformConnectionId};
use engine::Engine;
use engine::store::LeftObject;

pub(crate) use self::run::RunFacts;
use super::blast_radius::RadiusFacts;
use crate::views::{
    AfterFailureView, ConnectionRowView, LampView, LeftObjectView, NotTriedView, PlatformConnectionView, StepView,
    TrialActView,
};

/// What members are called, and how they are, just now.
#[derive(Default)]
pub(crate) struct MemberFacts {
    own: HashMap<ConnectionId, ConnectionRowView>,
    theirs: HashMap<String, PlatformConnectionView>,
}

/// One member by name.
struct Named {
    id: String,
    is_own: bool,
    name: String,
    is_gone: bool,
    provider_tag: String,
    platform_name: Option<String>,
    account: Option<String>,
}

impl MemberFacts {
    /// Of these alone. One that is gone is not among them.
    ///
    /// # Errors
    /// The database's.
    pub(crate) fn load<'a>(engine: &Engine, uses: impl IntoIterator<Item = &'a Uses>) -> Result<Self, engine::Error> {
        let mut facts = Self::default();
        let mut has_theirs = false;
        for uses in uses {
            match uses {
                Uses::Connection(id) if !facts.own.contains_key(id) => match engine.overview(id) {
                    Ok(overview) => {
                        facts.own.insert(id.clone(), ConnectionRowView::from(&overview));
                    }
                    Err(engine::Error::ConnectionGone(_)) => {}
                    Err(error) => return Err(error),
                },
                Uses::Connection(_) => {}
                Uses::PlatformConnection(_) => has_theirs = true,
            }
        }
        if has_theirs {
            facts.load_theirs(engine)?;
        }
        Ok(facts)
    }

    /// Of the whole board.
    ///
    /// # Errors
    /// The database's.
    pub(crate) fn load_all(engine: &Engine) -> Result<Self, engine::Error> {
        let own = engine.list_connections()?;
        let own = own.iter().map(|it| (it.connection.id.clone(), ConnectionRowView::from(it))).collect();
        let mut facts = Self { own, ..Self::default() };
        facts.load_theirs(engine)?;
        Ok(facts)
    }

    fn load_theirs(&mut self, engine: &Engine) -> Result<(), engine::Error> {
        let all = PlatformConnectionView::all(&RadiusFacts::load(engine)?);
        self.theirs = all.into_iter().map(|it| (it.id.clone(), it)).collect();
        Ok(())
    }

    fn own(&self, id: &ConnectionId) -> Option<&ConnectionRowView> {
        self.own.get(id)
    }

    fn theirs(&self, id: &PlatformConnectionId) -> Option<&PlatformConnectionView> {
        self.theirs.get(id.as_str())
    }

    /// By what it is called just now; by `name` where it is gone.
    fn named(&self, uses: &Uses, name: &str) -> Named {
        match uses {
            Uses::Connection(id) => {
                let row = self.own(id);
                Named {
                    id: id.to_string(),
                    is_own: true,
                    name: row.map_or_else(|| name.to_owned(), |it| it.name.clone()),
                    is_gone: row.is_none(),
                    provider_tag: row.map(|it| it.provider_tag.clone()).unwrap_or_default(),
                    platform_name: None,
                    account: row.and_then(|it| it.account.clone()),
                }
            }
            Uses::PlatformConnection(id) => {
                let row = self.theirs(id);
                Named {
                    id: id.to_string(),
                    is_own: false,
                    name: name.to_owned(),
                    is_gone: row.is_none(),
                    provider_tag: row.map(|it| it.provider_tag.clone()).unwrap_or_default(),
                    platform_name: row.map(|it| it.platform_name.clone()),
                    account: row.and_then(|it| it.account.clone()),
                }
            }
        }
    }

    fn lamp(&self, uses: &Uses) -> LampView {
        let lamp = match uses {
            Uses::Connection(id) => self.own(id).map(|it| it.status.lamp),
            Uses::PlatformConnection(id) => self.theirs(id).map(|it| it.lamp),
        };
        lamp.unwrap_or(LampView::Disconnected)
    }
}

impl From<&Step> for StepView {
    fn from(step: &Step) -> Self {
        match step {
            Step::SignInAgain => Self::SignInAgain,
            Step::Account => Self::Account,
            Step::Scopes => Self::Scopes,
            Step::Object => Self::Object,
            Step::ForcedRefresh => Self::ForcedRefresh,
            Step::TwoAtOnce => Self::TwoAtOnce,
            Step::CleanLog => Self::CleanLog,
            Step::Own(name) => Self::Own { name: name.clone() },
        }
    }
}

impl From<StepView> for Step {
    fn from(step: StepView) -> Self {
        match step {
            StepView::SignInAgain => Self::SignInAgain,
            StepView::Account => Self::Account,
            StepView::Scopes => Self::Scopes,
            StepView::Object => Self::Object,
            StepView::ForcedRefresh => Self::ForcedRefresh,
            StepView::TwoAtOnce => Self::TwoAtOnce,
            StepView::CleanLog => Self::CleanLog,
            StepView::Own { name } => Self::Own(name),
        }
    }
}

impl From<TrialAct> for TrialActView {
    fn from(act: TrialAct) -> Self {
        match act {
            TrialAct::Create => Self::Create,
            TrialAct::Read => Self::Read,
            TrialAct::Change => Self::Change,
            TrialAct::Remove => Self::Remove,
        }
    }
}

impl From<NotTried> for NotTriedView {
    fn from(why: NotTried) -> Self {
        match why {
            NotTried::NotOurs => Self::NotOurs,
            NotTried::NobodyToAsk => Self::NobodyToAsk,
            NotTried::NotTold => Self::NotTold,
            NotTried::NoTrialObject => Self::NoTrialObject,
            NotTried::MayNotWrite => Self::MayNotWrite,
            NotTried::Unanswered => Self::Unanswered,
            NotTried::NothingToRefreshWith => Self::NothingToRefreshWith,
            NotTried::WouldEndAnother => Self::WouldEndAnother,
            NotTried::FailedBefore => Self::FailedBefore,
            NotTried::GrantOver => Self::GrantOver,
            NotTried::Stopped => Self::Stopped,
        }
    }
}

impl From<AfterFailure> for AfterFailureView {
    fn from(after: AfterFailure) -> Self {
        match after {
            AfterFailure::GoOn => Self::GoOn,
            AfterFailure::Stop => Self::Stop,
        }
    }
}

impl From<AfterFailureView> for AfterFailure {
    fn from(after: AfterFailureView) -> Self {
        match after {
            AfterFailureView::GoOn => Self::GoOn,
            AfterFailureView::Stop => Self::Stop,
        }
    }
}

impl LeftObjectView {
    pub(crate) fn new(engine: &Engine, left: &LeftObject) -> Self {
        let connection = engine.connection(&left.connection).ok();
        Self {
            id: left.id.clone(),
            connection_id: left.connection.to_string(),
            provider_name: connection.as_ref().map(|it| engine.provider_name(&it.provider)).unwrap_or_default(),
            connection_name: connection.map_or_else(|| left.connection.to_string(), |it| it.name),
            object: left.name.clone(),
            tag: left.tag.clone(),
            made_at: left.made_at.into(),
            can_be_removed: left.given.is_some(),
            seen: left.seen.clone(),
        }
    }
}
