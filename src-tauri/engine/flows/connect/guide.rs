//! The guide to a client at its provider, with redirect URI and scopes in their places; what of it is unverified [C5].

use domain::provider::evidence::Certainty;

use super::ConnectPlan;

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

    /// What to do at the provider, a sentence each; nothing is left in braces.
    pub fn setup_steps(&self) -> Vec<String> {
        let scopes = self.usual_scopes();
        let fill = |step: &String| step.replace("{redirect_uri}", &self.redirect_uri).replace("{scopes}", &scopes);
        self.provider.setup.steps.iter().map(fill).collect()
    }

    /// Parts of the entry that were remembered and read nowhere, with what is said of their source.
    pub fn unverified_facts(&self) -> Vec<(String, String)> {
        let remembered = self.provider.evidence.iter().filter(|(_, fact)| fact.certainty == Certainty::Remembered);
        remembered.map(|(part, fact)| (part.clone(), fact.source.clone())).collect()
    }
}
