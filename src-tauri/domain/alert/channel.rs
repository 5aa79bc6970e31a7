//! What one alert channel tells: which of all troubles its rule lets through, each once, together with what broke at about
//! the same time, and once more when it is over [F4].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::words::named_at;
use super::{About, QuietHours, Trouble};
use crate::blast_radius::Importance;
use crate::connection::Environment;
use crate::diagnosis::CauseLabel;

/// What breaks this close to each other is one message: an administrator's reset shows over some seconds. A message that
/// went out is not replaced, as one on a screen is.
const GATHER: SignedDuration = SignedDuration::from_secs(20);
/// What breaks all the time is told all the same.
const GATHER_AT_MOST: SignedDuration = SignedDuration::from_mins(2);
/// Between two sign-ins of a queue: what is mended one after the other is one message too.
const GATHER_MENDED: SignedDuration = SignedDuration::from_mins(2);
const GATHER_MENDED_AT_MOST: SignedDuration = SignedDuration::from_mins(15);

/// Why something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// It needs a person now.
    Trouble,
    /// Its grant ends, and it works until then.
    Ahead,
}

impl Topic {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trouble => "trouble",
            Self::Ahead => "ahead",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Trouble, Self::Ahead].into_iter().find(|it| it.as_str() == text)
    }
}

/// What may be told. Of [`Topic::Ahead`], `works_until` is the grant's end.
#[derive(Debug, Clone, PartialEq)]
pub struct Matter {
    pub topic: Topic,
    pub trouble: Trouble,
}

/// What one channel wants to hear of. Empty sets narrow nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRule {
    pub is_about_troubles: bool,
    /// How long before the end of a grant it is told; `None`: never.
    pub ahead: Option<Duration>,
    /// A rehearsal's certificate that holds no more.
    pub is_about_certificates: bool,
    pub causes: Vec<CauseLabel>,
    pub customers: BTreeSet<String>,
    /// What is known to be staging or a sandbox is left out.
    pub is_production_only: bool,
    /// Only where a workflow stops that matters at least so much.
    pub importance: Option<Importance>,
    /// Only once the first run that fails is this near. A run that nobody can date counts as near; without one nothing is.
    pub first_run_within: Option<Duration>,
}

impl Default for ChannelRule {
    fn default() -> Self {
        Self {
            is_about_troubles: true,
            ahead: None,
            is_about_certificates: false,
            causes: vec![],
            customers: BTreeSet::new(),
            is_production_only: false,
            importance: None,
            first_run_within: None,
        }
    }
}

/// Whether a rule lets something through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lets {
    Through,
    /// Nothing but time is in the way.
    ThroughAt(Timestamp),
    Not,
}

impl ChannelRule {
    /// The same with each cause named once.
    pub fn without_twins(mut self) -> Self {
        let mut seen = BTreeSet::new();
        self.causes.retain(|cause| seen.insert(cause.as_str()));
        self
    }

    /// Whether it is told of a certificate that holds no more, of these customers and there. Causes and workflows are
    /// nothing that a certificate has.
    pub fn wants_certificate(&self, customers: &BTreeSet<String>, environment: Option<Environment>) -> bool {
        self.is_about_certificates && self.is_for(customers, environment)
    }

    fn is_for(&self, customers: &BTreeSet<String>, environment: Option<Environment>) -> bool {
        let is_customer = self.customers.is_empty() || customers.iter().any(|it| self.customers.contains(it));
        let is_here = !self.is_production_only || environment.is_none_or(|it| it == Environment::Production);
        is_customer && is_here
    }

    fn lets(&self, matter: &Matter, now: Timestamp) -> Lets {
        let it = &matter.trouble;
        let is_cause = self.causes.is_empty() || it.cause.is_some_and(|cause| self.causes.contains(&cause));
        // The worse one is the smaller.
        let is_heavy = self.importance.is_none_or(|least| it.importance.is_some_and(|it| it <= least));
        if !(self.is_for(&it.customers, it.environment) && is_heavy) {
            return Lets::Not;
        }
        let opens_at = match matter.topic {
            Topic::Trouble if !self.is_about_troubles || !is_cause => return Lets::Not,
            Topic::Trouble => None,
            Topic::Ahead => match (self.ahead, it.works_until) {
                // That it will end is nothing to say of one that should have.
                (Some(ahead), Some(ends_at)) if ends_at > now => Some(before(ends_at, ahead)),
                (Some(_) | None, _) => return Lets::Not,
            },
        };
        let near_at = match (self.first_run_within, &it.first) {
            (None, _) => None,
            (Some(_), None) => return Lets::Not,
            (Some(within), Some(first)) => first.at.map(|at| before(at, within)),
        };
        match opens_at.max(near_at) {
            Some(at) if at > now => Lets::ThroughAt(at),
            Some(_) | None => Lets::Through,
        }
    }
}

fn before(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// What a channel has noticed, and whether it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub topic: Topic,
    pub about: About,
    /// For the message that it is over: by then it may be gone.
    pub name: String,
    /// A sign of life after this is followed by another death.
    pub seen_at: Timestamp,
    /// When it was first looked at: what came together is told together.
    pub noticed_at: Timestamp,
    /// `None`: it waits for what comes with it, or for the end of the quiet hours.
    pub told_at: Option<Timestamp>,
    /// The message that told it; `None`: it counts as told, and nothing was sent.
    pub message: Option<String>,
    pub mended_at: Option<Timestamp>,
}

/// When and how a channel may speak just now.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    pub rule: &'a ChannelRule,
    /// Off, what comes counts as told: switched on again, it tells of what comes then.
    pub is_on: bool,
    pub quiet: Option<QuietHours>,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    /// The names of the messages that this look may make, one for each topic.
    pub messages: [&'a str; 2],
}

/// What came of a look for one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelLook {
    /// To be remembered together with what is sent, so that nothing is lost and nothing told twice.
    pub told: Vec<Told>,
    /// In the order they came in: one message.
    pub raised: Vec<Trouble>,
    pub ahead: Vec<Trouble>,
    /// One message too.
    pub resolved: Vec<Told>,
    /// When to look again though nothing changed.
    pub again_at: Option<Timestamp>,
}

/// Decides what a channel tells. `told`: what earlier looks remembered; `matters`: all there is to tell, the worst first.
pub fn look_for_channel(told: Vec<Told>, matters: &[Matter], occasion: &Occasion<'_>) -> ChannelLook {
    let now = occasion.now;
    let mut again_at: Option<Timestamp> = None;
    let mut also_at = |at: Timestamp| again_at = Some(again_at.map_or(at, |earlier| earlier.min(at)));
    let mut known: BTreeMap<(Topic, About), Told> =
        told.into_iter().map(|it| ((it.topic, it.about.clone()), it)).collect();
    for matter in matters {
        let lets = occasion.rule.lets(matter, now);
        if let Lets::ThroughAt(at) = lets {
            also_at(at);
        }
        note(&mut known, matter, lets == Lets::Through, occasion);
    }
    let standing: BTreeSet<_> = matters.iter().map(|it| (it.topic, &it.trouble.about)).collect();
    known.retain(|(topic, about), it| {
        if standing.contains(&(*topic, about)) {
            return true;
        }
        // A grant that ended as foretold is a trouble now, and told as that. What nobody was told of ends in silence.
        let has_come = *topic == Topic::Ahead && standing.contains(&(Topic::Trouble, about));
        if has_come || it.message.is_none() {
            return false;
        }
        it.mended_at.get_or_insert(now);
        true
    });

    let untold = |it: &Told| it.told_at.is_none().then_some(it.noticed_at);
    let mended = |it: &Told| it.mended_at;
    let raise_at = gathered_at(known.values().filter_map(untold), GATHER, GATHER_AT_MOST, now);
    let resolve_at = gathered_at(known.values().filter_map(mended), GATHER_MENDED, GATHER_MENDED_AT_MOST, now);
    let is_all_mended = known.values().filter(|it| it.message.is_some()).all(|it| it.mended_at.is_some());
    let resolve_at = resolve_at.map(|at| if is_all_mended { now } else { at });
    let quiet_until = occasion.quiet.and_then(|it| it.until(now, occasion.zone));
    let mut look = ChannelLook { told: vec![], raised: vec![], ahead: vec![], resolved: vec![], again_at: None };
    for (at, is_raise) in [(raise_at, true), (resolve_at, false)] {
        let Some(at) = at.filter(|_| is_raise || occasion.is_on) else { continue };
        match quiet_until {
            Some(until) => also_at(until.max(at)),
            None if at > now => also_at(at),
            None if is_raise => raise(&mut known, matters, occasion, &mut look),
            None => {
                let over: Vec<_> =
                    known.iter().filter(|(_, it)| it.mended_at.is_some()).map(|it| it.0.clone()).collect();
                look.resolved = over.iter().filter_map(|key| known.remove(key)).collect();
            }
        }
    }
    look.told = known.into_values().collect();
    look.again_at = again_at;
    look
}

fn note(known: &mut BTreeMap<(Topic, About), Told>, matter: &Matter, is_through: bool, occasion: &Occasion<'_>) {
    let (trouble, now) = (&matter.trouble, occasion.now);
    let key = (matter.topic, trouble.about.clone());
    match known.get_mut(&key) {
        Some(it) if trouble.worked_at.is_none_or(|at| at <= it.seen_at) || matter.topic == Topic::Ahead => {
            // The rule was changed before it was told.
            if it.told_at.is_none() && !is_through {
                known.remove(&key);
                return;
            }
            it.mended_at = None;
            it.name = named_at(trouble);
        }
        Some(_) | None if is_through => {
            let told_at = (!occasion.is_on).then_some(now);
            // A platform's clock may be ahead of ours: the same death is not another one because of that.
            let seen_at = trouble.worked_at.map_or(now, |it| it.max(now));
            let (about, name) = (trouble.about.clone(), named_at(trouble));
            let fresh = Told {
                topic: matter.topic,
                about,
                name,
                seen_at,
                noticed_at: now,
                told_at,
                message: None,
                mended_at: None,
            };
            known.insert(key, fresh);
        }
        Some(_) | None => {}
    }
}

fn raise(
    known: &mut BTreeMap<(Topic, About), Told>,
    matters: &[Matter],
    occasion: &Occasion<'_>,
    look: &mut ChannelLook,
) {
    for matter in matters {
        let key = (matter.topic, matter.trouble.about.clone());
        let Some(it) = known.get_mut(&key).filter(|it| it.told_at.is_none()) else { continue };
        let (list, message) = match matter.topic {
            Topic::Trouble => (&mut look.raised, occasion.messages[0]),
            Topic::Ahead => (&mut look.ahead, occasion.messages[1]),
        };
        list.push(matter.trouble.clone());
        it.told_at = Some(occasion.now);
        it.message = Some(message.to_owned());
    }
}

/// When what came at these times is told together; `None`: nothing came. What came after `now` was noted under another
/// clock, and waits no longer.
fn gathered_at(
    times: impl Iterator<Item = Timestamp> + Clone,
    quiet: SignedDuration,
    at_most: SignedDuration,
    now: Timestamp,
) -> Option<Timestamp> {
    let (first, last) = (times.clone().min()?, times.max()?);
    if last > now {
        return Some(now);
    }
    let after = |at: Timestamp, by: SignedDuration| at.checked_add(by).unwrap_or(Timestamp::MAX);
    Some(after(last, quiet).min(after(first, at_most)))
}

#[cfg(test)]
mod tests;
