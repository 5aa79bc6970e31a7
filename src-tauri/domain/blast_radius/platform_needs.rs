//! What needs a person at the platforms: copies that are dead while workflows wait for them, platforms that cannot be
//! read until somebody does something about it, and incidents that are not over [A8, D2, D4, E1].

use std::cmp::Reverse;

use jiff::Timestamp;

use super::impact::{Health, Picture};
use super::incident::{Incident, Open};
use super::{Platform, Uses};
use crate::{IncidentId, PlatformConnectionId, PlatformId};

/// All of it, what has most waiting for it first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlatformNeeds {
    pub copies: Vec<CopyNeed>,
    /// The longest unread first.
    pub unread: Vec<UnreadNeed>,
    /// Open ones that neither a copy nor a dead connection of ours tells of, the newest first.
    pub incidents: Vec<IncidentNeed>,
}

/// A platform's own connection that is dead, and workflows wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyNeed {
    pub connection: PlatformConnectionId,
    pub name: String,
    /// The platform's name.
    pub platform: String,
    pub since: Option<Timestamp>,
    /// Workflows that stop with it, and those that were paused from here.
    pub waiting_count: usize,
    /// The one that is open about it.
    pub incident: Option<IncidentId>,
}

/// A platform that time alone does not make readable again: its key is refused or lacks a right. What is known of it gets
/// old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadNeed {
    pub platform: PlatformId,
    pub name: String,
    /// Why, as the last try said it; without secrets.
    pub words: String,
    /// When all of it was last read; `None`: never.
    pub read_at: Option<Timestamp>,
}

/// An incident that somebody has to bring to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentNeed {
    pub incident: IncidentId,
    pub name: String,
    /// What stands against closing it; `None`: nothing does.
    pub stands: Option<Open>,
}

impl PlatformNeeds {
    pub fn is_empty(&self) -> bool {
        self.copies.is_empty() && self.unread.is_empty() && self.incidents.is_empty()
    }
}

impl Picture {
    /// `open` are the incidents that are not closed, the newest first.
    pub fn platform_needs(&self, open: &[Incident]) -> PlatformNeeds {
        let mut copies: Vec<CopyNeed> = vec![];
        for theirs in self.platform_connections() {
            let Health::Dead { since } = Health::of_platform(&theirs.state) else { continue };
            let uses = Uses::PlatformConnection(theirs.id.clone());
            let waiting_count = self.waiting_for(&uses);
            if waiting_count == 0 {
                continue;
            }
            copies.push(CopyNeed {
                connection: theirs.id.clone(),
                name: theirs.name.clone(),
                platform: self.platform(&theirs.platform).map_or_else(String::new, |it| it.name.clone()),
                since,
                waiting_count,
                incident: open.iter().find(|it| it.uses == uses).map(|it| it.id.clone()),
            });
        }
        copies.sort_by(|a, b| {
            let damage = |it: &CopyNeed| Reverse(it.waiting_count);
            // What died at a known time is older than what nobody can date.
            let age = |it: &CopyNeed| (it.since.is_none(), it.since);
            damage(a)
                .cmp(&damage(b))
                .then_with(|| age(a).cmp(&age(b)))
                .then_with(|| a.name.cmp(&b.name))
                .then_with(|| a.connection.cmp(&b.connection))
        });
        let is_told = |it: &&Incident| {
            it.repaired_at.is_none()
                && match &it.uses {
                    Uses::Connection(_) => self.health(&it.uses).is_dead(),
                    Uses::PlatformConnection(_) => copies.iter().any(|copy| copy.incident.as_ref() == Some(&it.id)),
                }
        };
        let incidents = open.iter().filter(|it| it.closed_at.is_none() && !is_told(it));
        let incidents =
            incidents.map(|it| IncidentNeed { incident: it.id.clone(), name: it.name.clone(), stands: it.open() });
        PlatformNeeds { incidents: incidents.collect(), unread: self.unread(), copies }
    }

    fn unread(&self) -> Vec<UnreadNeed> {
        let need = |it: &Platform| {
            let failed = it.failed.as_ref().filter(|it| it.needs_person)?;
            let (platform, name) = (it.id.clone(), it.name.clone());
            Some(UnreadNeed { platform, name, words: failed.words.clone(), read_at: it.read_at })
        };
        let mut unread: Vec<UnreadNeed> = self.platforms().iter().filter_map(need).collect();
        unread.sort_by(|a, b| {
            a.read_at.cmp(&b.read_at).then_with(|| a.name.cmp(&b.name)).then_with(|| a.platform.cmp(&b.platform))
        });
        unread
    }

    /// What is paused from here stops nothing, and waits all the same.
    fn waiting_for(&self, uses: &Uses) -> usize {
        let struck = self.struck_places(std::slice::from_ref(uses));
        let is_struck = |place: usize| struck.iter().any(|(struck, _)| *struck == place);
        let paused = self.workflows().iter().enumerate().filter(|(_, it)| it.paused_at.is_some());
        let waits = |place: usize| {
            let steps = self.steps_of(&self.workflows()[place].id);
            !is_struck(place) && steps.iter().any(|it| it.is_enabled && it.uses == *uses)
        };
        struck.len() + paused.filter(|(place, _)| waits(*place)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{dead, known, own, picture, step, their};
    use super::super::{Known, PlatformConnection, PlatformConnectionState, ReadFailure};
    use super::*;
    use crate::test_values::at_minute;
    use crate::{ConnectionId, WorkflowId};

    fn copy(number: u64) -> Uses {
        Uses::PlatformConnection(PlatformConnectionId::from_random(number))
    }

    /// Workflows 1 to 3: two use the platform's connection 1, one its connection 2; connection 3 nobody uses.
    fn with_copies(state: &PlatformConnectionState) -> Known {
        let mut known = known(&[(1, &[]), (2, &[]), (3, &[])]);
        known.platform_connections =
            (1..=3).map(|it| PlatformConnection { state: state.clone(), ..their(it) }).collect();
        known.steps = vec![step(1, copy(1)), step(2, copy(1)), step(3, copy(2))];
        known
    }

    fn died() -> PlatformConnectionState {
        PlatformConnectionState::Dead { since: at_minute(5), words: "401".to_owned() }
    }

    fn incident(number: u64, uses: Uses) -> Incident {
        Incident {
            id: IncidentId::from_random(number),
            uses,
            name: "Theirs 1".to_owned(),
            cause: None,
            opened_at: at_minute(6),
            last_good_at: None,
            first_bad_at: Some(at_minute(5)),
            repaired_at: None,
            canary: None,
            closed_at: None,
            note: None,
            affected: vec![],
        }
    }

    /// A8, E1: a platform's dead connection needs a person, the one with most waiting for it first.
    #[test]
    fn a_dead_copy_for_which_workflows_wait_needs_a_person() {
        let needs = picture(with_copies(&died()), vec![]).platform_needs(&[incident(7, copy(1))]);

        let said: Vec<_> = needs.copies.iter().map(|it| (it.name.as_str(), it.waiting_count)).collect();
        assert_eq!(said, [("Theirs 1", 2), ("Theirs 2", 1)], "and what nobody uses needs nobody");
        assert_eq!((needs.copies[0].platform.as_str(), needs.copies[0].since), ("n8n at Halden", Some(at_minute(5))));
        assert_eq!(needs.copies[0].incident, Some(IncidentId::from_random(7)));
        assert_eq!(needs.incidents, [], "its own incident is told with it");
        for state in [PlatformConnectionState::Missing, PlatformConnectionState::NeverConnected] {
            assert_eq!(picture(with_copies(&state), vec![]).platform_needs(&[]).copies.len(), 2, "{state:?}");
        }
        for state in [PlatformConnectionState::Unknown, PlatformConnectionState::Works { at: at_minute(5) }] {
            assert!(picture(with_copies(&state), vec![]).platform_needs(&[]).is_empty(), "{state:?}");
        }
    }

    /// D6: a pause stops the failures, and mends nothing.
    #[test]
    fn what_is_paused_from_here_still_waits() {
        let mut known = with_copies(&died());
        for workflow in &mut known.workflows {
            workflow.is_active = false;
            workflow.paused_at = (workflow.id == WorkflowId::from_random(1)).then(|| at_minute(9));
        }

        let needs = picture(known, vec![]).platform_needs(&[]);

        let said: Vec<_> = needs.copies.iter().map(|it| (it.name.as_str(), it.waiting_count)).collect();
        assert_eq!(said, [("Theirs 1", 1)], "what a person switched off waits for nothing");
    }

    /// D4: an incident needs somebody until it is closed; one of a dead connection of ours is told with that.
    #[test]
    fn an_incident_that_stands_open_needs_a_person() {
        let ours = Uses::Connection(ConnectionId::from_random(1));
        let mended = Incident { repaired_at: Some(at_minute(8)), ..incident(2, ours.clone()) };
        let well = picture(known(&[(1, &[1])]), vec![own(1)]);
        let broken = picture(known(&[(1, &[1])]), vec![dead(1)]);

        let stands = |picture: &Picture, open: &[Incident]| {
            picture.platform_needs(open).incidents.into_iter().map(|it| it.stands).collect::<Vec<_>>()
        };
        assert_eq!(stands(&well, std::slice::from_ref(&mended)), [None], "all is seen, and it is still to be closed");
        assert_eq!(stands(&broken, std::slice::from_ref(&mended)), [None], "mended once, and dead again");
        assert_eq!(stands(&broken, &[incident(2, ours.clone())]), [], "the connection itself needs somebody");
        assert_eq!(stands(&well, &[incident(2, ours)]), [Some(Open::Broken)], "no call has shown that it is over");
    }

    /// D2, E1: what nobody can read until somebody gives it another key is never called well; what a later try may cure is.
    #[test]
    fn a_platform_that_cannot_be_read_until_somebody_acts_needs_a_person() {
        let needs = |needs_person: bool, read_at| {
            let mut known = known(&[(1, &[])]);
            let failed = ReadFailure {
                at: at_minute(7),
                words: "n8n does not accept the key".to_owned(),
                streak: 1,
                wait_until: None,
                needs_person,
            };
            known.platforms[0].failed = Some(failed);
            known.platforms[0].read_at = read_at;
            picture(known, vec![]).platform_needs(&[])
        };

        let refused = needs(true, Some(at_minute(3)));
        let expected = UnreadNeed {
            platform: PlatformId::from_random(1),
            name: "n8n at Halden".to_owned(),
            words: "n8n does not accept the key".to_owned(),
            read_at: Some(at_minute(3)),
        };
        assert_eq!((refused.unread.as_slice(), refused.is_empty()), ([expected].as_slice(), false));
        assert_eq!(needs(true, None).unread[0].read_at, None, "it was never read");
        assert!(needs(false, Some(at_minute(3))).is_empty(), "it is tried again by itself");
    }
}
