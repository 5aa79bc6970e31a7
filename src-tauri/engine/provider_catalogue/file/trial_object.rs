//! The objects of a provider file that a rehearsal makes and removes [A2, E4].

use std::collections::BTreeMap;

use serde::Deserialize;

/// An object that is made to be removed again. `{name}` stands in addresses and bodies for what a person said, what an
/// earlier answer gave, and for `{tag}`: the text that marks it as ours.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::provider_catalogue) struct TrialObjectFile {
    /// What is made, in words: "a text file".
    pub(in crate::provider_catalogue) name: String,
    /// Without all of these it is not tried.
    #[serde(default)]
    pub(in crate::provider_catalogue) scopes: Vec<String>,
    /// What a person says first: where it may be made.
    #[serde(default)]
    pub(in crate::provider_catalogue) asks: Vec<TrialQuestionFile>,
    /// In their order; the first makes it, the last removes it.
    pub(in crate::provider_catalogue) calls: Vec<TrialCallFile>,
}

/// What only a person knows.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::provider_catalogue) struct TrialQuestionFile {
    /// Small letters, digits and underscores: as it stands between braces.
    pub(in crate::provider_catalogue) name: String,
    /// What a person is asked for: "Page that it is made in".
    pub(in crate::provider_catalogue) asks: String,
    /// As a hint.
    pub(in crate::provider_catalogue) example: String,
}

/// One call.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::provider_catalogue) struct TrialCallFile {
    /// What it does to the object.
    pub(in crate::provider_catalogue) act: TrialActFile,
    /// The HTTP method.
    pub(in crate::provider_catalogue) method: TrialMethodFile,
    /// https.
    pub(in crate::provider_catalogue) url: String,
    /// Further headers.
    #[serde(default)]
    pub(in crate::provider_catalogue) headers: BTreeMap<String, String>,
    /// JSON text.
    pub(in crate::provider_catalogue) body: Option<String>,
    /// Names, and JSON pointers into the answer to what they stand for from here on.
    #[serde(default)]
    pub(in crate::provider_catalogue) gives: BTreeMap<String, String>,
    /// JSON pointers into the answer, and the text that has to stand there.
    #[serde(default)]
    pub(in crate::provider_catalogue) expects: BTreeMap<String, String>,
    /// JSON pointer to a field that is false when the call failed in spite of 200.
    pub(in crate::provider_catalogue) success_flag: Option<String>,
}

/// What a call does to the object.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::provider_catalogue) enum TrialActFile {
    /// It is there afterwards.
    Create,
    /// It is as it was made.
    Read,
    /// It is another afterwards.
    Change,
    /// It is gone afterwards, or in the bin.
    Remove,
}

/// The HTTP method of a call.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::provider_catalogue) enum TrialMethodFile {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}
