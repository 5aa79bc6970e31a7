//! The two rungs at the token endpoint: does it know the client, and can a usable access token be had [C3, B4, B5]?

use std::time::Duration;

use jiff::Timestamp;

use super::subject::{Finding, Subject, advising, answer_of};
use super::{ProofLine, Rung};
use crate::TokenVersion;
use crate::diagnosis::setup_check::{PairVerdict, TokenSeen};
use crate::diagnosis::{ActionLabel, CauseLabel, Diagnosis};

/// What is known of the token endpoint and the client.
#[derive(Debug, Clone)]
pub enum EndpointSeen {
    /// Something else shows already that it takes this client; as a sentence.
    Proved(String),
    /// Nothing is at stake, or asking may harm; as a sentence.
    NotAsked(String),
    /// The client has a secret, and the keychain does not hold it.
    SecretMissing,
    /// A wrong code was sent.
    Asked { seen: TokenSeen, took: Duration, proof: Vec<ProofLine> },
}

/// The token endpoint answers, and knows the client.
pub fn token_endpoint(seen: &EndpointSeen, subject: &Subject<'_>) -> Finding {
    let (name, client) = (subject.name(), &subject.client.name);
    match seen {
        EndpointSeen::Proved(says) | EndpointSeen::NotAsked(says) => Finding::not_needed(Rung::TokenEndpoint, says),
        EndpointSeen::SecretMissing => Finding::failed(
            Rung::TokenEndpoint,
            format!("The keychain holds no secret for the client {client}, and {name} asks for one."),
            Diagnosis::of(CauseLabel::ClientCredentialsMismatch),
        ),
        EndpointSeen::Asked { seen, took, proof } => asked(seen, subject).with(Some(*took), proof.clone()),
    }
}

fn asked(seen: &TokenSeen, subject: &Subject<'_>) -> Finding {
    let (name, client) = (subject.name(), &subject.client.name);
    let diagnosis = match seen {
        TokenSeen::Refused(diagnosis) => diagnosis,
        TokenSeen::Issued => {
            return Finding::failed(
                Rung::TokenEndpoint,
                format!(
                    "{name} gave tokens for a code that nobody was given: that is no authorization server to trust."
                ),
                Diagnosis::of(CauseLabel::MalformedTokenRequest),
            );
        }
        TokenSeen::NotAsked(why) => return Finding::not_needed(Rung::TokenEndpoint, format!("Not asked: {why}.")),
    };
    let said = answer_of(diagnosis);
    if diagnosis.is_transient() {
        let what = if diagnosis.cause == CauseLabel::RateLimited {
            "asks to slow down; nothing more was asked"
        } else if diagnosis.cause == CauseLabel::ProviderOutage {
            "has a failure of its own"
        } else {
            "gave no usable answer"
        };
        let says = format!("{name}'s token endpoint {what} ({said}).");
        return Finding::failed(Rung::TokenEndpoint, says, diagnosis.clone());
    }
    match PairVerdict::of(seen) {
        PairVerdict::Refused => Finding::failed(
            Rung::TokenEndpoint,
            format!(
                "{name} does not take the client {client}: it answered a wrong code with {said}, before looking at the code."
            ),
            diagnosis.clone(),
        ),
        PairVerdict::Good => Finding::passed(
            Rung::TokenEndpoint,
            format!("A deliberately wrong code was refused ({said}) and the client {client} was not: {name} knows it."),
        ),
        PairVerdict::NotTold => Finding::passed(
            Rung::TokenEndpoint,
            format!(
                "It answers. Its word for a deliberately wrong code ({said}) does not tell whether it takes the client."
            ),
        ),
    }
}

/// What came of wanting a usable access token.
#[derive(Debug, Clone)]
pub enum CredentialSeen {
    /// It holds, and nobody asked for more.
    Holds {
        until: Option<Timestamp>,
    },
    /// The provider ended the grant earlier; it is not asked again [B5].
    EndedBefore {
        at: Timestamp,
        diagnosis: Diagnosis,
    },
    Refreshed {
        version: TokenVersion,
        is_rotated: bool,
        took: Duration,
    },
    /// Another task or process had just done it.
    AlreadyFresh {
        version: TokenVersion,
    },
    /// It was asked, just now or a while ago.
    Failed {
        diagnosis: Diagnosis,
        retry_at: Option<Timestamp>,
        is_from_before: bool,
    },
    /// The grant ended at this request.
    Ended {
        diagnosis: Diagnosis,
    },
    NoRefreshToken,
    /// It needs a refresh, and a person has switched that off.
    Paused,
}

/// A usable access token can be had.
pub fn credential(
    seen: &CredentialSeen,
    took: Option<Duration>,
    proof: &[ProofLine],
    subject: &Subject<'_>,
) -> Finding {
    let name = subject.name();
    let finding = match seen {
        CredentialSeen::Holds { until } => {
            let until = until.map_or_else(String::new, |at| format!(" until {}", subject.at(at)));
            Finding::not_needed(
                Rung::Credential,
                format!("The access token holds{until}. A token that holds is refreshed only when you ask for it."),
            )
        }
        CredentialSeen::EndedBefore { at, diagnosis } => Finding::failed(
            Rung::Credential,
            format!(
                "{name} ended the grant at {} ({}). What was refused for good is not sent again.",
                subject.at(*at),
                answer_of(diagnosis)
            ),
            diagnosis.clone(),
        ),
        CredentialSeen::Refreshed { version, is_rotated, took } => {
            let rotated = if *is_rotated { " The refresh token was exchanged too." } else { "" };
            Finding::passed(
                Rung::Credential,
                format!(
                    "Refreshed once, from the newest stored token, in {} ms: {version} is stored.{rotated}",
                    took.as_millis()
                ),
            )
        }
        CredentialSeen::AlreadyFresh { version } => {
            Finding::passed(Rung::Credential, format!("Another program had just refreshed it: {version} is stored."))
        }
        CredentialSeen::Ended { diagnosis } => Finding::failed(
            Rung::Credential,
            format!(
                "{name} refused the refresh token ({}). It was read again from the keychain first and had not changed, \
                 so there was no second try.",
                answer_of(diagnosis)
            ),
            diagnosis.clone(),
        ),
        CredentialSeen::Failed { diagnosis, retry_at, is_from_before } => {
            let again = retry_at
                .filter(|_| diagnosis.is_tried_again())
                .map_or_else(String::new, |at| format!(" It is tried again at {}.", subject.at(at)));
            let when = if *is_from_before { "The last refresh" } else { "The refresh" };
            let says = format!("{when} failed ({}); the grant stands.{again}", answer_of(diagnosis));
            Finding::failed(Rung::Credential, says, diagnosis.clone())
        }
        CredentialSeen::NoRefreshToken => Finding::failed(
            Rung::Credential,
            format!("{name} gave no refresh token for this grant, so nothing can renew its access token."),
            Diagnosis::of(CauseLabel::RefreshTokenMissing),
        ),
        CredentialSeen::Paused => Finding::failed(
            Rung::Credential,
            "The access token is over or refused, and refreshing is switched to paused. Nothing was sent.",
            advising(CauseLabel::AccessTokenExpired, ActionLabel::Refresh),
        ),
    };
    finding.with(took, proof.to_vec())
}
