//! Why a channel did not take a message: what that means for another try, and in words [F4].

use std::time::Duration;

use jiff::SignedDuration;

use super::FailureKind;
use crate::diagnosis::NetworkFailure;
use crate::display_text::length;

/// Whether a keychain was unlocked is looked at without a prompt, and costs next to nothing.
const UNLOCKED_WITHIN: Duration = Duration::from_secs(30);
/// Receivers of signed messages refuse what is further from their clock than some minutes.
const CLOCK_TOLERATED: SignedDuration = SignedDuration::from_mins(2);

/// What happened instead of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelFailure {
    /// The answer points elsewhere: scheme, host and port of it.
    Redirected {
        status: u16,
        to: Option<String>,
        is_private: bool,
    },
    /// Another answer than a receipt, with the receiver's own words.
    Answered {
        status: u16,
        words: Option<String>,
        retry_after: Option<Duration>,
        /// Our clock minus the receiver's.
        clock_ahead: Option<SignedDuration>,
    },
    Network {
        kind: NetworkFailure,
        may_have_arrived: bool,
    },
    /// More than is read, or not as it was asked for.
    UnreadableAnswer,
    /// A server for mail refused (RFC 5321 §4.2): its code and words.
    MailRefused {
        code: u16,
        words: String,
    },
    /// It offers no TLS, and nothing was said to it.
    MailWithoutTls,
    /// It answered, and not as a server for mail does.
    MailUnreadable {
        words: String,
    },
    CommandNotStarted {
        words: String,
    },
    /// `code`: `None` where a signal ended it.
    CommandFailed {
        code: Option<i32>,
        words: Option<String>,
    },
    CommandTimedOut {
        after: Duration,
    },
    /// The keychain does not hold what the channel needs.
    SecretMissing,
    /// What the keychain holds is no address or key any more; or the message cannot be made for this channel.
    Unusable {
        words: String,
    },
    KeychainUnavailable {
        words: String,
    },
}

impl ChannelFailure {
    /// What another try is worth.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Answered { status, .. } => match status {
                410 => FailureKind::Gone,
                400 | 413 | 415 | 422 => FailureKind::ThisMessage,
                408 | 425 | 429 | 500.. => FailureKind::Passing,
                _ => FailureKind::Refused,
            },
            Self::MailRefused { code, .. } => match code {
                552 | 554 => FailureKind::ThisMessage,
                500.. => FailureKind::Refused,
                _ => FailureKind::Passing,
            },
            Self::Network { .. }
            | Self::UnreadableAnswer
            | Self::MailUnreadable { .. }
            | Self::CommandTimedOut { .. }
            | Self::CommandFailed { .. }
            | Self::KeychainUnavailable { .. } => FailureKind::Passing,
            Self::Redirected { .. }
            | Self::MailWithoutTls
            | Self::CommandNotStarted { .. }
            | Self::SecretMissing
            | Self::Unusable { .. } => FailureKind::Refused,
        }
    }

    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Answered { retry_after, .. } => *retry_after,
            Self::Redirected { .. }
            | Self::Network { .. }
            | Self::UnreadableAnswer
            | Self::MailRefused { .. }
            | Self::MailWithoutTls
            | Self::MailUnreadable { .. }
            | Self::CommandNotStarted { .. }
            | Self::CommandFailed { .. }
            | Self::CommandTimedOut { .. }
            | Self::SecretMissing
            | Self::Unusable { .. }
            | Self::KeychainUnavailable { .. } => None,
        }
    }

    /// When the next try is worth it where that is nobody's wish and no outage: a keychain that is unlocked tells nobody.
    pub fn look_again_after(&self) -> Option<Duration> {
        matches!(self, Self::KeychainUnavailable { .. }).then_some(UNLOCKED_WITHIN)
    }

    /// The word scripts see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Redirected { .. } => "redirected",
            Self::Answered { .. } if self.kind() == FailureKind::Passing => "try_later",
            Self::Answered { .. } => "refused",
            Self::Network { kind, .. } => match kind {
                NetworkFailure::Tls | NetworkFailure::Intercepted => "no_safe_connection",
                NetworkFailure::CertificateOfAnotherTime => "certificate_of_another_time",
                NetworkFailure::NameNotResolved
                | NetworkFailure::NotConnected
                | NetworkFailure::TimedOut
                | NetworkFailure::Proxy
                | NetworkFailure::Broken => "unreachable",
            },
            Self::UnreadableAnswer => "unreadable_answer",
            Self::MailRefused { .. } if self.kind() == FailureKind::Passing => "try_later",
            Self::MailRefused { .. } => "mail_refused",
            Self::MailWithoutTls => "mail_without_tls",
            Self::MailUnreadable { .. } => "mail_unreadable",
            Self::CommandNotStarted { .. } => "command_not_started",
            Self::CommandFailed { .. } => "command_failed",
            Self::CommandTimedOut { .. } => "command_timed_out",
            Self::SecretMissing => "secret_missing",
            Self::Unusable { .. } => "unusable",
            Self::KeychainUnavailable { .. } => "keychain_unavailable",
        }
    }

    /// A sentence or two: what happened, and what helps where that is known.
    pub fn words(&self) -> String {
        match self {
            Self::Redirected { status, to, is_private } => {
                let to = to.as_ref().map_or_else(|| "elsewhere".to_owned(), |it| format!("to {it}"));
                let private = if *is_private { ", which is this computer or a private network" } else { "" };
                format!(
                    "The receiver answered {status} and points {to}{private}. No redirect is followed; give the address \
                     that it really has."
                )
            }
            Self::Answered { status, words, clock_ahead, .. } => {
                let said = words.as_ref().map(|it| format!(": \u{201c}{it}\u{201d}")).unwrap_or_default();
                let off = clock_ahead.filter(|it| it.abs() > CLOCK_TOLERATED && matches!(status, 400..=499));
                let clock = off.map(|it| {
                    let where_to = if it.is_positive() { "ahead of" } else { "behind" };
                    format!(
                        " This machine\u{2019}s clock is {} {where_to} the receiver\u{2019}s: what is signed carries the \
                         time, and one that is minutes off is refused.",
                        length(it)
                    )
                });
                format!("The receiver answered {status}{said}.{}", clock.unwrap_or_default())
            }
            Self::Network { kind, may_have_arrived } => {
                let arrived = if *may_have_arrived { " The message may have arrived." } else { "" };
                format!("{}{arrived}", network_words(*kind))
            }
            Self::UnreadableAnswer => "The receiver\u{2019}s answer could not be read.".to_owned(),
            Self::MailRefused { code, words } => format!("The mail server answered {code}: \u{201c}{words}\u{201d}."),
            Self::MailWithoutTls => {
                "The mail server offers no STARTTLS, so nothing was sent. Port 465 with TLS may be what it wants."
                    .to_owned()
            }
            Self::MailUnreadable { words } => format!("The mail server did not answer as one does: {words}."),
            Self::CommandNotStarted { words } => format!("The program could not be started: {words}."),
            Self::CommandFailed { code, words } => {
                let how = code.map_or_else(|| "was ended by a signal".to_owned(), |it| format!("ended with {it}"));
                let said = words.as_ref().map(|it| format!(": \u{201c}{it}\u{201d}")).unwrap_or_default();
                format!("The program {how}{said}.")
            }
            Self::CommandTimedOut { after } => {
                let after = SignedDuration::try_from(*after).unwrap_or_default();
                format!("The program did not end within {}, and was stopped.", length(after))
            }
            Self::SecretMissing => {
                "The keychain does not hold this channel\u{2019}s secret any more. Remove the channel and add it again."
                    .to_owned()
            }
            Self::Unusable { words } => format!("It cannot be used: {words}."),
            Self::KeychainUnavailable { words } => format!("Its secret could not be had: {words}."),
        }
    }
}

fn network_words(kind: NetworkFailure) -> &'static str {
    match kind {
        NetworkFailure::NameNotResolved => "The receiver\u{2019}s name was not found.",
        NetworkFailure::NotConnected => "The receiver could not be reached.",
        NetworkFailure::TimedOut => "The receiver did not answer in time.",
        NetworkFailure::Tls => "No safe connection to the receiver could be made.",
        NetworkFailure::CertificateOfAnotherTime => {
            "By this machine\u{2019}s clock the receiver\u{2019}s certificate is not valid at this time."
        }
        NetworkFailure::Intercepted => {
            "Somebody between here and the receiver answers with a certificate of their own."
        }
        NetworkFailure::Proxy => "The proxy on the way to the receiver refused.",
        NetworkFailure::Broken => "The connection to the receiver broke.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, clock_ahead: Option<SignedDuration>) -> ChannelFailure {
        ChannelFailure::Answered { status, words: None, retry_after: None, clock_ahead }
    }

    /// F4
    #[test]
    fn answers_are_told_apart_by_what_cures_them() {
        for (status, kind) in [
            (410, FailureKind::Gone),
            (413, FailureKind::ThisMessage),
            (429, FailureKind::Passing),
            (503, FailureKind::Passing),
            (401, FailureKind::Refused),
            (404, FailureKind::Refused),
            (101, FailureKind::Refused),
        ] {
            assert_eq!(answered(status, None).kind(), kind, "{status}");
        }
        let mail = |code| ChannelFailure::MailRefused { code, words: "no".into() }.kind();
        assert_eq!(
            (mail(451), mail(535), mail(552)),
            (FailureKind::Passing, FailureKind::Refused, FailureKind::ThisMessage)
        );
    }

    /// F4: whoever tries a channel learns whether another try, or a look at what was typed, is worth it.
    #[test]
    fn what_passes_by_itself_has_a_word_of_its_own() {
        let mail = |code| ChannelFailure::MailRefused { code, words: "no".into() }.code();
        let network = |kind| ChannelFailure::Network { kind, may_have_arrived: false }.code();

        assert_eq!([429, 500, 503].map(|status| answered(status, None).code()), ["try_later"; 3]);
        assert_eq!([401, 404, 413].map(|status| answered(status, None).code()), ["refused"; 3]);
        assert_eq!((mail(451), mail(535)), ("try_later", "mail_refused"));
        assert_eq!(network(NetworkFailure::Tls), "no_safe_connection");
        assert_eq!(network(NetworkFailure::TimedOut), "unreachable");
    }

    /// F4: clocks that disagree are named where a signature was refused, and nowhere else.
    #[test]
    fn a_clock_that_is_off_is_named_where_it_may_be_the_cause() {
        let off = Some(SignedDuration::from_mins(-10));
        let words = answered(401, off).words();
        assert!(words.contains("clock is 10 min behind the receiver\u{2019}s"), "{words}");
        assert!(!answered(503, off).words().contains("clock"));
        assert!(!answered(401, Some(SignedDuration::from_secs(20))).words().contains("clock"));
    }

    /// S085
    #[test]
    fn a_redirect_into_a_private_network_says_so() {
        let to = Some("http://169.254.169.254".to_owned());
        let words = ChannelFailure::Redirected { status: 307, to, is_private: true }.words();
        assert_eq!(
            words,
            "The receiver answered 307 and points to http://169.254.169.254, which is this computer or a private network. No \
             redirect is followed; give the address that it really has."
        );
    }
}
