//! Programs as the engine knows them [D1, F2, F3].

use std::collections::HashMap;

use domain::ConnectionId;
use domain::blast_radius::impact::Picture;
use domain::program::{Permission, ProgramFile, Unasked};
use engine::Engine;
use engine::flows::blocked_runs::BlockedRun;
use engine::store::{LearnedProgram, ProgramPermission};
use jiff::Timestamp;

use crate::views::{
    BlockedNeedView, BlockedRunView, LearnedProgramView, LearnedUseView, Millis, PermissionView, ProgramFileView,
    ProgramView, ProgramsView, ScheduleView, UnaskedView, count,
};

/// As many digits as a person compares.
const SHOWN_DIGITS: usize = 12;

impl ProgramsView {
    /// All of it as it is now.
    pub(crate) fn load(engine: &Engine) -> Result<Self, engine::Error> {
        let (now, picture) = (engine.now(), engine.picture()?);
        let names = Names(picture.own_connections().iter().map(|it| (&it.id, it.name.as_str())).collect());
        let permissions = engine.program_permissions()?;
        let (mut questions, answered): (Vec<_>, Vec<_>) =
            permissions.iter().partition(|it| it.permission == Permission::Asked);
        questions.sort_by_key(|it| it.asked_at);
        let view = |it: &&ProgramPermission| program_view(it, &permissions, &names, now);
        Ok(Self {
            questions: questions.iter().map(view).collect(),
            turned_away: count(engine.turned_away()?),
            answered: answered.iter().map(view).collect(),
            learned: engine.learned_programs()?.iter().map(|it| learned_view(it, &picture, &names, now)).collect(),
            blocked: engine.blocked_runs()?.iter().map(|it| blocked_view(it, &names)).collect(),
            unasked: engine.unasked()?.into(),
        })
    }
}

/// What a person calls each connection.
struct Names<'a>(HashMap<&'a ConnectionId, &'a str>);

impl Names<'_> {
    fn of(&self, id: &ConnectionId) -> String {
        self.0.get(id).map_or_else(|| id.to_string(), |it| (*it).to_owned())
    }
}

fn program_view(one: &ProgramPermission, all: &[ProgramPermission], names: &Names<'_>, now: Timestamp) -> ProgramView {
    let replaces = |other: &ProgramPermission| {
        other.permission != Permission::Asked && other.id != one.id && one.program.has_place_of(&other.program)
    };
    ProgramView {
        id: one.id.to_string(),
        name: one.program.name().to_owned(),
        connection: one.connection.to_string(),
        connection_name: names.of(&one.connection),
        file: file_view(&one.program.file),
        script: one.program.script.as_ref().map(file_view),
        started_by: one.started_by.clone(),
        is_replaced: one.permission == Permission::Asked && all.iter().any(replaces),
        stands_for: one.program.stands_for().map(str::to_owned),
        permission: match one.permission {
            Permission::Asked => PermissionView::Asked,
            Permission::Once => PermissionView::Once,
            Permission::Always { until: None } => PermissionView::Always,
            Permission::Always { until: Some(at) } if at <= now => PermissionView::RunOut { at: at.into() },
            Permission::Always { until: Some(at) } => PermissionView::Until { at: at.into() },
            Permission::Never => PermissionView::Never,
        },
        asked_at: one.asked_at.into(),
        said_at: one.said_at.map(Millis::from),
        token_at: one.token_at.map(Millis::from),
    }
}

fn file_view(file: &ProgramFile) -> ProgramFileView {
    let short: String = file.sha256.chars().take(SHOWN_DIGITS).collect();
    ProgramFileView { path: file.path.clone(), fingerprint: Some(short).filter(|it| !it.is_empty()) }
}

fn learned_view(one: &LearnedProgram, picture: &Picture, names: &Names<'_>, now: Timestamp) -> LearnedProgramView {
    let workflow = picture.workflow(&one.workflow);
    let merged_with = workflow.filter(|_| one.is_merged).map(|it| {
        let platform = picture.platform(&it.platform).map_or("", |it| it.name.as_str());
        format!("{} in {platform}", it.name)
    });
    let first = one.uses.iter().map(|it| it.first_at).min().unwrap_or(now);
    let last = one.uses.iter().map(|it| it.last_at).max().unwrap_or(now);
    let next = picture.readiness(&one.workflow, now).and_then(|it| it.next.at());
    LearnedProgramView {
        path: one.path.clone(),
        name: one.name.clone(),
        merged_with,
        schedule: ScheduleView::from(&one.schedule),
        next_run_at: next.map(Millis::from),
        first_at: first.into(),
        last_at: last.into(),
        uses: one
            .uses
            .iter()
            .map(|it| LearnedUseView {
                connection: it.connection.to_string(),
                connection_name: names.of(&it.connection),
                count: count(usize::try_from(it.count).unwrap_or(usize::MAX)),
            })
            .collect(),
    }
}

fn blocked_view(one: &BlockedRun, names: &Names<'_>) -> BlockedRunView {
    BlockedRunView {
        number: u32::try_from(one.number).unwrap_or(u32::MAX),
        name: one.name.clone(),
        path: one.path.clone(),
        since: one.since.into(),
        needs: one
            .needs
            .iter()
            .map(|it| BlockedNeedView { connection: it.to_string(), connection_name: names.of(it) })
            .collect(),
    }
}

impl From<Unasked> for UnaskedView {
    fn from(unasked: Unasked) -> Self {
        match unasked {
            Unasked::Refuse => Self::Refuse,
            Unasked::Allow => Self::Allow,
        }
    }
}

impl From<UnaskedView> for Unasked {
    fn from(view: UnaskedView) -> Self {
        match view {
            UnaskedView::Refuse => Self::Refuse,
            UnaskedView::Allow => Self::Allow,
        }
    }
}
