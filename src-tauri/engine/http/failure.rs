//! Why there is no HTTP answer, and whether the request may have reached the server [S055, S056, S064].

use std::io;

use domain::diagnosis::NetworkFailure;
use rustls::{CertificateError, Error as TlsError};
use thiserror::Error;

/// No public certificate lives longer (CA/Browser Forum, Baseline Requirements 6.3.2): one that was over for longer is
/// not one that somebody forgot to renew.
const LONGEST_LIFE_DAYS: u64 = 398;

/// Whether the server may have acted on a request that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WasSent {
    /// No byte of it left: it may be sent again.
    No,
    /// It may have been acted on: a refresh token or a code in it may be spent.
    Maybe,
}

/// Never shows an address or a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HttpFailure {
    #[error("{}", words(*kind))]
    Network { kind: NetworkFailure, was_sent: WasSent },
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the answer is compressed, which was not asked for")]
    EncodedBody,
}

impl HttpFailure {
    /// The network's part in it. An answer that is refused unread broke off, as far as a diagnosis goes.
    pub fn kind(&self) -> NetworkFailure {
        match self {
            Self::Network { kind, .. } => *kind,
            Self::TooLarge { .. } | Self::EncodedBody => NetworkFailure::Broken,
        }
    }

    /// A refused answer was given, so its request was certainly sent.
    pub fn was_sent(&self) -> WasSent {
        match self {
            Self::Network { was_sent, .. } => *was_sent,
            Self::TooLarge { .. } | Self::EncodedBody => WasSent::Maybe,
        }
    }
}

pub(super) const TIMED_OUT: HttpFailure =
    HttpFailure::Network { kind: NetworkFailure::TimedOut, was_sent: WasSent::Maybe };
/// A request that names no server.
pub(super) const UNSENDABLE: HttpFailure =
    HttpFailure::Network { kind: NetworkFailure::NotConnected, was_sent: WasSent::No };
/// No certificate is valid at the time that our clock shows.
pub(super) const OTHER_TIME: HttpFailure =
    HttpFailure::Network { kind: NetworkFailure::CertificateOfAnotherTime, was_sent: WasSent::No };
/// Nothing was sent, for want of a safe connection.
pub(super) const NO_TLS: HttpFailure = HttpFailure::Network { kind: NetworkFailure::Tls, was_sent: WasSent::No };

pub(super) fn of(error: &reqwest::Error) -> HttpFailure {
    if error.is_builder() {
        return UNSENDABLE;
    }
    // Connections are not reused, so a failure to connect comes before the first byte of the request.
    let was_sent = if error.is_connect() { WasSent::No } else { WasSent::Maybe };
    let kind = if error.is_dns() {
        NetworkFailure::NameNotResolved
    } else if error.is_timeout() {
        NetworkFailure::TimedOut
    } else if let Some(tls) = tls_error_in(error) {
        if is_of_another_time(tls) { NetworkFailure::CertificateOfAnotherTime } else { NetworkFailure::Tls }
    } else if error.is_connect() {
        NetworkFailure::NotConnected
    } else {
        NetworkFailure::Broken
    };
    HttpFailure::Network { kind, was_sent }
}

/// An I/O error hides what it wraps from `source`, and errors wrap each other several times.
fn tls_error_in<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a TlsError> {
    let wrapped = || tls_error_in(error.downcast_ref::<io::Error>()?.get_ref()?);
    error.downcast_ref().or_else(wrapped).or_else(|| tls_error_in(error.source()?))
}

/// Not valid yet, or over for longer than any lives: then it is our clock that is off. One that has just run out is
/// its owner's doing.
fn is_of_another_time(error: &TlsError) -> bool {
    let TlsError::InvalidCertificate(reason) = error else { return false };
    if let CertificateError::ExpiredContext { time, not_after } = reason {
        return time.as_secs().saturating_sub(not_after.as_secs()) > LONGEST_LIFE_DAYS * 86_400;
    }
    matches!(reason, CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })
}

fn words(kind: NetworkFailure) -> &'static str {
    match kind {
        NetworkFailure::NameNotResolved => "the server's name was not found",
        NetworkFailure::NotConnected => "the server could not be reached",
        NetworkFailure::TimedOut => "the server did not answer in time",
        NetworkFailure::Tls => "no safe connection to the server could be made",
        NetworkFailure::CertificateOfAnotherTime => {
            "by this machine's clock the server's certificate is not valid at this time"
        }
        NetworkFailure::Intercepted => "somebody between here and the server answers with a certificate of their own",
        NetworkFailure::Proxy => "the proxy on the way to the server refused",
        NetworkFailure::Broken => "the connection to the server broke",
    }
}
