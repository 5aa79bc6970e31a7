//! Whose tokens a sign-in brought: what the ID token says, and what the provider does [A1, A7, S095].

use domain::connection::{Identity, Proof, ProofKind, Scopes};
use domain::diagnosis::{CauseLabel, Diagnosis, EvidenceContext};
use domain::secret::KnownSecrets;
use domain::token::token_response::IssuedTokens;

use super::super::{SignInProgress, SignInWay};
use crate::authorization_server::id_token::ExpectedClaims;
use crate::authorization_server::{AnswerFacts, id_token};
use crate::provider_api::{IdentityRequest, greet_mcp_server, which_workspaces, who_is_signed_in};

use super::{Landing, Pen, Unplaced};

impl Landing {
    /// Whose tokens these are.
    pub(super) async fn identified(
        &self,
        tokens: IssuedTokens,
        about: AnswerFacts,
        number: Option<i64>,
    ) -> Result<Pen, Unplaced> {
        let frozen = &self.frozen;
        self.engine.note_server_clock(frozen.provider.token_endpoint.as_str(), about.clock_ahead);

        self.tell(SignInProgress::Identifying);
        let claimed = self.claimed_identity(&tokens)?;
        let (mut identity, proof, listed_scopes) = self.prove_identity(&tokens, claimed).await?;
        // Grants of one account for two resources are two connections.
        if let (None, Some(resource)) = (&identity.workspace_id, &frozen.binding.resource) {
            identity.workspace_id = Some(resource.clone());
        }
        let rules = &frozen.provider.scopes;
        let granted = match (&tokens.scopes, listed_scopes) {
            (Some(granted), _) => granted.clone(),
            (None, Some(listed)) => listed,
            (None, None) if rules.missing_means_as_asked => frozen.scopes.clone(),
            (None, None) => vec![],
        };
        let scopes = Scopes { requested: frozen.scopes.clone(), granted };
        Ok(Pen { tokens, about, identity, proof, scopes, number })
    }

    /// What the ID token says; one that is not meant for us ends the sign-in [S095].
    fn claimed_identity(&self, tokens: &IssuedTokens) -> Result<Option<Identity>, Unplaced> {
        let Some(token) = &tokens.id_token else { return Ok(None) };
        let frozen = &self.frozen;
        let has_asked_openid = frozen.scopes.iter().any(|scope| scope == "openid");
        let expected = ExpectedClaims {
            // A multi-tenant issuer writes the tenant into its tokens, so it is compared only where it is one.
            issuer: frozen.provider.issuer.as_ref().map(|issuer| issuer.identifier.as_str()),
            client_id: &frozen.client.client_id,
            // No browser carried one where a code was typed elsewhere.
            workspace_claim: frozen.provider.identity.as_ref().and_then(|it| it.workspace_claim.as_deref()),
            nonce: (has_asked_openid && frozen.way != SignInWay::Device).then_some(&frozen.pending.nonce),
        };
        // The server's clock, as its own answers show it, decides what is over.
        let now = self.engine.now_at(frozen.provider.token_endpoint.as_str());

        // Its claims are the provider's words as any others.
        let brought = [&tokens.access_token, &tokens.refresh_token, &tokens.id_token];
        let secrets = KnownSecrets::of_tokens(brought.into_iter().flatten());
        id_token::read(token, &expected, now).map(|claimed| Some(claimed.without(&secrets))).map_err(|refused| {
            Unplaced::Cause(Diagnosis::of(CauseLabel::TokenAudienceMismatch), Some(refused.to_string()))
        })
    }

    /// Asks the provider who this is. A call that fails leaves the identity to the ID token, unproved.
    async fn prove_identity(
        &self,
        tokens: &IssuedTokens,
        claimed: Option<Identity>,
    ) -> Result<(Identity, Option<Proof>, Option<Vec<String>>), Unplaced> {
        let (Some(access_token), parts) = (&tokens.access_token, &self.engine.parts) else {
            return Ok((claimed.unwrap_or_default(), None, None));
        };
        let request = IdentityRequest {
            provider: &self.frozen.provider,
            token_endpoint: &self.frozen.provider.token_endpoint,
            kept_fields: &self.kept_fields(tokens),
            access_token,
            dpop: self.frozen.dpop.as_deref(),
            earlier: &[],
            context: EvidenceContext::default(),
        };
        // A token for one resource is good there, and nowhere else.
        let mcp_server = self.frozen.binding.mcp_server.as_deref().and_then(|it| url::Url::parse(it).ok());
        if let Some(server) = &mcp_server {
            let known = claimed.unwrap_or_default();
            let answer = greet_mcp_server(&parts.http, server, request, known.clone(), || parts.clock.now()).await;
            let proof = Proof {
                at: parts.clock.now(),
                by: ProofKind::SignIn,
                failure: answer.outcome.as_ref().err().cloned(),
                latency_ms: u32::try_from(answer.latency.as_millis()).ok(),
            };
            return Ok((known, Some(proof), None));
        }
        let Some(answer) = who_is_signed_in(&parts.http, request.clone(), || parts.clock.now()).await else {
            return Ok((claimed.unwrap_or_default(), None, None));
        };
        let proof = Proof {
            at: parts.clock.now(),
            by: ProofKind::SignIn,
            failure: answer.outcome.as_ref().err().cloned(),
            latency_ms: u32::try_from(answer.latency.as_millis()).ok(),
        };
        let Ok(who) = answer.outcome else { return Ok((claimed.unwrap_or_default(), Some(proof), None)) };

        let is_userinfo =
            self.frozen.provider.identity.as_ref().is_some_and(|call| call.subject.iter().any(|it| it == "/sub"));
        if let Some(claimed) = &claimed
            && is_userinfo
            && claimed.subject != who.identity.subject
        {
            let detail = "the ID token and the userinfo endpoint name different people".to_owned();
            return Err(Unplaced::Cause(Diagnosis::of(CauseLabel::WrongTenantOrAccount), Some(detail)));
        }
        let (listed_id, listed_name) = match who.identity.workspace_id {
            Some(_) => (None, None),
            None => which_workspaces(&parts.http, request, || parts.clock.now())
                .await
                .map_or((None, None), |(ids, names)| (Some(ids), names)),
        };
        let known_id = who.identity.workspace_id.or(listed_id);
        let identity = Identity {
            workspace_id: known_id.or_else(|| claimed.and_then(|it| it.workspace_id)),
            workspace_name: who.identity.workspace_name.or(listed_name),
            ..who.identity
        };
        Ok((identity, Some(proof), who.scopes))
    }
}
