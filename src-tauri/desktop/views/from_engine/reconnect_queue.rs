//! The reconnect queue as the engine has it [E3].

use std::collections::HashMap;

use domain::ConnectionId;
use domain::blast_radius::Uses;
use domain::reconnect_queue::{Needing, ReconnectQueue, Sum, Turn, TurnFailure, TurnState};
use engine::Engine;
use engine::flows::reconnect_queue::{Course, PauseReason, QueueNow};

use crate::command_error::CommandError;
use crate::views::{
    Millis, PassRowView, QueueCourseView, QueueDamageView, QueuePauseView, QueueSumView, QueueTurnView,
    ReconnectQueueView, TurnFailureView, TurnStateView, count,
};

impl ReconnectQueueView {
    /// # Errors
    /// The database's.
    pub(crate) fn new(engine: &Engine, now: &QueueNow) -> Result<Self, engine::Error> {
        let tags: HashMap<ConnectionId, String> =
            engine.list_connections()?.into_iter().map(|it| (it.connection.id, it.provider.tag.clone())).collect();
        let tag = |needing: &Needing| tags.get(&needing.connection).cloned().unwrap_or_default();
        let turns: Vec<QueueTurnView> = match &now.queue {
            Some(queue) => queue.turns.iter().map(|turn| turn_view(turn, tag(&turn.needing))).collect(),
            None => now.needing.iter().map(|it| needing_view(it, tag(it), TurnStateView::Waiting)).collect(),
        };
        let left: Vec<Uses> = match &now.queue {
            Some(queue) => {
                let left = queue.turns.iter().filter(|turn| !is_mended(&turn.state));
                left.map(|turn| Uses::Connection(turn.connection().clone())).collect()
            }
            None => now.needing.iter().map(|it| Uses::Connection(it.connection.clone())).collect(),
        };
        let impact = engine.what_if(&left)?;
        Ok(Self {
            course: QueueCourseView::from(&now.course),
            pass: now.queue.as_ref().map(|it| it.id.to_string()),
            began_at: now.queue.as_ref().map(|it| it.began_at.into()),
            ended_at: now.queue.as_ref().and_then(|it| it.ended_at).map(Millis::from),
            sum: match &now.queue {
                Some(queue) => QueueSumView::from(queue.sum()),
                None => QueueSumView::from(Sum { left: turns.len(), ..Sum::default() }),
            },
            turns,
            damage: QueueDamageView {
                workflow_count: count(impact.struck.len()),
                customer_count: count(impact.customers.len()),
                first_run_at: impact.first.map(|(_, at)| at.into()),
            },
            needing_count: count(now.needing.len()),
            sign_in: now.sign_in.as_ref().map(ToString::to_string),
        })
    }
}

fn is_mended(state: &TurnState) -> bool {
    matches!(state, TurnState::Reconnected { .. } | TurnState::CameBack | TurnState::Gone)
}

fn turn_view(turn: &Turn, provider_tag: String) -> QueueTurnView {
    let state = TurnStateView::from(&turn.state);
    QueueTurnView {
        settled_at: turn.settled_at.map(Millis::from),
        other_account: turn.other_account.clone(),
        ..needing_view(&turn.needing, provider_tag, state)
    }
}

fn needing_view(needing: &Needing, provider_tag: String, state: TurnStateView) -> QueueTurnView {
    QueueTurnView {
        id: needing.connection.to_string(),
        name: needing.name.clone(),
        provider_name: needing.provider.clone(),
        provider_tag,
        account: needing.account.clone(),
        customer: needing.customer.clone(),
        cause: needing.cause.map(Into::into),
        workflow_count: count(needing.workflow_count),
        customers: needing.customers.clone(),
        first_run_at: needing.first_run_at.map(Millis::from),
        state,
        settled_at: None,
        other_account: None,
    }
}

impl From<&TurnState> for TurnStateView {
    fn from(state: &TurnState) -> Self {
        match state {
            TurnState::Waiting => Self::Waiting,
            TurnState::Open { since } => Self::Open { since: (*since).into() },
            TurnState::Reconnected { took } => {
                Self::Reconnected { took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX) }
            }
            TurnState::CameBack => Self::CameBack,
            TurnState::Skipped => Self::Skipped,
            TurnState::HandedOver => Self::HandedOver,
            TurnState::Failed { why } => Self::Failed {
                why: match why {
                    TurnFailure::Cause(cause) => TurnFailureView::Cause { cause: (*cause).into() },
                    TurnFailure::Cancelled => TurnFailureView::Cancelled,
                    TurnFailure::NobodySignedIn => TurnFailureView::NobodySignedIn,
                    TurnFailure::NotBegun => TurnFailureView::NotBegun,
                },
            },
            TurnState::Gone => Self::Gone,
        }
    }
}

impl From<&Course> for QueueCourseView {
    fn from(course: &Course) -> Self {
        match course {
            Course::Idle => Self::Idle,
            Course::Running => Self::Running,
            Course::Paused(why) => Self::Paused {
                why: match why {
                    PauseReason::Asked => QueuePauseView::Asked,
                    PauseReason::NobodySignedIn => QueuePauseView::NobodySignedIn,
                    PauseReason::Ours(error) => QueuePauseView::Ours { error: CommandError::from(error.as_ref()) },
                },
            },
            Course::LeftBehind => Self::LeftBehind,
            Course::Elsewhere => Self::Elsewhere,
            Course::Ended => Self::Ended,
        }
    }
}

impl From<Sum> for QueueSumView {
    fn from(sum: Sum) -> Self {
        Self {
            total: count(sum.total()),
            mended: count(sum.mended),
            skipped: count(sum.skipped),
            handed_over: count(sum.handed_over),
            failed: count(sum.failed),
            gone: count(sum.gone),
            left: count(sum.left),
        }
    }
}

impl From<&ReconnectQueue> for PassRowView {
    fn from(queue: &ReconnectQueue) -> Self {
        Self {
            id: queue.id.to_string(),
            began_at: queue.began_at.into(),
            ended_at: queue.ended_at.map(Millis::from),
            sum: queue.sum().into(),
        }
    }
}
