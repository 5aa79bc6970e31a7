//! A rehearsal as a page to hand over, in Markdown and in HTML: the sentence, the matrix, every proof with its time [E4].

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::Duration;

use super::certificate::{Certificate, HoldEnd};
use super::run::{MemberRun, Progress, Rehearsal, StepRun, StepState, Verdict};
use super::steps::{NotTried, Step};
use crate::diagnosis::CauseLabel;
use crate::display_text::cleaned;
use crate::provider::trial_object::TrialAct;

const LONGEST_NAME: usize = 120;
const LONGEST_SEEN: usize = 400;

/// A certificate that is good no more before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    pub at: Timestamp,
    /// Which of the rehearsal's members.
    pub member: usize,
    pub seen: String,
    pub cause: Option<CauseLabel>,
}

/// What a report tells of.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// By which the run is found again.
    pub run: String,
    pub rehearsal: &'a Rehearsal,
    /// `None` while it runs.
    pub certificate: Option<&'a Certificate>,
    pub withdrawal: Option<&'a Withdrawal>,
    /// All members were tested again last.
    pub tested_at: Option<Timestamp>,
    /// Objects that are, or may be, still at their providers: "a text file in My Drive, “Patchbay check …”".
    pub left: &'a [String],
    pub zone: &'a TimeZone,
    pub now: Timestamp,
}

impl Report<'_> {
    /// "All five connections hold until 16:40", or the one thing to mend.
    pub fn sentence(&self) -> String {
        let rehearsal = self.rehearsal;
        let name =
            |place: usize| rehearsal.members.get(place).map(|it| cleaned(&it.name, LONGEST_NAME)).unwrap_or_default();
        if let Some(withdrawal) = self.withdrawal {
            let at = self.moment(withdrawal.at);
            return format!("{} failed at {at}: nothing is certified any more.", name(withdrawal.member));
        }
        match self.certificate {
            None => format!("{} is under way.", cleaned(&rehearsal.name, LONGEST_NAME)),
            Some(Certificate::Holds { count, until, .. }) => {
                let is_over = *until <= self.now;
                let until = self.moment(*until);
                match (count, is_over) {
                    (1, false) => format!("{} holds until {until}.", name(0)),
                    (1, true) => format!("{} held until {until}.", name(0)),
                    (2, false) => format!("Both connections hold until {until}."),
                    (2, true) => format!("Both connections held until {until}."),
                    (count, false) => format!("All {} connections hold until {until}.", in_words(*count)),
                    (count, true) => format!("All {} connections held until {until}.", in_words(*count)),
                }
            }
            Some(Certificate::Mend { member, step, failing_count, .. }) => {
                let others = match failing_count {
                    0 | 1 => String::new(),
                    2 => " One other fails too.".to_owned(),
                    many => format!(" {} others fail too.", capital(&in_words(many - 1))),
                };
                let at = match rehearsal.failed_act(*member, step) {
                    Some(act) => act_words(act).to_owned(),
                    None => format!("“{}”", step_name(step)),
                };
                format!("{} fails at {at}: mend that first.{others}", name(*member))
            }
            Some(Certificate::Partly { holding_count, of }) => match (holding_count, of) {
                (_, 0) => "There is nothing to rehearse.".to_owned(),
                (0, _) => "Nothing was proved.".to_owned(),
                (holding, of) => format!(
                    "{} of {} connections hold; the rest was not proved.",
                    capital(&in_words(*holding)),
                    in_words(*of)
                ),
            },
        }
    }

    /// When, how much, and whether anything stayed behind.
    pub fn detail(&self) -> String {
        let rehearsal = self.rehearsal;
        let begun = rehearsal.started_at.to_zoned(self.zone.clone());
        let day = begun.strftime("%A %-d %B %Y");
        let end = rehearsal
            .ended_at
            .map(|it| format!(" to {}", it.to_zoned(self.zone.clone()).strftime("%H:%M")))
            .unwrap_or_default();
        let how = if rehearsal.was_stopped { "; it was stopped" } else { "" };
        let Progress { done, of, .. } = rehearsal.progress();
        let checks = if done == of { format!("{of} checks") } else { format!("{done} of {of} checks") };
        let failed = match rehearsal.failed_count() {
            0 => "none failed".to_owned(),
            failed => format!("{failed} failed"),
        };
        let left = match self.left.len() {
            0 if rehearsal.has_unread_removal() => {
                "what was made is removed by its provider’s word, and was not read again".to_owned()
            }
            0 => "nothing left behind".to_owned(),
            1 => "one object left behind".to_owned(),
            many => format!("{many} objects left behind"),
        };
        format!(
            "Rehearsed on {day} from {}{end} ({}){how}. {checks}, {failed}, {left}.",
            begun.strftime("%H:%M"),
            begun.strftime("%:z")
        )
    }

    /// What else ends it, and what nobody looked at.
    fn limits(&self) -> Vec<String> {
        let Some(Certificate::Holds { by, first, .. }) = self.certificate else { return vec![] };
        let first = first
            .and_then(|it| self.rehearsal.members.get(it))
            .map(|it| cleaned(&it.name, LONGEST_NAME))
            .unwrap_or_default();
        let end = match by {
            HoldEnd::AsLongAsAsked => {
                "It is good until the time that was asked for; no grant is known to end before.".to_owned()
            }
            HoldEnd::Grant => format!("It ends with the grant of {first}, the first that ends."),
            HoldEnd::Token => format!("It ends with the token of {first}, which nothing renews."),
        };
        vec![
            end,
            "Somebody who removes access, changes a password or a policy ends it sooner: each connection is tested again \
             every five minutes while Patchbay runs."
                .to_owned(),
            "Not covered: the content of the demo itself, quotas beyond the calls made here, and what only a platform can see."
                .to_owned(),
        ]
    }

    fn moment(&self, at: Timestamp) -> String {
        let zoned = at.to_zoned(self.zone.clone());
        let is_same_day = zoned.date() == self.rehearsal.started_at.to_zoned(self.zone.clone()).date();
        zoned.strftime(if is_same_day { "%H:%M" } else { "%a %-d %b, %H:%M" }).to_string()
    }

    fn clock(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string()
    }

    /// Steps that came to an end, by the time of their end.
    fn proofs(&self) -> Vec<(Timestamp, &MemberRun, &StepRun)> {
        let steps =
            self.rehearsal.members.iter().flat_map(|member| member.steps.iter().map(move |step| (member, step)));
        let mut proofs: Vec<_> = steps.filter_map(|(member, step)| Some((step.ended_at?, member, step))).collect();
        proofs.sort_by_key(|it| it.0);
        proofs
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let columns = self.rehearsal.columns();
        let row = |member: &MemberRun| {
            let cells = columns.iter().map(|column| {
                let step = member.steps.iter().find(|it| it.step == *column);
                step.map_or_else(|| "–".to_owned(), |it| cell(&it.state))
            });
            let name = cleaned(&member.name, LONGEST_NAME);
            std::iter::once(name).chain(cells).chain([verdict(&member.verdict())]).collect()
        };
        self.rehearsal.members.iter().map(row).collect()
    }

    fn heads(&self) -> Vec<String> {
        let columns = self.rehearsal.columns();
        let columns = columns.iter().map(step_name);
        std::iter::once("Connection".to_owned()).chain(columns).chain(["Verdict".to_owned()]).collect()
    }
}

/// As a person calls it.
pub fn step_name(step: &Step) -> String {
    match step {
        Step::SignInAgain => "Signed in again".to_owned(),
        Step::Account => "Account, domain".to_owned(),
        Step::Scopes => "Scopes".to_owned(),
        Step::Object => "Create, read, update, remove".to_owned(),
        Step::ForcedRefresh => "Forced refresh".to_owned(),
        Step::TwoAtOnce => "Two at once".to_owned(),
        Step::CleanLog => "Clean log".to_owned(),
        Step::Own(name) => cleaned(name, LONGEST_NAME),
    }
}

/// What of its object a step failed at: "fails at removing the object".
fn act_words(act: TrialAct) -> &'static str {
    match act {
        TrialAct::Create => "making an object",
        TrialAct::Read => "reading the object back",
        TrialAct::Change => "changing the object",
        TrialAct::Remove => "removing the object",
    }
}

/// Why a step was not tried, in a few words.
pub fn not_tried(why: NotTried) -> &'static str {
    match why {
        NotTried::NotOurs => "a platform owns it",
        NotTried::NobodyToAsk => "nobody says who is signed in",
        NotTried::NotTold => "nobody says what was granted",
        NotTried::NoTrialObject => "no object is known that could be made",
        NotTried::MayNotWrite => "it may not write",
        NotTried::Unanswered => "where it may write nobody has said",
        NotTried::NothingToRefreshWith => "no refresh token",
        NotTried::WouldEndAnother => "it could end the grant of another connection",
        NotTried::FailedBefore => "a step that it rests on failed",
        NotTried::GrantOver => "its grant is over",
        NotTried::Stopped => "stopped",
    }
}

/// "190 ms", "1.2 s", "31 s".
pub fn took(time: Duration) -> String {
    match time.as_millis() {
        millis @ 0..1_000 => format!("{millis} ms"),
        1_000..10_000 => format!("{:.1} s", time.as_secs_f64()),
        _ => format!("{} s", time.as_secs()),
    }
}

fn cell(state: &StepState) -> String {
    match state {
        StepState::Waiting => "waiting".to_owned(),
        StepState::Running { .. } => "running".to_owned(),
        StepState::Passed { took: time, .. } => format!("passed, {}", took(*time)),
        StepState::Failed { took: time, .. } => format!("FAILED, {}", took(*time)),
        StepState::NotTried(why) => format!("– ({})", not_tried(*why)),
    }
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Next => "next".to_owned(),
        Verdict::UnderWay { done, of } => format!("{done} of {of}"),
        Verdict::Holds => "holds".to_owned(),
        Verdict::Fails { cause: Some(cause), .. } => format!("fails: {}", cause.as_str()),
        Verdict::Fails { cause: None, .. } => "fails".to_owned(),
        Verdict::NotProved => "not proved".to_owned(),
    }
}

fn proof(state: &StepState) -> Option<(&'static str, &str, Duration)> {
    match state {
        StepState::Passed { took, seen } => Some(("passed", seen, *took)),
        StepState::Failed { took, seen, .. } => Some(("failed", seen, *took)),
        StepState::Waiting | StepState::Running { .. } | StepState::NotTried(_) => None,
    }
}

/// One page of Markdown.
pub fn markdown(report: &Report<'_>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut page = format!("# {}\n\n", escaped(&report.rehearsal.name, LONGEST_NAME));
    if let Some(customer) = &report.rehearsal.customer {
        page.push_str(&format!("For {}.\n\n", escaped(customer, LONGEST_NAME)));
    }
    page.push_str(&format!("**{}**\n\n{}\n\n", escaped(&report.sentence(), LONGEST_SEEN), report.detail()));
    if let Some(at) = report.tested_at {
        page.push_str(&format!("Tested again last at {}.\n\n", report.moment(at)));
    }
    let heads = report.heads();
    page.push_str(&line(heads.iter().map(|it| escaped(it, LONGEST_NAME)).collect()));
    page.push_str(&line(vec!["---".to_owned(); heads.len()]));
    for row in report.rows() {
        page.push_str(&line(row.iter().map(|it| escaped(it, LONGEST_NAME)).collect()));
    }
    page.push_str(
        "\n## What was done\n\n| When | Connection | Step | | What was seen | Took | Status | Request id |\n",
    );
    page.push_str("| --- | --- | --- | --- | --- | ---: | --- | --- |\n");
    for (at, member, step) in report.proofs() {
        let Some((how, seen, time)) = proof(&step.state) else { continue };
        page.push_str(&line(vec![
            report.clock(at),
            escaped(&member.name, LONGEST_NAME),
            escaped(&step_name(&step.step), LONGEST_NAME),
            how.to_owned(),
            escaped(seen, LONGEST_SEEN),
            took(time),
            step.answer.http_status.map(|it| it.to_string()).unwrap_or_default(),
            escaped(step.answer.request_id.as_deref().unwrap_or_default(), LONGEST_NAME),
        ]));
    }
    let mut section = |title: &str, lines: &[String]| {
        if !lines.is_empty() {
            page.push_str(&format!("\n## {title}\n\n"));
            lines.iter().for_each(|it| page.push_str(&format!("- {}\n", escaped(it, LONGEST_SEEN))));
        }
    };
    section("Left behind", report.left);
    section("How long it is good", &report.limits());
    let now = report.now.to_zoned(report.zone.clone()).strftime("%Y-%m-%d %H:%M %:z");
    page.push_str(&format!("\nRun {}, written on {now}.\n", escaped(&report.run, LONGEST_NAME)));
    page
}

/// One page of HTML that needs nothing else, for a screen and for paper.
pub fn html(report: &Report<'_>) -> String {
    let name = shown(&report.rehearsal.name, LONGEST_NAME);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    );
    let customer =
        report.rehearsal.customer.as_ref().map(|it| format!(" · {}", shown(it, LONGEST_NAME))).unwrap_or_default();
    let state = match (report.withdrawal, report.certificate) {
        (Some(_), _) | (None, Some(Certificate::Mend { .. })) => "bad",
        (None, Some(Certificate::Holds { .. })) => "good",
        (None, Some(Certificate::Partly { .. }) | None) => "open",
    };
    page.push_str(&format!(
        "<p class=\"of\">{name}{customer}</p>\n<h1 class=\"{state}\">{}</h1>\n",
        shown(&report.sentence(), LONGEST_SEEN)
    ));
    page.push_str(&format!("<p>{}</p>\n", shown(&report.detail(), LONGEST_SEEN)));
    if let Some(at) = report.tested_at {
        page.push_str(&format!("<p>Tested again last at {}.</p>\n", report.moment(at)));
    }
    let cells = |tag: &str, cells: &[String]| -> String {
        let cells = cells.iter().map(|it| format!("<{tag}>{}</{tag}>", shown(it, LONGEST_SEEN)));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    page.push_str(&format!("<table class=\"matrix\">\n<thead>{}</thead>\n<tbody>\n", cells("th", &report.heads())));
    report.rows().iter().for_each(|it| page.push_str(&cells("td", it)));
    page.push_str("</tbody>\n</table>\n<h2>What was done</h2>\n<table>\n<thead>");
    let heads = ["When", "Connection", "Step", "", "What was seen", "Took", "Status", "Request id"].map(str::to_owned);
    page.push_str(&format!("{}</thead>\n<tbody>\n", cells("th", &heads)));
    for (at, member, step) in report.proofs() {
        let Some((how, seen, time)) = proof(&step.state) else { continue };
        let row = [
            report.clock(at),
            cleaned(&member.name, LONGEST_NAME),
            step_name(&step.step),
            how.to_owned(),
            seen.to_owned(),
            took(time),
            step.answer.http_status.map(|it| it.to_string()).unwrap_or_default(),
            step.answer.request_id.clone().unwrap_or_default(),
        ];
        page.push_str(&cells("td", &row));
    }
    page.push_str("</tbody>\n</table>\n");
    for (title, lines) in [("Left behind", report.left.to_vec()), ("How long it is good", report.limits())] {
        if !lines.is_empty() {
            let lines: String = lines.iter().map(|it| format!("<li>{}</li>\n", shown(it, LONGEST_SEEN))).collect();
            page.push_str(&format!("<h2>{title}</h2>\n<ul>\n{lines}</ul>\n"));
        }
    }
    let now = report.now.to_zoned(report.zone.clone()).strftime("%Y-%m-%d %H:%M %:z");
    page.push_str(&format!(
        "<footer>Run {}, written on {now}.</footer>\n</body>\n</html>\n",
        shown(&report.run, LONGEST_NAME)
    ));
    page
}

const STYLE: &str = "body{font:13px/1.45 Inter,system-ui,sans-serif;color:#1b1d1f;background:#fff;max-width:1100px;\
margin:32px auto;padding:0 24px}h1{font-size:20px;line-height:26px;margin:2px 0 8px;padding-left:12px;\
border-left:3px solid #8a9096}h1.good{border-color:#1a7f45}h1.bad{border-color:#c4332b}h2{font-size:14px;margin:24px 0 6px}\
.of,footer{color:#5b6168}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th{text-align:left;\
font-weight:400;color:#5b6168;font-size:11px;vertical-align:bottom}th,td{padding:5px 10px 5px 0;border-bottom:1px solid \
#d9dcdf;overflow-wrap:anywhere}td{vertical-align:top}footer{margin-top:28px;font-size:11px}@media print{body{margin:0;\
max-width:none;font-size:10pt}thead{display:table-header-group}tr{break-inside:avoid}@page{margin:16mm}}";

/// As text of HTML, in elements and attributes alike.
fn shown(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for letter in cleaned(text, longest).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

/// As text of Markdown: whatever it holds, it makes no markup.
fn escaped(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for letter in cleaned(text, longest).chars() {
        if "\\`*_{}[]<>()#+!|~&".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

fn in_words(count: usize) -> String {
    const WORDS: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.get(count).map_or_else(|| count.to_string(), |it| (*it).to_owned())
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|it| it.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
