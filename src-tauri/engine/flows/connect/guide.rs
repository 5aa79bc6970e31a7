//! The guide to a client at its provider, with redirect URI and scopes in their places; what of it is unverified [C5].

use domain::provider::evidence::Certainty;
use url::Url;

use super::ConnectPlan;

/// Unassigned, and below the ports systems hand out by themselves on Windows and macOS.
pub const COMPARED_PORT: u16 = 43_117;

impl ConnectPlan {
    /// Scopes that are always asked for, and those ticked at first, as the provider separates them.
    pub fn usual_scopes(&self) -> String {
        let rules = &self.provider.scopes;
        let ticked = rules.actions.iter().filter(|action| action.is_preselected).flat_map(|action| &action.scopes);
        let mut scopes: Vec<&str> = vec![];
        for scope in rules.always.iter().chain(ticked) {
            if !scopes.contains(&scope.as_str()) {
                scopes.push(scope);
            }
        }
        scopes.join(&rules.separator.to_string())
    }

    /// The redirect URI as it is entered at the provider: without a port where any serves.
    pub fn registered_redirect_uri(&self) -> String {
        let portless = |mut url: Url| url.set_port(None).is_ok().then(|| String::from(url));
        let any_port = Url::parse(&self.redirect_uri).ok().filter(|_| self.is_any_port).and_then(portless);
        any_port.unwrap_or_else(|| self.redirect_uri.clone())
    }

    /// What a client that compares every character registers where the usual kind takes any port: one that stays. `None`:
    /// the redirect URI is of that kind anyway.
    pub fn redirect_uri_with_port(&self) -> Option<String> {
        let mut url = Url::parse(&self.redirect_uri).ok().filter(|_| self.is_any_port)?;
        url.set_port(Some(COMPARED_PORT)).ok()?;
        Some(url.into())
    }

    /// Whether the provider asks for it at all: a kind of client that takes any address of this computer may not.
    pub fn has_redirect_to_register(&self) -> bool {
        let steps = &self.provider.setup.steps;
        !self.is_any_port || steps.is_empty() || steps.iter().any(|step| step.contains("{redirect_uri}"))
    }

    /// What to do at the provider, a sentence each; nothing is left in braces.
    pub fn setup_steps(&self) -> Vec<String> {
        let (redirect_uri, scopes) = (self.registered_redirect_uri(), self.usual_scopes());
        let fill = |step: &String| step.replace("{redirect_uri}", &redirect_uri).replace("{scopes}", &scopes);
        self.provider.setup.steps.iter().map(fill).collect()
    }

    /// Parts of the entry that were remembered and read nowhere, with what is said of their source.
    pub fn unverified_facts(&self) -> Vec<(String, String)> {
        let remembered = self.provider.evidence.iter().filter(|(_, fact)| fact.certainty == Certainty::Remembered);
        remembered.map(|(part, fact)| (part.clone(), fact.source.clone())).collect()
    }
}
