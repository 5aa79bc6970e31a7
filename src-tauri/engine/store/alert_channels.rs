//! Channels that alerts go to, and what each was told [F4].

use std::collections::BTreeSet;
use std::time::Duration;

use domain::AlertChannelId;
use domain::alert::{
    AlertChannel, ChannelRule, ChannelSettings, CommandSettings, MailSecurity, MailSettings, Told, Topic,
};
use domain::blast_radius::Importance;
use domain::diagnosis::CauseLabel;
use rusqlite::{Row, Transaction};
use serde::{Deserialize, Serialize};

use super::alert_deliveries::{NewDelivery, insert_delivery};
use super::columns::{read, read_json, read_moment, read_optional_moment, read_with, written_json, written_moment};
use super::seen_alerts::{about_of, text_of};
use super::{Store, StoreError};

/// What is not secret of where it leads, as JSON text.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct SettingsColumn {
    #[serde(skip_serializing_if = "String::is_empty")]
    origin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<MailColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<CommandColumn>,
}

#[derive(Serialize, Deserialize)]
struct MailColumn {
    server: String,
    port: u16,
    security: String,
    user: Option<String>,
    from: String,
    to: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authority: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct CommandColumn {
    program: String,
    arguments: Vec<String>,
}

/// A rule as JSON text. What a later version adds narrows nothing here.
#[derive(Serialize, Deserialize)]
struct RuleColumn {
    troubles: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ahead_s: Option<u64>,
    #[serde(default)]
    certificates: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    customers: BTreeSet<String>,
    #[serde(default)]
    production_only: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    importance: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_run_within_s: Option<u64>,
}

impl Store {
    /// # Errors
    /// [`StoreError::NameTaken`] when another one is called so.
    pub fn insert_alert_channel(&self, channel: &AlertChannel) -> Result<(), StoreError> {
        self.write(|writing| {
            let is_taken = writing
                .prepare_cached("SELECT 1 FROM alert_channels WHERE name = ?1")?
                .exists([channel.name.as_str()])?;
            if is_taken {
                return Err(StoreError::NameTaken);
            }
            writing.execute(
                "INSERT INTO alert_channels (id, name, kind, is_on, settings, rule, made_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    channel.id.as_str(),
                    &channel.name,
                    channel.settings.kind(),
                    channel.is_on,
                    written_json(&SettingsColumn::from(&channel.settings), "settings")?,
                    written_json(&RuleColumn::from(&channel.rule), "rule")?,
                    written_moment(channel.made_at),
                ),
            )?;
            Ok(())
        })
    }

    /// By name.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_alert_channels(&self) -> Result<Vec<AlertChannel>, StoreError> {
        self.read(list_channels)
    }

    /// # Errors
    /// [`StoreError::Gone`]; [`StoreError::NameTaken`] when another one is called so.
    pub fn rename_alert_channel(&self, id: &AlertChannelId, name: &str) -> Result<(), StoreError> {
        self.write(|writing| {
            let is_taken = writing
                .prepare_cached("SELECT 1 FROM alert_channels WHERE name = ?1 AND id <> ?2")?
                .exists([name, id.as_str()])?;
            if is_taken {
                return Err(StoreError::NameTaken);
            }
            match writing.execute("UPDATE alert_channels SET name = ?2 WHERE id = ?1", [id.as_str(), name])? {
                0 => Err(StoreError::Gone),
                _ => Ok(()),
            }
        })
    }

    /// Where it is told of ends otherwise than before, those it was told of are forgotten: one that is far enough away now
    /// is not over because of that.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn set_alert_rule(&self, id: &AlertChannelId, rule: &ChannelRule) -> Result<(), StoreError> {
        let written = written_json(&RuleColumn::from(rule), "rule")?;
        self.write(|writing| {
            let before = list_channels(writing)?.into_iter().find(|it| it.id == *id).ok_or(StoreError::Gone)?;
            writing.execute("UPDATE alert_channels SET rule = ?2 WHERE id = ?1", [id.as_str(), &written])?;
            if before.rule.ahead != rule.ahead {
                let ahead = Topic::Ahead.as_str();
                writing.execute("DELETE FROM alert_told WHERE channel = ?1 AND topic = ?2", [id.as_str(), ahead])?;
            }
            Ok(())
        })
    }

    /// # Errors
    /// [`StoreError::Gone`].
    pub fn set_alert_channel_on(&self, id: &AlertChannelId, is_on: bool) -> Result<(), StoreError> {
        self.change_alert_channel(id, "UPDATE alert_channels SET is_on = ?2 WHERE id = ?1", &is_on)
    }

    fn change_alert_channel(
        &self,
        id: &AlertChannelId,
        sql: &str,
        value: &dyn rusqlite::ToSql,
    ) -> Result<(), StoreError> {
        self.write(|writing| match writing.execute(sql, (id.as_str(), value))? {
            0 => Err(StoreError::Gone),
            _ => Ok(()),
        })
    }

    /// With what it was told and what was on its way.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn delete_alert_channel(&self, id: &AlertChannelId) -> Result<(), StoreError> {
        self.write(|writing| match writing.execute("DELETE FROM alert_channels WHERE id = ?1", [id.as_str()])? {
            0 => Err(StoreError::Gone),
            _ => Ok(()),
        })
    }

    /// # Errors
    /// Any of the store's.
    pub fn list_told(&self, channel: &AlertChannelId) -> Result<Vec<Told>, StoreError> {
        self.read(|sqlite| list_told(sqlite, channel))
    }

    /// Writes down what a look noticed and told, together with the messages that tell it. False, and nothing is written:
    /// it is not as `before` any more, or the channel is gone.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn commit_alert_look(
        &self,
        channel: &AlertChannelId,
        before: &[Told],
        told: &[Told],
        deliveries: &[NewDelivery],
    ) -> Result<bool, StoreError> {
        self.write(|writing| {
            let is_there =
                writing.prepare_cached("SELECT 1 FROM alert_channels WHERE id = ?1")?.exists([channel.as_str()])?;
            if !is_there || list_told(writing, channel)? != before {
                return Ok(false);
            }
            put_told(writing, channel, told)?;
            deliveries.iter().try_for_each(|it| insert_delivery(writing, channel, it).map(drop))?;
            Ok(true)
        })
    }
}

fn list_channels(sqlite: &rusqlite::Connection) -> Result<Vec<AlertChannel>, StoreError> {
    let mut statement = sqlite.prepare_cached("SELECT * FROM alert_channels ORDER BY name")?;
    let mut rows = statement.query([])?;
    let mut all = vec![];
    while let Some(row) = rows.next()? {
        all.push(read_channel(row)?);
    }
    Ok(all)
}

fn list_told(sqlite: &rusqlite::Connection, channel: &AlertChannelId) -> Result<Vec<Told>, StoreError> {
    let mut statement = sqlite.prepare_cached("SELECT * FROM alert_told WHERE channel = ?1")?;
    let mut rows = statement.query([channel.as_str()])?;
    let mut all = vec![];
    while let Some(row) = rows.next()? {
        all.push(Told {
            topic: read_with(row, "topic", |text: String| Topic::from_text(&text))?,
            about: about_of(read::<String>(row, "about")?),
            name: read(row, "name")?,
            seen_at: read_moment(row, "seen_at")?,
            noticed_at: read_moment(row, "noticed_at")?,
            told_at: read_optional_moment(row, "told_at")?,
            message: read(row, "message")?,
            mended_at: read_optional_moment(row, "mended_at")?,
        });
    }
    // As a look gives them: in another order what is the same would be written down at every look, for ever.
    all.sort_by(|one, other| (one.topic, &one.about).cmp(&(other.topic, &other.about)));
    Ok(all)
}

fn put_told(writing: &Transaction<'_>, channel: &AlertChannelId, told: &[Told]) -> Result<(), StoreError> {
    writing.execute("DELETE FROM alert_told WHERE channel = ?1", [channel.as_str()])?;
    let mut insert = writing.prepare_cached(
        "INSERT INTO alert_told (channel, topic, about, name, seen_at, noticed_at, told_at, message, mended_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for it in told {
        insert.execute((
            channel.as_str(),
            it.topic.as_str(),
            text_of(&it.about),
            &it.name,
            written_moment(it.seen_at),
            written_moment(it.noticed_at),
            it.told_at.map(written_moment),
            &it.message,
            it.mended_at.map(written_moment),
        ))?;
    }
    Ok(())
}

fn read_channel(row: &Row<'_>) -> Result<AlertChannel, StoreError> {
    let kind: String = read(row, "kind")?;
    let settings: SettingsColumn = read_json(row, "settings")?;
    let rule: RuleColumn = read_json(row, "rule")?;
    Ok(AlertChannel {
        id: AlertChannelId::from_text(read::<String>(row, "id")?),
        name: read(row, "name")?,
        is_on: read(row, "is_on")?,
        settings: settings.into_settings(&kind).ok_or(StoreError::Unreadable { column: "settings" })?,
        rule: rule.into_rule().ok_or(StoreError::Unreadable { column: "rule" })?,
        made_at: read_moment(row, "made_at")?,
    })
}

impl From<&ChannelSettings> for SettingsColumn {
    fn from(settings: &ChannelSettings) -> Self {
        match settings {
            ChannelSettings::Webhook { origin }
            | ChannelSettings::Slack { origin }
            | ChannelSettings::Teams { origin } => Self { origin: origin.clone(), ..Self::default() },
            ChannelSettings::Mail(mail) => Self {
                mail: Some(MailColumn {
                    server: mail.server.clone(),
                    port: mail.port,
                    security: mail.security.as_str().to_owned(),
                    user: mail.user.clone(),
                    from: mail.from.clone(),
                    to: mail.to.clone(),
                    authority: mail.authority.clone(),
                }),
                ..Self::default()
            },
            ChannelSettings::Command(command) => Self {
                command: Some(CommandColumn { program: command.program.clone(), arguments: command.arguments.clone() }),
                ..Self::default()
            },
        }
    }
}

impl SettingsColumn {
    fn into_settings(self, kind: &str) -> Option<ChannelSettings> {
        let origin = self.origin;
        Some(match kind {
            "webhook" => ChannelSettings::Webhook { origin },
            "slack" => ChannelSettings::Slack { origin },
            "teams" => ChannelSettings::Teams { origin },
            "mail" => {
                let mail = self.mail?;
                ChannelSettings::Mail(MailSettings {
                    server: mail.server,
                    port: mail.port,
                    security: MailSecurity::from_text(&mail.security)?,
                    user: mail.user,
                    from: mail.from,
                    to: mail.to,
                    authority: mail.authority,
                })
            }
            "command" => {
                let command = self.command?;
                ChannelSettings::Command(CommandSettings { program: command.program, arguments: command.arguments })
            }
            _ => return None,
        })
    }
}

impl From<&ChannelRule> for RuleColumn {
    fn from(rule: &ChannelRule) -> Self {
        Self {
            troubles: rule.is_about_troubles,
            ahead_s: rule.ahead.map(|it| it.as_secs()),
            certificates: rule.is_about_certificates,
            causes: rule.causes.iter().map(|it| it.as_str().to_owned()).collect(),
            customers: rule.customers.clone(),
            production_only: rule.is_production_only,
            importance: rule.importance.map(|it| it.as_str().to_owned()),
            first_run_within_s: rule.first_run_within.map(|it| it.as_secs()),
        }
    }
}

impl RuleColumn {
    fn into_rule(self) -> Option<ChannelRule> {
        let importance = match self.importance {
            Some(text) => Some(Importance::from_text(&text)?),
            None => None,
        };
        Some(ChannelRule {
            is_about_troubles: self.troubles,
            ahead: self.ahead_s.map(Duration::from_secs),
            is_about_certificates: self.certificates,
            causes: self.causes.iter().map(|it| CauseLabel::from_text(it)).collect::<Option<_>>()?,
            customers: self.customers,
            is_production_only: self.production_only,
            importance,
            first_run_within: self.first_run_within_s.map(Duration::from_secs),
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use domain::ConnectionId;
    use domain::alert::{About, MessageKind};
    use jiff::Timestamp;

    use super::*;

    pub(in super::super) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_763_600_400 + second).unwrap()
    }

    pub(in super::super) fn webhook(number: u64) -> AlertChannel {
        AlertChannel {
            id: AlertChannelId::from_random(number),
            name: format!("Hook {number}"),
            is_on: true,
            settings: ChannelSettings::Webhook { origin: "https://hooks.example".into() },
            rule: ChannelRule::default(),
            made_at: at(0),
        }
    }

    pub(in super::super) fn message(name: &str, second: i64) -> NewDelivery {
        NewDelivery {
            message: name.into(),
            kind: MessageKind::Raised,
            title: "Gmail needs you".into(),
            body: "{}".into(),
            made_at: at(second),
        }
    }

    /// F4
    #[test]
    fn each_kind_of_channel_is_kept_with_its_rule() {
        let store = Store::in_memory().unwrap();
        let rule = ChannelRule {
            is_about_troubles: false,
            ahead: Some(Duration::from_secs(86_400)),
            is_about_certificates: true,
            causes: vec![CauseLabel::GrantRevoked],
            customers: BTreeSet::from(["Halden".to_owned()]),
            is_production_only: true,
            importance: Some(Importance::Critical),
            first_run_within: Some(Duration::from_secs(3600)),
        };
        let mail = MailSettings {
            server: "smtp.example".into(),
            port: 465,
            security: MailSecurity::Tls,
            user: Some("mira".into()),
            from: "a@b.example".into(),
            to: vec!["c@d.example".into()],
            authority: Some("PEM".into()),
        };
        let command = CommandSettings { program: "/bin/page".into(), arguments: vec!["-x".into()] };
        let origin = || "https://hooks.example".to_owned();
        let all: Vec<_> = [
            ChannelSettings::Webhook { origin: origin() },
            ChannelSettings::Slack { origin: origin() },
            ChannelSettings::Teams { origin: origin() },
            ChannelSettings::Mail(mail),
            ChannelSettings::Command(command),
        ]
        .into_iter()
        .zip(0..)
        .map(|(settings, number)| AlertChannel { settings, rule: rule.clone(), ..webhook(number) })
        .collect();

        all.iter().for_each(|it| store.insert_alert_channel(it).unwrap());

        assert_eq!(store.list_alert_channels().unwrap(), all);
        let twin = AlertChannel { id: AlertChannelId::from_random(9), ..webhook(1) };
        assert!(matches!(store.insert_alert_channel(&twin), Err(StoreError::NameTaken)));
        assert!(matches!(store.rename_alert_channel(&all[0].id, &all[1].name), Err(StoreError::NameTaken)));
        store.rename_alert_channel(&all[0].id, &all[0].name).unwrap();
        store.set_alert_rule(&all[0].id, &ChannelRule::default()).unwrap();
        store.set_alert_channel_on(&all[0].id, false).unwrap();
        let changed = &store.list_alert_channels().unwrap()[0];
        assert_eq!((&changed.rule, changed.is_on), (&ChannelRule::default(), false));
        store.delete_alert_channel(&all[0].id).unwrap();
        assert!(matches!(store.set_alert_channel_on(&all[0].id, true), Err(StoreError::Gone)));
    }

    /// F4, A5: what is told and the message that tells it are one write; a look that somebody overtook writes nothing.
    #[test]
    fn what_is_told_and_its_message_are_written_together() {
        let store = Store::in_memory().unwrap();
        let channel = webhook(1);
        store.insert_alert_channel(&channel).unwrap();
        let told = [Told {
            topic: Topic::Trouble,
            about: About::Connection(ConnectionId::from_random(1)),
            name: "Gmail".into(),
            seen_at: at(0),
            noticed_at: at(1),
            told_at: Some(at(2)),
            message: Some("msg_1".into()),
            mended_at: None,
        }];

        assert!(store.commit_alert_look(&channel.id, &[], &told, &[message("msg_1", 2)]).unwrap());
        assert_eq!(store.list_told(&channel.id).unwrap(), told);
        assert!(!store.commit_alert_look(&channel.id, &[], &told, &[message("msg_2", 3)]).unwrap());
        assert_eq!(store.list_deliveries(Some(&channel.id), None, 10).unwrap().len(), 1, "told once");

        store.delete_alert_channel(&channel.id).unwrap();
        assert!(!store.commit_alert_look(&channel.id, &[], &told, &[]).unwrap());
        assert!(store.list_deliveries(None, None, 10).unwrap().is_empty(), "its messages went with it");
    }
}
