//! How many programs may wait for a person's answer: what a person may have seen stays, and nobody's copies take the place
//! of another's question [S147, S149].

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::ProgramId;

/// So many wait at most: whoever copies a program a thousand times fills no disk and no screen.
pub const MOST_OPEN: usize = 64;
/// Of these so many that lie in one folder, and so many that one program started.
pub const MOST_OF_A_GROUP: usize = 16;
/// One that nobody has answered for this long makes room where some is wanted; it comes back when it asks again.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A program of which nothing was said yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuestion {
    pub id: ProgramId,
    /// Of its script, or else of what runs.
    pub path: String,
    /// Who had started it, as far as that was seen.
    pub started_by: Option<String>,
    pub asked_at: Timestamp,
}

/// Which of those that wait are let go of for a new one; `None`: there is no room for it. Nothing that was asked lately is
/// let go of, whoever comes.
pub fn room_for(path: &str, started_by: Option<&str>, open: &[OpenQuestion], now: Timestamp) -> Option<Vec<ProgramId>> {
    let (old, new): (Vec<_>, Vec<_>) = open.iter().partition(|it| now.duration_since(it.asked_at) >= KEPT_FOR);
    if !has_room(path, started_by, &new) {
        return None;
    }
    let all: Vec<_> = open.iter().collect();
    let is_needed = !has_room(path, started_by, &all);
    Some(if is_needed { old.into_iter().map(|it| it.id.clone()).collect() } else { vec![] })
}

fn has_room(path: &str, started_by: Option<&str>, open: &[&OpenQuestion]) -> bool {
    let own_folder = Path::new(path).parent();
    let in_folder = open.iter().filter(|it| Path::new(&it.path).parent() == own_folder).count();
    let of_starter = open.iter().filter(|it| started_by.is_some() && it.started_by.as_deref() == started_by).count();
    open.len() < MOST_OPEN && in_folder < MOST_OF_A_GROUP && of_starter < MOST_OF_A_GROUP
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;

    const WEEK: i64 = 7 * 24 * 60;

    fn open(count: u64, folder: &str, started_by: Option<&str>) -> Vec<OpenQuestion> {
        let one = |number| OpenQuestion {
            id: ProgramId::from_random(number),
            path: format!("{folder}/copy-{number}"),
            started_by: started_by.map(str::to_owned),
            asked_at: at_minute(0),
        };
        (0..count).map(one).collect()
    }

    /// S147: who makes copies, in one folder or in many, finds no room; another program does.
    #[test]
    fn copies_take_nobody_elses_place() {
        let group = MOST_OF_A_GROUP as u64;
        let room = |path, by, open: &[OpenQuestion]| room_for(path, by, open, at_minute(1)).is_some();

        let copies = open(group, "/tmp/flood", None);
        assert!(!room("/tmp/flood/copy-99", None, &copies));
        assert!(room("/srv/backup.py", None, &copies));
        let spread: Vec<_> = (0..group).flat_map(|it| open(1, &format!("/tmp/flood-{it}"), Some("flood.py"))).collect();
        assert!(!room("/tmp/flood-99/copy", Some("flood.py"), &spread));
        assert!(room("/tmp/flood-99/copy", Some("cron"), &spread));
        let full: Vec<_> = (0..MOST_OPEN).flat_map(|it| open(1, &format!("/srv/{it}"), None)).collect();
        assert!(!room("/srv/backup.py", None, &full), "what a person may have seen stays");
    }

    /// S147: a question that nobody wanted to answer for a week is no reason to ask no other.
    #[test]
    fn what_nobody_answered_for_a_week_makes_room() {
        let full: Vec<_> = (0..MOST_OPEN).flat_map(|it| open(1, &format!("/srv/{it}"), None)).collect();

        assert_eq!(room_for("/new", None, &full, at_minute(WEEK - 1)), None);
        assert_eq!(room_for("/new", None, &full, at_minute(WEEK)).map(|it| it.len()), Some(MOST_OPEN));
        assert_eq!(room_for("/new", None, &full[1..], at_minute(WEEK)), Some(vec![]), "where there is room all stay");
    }
}
