//! What is said of channels that alerts go to [F4].

use domain::alert::{ChannelRule, MessageKind};
use engine::flows::alert_channels::ChannelState;
use engine::store::Delivery;

use super::times::Now;
use super::{counted, listed, named};

pub(crate) const ADDRESS: &str = "address";
pub(crate) const NO_CHANNELS: &str = "Alerts are shown on this screen alone. Add a channel: patchbay alerts add --help";
pub(crate) const NO_MESSAGES: &str = "Nothing was sent yet. Try a channel: patchbay alerts test CHANNEL";
pub(crate) const NOBODY_SENDS: &str = "Nobody sends just now: open the window, or run patchbay serve.";
pub(crate) const PLAIN: &str =
    "This mail goes without TLS: anybody on the way can read which customers and workflows it names.";

/// "2 channels; 1 message waits."
pub(crate) fn headline(all: &[ChannelState]) -> String {
    let waiting: usize = all.iter().map(|it| it.waiting_count).sum();
    let waits = match waiting {
        0 => "nothing waits.".to_owned(),
        1 => "1 message waits.".to_owned(),
        more => format!("{more} messages wait."),
    };
    format!("{}; {waits}", counted(all.len(), "channel"))
}

/// How it goes with a channel.
pub(crate) fn last(channel: &ChannelState, now: &Now) -> String {
    if !channel.channel.is_on {
        return "off".to_owned();
    }
    match &channel.last {
        None => "none yet".to_owned(),
        Some(last) => state(last, now),
    }
}

/// "taken 4 min ago", "not taken, tried 3 times; again 16:55", "given up Mon 17:02".
pub(crate) fn state(it: &Delivery, now: &Now) -> String {
    if let Some(at) = it.delivered_at {
        return format!("taken {}", now.ago(at));
    }
    if let Some(at) = it.given_up_at {
        // It is sent once.
        let how = if it.kind == MessageKind::Test { "not taken" } else { "given up" };
        return format!("{how} {}", now.ago(at));
    }
    match (it.attempts, it.next_try_at) {
        (0, _) | (_, None) => "waits".to_owned(),
        (1, Some(at)) => format!("not taken; again {}", now.moment(at)),
        (count, Some(at)) => format!("not taken, tried {count} times; again {}", now.moment(at)),
    }
}

/// "what needs a person, for Brightwater, in production."
pub(crate) fn rule(rule: &ChannelRule) -> String {
    let mut what = vec![];
    if rule.is_about_troubles {
        what.push("what needs a person".to_owned());
    }
    if let Some(ahead) = rule.ahead {
        let days = usize::try_from(ahead.as_secs() / 86_400).unwrap_or(usize::MAX);
        what.push(format!("grants that end within {}", counted(days, "day")));
    }
    if rule.is_about_certificates {
        what.push("certificates that hold no more".to_owned());
    }
    if what.is_empty() {
        return "nothing.".to_owned();
    }
    let mut said = listed(what.iter().map(String::as_str));
    if !rule.causes.is_empty() {
        said.push_str(&format!("; only of {}", listed(rule.causes.iter().map(|it| it.words()))));
    }
    if !rule.customers.is_empty() {
        let customers: Vec<_> = rule.customers.iter().map(|it| named(it)).collect();
        said.push_str(&format!("; only for {}", listed(customers.iter().map(String::as_str))));
    }
    if rule.is_production_only {
        said.push_str("; not of staging or sandboxes");
    }
    if let Some(importance) = rule.importance {
        said.push_str(&format!("; only where a workflow stops that is at least {}", importance.as_str()));
    }
    if let Some(within) = rule.first_run_within {
        let hours = usize::try_from(within.as_secs() / 3_600).unwrap_or(usize::MAX);
        said.push_str(&format!("; once the first run that fails is within {}", counted(hours, "hour")));
    }
    said.push('.');
    said
}

/// What helps where a test was not taken.
pub(crate) fn advice(code: &str) -> &'static str {
    match code {
        "redirected" => "Remove the channel, and add it with the address that it really has.",
        "refused" => "Compare address and signing secret with what the receiver shows.",
        "try_later" => "It may take it later; what is no test is sent again by itself.",
        "no_safe_connection" => {
            "Its certificate has to come from an authority that this computer trusts. One of your own: add it to this \
             computer's; a mail channel is given it with --authority FILE."
        }
        "certificate_of_another_time" => {
            "Compare this computer's clock; if it is right, the receiver's certificate is over."
        }
        "unreachable" => "Look whether the receiver runs and this computer reaches it, then try again.",
        "mail_refused" => "Compare server, user and addresses with what the provider of your mail says.",
        "mail_without_tls" => "Try --security tls.",
        "keychain_unavailable" => "Unlock the keychain, and try again.",
        _ => "",
    }
}
