//! Where a channel leads, as far as it is not secret [F4].

use std::net::IpAddr;

use jiff::Timestamp;
use thiserror::Error;

use super::ChannelRule;
use crate::AlertChannelId;
use crate::display_text::{LONGEST_ENTERED_NAME, entered_name};

const MOST_RECEIVERS: usize = 20;
/// RFC 5321 §4.5.3.1.3.
const LONGEST_MAIL_ADDRESS: usize = 254;
const MOST_ARGUMENTS: usize = 64;
const LONGEST_ARGUMENT: usize = 4 * 1024;

/// One way in which people hear of what needs them.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertChannel {
    pub id: AlertChannelId,
    pub name: String,
    pub is_on: bool,
    pub settings: ChannelSettings,
    pub rule: ChannelRule,
    pub made_at: Timestamp,
}

/// What kind it is, and what may be shown of where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelSettings {
    /// Of the address, which may be a key, the origin.
    Webhook {
        origin: String,
    },
    Slack {
        origin: String,
    },
    Teams {
        origin: String,
    },
    Mail(MailSettings),
    Command(CommandSettings),
}

/// How a server for mail is reached (RFC 6409, RFC 8314).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    pub server: String,
    pub port: u16,
    pub security: MailSecurity,
    /// Its password is in the keychain. `None`: nobody signs in.
    pub user: Option<String>,
    pub from: String,
    pub to: Vec<String>,
    /// The certificate (PEM) of an authority that only this server's owner knows; beside those of the system.
    pub authority: Option<String>,
}

/// What keeps the way to a server for mail private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// From the first byte (port 465).
    Tls,
    /// From the server's word on (port 587); without that word nothing is sent.
    StartTls,
    /// Nothing: a person asked for it.
    Plain,
}

/// A program and its arguments, run without a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSettings {
    pub program: String,
    pub arguments: Vec<String>,
}

/// What is wrong with a channel as somebody wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChannelRefused {
    #[error("a name has 1 to {LONGEST_ENTERED_NAME} characters that can be seen, and does not begin with alc_")]
    Name,
    #[error("that is no name of a server")]
    Server,
    #[error("that is no mail address")]
    MailAddress,
    #[error("a message goes to 1 to {MOST_RECEIVERS} addresses")]
    ReceiverCount,
    /// Whoever is on the way would read it, and could send it again.
    #[error("without TLS no password is sent")]
    PlainPassword,
    /// Messages name customers and workflows.
    #[error("without TLS only a server on this computer or its own network is used, named by its number")]
    PlainFarAway,
    #[error("a command is the whole path of a program, and up to {MOST_ARGUMENTS} arguments")]
    Command,
    #[error("the certificate is not one in PEM")]
    Authority,
}

impl MailSecurity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::Plain => "plain",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Tls, Self::StartTls, Self::Plain].into_iter().find(|it| it.as_str() == text)
    }

    /// IANA's, and what mail servers listen on for those who send (RFC 8314 §3.3, RFC 6409 §3.1).
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::Plain => 25,
        }
    }
}

impl ChannelSettings {
    /// The word the database, scripts and screens see.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Slack { .. } => "slack",
            Self::Teams { .. } => "teams",
            Self::Mail(_) => "mail",
            Self::Command(_) => "command",
        }
    }

    /// Where it leads, for people.
    pub fn target(&self) -> String {
        match self {
            Self::Webhook { origin } | Self::Slack { origin } | Self::Teams { origin } => origin.clone(),
            Self::Mail(mail) => mail.to.join(", "),
            Self::Command(command) => command.program.clone(),
        }
    }

    /// Whether messages leave this computer: offline they wait.
    pub fn leaves(&self) -> bool {
        !matches!(self, Self::Command(_))
    }

    /// # Errors
    /// What cannot be so.
    pub fn check(&self) -> Result<(), ChannelRefused> {
        match self {
            Self::Webhook { .. } | Self::Slack { .. } | Self::Teams { .. } => Ok(()),
            Self::Mail(mail) => mail.check(),
            Self::Command(command) => command.check(),
        }
    }
}

impl MailSettings {
    fn check(&self) -> Result<(), ChannelRefused> {
        let is_server = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b':');
        if self.server.is_empty() || self.server.len() > 253 || !self.server.bytes().all(is_server) {
            return Err(ChannelRefused::Server);
        }
        if !(1..=MOST_RECEIVERS).contains(&self.to.len()) {
            return Err(ChannelRefused::ReceiverCount);
        }
        if !self.to.iter().chain([&self.from]).all(|it| is_mail_address(it)) {
            return Err(ChannelRefused::MailAddress);
        }
        if self.security == MailSecurity::Plain {
            if self.user.is_some() {
                return Err(ChannelRefused::PlainPassword);
            }
            if !self.server.parse().is_ok_and(is_near) {
                return Err(ChannelRefused::PlainFarAway);
            }
        }
        Ok(())
    }
}

impl CommandSettings {
    fn check(&self) -> Result<(), ChannelRefused> {
        let all = || self.arguments.iter().chain([&self.program]);
        let is_whole = std::path::Path::new(&self.program).is_absolute();
        let is_sound = |it: &String| it.len() <= LONGEST_ARGUMENT && !it.contains('\0');
        if is_whole && self.arguments.len() <= MOST_ARGUMENTS && all().all(is_sound) {
            Ok(())
        } else {
            Err(ChannelRefused::Command)
        }
    }
}

/// A channel's name as it is kept.
///
/// # Errors
/// [`ChannelRefused::Name`].
pub fn channel_name(typed: &str) -> Result<String, ChannelRefused> {
    entered_name(typed, "alc_").ok_or(ChannelRefused::Name)
}

/// This computer, or a network that no router of the internet knows (RFC 1918, RFC 4193, RFC 3927).
fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => it.is_loopback() || it.is_private() || it.is_link_local(),
        IpAddr::V6(it) => it.is_loopback() || it.is_unique_local() || it.is_unicast_link_local(),
    }
}

/// Plain and unquoted (RFC 5321 §4.1.2): what people have. Nothing in it can end a line or a header.
fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_local = |it: u8| it.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&it);
    let is_domain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-');
    let has_no_empty_part = |text: &str| !text.split('.').any(str::is_empty);
    text.len() <= LONGEST_MAIL_ADDRESS
        && local.bytes().all(is_local)
        && domain.bytes().all(is_domain)
        && has_no_empty_part(local)
        && has_no_empty_part(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> MailSettings {
        MailSettings {
            server: "smtp.example".into(),
            port: 587,
            security: MailSecurity::StartTls,
            user: Some("mira".into()),
            from: "patchbay@fjord.example".into(),
            to: vec!["mira+oncall@fjord.example".into()],
            authority: None,
        }
    }

    fn outcome(change: impl FnOnce(&mut MailSettings)) -> Result<(), ChannelRefused> {
        let mut settings = mail();
        change(&mut settings);
        ChannelSettings::Mail(settings).check()
    }

    /// F4: nothing that is typed can become a header of its own.
    #[test]
    fn mail_addresses_that_are_none_are_refused() {
        assert_eq!(outcome(|_| {}), Ok(()));
        for bad in [
            "",
            "mira",
            "@fjord.example",
            "mira@",
            "mira@fjord..example",
            "mira@fjord.example\r\nBcc: all@fjord.example",
            "mira@fjord.example, eve@evil.example",
            "Mira <mira@fjord.example>",
            "\"mira\"@fjord.example",
        ] {
            assert_eq!(outcome(|it| it.to = vec![bad.into()]), Err(ChannelRefused::MailAddress), "{bad:?}");
            assert_eq!(outcome(|it| it.from = bad.into()), Err(ChannelRefused::MailAddress), "{bad:?}");
        }
        assert_eq!(outcome(|it| it.to.clear()), Err(ChannelRefused::ReceiverCount));
        assert_eq!(outcome(|it| it.server = "smtp.example/x".into()), Err(ChannelRefused::Server));
    }

    /// F4: in the clear neither a password nor the names of customers go far.
    #[test]
    fn without_tls_nothing_goes_beyond_the_own_network() {
        let plain = |server: &str, user: Option<&str>| {
            outcome(|it| {
                (it.server, it.user, it.security) = (server.into(), user.map(Into::into), MailSecurity::Plain);
            })
        };
        for near in ["127.0.0.1", "::1", "10.0.0.25", "192.168.1.2", "fd00::25"] {
            assert_eq!(plain(near, None), Ok(()), "{near}");
        }
        for far in ["smtp.example", "localhost", "8.8.8.8", "2001:4860:4860::8888"] {
            assert_eq!(plain(far, None), Err(ChannelRefused::PlainFarAway), "{far}");
        }
        assert_eq!(plain("127.0.0.1", Some("mira")), Err(ChannelRefused::PlainPassword));
    }

    /// F4: no shell, no search.
    #[test]
    fn a_command_is_a_whole_path() {
        let command = |program: &str, argument: &str| {
            let (program, arguments) = (program.to_owned(), vec![argument.to_owned()]);
            ChannelSettings::Command(CommandSettings { program, arguments }).check()
        };
        let whole = if cfg!(windows) { "C:\\tools\\page.exe" } else { "/usr/local/bin/page" };
        assert_eq!(command(whole, "; rm -rf /"), Ok(()), "an argument is an argument");
        assert_eq!(command("page", ""), Err(ChannelRefused::Command));
        assert_eq!(command(whole, "a\0b"), Err(ChannelRefused::Command));
    }

    /// F4
    #[test]
    fn a_name_can_be_seen_and_is_no_id() {
        assert_eq!(channel_name("  Night shift "), Ok("Night shift".to_owned()));
        for bad in ["", "  ", "alc_0123456789", "a\nb", "a\u{202e}b", &"x".repeat(61)] {
            assert_eq!(channel_name(bad), Err(ChannelRefused::Name), "{bad:?}");
        }
    }
}
