//! The board as it crosses to the page: what many rows share is written once, and what is a row's own stands beside it
//! [E1]. `ui/src/backend/packed_board.ts` makes the rows of it again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use serde::Serialize;
use ts_rs::TS;

use super::{
    BoardView, ConnectionRowView, EngineView, ExpiryView, GrantEndView, HeadlineView, KeychainView, Millis,
    PlatformNeedsView, StatusReasonView,
};

/// As many of one kind are compared with; what is found in none of them is written once more.
const MOST_COMPARED: usize = 8;

/// A `BoardView`, its rows in short.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PackedBoardView {
    pub headline: HeadlineView,
    pub platform_needs: PlatformNeedsView,
    /// Rows without what is their own: an empty id, name and account, and for each moment its place among the row's own,
    /// counted down from -1.
    pub kinds: Vec<ConnectionRowView>,
    pub rows: Vec<PackedRowView>,
    pub engine: EngineView,
    pub keychain: KeychainView,
    pub keychain_since: Option<Millis>,
}

/// What is a row's own: which of `kinds` it is, its id, name, account, and its moments.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PackedRowView(pub u32, pub String, pub String, pub Option<String>, pub Vec<Millis>);

impl From<BoardView> for PackedBoardView {
    fn from(board: BoardView) -> Self {
        let BoardView { headline, platform_needs, rows, engine, keychain, keychain_since } = board;
        let mut kinds = Kinds::default();
        let rows = rows.into_iter().map(|row| kinds.pack(row)).collect();
        Self { headline, platform_needs, kinds: kinds.all, rows, engine, keychain, keychain_since }
    }
}

#[derive(Default)]
struct Kinds {
    all: Vec<ConnectionRowView>,
    /// Places in `all`, by what tells most of them apart.
    places: HashMap<u64, Vec<u32>>,
}

impl Kinds {
    fn pack(&mut self, mut row: ConnectionRowView) -> PackedRowView {
        let (id, name) = (mem::take(&mut row.id), mem::take(&mut row.name));
        let account = row.account.as_mut().map(mem::take);
        let mut moments = Vec::new();
        each_moment(&mut row, &mut |at| {
            moments.push(*at);
            *at = Millis(-i64::try_from(moments.len()).unwrap_or(i64::MAX));
        });
        PackedRowView(self.place_of(row), id, name, account, moments)
    }

    fn place_of(&mut self, kind: ConnectionRowView) -> u32 {
        let mut hasher = DefaultHasher::new();
        (&kind.provider_id, &kind.customer, &kind.workspace, kind.account.is_some()).hash(&mut hasher);
        (mem::discriminant(&kind.status.lamp), mem::discriminant(&kind.status.reason)).hash(&mut hasher);
        let places = self.places.entry(hasher.finish()).or_default();
        let known = places.iter().rev().take(MOST_COMPARED).find(|place| {
            usize::try_from(**place).ok().and_then(|place| self.all.get(place)).is_some_and(|one| *one == kind)
        });
        if let Some(place) = known {
            return *place;
        }
        let place = super::count(self.all.len());
        self.all.push(kind);
        places.push(place);
        place
    }
}

/// Every moment of a row.
fn each_moment(row: &mut ConnectionRowView, take: &mut impl FnMut(&mut Millis)) {
    let ConnectionRowView { status, proof, grant_end, token_expiry, .. } = row;
    take(&mut status.since);
    status.over_since.iter_mut().for_each(&mut *take);
    match &mut status.reason {
        StatusReasonView::RefreshedOnNeed { since: at }
        | StatusReasonView::HoldsUntil { at }
        | StatusReasonView::RefreshSwitchedOff { at }
        | StatusReasonView::GrantEnds { at }
        | StatusReasonView::ClientSecretEnds { at }
        | StatusReasonView::RefreshPaused { since: at, .. } => take(at),
        StatusReasonView::NoRefreshToken { at }
        | StatusReasonView::OutcomeUnknown { usable_until: at }
        | StatusReasonView::HeldUnopened { usable_until: at }
        | StatusReasonView::BundleHeld { usable_until: at } => at.iter_mut().for_each(&mut *take),
        StatusReasonView::RefreshFailing { usable_until, retry_at, .. } => {
            usable_until.iter_mut().chain(retry_at).for_each(&mut *take);
        }
        StatusReasonView::KeptAlive
        | StatusReasonView::NeverExpires
        | StatusReasonView::NoEndKnown
        | StatusReasonView::GrantEnded { .. }
        | StatusReasonView::TokenOver
        | StatusReasonView::SecretMissing
        | StatusReasonView::NeverProved
        | StatusReasonView::LastCallFailed { .. }
        | StatusReasonView::DisconnectedByPerson => {}
    }
    if let Some(proof) = proof {
        take(&mut proof.at);
    }
    match grant_end {
        GrantEndView::EndsAt { at, .. } | GrantEndView::Ended { at, .. } | GrantEndView::Disconnected { at } => {
            take(at);
        }
        GrantEndView::NoEndKnown | GrantEndView::KeptAlive { .. } => {}
    }
    if let ExpiryView::Known { at } = token_expiry {
        take(at);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::views::{
        ActionLabel, CauseLabel, CauseView, EnvironmentView, LampView, MendView, PausedWhyView, ProofKindView,
        ProofView, RefreshModeView, RefreshTokenWayView, StatusView,
    };

    fn row(number: i64, reason: StatusReasonView, grant_end: GrantEndView, expiry: ExpiryView) -> ConnectionRowView {
        ConnectionRowView {
            id: format!("id-{number}"),
            name: format!("Connection {number}"),
            provider_id: "google".to_owned(),
            provider_name: "Google".to_owned(),
            provider_tag: "Go".to_owned(),
            account: (number % 3 > 0).then(|| format!("account-{number}")),
            workspace: None,
            customer: (number % 2 > 0).then(|| "Halden".to_owned()),
            environment: EnvironmentView::Production,
            is_practice: false,
            has_access_page: true,
            status: StatusView {
                lamp: LampView::Active,
                reason,
                since: Millis(1_000 + number),
                over_since: (number % 2 > 0).then_some(Millis(2_000 + number)),
                share_left: (number % 5 == 0).then_some(0.25),
                is_stale: false,
                action: MendView::Action(ActionLabel::None),
                needs_person: false,
            },
            proof: (number % 4 > 0).then_some(ProofView {
                at: Millis(3_000 + number),
                by: ProofKindView::Refresh,
                is_success: true,
            }),
            grant_end,
            token_expiry: expiry,
            refresh_token_way: RefreshTokenWayView::NewConsent,
            dependant_count: 2,
            missing_scope_count: 0,
            granted_scope_count: 3,
        }
    }

    fn cause() -> CauseView {
        CauseView {
            cause: CauseLabel::GrantRevoked,
            action: ActionLabel::Reconnect,
            provider_code: Some("invalid_grant".to_owned()),
            http_status: Some(400),
            confidence: Some(0.9),
            alternatives: None,
            clues: None,
            meaning: None,
            is_guess: Some(true),
            has_lost_answers: None,
        }
    }

    /// Every reason with moments of its own, and each end of a grant.
    fn rows() -> Vec<ConnectionRowView> {
        let at = Some(Millis(7));
        let reasons = [
            StatusReasonView::KeptAlive,
            StatusReasonView::RefreshedOnNeed { since: Millis(7) },
            StatusReasonView::NoRefreshToken { at },
            StatusReasonView::NoRefreshToken { at: None },
            StatusReasonView::GrantEnds { at: Millis(8) },
            StatusReasonView::RefreshPaused { why: PausedWhyView::Metered, since: Millis(9) },
            StatusReasonView::RefreshFailing {
                cause: cause(),
                failure_count: 2,
                is_repeated: false,
                usable_until: None,
                retry_at: at,
            },
            StatusReasonView::RefreshFailing {
                cause: cause(),
                failure_count: 2,
                is_repeated: true,
                usable_until: at,
                retry_at: at,
            },
            StatusReasonView::GrantEnded { cause: cause() },
            StatusReasonView::OutcomeUnknown { usable_until: at },
        ];
        let ends = [
            GrantEndView::NoEndKnown,
            GrantEndView::EndsAt { at: Millis(11), may_move: true },
            GrantEndView::KeptAlive { idle_ms: 60_000 },
            GrantEndView::Ended { at: Millis(12), cause: cause() },
        ];
        let expiries = [ExpiryView::Known { at: Millis(13) }, ExpiryView::Never, ExpiryView::NoToken];
        let mut number = 0;
        let mut rows = vec![];
        for reason in &reasons {
            for end in &ends {
                for expiry in &expiries {
                    number += 1;
                    rows.push(row(number, reason.clone(), end.clone(), expiry.clone()));
                }
            }
        }
        rows
    }

    fn board(rows: Vec<ConnectionRowView>) -> BoardView {
        let engine = EngineView {
            watched_count: 0,
            next_refresh_at: None,
            mode: RefreshModeView::On,
            mode_since: None,
            network_down_since: None,
            held: vec![],
        };
        let platform_needs = PlatformNeedsView {
            copy_count: 0,
            first_copy: None,
            unread_count: 0,
            first_unread: None,
            incident_count: 0,
            first_incident: None,
        };
        BoardView {
            headline: HeadlineView::Empty,
            platform_needs,
            rows,
            engine,
            keychain: KeychainView::Open,
            keychain_since: None,
        }
    }

    /// As the page does it: a negative number is the place of a moment among the row's own.
    fn unpacked(value: &mut Value, own: &[Value]) {
        match value {
            Value::Number(number) => {
                if let Some(place) = number.as_i64().filter(|it| *it < 0) {
                    *value = own[usize::try_from(-1 - place).unwrap()].clone();
                }
            }
            Value::Array(all) => all.iter_mut().for_each(|it| unpacked(it, own)),
            Value::Object(fields) => fields.values_mut().for_each(|it| unpacked(it, own)),
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }

    /// E1: what crosses in short is the board, to the last field.
    #[test]
    fn a_packed_board_says_all_that_the_board_says() {
        let board = board(rows());
        let whole = serde_json::to_value(&board).unwrap();

        let packed = serde_json::to_value(PackedBoardView::from(board)).unwrap();

        for (row, short) in whole["rows"].as_array().unwrap().iter().zip(packed["rows"].as_array().unwrap()) {
            let kind = usize::try_from(short[0].as_u64().unwrap()).unwrap();
            let mut made = packed["kinds"][kind].clone();
            unpacked(&mut made, short[4].as_array().unwrap());
            for (field, at) in [("id", 1), ("name", 2), ("account", 3)] {
                made[field] = short[at].clone();
            }
            assert_eq!(&made, row);
        }
        assert_eq!(packed["rows"].as_array().unwrap().len(), whole["rows"].as_array().unwrap().len());
    }

    /// E1: ten thousand that are alike but for their names and times are one kind.
    #[test]
    fn what_many_share_crosses_once() {
        let known = ExpiryView::Known { at: Millis(13) };
        let many = (0..10_000)
            .map(|number| row(number * 60 + 1, StatusReasonView::KeptAlive, GrantEndView::NoEndKnown, known.clone()));
        let board = board(many.collect());
        let whole = serde_json::to_vec(&board).unwrap().len();

        let packed = PackedBoardView::from(board);

        assert_eq!(packed.kinds.len(), 1);
        let short = serde_json::to_vec(&packed).unwrap().len();
        assert!(short * 6 < whole, "{short} of {whole} bytes");
    }
}
