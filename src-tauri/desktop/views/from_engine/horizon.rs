//! The horizon's marks, with the names of what they are of [B11, D3].

use domain::blast_radius::Uses;
use domain::blast_radius::horizon::{EndMark, FailingRun, Reach, RunMark};
use domain::blast_radius::impact::Picture;
use engine::flows::horizon::Outlook;

use crate::views::{
    EndMarkView, EndingView, FailingRunView, HorizonView, Millis, NeedView, ReachView, RunMarkView, SegmentView, count,
};

impl From<&Outlook> for HorizonView {
    fn from(outlook: &Outlook) -> Self {
        let (horizon, picture) = (&outlook.horizon, outlook.picture.as_ref());
        let segments = horizon.segments.iter().map(|it| SegmentView {
            ends_after_ms: u64::try_from(it.ends_after.as_millis()).unwrap_or_default(),
            share: it.share,
        });
        Self {
            from: horizon.from.into(),
            until: horizon.until.into(),
            segments: segments.collect(),
            runs: horizon.runs.iter().map(|it| run_mark(it, picture)).collect(),
            ends: horizon.ends.iter().map(|it| end_mark(it, picture)).collect(),
            failing_count: count(horizon.failing_count),
            goes_on_from: horizon.goes_on_from.map(Millis::from),
            on_event_count: count(horizon.on_event_count),
            undated_count: count(horizon.undated_count),
            needs: outlook
                .needs
                .iter()
                .map(|(uses, at)| NeedView { id: id_of(uses).to_owned(), at: (*at).into() })
                .collect(),
        }
    }
}

fn run_mark(mark: &RunMark, picture: &Picture) -> RunMarkView {
    RunMarkView {
        at: mark.at.into(),
        first_count: count(mark.first_count),
        again_count: count(mark.again_count),
        named: mark.named.iter().map(|it| failing_run(it, picture)).collect(),
    }
}

fn failing_run(run: &FailingRun, picture: &Picture) -> FailingRunView {
    let platform = match &run.because {
        Uses::Connection(_) => None,
        Uses::PlatformConnection(id) => picture.platform_connection(id).and_then(|it| picture.platform(&it.platform)),
    };
    FailingRunView {
        workflow_id: run.workflow.to_string(),
        workflow: picture.workflow(&run.workflow).map(|it| it.name.clone()).unwrap_or_default(),
        customer: picture.customer_of(&run.workflow).map(str::to_owned),
        at: run.at.into(),
        is_first: run.is_first,
        because_id: id_of(&run.because).to_owned(),
        because: picture.name_of(&run.because).to_owned(),
        because_platform: platform.map(|it| it.name.clone()),
    }
}

fn end_mark(mark: &EndMark, picture: &Picture) -> EndMarkView {
    let named = mark.named.iter().map(|(id, at)| {
        let own = picture.own_connection(id);
        EndingView {
            id: id.to_string(),
            name: own.map(|it| it.name.clone()).unwrap_or_default(),
            customer: own.and_then(|it| it.customer.clone()),
            at: (*at).into(),
        }
    });
    EndMarkView { at: mark.at.into(), count: count(mark.count), named: named.collect() }
}

fn id_of(uses: &Uses) -> &str {
    match uses {
        Uses::Connection(id) => id.as_str(),
        Uses::PlatformConnection(id) => id.as_str(),
    }
}

impl From<ReachView> for Reach {
    fn from(view: ReachView) -> Self {
        match view {
            ReachView::Day => Self::Day,
            ReachView::ThreeDays => Self::ThreeDays,
            ReachView::Week => Self::Week,
            ReachView::Month => Self::Month,
            ReachView::Quarter => Self::Quarter,
        }
    }
}
