//! What a refresh brought: durable before anyone may use it, and kept from everybody where it is another account's
//! [A5, S060, S069, S101].

use domain::connection::{Connection, GrantState, IssuedBy, Proof, ProofKind};
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::display_text::cleaned;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::Rotation;
use domain::token::token_response::IssuedTokens;
use domain::token::{Expiry, TokenDefect};
use domain::{Secret, TokenVersion};

use super::super::bundle::{Replacement, bundle_of};
use super::super::refresh::RefreshOutcome;
use super::{Asking, Failed, Issued, fill, reason_of};
use crate::authorization_server::id_token::{
    ExpectedClaims, IdTokenRefused, KnownAccount, RefreshedIdToken, read_refreshed,
};
use crate::refresh_lock::RefreshLock;
use crate::{Engine, Error};

impl Engine {
    /// The new bundle is durable before anything else is written, and before anyone may use it [S069].
    pub(super) async fn store_refreshed(
        &self,
        asking: &Asking<'_>,
        expected: TokenVersion,
        issued: Issued,
        in_hand: Option<(Secret, Expiry)>,
        lock: RefreshLock,
    ) -> Result<RefreshOutcome, Error> {
        let Asking { connection, why, .. } = asking;
        let Issued { mut tokens, about, sent, exposure } = issued;
        let now = self.parts.clock.now();
        let (is_rotated, latency) = (tokens.refresh_token.is_some(), about.latency);
        let left_refresh_tokens = std::mem::take(&mut tokens.left_refresh_tokens);
        let contradicted = contradicted(asking, &mut tokens);
        let refused = contradicted.map(|_| Diagnosis::of(CauseLabel::WrongTenantOrAccount));
        let version = expected.next();
        let is_in_doubt = leaves_in_doubt(asking.provider.refresh.rotation, &tokens.defects);
        let mut bundle =
            bundle_of(tokens, version, Some(sent), connection.refresh_token_ends_at, &connection.scopes.granted, now);
        let is_usable = bundle.access_token.is_some();
        if !is_usable
            && !connection.is_token_refused()
            && let Some((token, expiry)) = in_hand.filter(|(_, expiry)| !expiry.is_over(now))
        {
            // The one before it works until its own end.
            (bundle.access_token, bundle.expiry) = (Some(token), expiry);
            bundle.granted_scopes.clone_from(&connection.scopes.granted);
        }
        let granted_at = match connection.grant {
            GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. } => granted_at,
            GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => now,
        };
        let kind = if refused.is_none() { EventKind::RefreshSucceeded } else { EventKind::RefreshFailed };
        let mut event = self.event(kind, connection);
        fill(&mut event, &about);
        event.diagnosis.clone_from(&refused);
        event.token_version = Some(version);
        event.token_fingerprint = bundle.access_token.as_ref().map(Secret::fingerprint);
        event.attempt = connection.refresh_failures.as_ref().map(|streak| streak.count.saturating_add(1));
        event.lateness = why.lateness(now);
        event.subject = is_rotated.then(|| "rotated".to_owned());
        event.reason = Some(reason_of(connection, *why));
        let proof = Proof {
            at: now,
            by: ProofKind::Refresh,
            failure: None,
            latency_ms: u32::try_from(latency.as_millis()).ok(),
        };
        let replacement = Replacement {
            issued_by: IssuedBy::Refresh,
            reason: event.reason,
            granted_at,
            refused: refused.clone(),
            is_in_doubt,
            // An answer without a usable access token proves nothing, and one of somebody else nothing of this account.
            proof: (is_usable && refused.is_none()).then_some(proof),
            identity: None,
            requested: None,
            endpoints: None,
            binding: None,
            client: None,
            // An answer without a usable token is told once: as the failure below.
            events: (is_usable || refused.is_some())
                .then_some(event)
                .into_iter()
                .chain(self.cleared(connection, is_usable && refused.is_none()))
                .chain(self.scopes_changed(connection, &bundle.granted_scopes))
                .chain(self.refresh_token_left(connection, version, &left_refresh_tokens))
                .chain(contradicted.map(|why| self.refused_answer(connection, why)))
                .collect(),
            exposure: Some(exposure),
        };
        if let Some(diagnosis) = &refused
            && let Err(error) = self.parts.store.note_refused(&connection.id, version, diagnosis)
        {
            tracing::warn!(%error, "whose a new bundle is would not be known after a crash");
        }
        let lock = self.put_in_place(connection, expected, bundle, replacement, lock).await?;
        self.heed_success(&connection.provider);
        if let Some(diagnosis) = refused {
            self.erase_replaced(&connection.id, lock);
            return Ok(RefreshOutcome::GrantEnded { diagnosis });
        }
        if !is_usable {
            // Nothing of it can be sent to an API. What was rotated is kept, and it is asked again after the usual
            // waits [S060, S062]. Under the lock: whoever waited for it finds the same failure.
            let diagnosis = Diagnosis::of_unusable_token(about.http_status);
            let failed = Failed { diagnosis, retry_after: None, about, words: None, is_last: false };
            let noted = self.note_failure(asking, version, failed);
            self.erase_replaced(&connection.id, lock);
            return noted;
        }
        self.erase_replaced(&connection.id, lock);
        self.note_server_clock(connection.endpoints.token_endpoint.as_str(), about.clock_ahead);
        Ok(RefreshOutcome::Refreshed { version, latency, is_rotated, left_refresh_tokens })
    }

    /// What a person was told of is over: whatever refused without a word, or did not answer, does so no more [A5, B4].
    pub(in crate::flows) fn cleared(&self, connection: &Connection, is_good: bool) -> Option<LifecycleEvent> {
        let is_over = is_good && (connection.is_told_of_refusals() || connection.has_lost_answers());
        is_over.then(|| self.event(EventKind::ReauthRequiredCleared, connection))
    }

    fn refused_answer(&self, connection: &Connection, why: IdTokenRefused) -> LifecycleEvent {
        let mut event = self.event(EventKind::ReauthRequiredSet, connection);
        event.diagnosis = Some(Diagnosis::of(CauseLabel::WrongTenantOrAccount));
        event.subject =
            Some(format!("{why}; the tokens are given to nobody, and revoked at a reconnect or disconnect"));
        event
    }

    /// What a refresh took away or added of the scopes, where it did [C4].
    pub(in crate::flows) fn scopes_changed(
        &self,
        connection: &Connection,
        granted: &[String],
    ) -> Option<LifecycleEvent> {
        let before = &connection.scopes.granted;
        let only = |of: &[String], and_not: &[String]| {
            let all: Vec<_> = of.iter().filter(|it| !and_not.contains(it)).map(String::as_str).collect();
            all.join(" ")
        };
        let (lost, gained) = (only(before, granted), only(granted, before));
        if before.is_empty() || (lost.is_empty() && gained.is_empty()) {
            return None;
        }
        let said = [("lost", lost), ("gained", gained)].into_iter().filter(|(_, scopes)| !scopes.is_empty());
        let said: Vec<_> = said.map(|(word, scopes)| format!("{word} {scopes}")).collect();
        let mut event = self.event(EventKind::ScopesChanged, connection);
        event.subject = Some(cleaned(&said.join("; "), 400));
        Some(event)
    }
}

/// Whether a new refresh token may have come that could not be read, and the one that is kept be spent.
pub(in crate::flows) fn leaves_in_doubt(rotation: Rotation, defects: &[TokenDefect]) -> bool {
    rotation != Rotation::Never && defects.iter().any(|it| it.leaves_old_in_doubt())
}

/// Where the ID token of a refresh answer is of another issuer, person or workspace (OIDC Core §12.2). One that says
/// nothing is noted as a defect of the answer [S101].
fn contradicted(asking: &Asking<'_>, tokens: &mut IssuedTokens) -> Option<IdTokenRefused> {
    let Asking { connection, provider, client, .. } = asking;
    // An identity call of the provider's own may count people otherwise than its ID tokens do.
    let is_subject_comparable =
        provider.identity.as_ref().is_none_or(|call| call.subject.iter().any(|it| it == "/sub"));
    let expected = ExpectedClaims {
        issuer: provider.issuer.as_ref().map(|issuer| issuer.identifier.as_str()),
        client_id: &client.client_id,
        nonce: None,
        workspace_claim: None,
    };
    let subject = connection.identity.subject.as_deref().filter(|_| is_subject_comparable);
    let call = provider.identity.as_ref();
    let workspace = connection.identity.workspace_id.as_deref();
    let workspace_claims: Vec<_> = match call {
        Some(call) => match call.workspace_claim.as_deref() {
            Some(claim) => vec![claim],
            None => call.workspace_id.iter().filter_map(|it| it.strip_prefix('/')).collect(),
        },
        None => vec!["tid", "hd"],
    };
    // A domain is no other name of a workspace that was known by an id.
    let is_domain = workspace.is_some_and(|it| it.contains('.'));
    let workspace_claims: Vec<_> = workspace_claims.into_iter().filter(|it| is_domain || *it != "hd").collect();
    let known = KnownAccount { subject, workspace, workspace_claims: &workspace_claims };
    match read_refreshed(tokens.id_token.as_ref()?, &expected, &known) {
        RefreshedIdToken::Agrees => None,
        RefreshedIdToken::SaysNothing(_) => {
            tokens.defects.push(TokenDefect::IdTokenUnusable);
            None
        }
        RefreshedIdToken::OfAnother(why) => Some(why),
    }
}
