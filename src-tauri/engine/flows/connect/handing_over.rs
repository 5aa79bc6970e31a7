//! A grant of a platform's own: signed in for anew, handed over, and not kept here [D2, S159].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::blast_radius::{PlatformConnection, PlatformConnectionState, PlatformKind, Workflow};
use domain::connection::Connection;
use domain::connection::binding::GrantBinding;
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::provider::Dpop;
use domain::token::Expiry;
use domain::token::token_response::IssuedTokens;
use domain::{PlatformConnectionId, Secret};
use jiff::Timestamp;
use serde::Serialize;

use super::landing::{Landing, Pen, Placed, Unplaced};
use super::{Manner, Purpose, SignIn, SignInId, SignInProgress, SignInWay, redirect, with_always};
use crate::platforms::open::Opening;
use crate::platforms::{PlatformFailure, Pushed, PushedGrant, n8n};
use crate::{Engine, Error, Notice};

/// What came of a grant that was handed over.
#[derive(Debug, Clone)]
pub enum HandedOver {
    /// A run has shown that it works.
    Proved {
        at: Timestamp,
        /// The workflow's name, where one is known.
        workflow: Option<String>,
        /// The run, as the platform numbers it.
        run: String,
    },
    /// Written; nothing has shown yet that it works.
    Unproved,
    /// The platform's version takes none over its API: a file for its own import, which holds the grant.
    File(PathBuf),
}

/// Whose a grant will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper {
    pub id: PlatformConnectionId,
    pub name: String,
    pub platform_name: String,
}

/// Where a grant goes.
pub(super) struct Recipient {
    /// Ours of the same account: it says which client and which scopes.
    pub(super) beside: Connection,
    connection: PlatformConnection,
    platform_name: String,
    /// For the file, where it has to be one.
    folder: PathBuf,
}

impl Recipient {
    pub(super) fn keeper(&self) -> Keeper {
        Keeper {
            id: self.connection.id.clone(),
            name: self.connection.name.clone(),
            platform_name: self.platform_name.clone(),
        }
    }
}

impl Engine {
    /// Signs in anew, as for the connection of ours beside it, for a grant that only the platform keeps. What came of
    /// handing it over is how the sign-in ends. `folder` is where a file goes; `opens_browser`: at once.
    ///
    /// # Errors
    /// [`Error::BadInput`] where no connection of ours stands beside it, or its grants are bound to keys of ours;
    /// [`Error::PlatformFailed`] where the platform cannot be asked; as for a sign-in.
    pub async fn begin_hand_over(
        &self,
        id: &PlatformConnectionId,
        folder: &Path,
        opens_browser: bool,
    ) -> Result<SignIn, Error> {
        let gone = || Error::ConnectionGone(id.to_string());
        let connection = self.parts.store.find_platform_connection(id)?.ok_or_else(gone)?;
        let own = connection.joined.as_ref().and_then(|it| it.connection.as_ref());
        let beside = self.connection(own.ok_or(Error::BadInput(
            "join it to a connection of yours first: that says which client and which permissions it gets",
        ))?)?;
        // Known before anybody signs in: a platform that cannot be asked takes no grant.
        let platform = self.platform(&connection.platform)?;
        drop(self.open_platform(&platform).await?);
        let provider = self.provider_of(&beside)?;
        if provider.dpop == Dpop::Required {
            return Err(Error::BadInput("grants of this provider are bound to a key that only Patchbay holds"));
        }
        let client = self.client(&beside.client)?;
        let scopes = with_always(&provider, &beside.scopes.requested)?;
        let manner = Manner {
            rule: redirect::rule_of(&provider, Some(&client), None),
            way: SignInWay::Loopback,
            opens_browser,
            binding: GrantBinding { dpop_thumbprint: None, ..self.parts.store.grant_binding(&beside.id)? },
            wants_dpop: false,
            is_registered_for_it: false,
            named_scopes: vec![],
        };
        let recipient = Recipient { beside, connection, platform_name: platform.name, folder: folder.to_owned() };
        self.begin(provider, client, scopes, Purpose::HandOver(Box::new(recipient)), manner).await
    }
}

impl Engine {
    /// Deletes the file that a sign-in's grant was written into, once the platform has taken it in. Absent is fine.
    ///
    /// # Errors
    /// [`Error::SignInGone`]: it wrote none, or is no longer remembered.
    pub fn delete_grant_file(&self, id: &SignInId) -> Result<(), Error> {
        let SignInProgress::HandedOver { handed: HandedOver::File(path), .. } = self.sign_in(id)?.progress else {
            return Err(Error::SignInGone(id.to_string()));
        };
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::not_written(&path)(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

impl Landing {
    /// Hands the new grant over. Of a platform that does not take it, it is taken back.
    pub(super) async fn hand_over(&self, to: &Recipient, pen: &Pen) -> Result<Placed, Unplaced> {
        if to.beside.identity.is_same_account(&pen.identity) == Some(false) {
            let detail = "it is another account than that of your connection beside it".to_owned();
            return Err(Unplaced::Cause(Diagnosis::of(CauseLabel::WrongTenantOrAccount), Some(detail)));
        }
        let store = &self.engine.parts.store;
        let handed = match self.handed_over(to, pen).await {
            Ok(handed) => handed,
            Err(Error::PlatformFailed(failure)) => return Err(Unplaced::NotTaken(failure)),
            Err(error) => return Err(Unplaced::Ours(error)),
        };
        if let HandedOver::Proved { at, .. } = &handed {
            let state = PlatformConnectionState::Works { at: *at };
            let noted = store.put_platform_connection_state(&to.connection.id, &state);
            self.log_failure(noted.err().map(Error::from));
        }
        self.engine.notify(Notice::PlatformChanged(Some(to.connection.platform.clone())));
        Ok(Placed::AtPlatform(to.beside.id.clone(), handed))
    }

    async fn handed_over(&self, to: &Recipient, pen: &Pen) -> Result<HandedOver, Error> {
        let platform = self.engine.platform(&to.connection.platform)?;
        let grant = self.grant_of(&pen.tokens)?;
        let client = self.engine.open_platform(&platform).await?;
        match client.push_grant(&to.connection.external_id, &grant).await {
            Ok(Pushed::Proved(by)) => {
                let picture = self.engine.picture()?;
                let is_its = |it: &&Workflow| it.platform == platform.id && it.external_id == by.workflow;
                let workflow = picture.workflows().iter().find(is_its).map(|it| it.name.clone());
                Ok(HandedOver::Proved { at: self.engine.parts.clock.now(), workflow, run: by.run.external_id })
            }
            Ok(Pushed::Unproved) => Ok(HandedOver::Unproved),
            Err(PlatformFailure::Unsupported(_)) if platform.kind == PlatformKind::N8n => {
                let key = self.engine.parts.vault.read_platform_key(&platform.id).await?;
                let (Some(key), Some(address)) = (key, &platform.address) else {
                    return Err(PlatformFailure::KeyRefused(platform.name).into());
                };
                let Opening { http, clock } =
                    Opening { http: self.engine.parts.http.clone(), clock: self.engine.parts.clock.clone() };
                let n8n = n8n::N8n::new(http, clock, address, key)?;
                let text = n8n.import_file(&to.connection.external_id, &grant).await?;
                let path = to.folder.join(format!("Patchbay grant {}.json", self.id));
                n8n::write_import_file(&path, &text).map_err(Error::not_written(&path))?;
                Ok(HandedOver::File(path))
            }
            Err(failure) => Err(failure.into()),
        }
    }

    fn grant_of(&self, tokens: &IssuedTokens) -> Result<PushedGrant, Error> {
        let (frozen, now) = (&self.frozen, self.engine.parts.clock.now());
        #[expect(clippy::disallowed_methods, reason = "the client's secret goes to the platform with the grant")]
        let client_secret = frozen.client_secret.as_ref().map(|it| Secret::new(it.expose_secret()));
        Ok(PushedGrant {
            client_id: frozen.client.client_id.clone(),
            client_secret,
            authorize_url: frozen.provider.authorization_endpoint.to_string(),
            token_url: frozen.provider.token_endpoint.to_string(),
            scopes: frozen.scopes.clone(),
            token_response: token_response(tokens, now)
                .ok_or(Error::BadInput("the answer of the sign-in cannot be written"))?,
            issued_at: now,
        })
    }
}

/// A token answer (RFC 6749 §5.1).
#[derive(Serialize)]
struct TokenAnswer<'a> {
    access_token: &'a str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(flatten)]
    kept: BTreeMap<&'a str, &'a str>,
}

#[expect(clippy::disallowed_methods, reason = "the tokens go to the platform that is to hold them, and nowhere else")]
fn token_response(tokens: &IssuedTokens, now: Timestamp) -> Option<Secret> {
    let answer = TokenAnswer {
        access_token: tokens.access_token.as_ref()?.expose_secret(),
        token_type: "Bearer",
        refresh_token: tokens.refresh_token.as_ref().map(Secret::expose_secret),
        expires_in: match tokens.expiry {
            Expiry::At(at) => Some(at.duration_since(now).as_secs().max(0)),
            Expiry::Unknown | Expiry::Never => None,
        },
        scope: tokens.scopes.as_ref().map(|it| it.join(" ")),
        kept: tokens.kept_fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    };
    serde_json::to_string(&answer).ok().map(Secret::new)
}
