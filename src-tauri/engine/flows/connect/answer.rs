//! How an answer reaches a sign-in: by the browser that comes back, or by the address a person pastes
//! [A2, S029, S031, S039].

use std::fmt;

use domain::Secret;
use domain::connection::authorization::{AuthorizationCode, BareToken, Callback, CallbackRefused};
use domain::provider::AnswerHolds;
use domain::token::token_response::{self, AnswerFields, IssuedTokens, TokenAnswer};
use domain::token::{TokenDefect, token_response::AnswerTimes};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::landing::Landing;
use super::{Frozen, SignInId, SignInProgress};
use crate::redirect_listener::pasted::{self, PasteRefused};
use crate::redirect_listener::{AcceptedCallback, CallbackRequest, RedirectListener, SignInEnd};
use crate::{Engine, Error};

/// What hears the answer: a port, where one is held, and whoever pastes.
pub(super) struct Ear {
    pub(super) listener: Option<RedirectListener>,
    pub(super) pasted: mpsc::Receiver<Pasted>,
}

/// An address on its way to the sign-in; it may hold a token.
pub(super) struct Pasted {
    address: Secret,
    outcome: oneshot::Sender<Result<(), PasteRefused>>,
}

/// The answer that counts, and who has to be told the end.
pub(super) enum Answered {
    Browser(AcceptedCallback),
    /// Whoever pasted reads the progress.
    Pasted,
}

/// What a provider gave, and what else its answer told that is kept.
pub(super) struct Given {
    pub(super) what: GivenWhat,
    pub(super) kept: Vec<(String, String)>,
}

pub(super) enum GivenWhat {
    Code(AuthorizationCode),
    Token(BareToken),
}

/// One of the two.
enum Heard {
    Browser(CallbackRequest),
    Pasted(Pasted),
}

impl Engine {
    /// Brings a waiting sign-in the address at which the browser ended. One that is not its answer is refused by
    /// name, and the sign-in goes on waiting. The address is never written down.
    ///
    /// # Errors
    /// [`Error::PasteRefused`]; [`Error::SignInGone`] where nothing waits any longer.
    pub async fn paste_redirect(&self, id: &SignInId, address: Secret) -> Result<(), Error> {
        let gone = || Error::SignInGone(id.to_string());
        let (outcome, told) = oneshot::channel();
        let sender = self.sign_ins.paster(id).ok_or_else(gone)?;
        sender.send(Pasted { address, outcome }).await.map_err(|_| gone())?;
        Ok(told.await.map_err(|_| gone())??)
    }
}

impl Landing {
    /// Waits for this sign-in's own answer; strange requests and pastes neither end nor delay it.
    pub(super) async fn await_answer(&self, ear: &mut Ear) -> (Answered, Result<Given, CallbackRefused>) {
        loop {
            match ear.next().await {
                Heard::Browser(request) => match receive(&self.frozen, &request.parameters) {
                    Ok(settled) => return (Answered::Browser(request.accept()), settled),
                    Err(_) => {
                        request.refuse();
                        self.tell_strange_requests(ear.strange_request_count());
                    }
                },
                Heard::Pasted(pasted) => {
                    let received = pasted.read(&self.frozen).and_then(|parameters| receive(&self.frozen, &parameters));
                    let (outcome, settled) = match received {
                        Ok(settled) => (Ok(()), Some(settled)),
                        Err(refused) => (Err(refused), None),
                    };
                    // Whoever pasted and left sees the progress all the same.
                    pasted.outcome.send(outcome).ok();
                    if let Some(settled) = settled {
                        ear.expire();
                        return (Answered::Pasted, settled);
                    }
                }
            }
        }
    }

    fn tell_strange_requests(&self, count: u32) {
        self.engine.update_sign_in(&self.id, |progress| {
            if let SignInProgress::WaitingForBrowser { strange_request_count, .. } = progress {
                *strange_request_count = count;
            }
        });
    }

    /// What a token that came with the browser is worth: itself, and nothing that would refresh it.
    #[expect(clippy::disallowed_methods, reason = "read by the rules for all token answers")]
    pub(super) fn tokens_of(&self, bare: BareToken) -> Option<IssuedTokens> {
        let provider = &self.frozen.provider;
        let token = ("access_token".to_owned(), Value::String(bare.access_token.expose_secret().to_owned()));
        let said = bare.said.into_iter().map(|(name, value)| (name, Value::String(value)));
        let fields = [token].into_iter().chain(said).collect();
        let fields = AnswerFields { fields, has_wrong_content_type: false, is_whole: true };
        let mut shape = provider.token_answer.clone();
        shape.locations = vec![String::new()];
        let times = AnswerTimes::from(self.engine.parts.clock.now());
        match token_response::read(&fields, &shape, provider.scopes.answer_separator, times) {
            TokenAnswer::Issued(mut tokens) => {
                // Providers that answer so say no type.
                tokens.defects.retain(|it| *it != TokenDefect::TokenTypeMissing);
                Some(*tokens)
            }
            TokenAnswer::Refused { .. } | TokenAnswer::Nothing => None,
        }
    }
}

impl Ear {
    async fn next(&mut self) -> Heard {
        let listener = &mut self.listener;
        let browser = async {
            match listener {
                Some(listener) => listener.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            request = browser => Heard::Browser(request),
            Some(pasted) = self.pasted.recv() => Heard::Pasted(pasted),
        }
    }

    fn strange_request_count(&self) -> u32 {
        self.listener.as_ref().map_or(0, RedirectListener::strange_request_count)
    }

    /// Whoever comes now comes too late.
    fn expire(&self) {
        if let Some(listener) = &self.listener {
            listener.expire();
        }
    }

    /// No further address is taken; the port stays until its last page was served.
    pub(super) fn into_listener(self) -> Option<RedirectListener> {
        self.listener
    }
}

impl Pasted {
    #[expect(clippy::disallowed_methods, reason = "the parameters are read out of it")]
    fn read(&self, frozen: &Frozen) -> Result<Vec<(String, String)>, PasteRefused> {
        pasted::read(self.address.expose_secret(), &frozen.redirect_uri, frozen.provider.answer.mode)
    }
}

impl Answered {
    pub(super) fn finish(self, end: SignInEnd) {
        match self {
            Self::Browser(accepted) => accepted.finish(end),
            Self::Pasted => {}
        }
    }
}

impl fmt::Debug for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pasted").finish_non_exhaustive()
    }
}

/// This sign-in's own answer; an error is another's.
fn receive(frozen: &Frozen, parameters: &[(String, String)]) -> Result<Result<Given, CallbackRefused>, PasteRefused> {
    let callback = match frozen.provider.answer.holds {
        AnswerHolds::Code => frozen.pending.receive(parameters),
        AnswerHolds::Token => frozen.pending.receive_token(parameters, &frozen.provider.authorize_names.access_token),
    };
    match callback {
        Callback::Code(code) => Ok(Ok(Given { what: GivenWhat::Code(code), kept: kept(frozen, parameters) })),
        Callback::Token(token) => Ok(Ok(Given { what: GivenWhat::Token(token), kept: kept(frozen, parameters) })),
        Callback::Final(refused) => Ok(Err(refused)),
        Callback::Stray(_) => Err(PasteRefused::OtherSignIn),
    }
}

/// What the provider's file keeps of an answer: plain text that stands there once.
fn kept(frozen: &Frozen, parameters: &[(String, String)]) -> Vec<(String, String)> {
    let wanted = frozen.provider.answer.kept_parameters.iter();
    wanted
        .filter_map(|(name, parameter)| {
            let mut values = parameters.iter().filter(|(key, _)| key == parameter).map(|(_, value)| value);
            let (Some(value), None) = (values.next(), values.next()) else { return None };
            // It may become a part of addresses.
            let is_plain = value.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it));
            (is_plain && !value.is_empty() && value.len() <= 200).then(|| (name.clone(), value.clone()))
        })
        .collect()
}

/// Gives the port back, where one was held.
pub(super) async fn close(listener: Option<RedirectListener>) {
    if let Some(listener) = listener {
        listener.close().await;
    }
}
