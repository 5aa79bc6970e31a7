//! Asking for more: a connection gets further scopes by a consent to those alone, or to all of them again [A7, C4].

use domain::ConnectionId;
use domain::provider::scope_map::{covers, minimal};
use domain::provider::{Provider, ScopeWidening};

use super::{Manner, Purpose, SignIn, SignInWay, redirect, with_always};
use crate::{Engine, Error};

impl Engine {
    /// Starts a sign-in that asks for further scopes of a connection. What comes back is compared with what there
    /// was: losing a scope, or another account, replaces nothing before a yes.
    pub async fn begin_widening(
        &self,
        id: &ConnectionId,
        more: &[String],
        opens_browser: bool,
    ) -> Result<SignIn, Error> {
        let connection = self.connection(id)?;
        if self.sign_ins.of_connection(id).is_some() {
            return Err(Error::SignInUnderWay);
        }
        let provider = self.provider_of(&connection)?;
        let rules = &provider.scopes;
        if rules.parameter.is_none() {
            return Err(Error::BadInput("this provider knows no scopes; access is chosen on its own page"));
        }
        if connection.is_living() && more.iter().all(|it| covers(rules, &connection.scopes.granted, it)) {
            return Err(Error::BadInput("everything asked for is granted already"));
        }
        let wanted: Vec<String> = connection.scopes.requested.iter().chain(more).cloned().collect();
        let scopes = with_always(&provider, &minimal(rules, &wanted))?;
        let client = self.client(&connection.client)?;
        let rule = redirect::rule_of(&provider, Some(&client), None);
        let binding = self.parts.store.grant_binding(id)?;
        let wants_dpop = binding.dpop_thumbprint.is_some();
        let is_by_device = binding.is_by_device && provider.device_authorization_endpoint.is_some();
        let way = if is_by_device { SignInWay::Device } else { SignInWay::Loopback };
        let (is_registered_for_it, named_scopes) = (false, vec![]);
        let manner = Manner { rule, way, opens_browser, binding, wants_dpop, is_registered_for_it, named_scopes };
        self.begin(provider, client, scopes, Purpose::Reconnect(Box::new(connection)), manner).await
    }
}

/// The part of the scopes that has to be asked for, where the provider keeps those granted before and only further
/// ones are wanted. `None`: all are asked for.
pub(super) fn further_scopes(provider: &Provider, purpose: &Purpose, scopes: &[String]) -> Option<Vec<String>> {
    let rules = &provider.scopes;
    let connection = match purpose {
        Purpose::Reconnect(connection) if rules.widening == ScopeWidening::KeepsGranted => connection,
        Purpose::Reconnect(_) | Purpose::New { .. } | Purpose::HandOver(_) => return None,
    };
    let is_wider = scopes.iter().any(|it| !covers(rules, &connection.scopes.requested, it));
    if !is_wider || !connection.is_living() {
        return None;
    }
    // Who signed in is asked always: the answer is compared by it.
    let is_always = |scope: &String| scope == "openid" || rules.always.contains(scope);
    let is_new = |scope: &String| !covers(rules, &connection.scopes.granted, scope);
    Some(scopes.iter().filter(|it| is_always(it) || is_new(it)).cloned().collect())
}
