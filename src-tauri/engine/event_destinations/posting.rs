//! One request to a receiver, and what its answer means for the batch in it [F5, S010, S085].

use domain::diagnosis::NetworkFailure;
use domain::event_forwarding::{Complaint, DestinationKind, ForwardingTrouble, Verdict, verdict};
use domain::secret::KnownSecrets;
use http::HeaderMap;
use jiff::Timestamp;

use super::{NotTaken, sentry};
use crate::http::{DeliveryAddress, DeliveryFailure, Http, HttpAnswer};

/// Where a batch goes, and with what.
pub(super) struct Posting<'a> {
    pub(super) kind: DestinationKind,
    pub(super) address: &'a DeliveryAddress,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// What may stand in no word of the receiver's.
    pub(super) secrets: &'a KnownSecrets,
}

impl Posting<'_> {
    /// The answer of a receiver that took it.
    pub(super) async fn send(self, http: &Http, now: Timestamp) -> Result<HttpAnswer, NotTaken> {
        let answer = http.hand_over(self.address, self.headers, self.body).await;
        let answer = answer.map_err(|failure| unreached(failure.kind()))?.without(self.secrets);
        match self.address.receipt(&answer, now) {
            Ok(()) => Ok(answer),
            Err(failure) => Err(refused(self.kind, failure, &answer)),
        }
    }
}

fn unreached(kind: NetworkFailure) -> NotTaken {
    let complaint = Complaint { trouble: ForwardingTrouble::Network(kind), words: None };
    NotTaken { verdict: Verdict::Later, complaint, asked: None }
}

fn refused(kind: DestinationKind, failure: DeliveryFailure, answer: &HttpAnswer) -> NotTaken {
    let (words, asked) = match failure {
        DeliveryFailure::Redirected { to, .. } => (to, None),
        DeliveryFailure::Refused { words, retry_after, .. } => {
            let limit = if kind == DestinationKind::Sentry { sentry::limit(answer) } else { None };
            (words, retry_after.max(limit))
        }
        DeliveryFailure::Http(failure) => return unreached(failure.kind()),
    };
    let complaint = Complaint { trouble: ForwardingTrouble::Status(answer.status), words };
    NotTaken { verdict: verdict(kind, answer.status), complaint, asked }
}
