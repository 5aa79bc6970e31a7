//! Channels that alerts go to as the engine knows them [F4].

use std::time::Duration;

use domain::alert::{AlertChannel, ChannelRule, ChannelSettings, MailSecurity, MessageKind};
use domain::blast_radius::Importance;
use engine::Engine;
use engine::flows::alert_channels::ChannelState;
use engine::store::Delivery;

use crate::views::{
    AlertChannelView, AlertsView, ChannelKindView, ChannelRuleView, DeliveryStateView, DeliveryView, FailedTryView,
    ImportanceView, MailSecurityView, MailServerView, MessageKindView, Millis, QuietView, count,
};

const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;
/// A year of days, and of hours.
const MOST_DAYS: u32 = 365;
const MOST_HOURS: u32 = 8_760;
/// Of one rule; nobody names more by hand.
const MOST_CHOSEN: usize = 200;
const LONGEST_CUSTOMER: usize = 200;

impl AlertsView {
    /// All of it as it is now.
    pub(crate) fn load(engine: &Engine) -> Result<Self, engine::Error> {
        Ok(Self {
            channels: engine.list_alert_channels()?.iter().map(AlertChannelView::from).collect(),
            quiet: QuietView::of(engine.alert_wishes()?),
            quiet_until: engine.quiet_until()?.map(Millis::from),
            is_sent: engine.is_kept_warm(),
        })
    }
}

impl From<&ChannelState> for AlertChannelView {
    fn from(state: &ChannelState) -> Self {
        let AlertChannel { id, name, is_on, settings, rule, made_at: _ } = &state.channel;
        Self {
            id: id.to_string(),
            name: name.clone(),
            kind: kind_of(settings),
            target: settings.target(),
            mail: mail_of(settings),
            is_on: *is_on,
            rule: rule.into(),
            waiting_count: count(state.waiting_count),
            next: state.next.as_ref().map(DeliveryView::from),
            held_count: count(state.held_count),
            delivered_at: state.delivered_at.map(Millis::from),
            last: state.last.as_ref().map(DeliveryView::from),
        }
    }
}

fn kind_of(settings: &ChannelSettings) -> ChannelKindView {
    match settings {
        ChannelSettings::Webhook { .. } => ChannelKindView::Webhook,
        ChannelSettings::Slack { .. } => ChannelKindView::Slack,
        ChannelSettings::Teams { .. } => ChannelKindView::Teams,
        ChannelSettings::Mail(_) => ChannelKindView::Mail,
        ChannelSettings::Command(_) => ChannelKindView::Command,
    }
}

fn mail_of(settings: &ChannelSettings) -> Option<MailServerView> {
    match settings {
        ChannelSettings::Mail(mail) => Some(MailServerView {
            server: mail.server.clone(),
            port: mail.port,
            security: mail.security.into(),
            user: mail.user.clone(),
            from: mail.from.clone(),
        }),
        ChannelSettings::Webhook { .. }
        | ChannelSettings::Slack { .. }
        | ChannelSettings::Teams { .. }
        | ChannelSettings::Command(_) => None,
    }
}

impl From<&Delivery> for DeliveryView {
    fn from(it: &Delivery) -> Self {
        Self {
            number: u32::try_from(it.number).unwrap_or(u32::MAX),
            channel: it.channel.to_string(),
            kind: it.kind.into(),
            title: it.title.clone(),
            made_at: it.made_at.into(),
            state: match (it.delivered_at, it.given_up_at) {
                (Some(at), _) => DeliveryStateView::Delivered { at: at.into() },
                (None, Some(at)) => DeliveryStateView::GivenUp { at: at.into() },
                (None, None) => DeliveryStateView::Waiting { next_try_at: it.next_try_at.map(Millis::from) },
            },
            attempts: it.attempts,
            failure: it.failure.as_ref().map(|failed| FailedTryView {
                at: failed.at.into(),
                code: failed.code.clone(),
                words: failed.words.clone(),
            }),
        }
    }
}

impl From<&ChannelRule> for ChannelRuleView {
    fn from(rule: &ChannelRule) -> Self {
        let of = |span: Duration, unit: u64| u32::try_from(span.as_secs() / unit).unwrap_or(u32::MAX);
        Self {
            troubles: rule.is_about_troubles,
            ahead_days: rule.ahead.map(|it| of(it, DAY)),
            certificates: rule.is_about_certificates,
            causes: rule.causes.iter().map(|it| (*it).into()).collect(),
            customers: rule.customers.iter().cloned().collect(),
            production_only: rule.is_production_only,
            importance: rule.importance.map(ImportanceView::from),
            within_hours: rule.first_run_within.map(|it| of(it, HOUR)),
        }
    }
}

impl ChannelRuleView {
    /// # Errors
    /// Where it is none that could be kept.
    pub(crate) fn rule(self) -> Result<ChannelRule, engine::Error> {
        let span = |number: Option<u32>, most: u32, unit: u64| match number {
            None => Ok(None),
            Some(number) if (1..=most).contains(&number) => Ok(Some(Duration::from_secs(u64::from(number) * unit))),
            Some(_) => Err(engine::Error::BadInput("days are 1 to 365, and hours 1 to 8760")),
        };
        let customers: Vec<_> = self.customers.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect();
        if self.causes.len() > MOST_CHOSEN
            || customers.len() > MOST_CHOSEN
            || customers.iter().any(|it| it.len() > LONGEST_CUSTOMER)
        {
            return Err(engine::Error::BadInput("a rule names 200 causes and customers at most"));
        }
        Ok(ChannelRule {
            is_about_troubles: self.troubles,
            ahead: span(self.ahead_days, MOST_DAYS, DAY)?,
            is_about_certificates: self.certificates,
            causes: self.causes.into_iter().map(Into::into).collect(),
            customers: customers.into_iter().map(str::to_owned).collect(),
            is_production_only: self.production_only,
            importance: self.importance.map(Importance::from),
            first_run_within: span(self.within_hours, MOST_HOURS, HOUR)?,
        })
    }
}

impl From<MailSecurity> for MailSecurityView {
    fn from(security: MailSecurity) -> Self {
        match security {
            MailSecurity::StartTls => Self::Starttls,
            MailSecurity::Tls => Self::Tls,
            MailSecurity::Plain => Self::Plain,
        }
    }
}

impl From<MailSecurityView> for MailSecurity {
    fn from(view: MailSecurityView) -> Self {
        match view {
            MailSecurityView::Starttls => Self::StartTls,
            MailSecurityView::Tls => Self::Tls,
            MailSecurityView::Plain => Self::Plain,
        }
    }
}

impl From<Importance> for ImportanceView {
    fn from(importance: Importance) -> Self {
        match importance {
            Importance::Critical => Self::Critical,
            Importance::Normal => Self::Normal,
            Importance::Minor => Self::Minor,
        }
    }
}

impl From<ImportanceView> for Importance {
    fn from(view: ImportanceView) -> Self {
        match view {
            ImportanceView::Critical => Self::Critical,
            ImportanceView::Normal => Self::Normal,
            ImportanceView::Minor => Self::Minor,
        }
    }
}

impl From<MessageKind> for MessageKindView {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Raised => Self::Raised,
            MessageKind::Ahead => Self::Ahead,
            MessageKind::Resolved => Self::Resolved,
            MessageKind::Certificate => Self::Certificate,
            MessageKind::Test => Self::Test,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F4: what the window sends back is what it was shown, and nothing that could not be kept gets in.
    #[test]
    fn a_rule_comes_back_from_the_window_as_it_was_shown() {
        let rule = ChannelRule {
            is_about_troubles: true,
            ahead: Some(Duration::from_secs(7 * DAY)),
            is_about_certificates: true,
            causes: vec![domain::diagnosis::CauseLabel::GrantRevoked],
            customers: ["Brightwater".to_owned()].into(),
            is_production_only: true,
            importance: Some(Importance::Normal),
            first_run_within: Some(Duration::from_secs(12 * HOUR)),
        };

        assert_eq!(ChannelRuleView::from(&rule).rule().unwrap(), rule);
        for (days, hours) in [(Some(0), None), (Some(366), None), (None, Some(0)), (None, Some(8_761))] {
            let view = ChannelRuleView { ahead_days: days, within_hours: hours, ..(&rule).into() };
            assert!(view.rule().is_err(), "{days:?} {hours:?}");
        }
    }
}
