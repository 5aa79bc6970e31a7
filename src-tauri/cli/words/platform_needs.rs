//! What needs a person at the platforms, in words: copies that are dead, platforms that cannot be read, incidents that are
//! not over [A8, D2, D4].

use domain::blast_radius::incident::Open;
use domain::blast_radius::platform_needs::{CopyNeed, IncidentNeed, PlatformNeeds, UnreadNeed};

use super::{counted, named};

const LONGEST_WORDS: usize = 200;

/// Where nothing else does.
pub(crate) fn alone(needs: &PlatformNeeds) -> Option<String> {
    said(needs, "needs you", "need you")
}

/// After what our own connections need.
pub(crate) fn besides(needs: &PlatformNeeds) -> Option<String> {
    said(needs, "needs you too", "need you too")
}

fn said(needs: &PlatformNeeds, one: &str, many: &str) -> Option<String> {
    let copies = needs.copies.first().map(|first| match needs.copies.len() {
        1 => format!("{} {one}: {} {}", copy(first), waits(first.waiting_count), way(first)),
        count => format!("{count} connections at platforms {many}; mend {} first. {}", copy(first), way(first)),
    });
    let unread = needs.unread.first().map(|first| match needs.unread.len() {
        1 => format!("{} {one}: {}", named(&first.name), why_unread(first)),
        count => format!("{count} platforms {many}; {} first: {}", named(&first.name), why_unread(first)),
    });
    let incidents = needs.incidents.first().map(|first| match needs.incidents.len() {
        1 => format!(
            "The incident of {} is still open{}: patchbay incident show {}",
            named(&first.name),
            stands(first),
            first.incident
        ),
        count => format!("{count} incidents are still open, the newest of {}: patchbay incident", named(&first.name)),
    });
    let parts: Vec<String> = [copies, unread, incidents].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn copy(copy: &CopyNeed) -> String {
    format!("{} in {}", named(&copy.name), named(&copy.platform))
}

/// "3 workflows wait for it."
fn waits(count: usize) -> String {
    format!("{} {} for it.", counted(count, "workflow"), if count == 1 { "waits" } else { "wait" })
}

fn way(copy: &CopyNeed) -> String {
    match &copy.incident {
        Some(incident) => format!("See: patchbay incident show {incident}"),
        None => format!("See: patchbay radius {}", copy.connection),
    }
}

/// A refused key and one that lacks a right are mended in the same way.
fn why_unread(unread: &UnreadNeed) -> String {
    let old = if unread.read_at.is_some() { ", and what is shown of it gets old" } else { "" };
    let why = domain::display_text::cleaned(&unread.words, LONGEST_WORDS);
    format!("{}{old}. Give it another key: patchbay platforms key {}", why.trim_end_matches('.'), unread.platform)
}

fn stands(incident: &IncidentNeed) -> String {
    match incident.stands {
        None => ", and can be closed".to_owned(),
        Some(Open::Broken) => ", and no call has shown that it works".to_owned(),
        Some(Open::Paused(count)) => {
            format!(", and {} {} still paused", counted(count, "workflow"), if count == 1 { "is" } else { "are" })
        }
        Some(Open::Unvalidated(count)) => format!(
            ", and {} {} not seen running again",
            counted(count, "workflow"),
            if count == 1 { "was" } else { "were" }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{IncidentId, PlatformConnectionId, PlatformId};

    /// A8, D2, D4, E1: which one, what waits for it, and where to go on.
    #[test]
    fn what_a_platform_needs_is_named_with_what_waits_for_it() {
        let gmail = CopyNeed {
            connection: PlatformConnectionId::from_text("pco_1"),
            name: "Gmail".to_owned(),
            platform: "n8n".to_owned(),
            since: None,
            waiting_count: 3,
            incident: None,
        };
        let followed = CopyNeed { waiting_count: 1, incident: Some(IncidentId::from_text("inc_1")), ..gmail.clone() };
        let drive = |stands| IncidentNeed { incident: IncidentId::from_text("inc_2"), name: "Drive".into(), stands };

        let one = PlatformNeeds { copies: vec![gmail.clone()], ..PlatformNeeds::default() };
        assert_eq!(
            alone(&one).as_deref(),
            Some("Gmail in n8n needs you: 3 workflows wait for it. See: patchbay radius pco_1")
        );
        let one = PlatformNeeds {
            copies: vec![followed],
            incidents: vec![drive(Some(Open::Paused(1)))],
            ..PlatformNeeds::default()
        };
        assert_eq!(
            besides(&one).as_deref(),
            Some(
                "Gmail in n8n needs you too: 1 workflow waits for it. See: patchbay incident show inc_1\n\
                 The incident of Drive is still open, and 1 workflow is still paused: patchbay incident show inc_2"
            )
        );
        let unread = UnreadNeed {
            platform: PlatformId::from_text("pla_1"),
            name: "n8n".to_owned(),
            words: "n8n at Halden does not accept the key".to_owned(),
            read_at: Some(jiff::Timestamp::UNIX_EPOCH),
        };
        let refused = PlatformNeeds { unread: vec![unread.clone()], ..PlatformNeeds::default() };
        assert_eq!(
            alone(&refused).as_deref(),
            Some(
                "n8n needs you: n8n at Halden does not accept the key, and what is shown of it gets old. Give it another \
                 key: patchbay platforms key pla_1"
            )
        );
        let never = UnreadNeed { read_at: None, ..unread.clone() };
        let two = PlatformNeeds { unread: vec![never, unread], ..PlatformNeeds::default() };
        assert_eq!(
            besides(&two).as_deref(),
            Some(
                "2 platforms need you too; n8n first: n8n at Halden does not accept the key. Give it another key: \
                 patchbay platforms key pla_1"
            )
        );
        let many = PlatformNeeds {
            copies: vec![gmail.clone(), gmail],
            incidents: vec![drive(None), drive(None)],
            ..PlatformNeeds::default()
        };
        assert_eq!(
            alone(&many).as_deref(),
            Some(
                "2 connections at platforms need you; mend Gmail in n8n first. See: patchbay radius pco_1\n\
                 2 incidents are still open, the newest of Drive: patchbay incident"
            )
        );
        assert_eq!(alone(&PlatformNeeds::default()), None);
    }
}
