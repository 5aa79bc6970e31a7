//! What a channel tells, when, and how often.

use std::collections::BTreeSet;

use super::*;
use crate::PlatformConnectionId;
use crate::alert::FirstFailure;
use crate::alert::test_values::trouble;
use crate::test_values::at_minute;

fn dead(number: u64) -> Matter {
    let cause = Some(CauseLabel::GrantRevoked);
    let trouble = Trouble { cause, environment: Some(Environment::Production), ..trouble(number) };
    Matter { topic: Topic::Trouble, trouble }
}

fn ending(number: u64, minute: i64) -> Matter {
    let trouble = Trouble { works_until: Some(at_minute(minute)), ..dead(number).trouble };
    Matter { topic: Topic::Ahead, trouble }
}

fn with(matter: Matter, change: impl FnOnce(&mut Trouble)) -> Matter {
    let mut matter = matter;
    change(&mut matter.trouble);
    matter
}

struct Channel {
    rule: ChannelRule,
    is_on: bool,
    quiet: Option<QuietHours>,
    told: Vec<Told>,
}

impl Channel {
    fn new(rule: ChannelRule) -> Self {
        Self { rule, is_on: true, quiet: None, told: vec![] }
    }

    /// At so many seconds after minute 0, which is 01:00 UTC.
    fn look(&mut self, second: i64, matters: &[Matter]) -> ChannelLook {
        let now = at_minute(0) + SignedDuration::from_secs(second);
        let names = [format!("raised {second}"), format!("ahead {second}")];
        let occasion = Occasion {
            rule: &self.rule,
            is_on: self.is_on,
            quiet: self.quiet,
            now,
            zone: &TimeZone::UTC,
            messages: [&names[0], &names[1]],
        };
        let look = look_for_channel(std::mem::take(&mut self.told), matters, &occasion);
        self.told.clone_from(&look.told);
        look
    }
}

fn names(troubles: &[Trouble]) -> Vec<&str> {
    troubles.iter().map(|it| it.name.as_str()).collect()
}

fn at(second: i64) -> Option<Timestamp> {
    Some(at_minute(0) + SignedDuration::from_secs(second))
}

/// F4, A10: what breaks within some seconds is one message, and is told once.
#[test]
fn thirty_that_break_one_after_the_other_are_one_message() {
    let mut channel = Channel::new(ChannelRule::default());
    let all: Vec<_> = (0..30).map(dead).collect();
    for second in 0..30 {
        let look = channel.look(second, &all[..=usize::try_from(second).unwrap()]);
        assert!(look.raised.is_empty(), "they are waited for");
    }
    assert_eq!(channel.look(48, &all).again_at, at(49), "twenty seconds behind the last");

    let look = channel.look(49, &all);
    assert_eq!((look.raised.len(), look.again_at), (30, None));
    assert!(look.told.iter().all(|it| it.message.as_deref() == Some("raised 49")));
    assert!(channel.look(500, &all).raised.is_empty(), "once");
}

/// F4: a board on which something breaks all the time is told of too.
#[test]
fn nothing_waits_for_company_longer_than_two_minutes() {
    let mut channel = Channel::new(ChannelRule::default());
    let told_at = (0..40_i64).find(|n| {
        let all: Vec<_> = (0..=u64::try_from(*n).unwrap()).map(dead).collect();
        !channel.look(n * 10, &all).raised.is_empty()
    });
    assert_eq!(told_at, Some(12));
}

/// F4
#[test]
fn what_comes_back_before_it_was_told_is_never_told() {
    let mut channel = Channel::new(ChannelRule::default());
    channel.look(0, &[dead(1)]);
    let look = channel.look(10, &[]);
    assert_eq!((look.told.len(), look.resolved.len(), look.again_at), (0, 0, None));
}

/// F4: the last one that is mended brings the message at once; of several, those mended together are one.
#[test]
fn a_repair_is_told_once_and_those_of_a_queue_together() {
    let mut channel = Channel::new(ChannelRule::default());
    let all: Vec<_> = (0..4).map(dead).collect();
    channel.look(0, &all);
    assert_eq!(channel.look(20, &all).raised.len(), 4);

    assert_eq!(channel.look(60, &all[1..]).again_at, at(180));
    assert_eq!(channel.look(90, &all[2..]).again_at, at(210), "the next one is waited for");
    let two = channel.look(210, &all[2..]);
    assert_eq!(two.resolved.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Connection 0", "Connection 1"]);
    assert_eq!(two.told.len(), 2);
    assert_eq!(channel.look(300, &[]).resolved.len(), 2, "all is well: nothing to wait for");
    assert_eq!(channel.look(400, &[]).resolved.len(), 0);
}

/// F4: one that breaks again before its repair was told is the same trouble, unless it has worked in between.
#[test]
fn a_repair_that_did_not_hold_is_not_told() {
    let mut channel = Channel::new(ChannelRule::default());
    let two = [dead(1), dead(2)];
    channel.look(0, &two);
    channel.look(20, &two);
    channel.look(60, &two[1..]);
    let back = channel.look(70, &two);
    assert_eq!((back.raised.len(), back.resolved.len(), back.again_at), (0, 0, None));

    let again = [with(dead(1), |it| it.worked_at = at(100)), dead(2)];
    channel.look(120, &again);
    assert_eq!(names(&channel.look(140, &again).raised), ["Connection 1"], "this is another death");
}

/// F4: also repairs, which ring no less.
#[test]
fn quiet_hours_hold_everything_back_until_their_end() {
    let mut channel = Channel::new(ChannelRule::default());
    channel.look(0, &[dead(1)]);
    channel.look(20, &[dead(1)]);
    channel.quiet = Some("01:10-02:00".parse().unwrap());

    let night = channel.look(900, &[dead(2)]);
    assert_eq!((night.raised.len(), night.resolved.len(), night.again_at), (0, 0, at(3600)));
    let morning = channel.look(3600, &[dead(2)]);
    assert_eq!((names(&morning.raised), morning.resolved.len()), (vec!["Connection 2"], 1));
}

/// F4: what came while it was off is old when it is on again.
#[test]
fn a_channel_that_is_off_tells_nothing_then_or_later() {
    let mut channel = Channel::new(ChannelRule::default());
    channel.is_on = false;
    assert_eq!(channel.look(0, &[dead(1)]).again_at, None);
    channel.is_on = true;
    assert!(channel.look(100, &[dead(1)]).raised.is_empty());
    assert!(channel.look(200, &[]).resolved.is_empty(), "nobody was told that it broke");
}

/// F4: the receiver's open incident is closed, though late.
#[test]
fn what_is_over_while_a_channel_is_off_is_told_when_it_is_on_again() {
    let mut channel = Channel::new(ChannelRule::default());
    channel.look(0, &[dead(1), dead(2)]);
    assert_eq!(channel.look(20, &[dead(1), dead(2)]).raised.len(), 2);
    channel.is_on = false;
    assert!(channel.look(100, &[dead(2)]).resolved.is_empty());
    assert!(channel.look(2_000, &[dead(2)]).resolved.is_empty(), "off is off");
    channel.is_on = true;
    let told = channel.look(2_100, &[dead(2)]).resolved;
    assert_eq!(told.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Connection 1"]);
}

/// F4: a channel of one customer hears of nobody else's certificates.
#[test]
fn a_certificate_is_told_to_whom_the_rule_lets_hear_of_it() {
    let of = |name: &str| BTreeSet::from([name.to_owned()]);
    let rule = ChannelRule {
        is_about_certificates: true,
        customers: of("Brightwater"),
        is_production_only: true,
        ..ChannelRule::default()
    };
    assert!(rule.wants_certificate(&of("Brightwater"), Some(Environment::Production)));
    assert!(rule.wants_certificate(&of("Brightwater"), None), "it is gone since, and may have been of production");
    assert!(!rule.wants_certificate(&of("Halden"), None));
    assert!(!rule.wants_certificate(&of("Brightwater"), Some(Environment::Sandbox)));
    assert!(!ChannelRule::default().wants_certificate(&of("Brightwater"), None), "it has to be wished for");
}

/// F4: the rule is asked once; what was told is followed to its end, whatever is wanted by then.
#[test]
fn a_rule_decides_what_is_told_and_not_what_is_over() {
    let mut channel = Channel::new(ChannelRule::default());
    channel.look(0, &[dead(1)]);
    channel.look(20, &[dead(1)]);
    channel.rule.causes = vec![CauseLabel::InsufficientScope];
    assert_eq!(channel.look(30, &[dead(1)]).resolved.len(), 0, "it is still dead");
    assert_eq!(channel.look(40, &[]).resolved.len(), 1);

    channel.rule.causes.clear();
    channel.look(50, &[dead(2)]);
    channel.rule.causes = vec![CauseLabel::InsufficientScope];
    assert_eq!(channel.look(60, &[dead(2)]).told.len(), 0, "not told yet, and not wanted any more");
}

/// F4: by cause, customer, environment and importance.
#[test]
fn each_part_of_a_rule_narrows_it() {
    let staging = with(dead(2), |it| it.environment = Some(Environment::Staging));
    let unknown = with(dead(3), |it| it.environment = None);
    let of_mira = with(dead(4), |it| it.customers = BTreeSet::from(["Mira".to_owned()]));
    let heavy = with(dead(5), |it| it.importance = Some(Importance::Critical));
    let light = with(dead(6), |it| it.importance = Some(Importance::Minor));
    let scope = with(dead(7), |it| it.cause = Some(CauseLabel::InsufficientScope));
    let all = [dead(1), staging, unknown, of_mira, heavy, light, scope, ending(8, 10)];
    let any = ChannelRule::default;
    for (rule, told) in [
        (ChannelRule { is_production_only: true, ..any() }, "1 3 4 5 6 7"),
        (ChannelRule { customers: BTreeSet::from(["Mira".to_owned()]), ..any() }, "4"),
        (ChannelRule { importance: Some(Importance::Normal), ..any() }, "5"),
        (ChannelRule { causes: vec![CauseLabel::InsufficientScope], ..any() }, "7"),
        (ChannelRule { is_about_troubles: false, ..any() }, ""),
    ] {
        let mut channel = Channel::new(rule.clone());
        channel.look(0, &all);
        let look = channel.look(20, &all);
        let numbers: Vec<_> = look.raised.iter().map(|it| it.name.trim_start_matches("Connection ")).collect();
        assert_eq!(numbers.join(" "), told, "{rule:?}");
    }
}

/// F4: a run that comes near lets it through, and is waited for.
#[test]
fn a_run_that_is_far_away_is_told_when_it_comes_near() {
    let mut channel =
        Channel::new(ChannelRule { first_run_within: Some(Duration::from_secs(3600)), ..ChannelRule::default() });
    let runs_at =
        |at| with(dead(1), |it| it.first = Some(FirstFailure { workflow: "Invoices".into(), step: None, at }));
    let far = runs_at(at(7200));
    assert_eq!(channel.look(0, std::slice::from_ref(&far)).again_at, at(3600));
    channel.look(3600, std::slice::from_ref(&far));
    assert_eq!(channel.look(3620, &[far]).raised.len(), 1);

    channel.told.clear();
    channel.look(0, &[runs_at(None), dead(2)]);
    assert_eq!(names(&channel.look(20, &[runs_at(None), dead(2)]).raised), ["Connection 1"], "at any moment, or never");
}

/// F4, B11: told once, so long before; its death is a trouble, and a new sign-in ends it.
#[test]
fn an_end_ahead_is_told_in_its_time() {
    let day = 24 * 60;
    let mut channel = Channel::new(ChannelRule { ahead: Some(Duration::from_secs(86_400)), ..ChannelRule::default() });
    let (soon, late) = (ending(1, day), ending(2, 2 * day));
    assert_eq!(channel.look(0, &[soon.clone(), late.clone()]).again_at, at(20));
    let look = channel.look(20, &[soon.clone(), late.clone()]);
    assert_eq!((names(&look.ahead), look.again_at), (vec!["Connection 1"], at(86_400)));

    let died = channel.look(86_400, &[dead(1), late.clone()]);
    assert_eq!(died.resolved.len(), 0, "it came as foretold");
    let next = channel.look(86_420, &[dead(1), late]);
    assert_eq!((names(&next.raised), names(&next.ahead)), (vec!["Connection 1"], vec!["Connection 2"]));
    assert_eq!(channel.look(86_500, &[]).resolved.len(), 2);
}

/// F4, A8
#[test]
fn a_platform_whose_clock_is_ahead_waits_for_nothing() {
    let mut channel = Channel::new(ChannelRule::default());
    let copy = with(dead(1), |it| {
        it.about = About::Copy(PlatformConnectionId::from_random(1));
        it.worked_at = at(7200);
    });
    channel.look(0, std::slice::from_ref(&copy));
    assert_eq!(channel.look(20, std::slice::from_ref(&copy)).raised.len(), 1);
    assert_eq!(channel.look(9000, &[copy]).raised.len(), 0);
}

/// B9: what was noted under a clock that ran ahead does not wait for that time.
#[test]
fn a_clock_that_was_set_back_holds_nothing_up() {
    let mut channel = Channel::new(ChannelRule::default());
    channel.look(7200, &[dead(1)]);
    assert_eq!(channel.look(0, &[dead(1)]).raised.len(), 1);
}
