//! A sign-in that stopped at a question: what differs, and what each answer does [A7].

use domain::connection::reconnect::{ReconnectComparison, Refusal};
use engine::flows::connect::{HandedOver, Keeper, LeftBecause, LeftSignIn, SignIn};

use super::times::Now;
use super::{counted, listed, named};

/// "This is another account, 2 scopes fewer." or why nothing can be compared.
pub(crate) fn difference(comparison: &ReconnectComparison) -> String {
    let mut others = vec![];
    if comparison.is_other_account {
        others.push("another account".to_owned());
    }
    if comparison.is_other_workspace {
        others.push("another workspace".to_owned());
    }
    if comparison.is_other_kind {
        others.push("another kind of account".to_owned());
    }
    if comparison.is_other_domain && !comparison.is_other_account {
        others.push("another domain".to_owned());
    }
    if !comparison.scopes_lost.is_empty() {
        others.push(format!("{} fewer", counted(comparison.scopes_lost.len(), "scope")));
    }
    let differs =
        (!others.is_empty()).then(|| format!("This sign-in is {}.", listed(others.iter().map(String::as_str))));
    let unknown = comparison.is_identity_unknown.then(|| {
        let (what, all) = match comparison.old.is_same_account(&comparison.new) {
            Some(true) if comparison.old.subject.is_none() || comparison.new.subject.is_some() => {
                ("in which workspace", "workspaces")
            }
            Some(_) | None => ("who signed in", "accounts"),
        };
        format!("The provider does not say {what}, so the {all} cannot be compared.")
    });
    let sentences: Vec<_> = [differs, unknown].into_iter().flatten().collect();
    sentences.join(" ")
}

/// Which MCP server gets the token, who signs in, through which client, and who asks for what; nothing for others.
/// What came of a grant that a platform keeps.
pub(crate) fn handed_over(keeper: &Keeper, handed: &HandedOver) -> Vec<String> {
    let (name, platform) = (named(&keeper.name), named(&keeper.platform_name));
    match handed {
        HandedOver::Proved { workflow, run, .. } => {
            let of = workflow.as_ref().map(|it| format!(" of {}", named(it))).unwrap_or_default();
            vec![format!("{name} in {platform} has a grant of its own, and run {run}{of} has shown that it works.")]
        }
        HandedOver::Unproved => vec![
            format!("{name} in {platform} has a grant of its own; nothing has shown yet that it works."),
            "  A run there shows it: run one of its workflows, then patchbay sync.".to_owned(),
        ],
        HandedOver::File(path) => vec![
            format!(
                "This version of {platform} takes no grant over its API, so it is in a file that only you may read:"
            ),
            format!("  {}", path.display()),
            "  On its server: n8n import:credentials --input=FILE. Then delete the file; whoever has it has the grant."
                .to_owned(),
        ],
    }
}

pub(crate) fn bound_for(sign_in: &SignIn) -> Vec<String> {
    let Some(server) = &sign_in.mcp_server else { return vec![] };
    let (name, issuer, client) = (&sign_in.provider_name, &sign_in.provider, &sign_in.client_id);
    let mut lines = vec![
        format!("The token will be sent to the MCP server {server}."),
        format!("The authorization server {issuer} ({name}) signs in, through the client {client}."),
    ];
    if !sign_in.scopes.is_empty() {
        let named = &sign_in.named_scopes;
        let whose =
            if named.is_empty() { String::new() } else { format!("; the MCP server asks for {}", named.join(" ")) };
        lines.push(format!("Scopes: {}{whose}.", sign_in.scopes.join(" ")));
    }
    lines
}

/// `your connection "Google"`: a connection is often called what its provider is.
pub(crate) fn connections_named(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let noun = if names.len() == 1 { "connection" } else { "connections" };
    format!("your {noun} {}", listed(quoted.iter().map(String::as_str)))
}

/// What became of a grant that was refused. `None`: it was taken back.
pub(crate) fn refused(left_because: Option<&LeftBecause>, provider: &str) -> String {
    match left_because {
        None => format!("The new grant was handed back: {provider} has revoked it. The old one is untouched."),
        Some(LeftBecause::WouldEnd(names)) => format!(
            "The new tokens were erased here. The new grant was not revoked at {provider}: a revocation there would also have ended {}.",
            connections_named(names)
        ),
        Some(LeftBecause::NotOffered) => format!(
            "The new tokens were erased here. {provider} offers no revocation, so the new grant still stands in the account's settings there."
        ),
        Some(LeftBecause::AccessTokenAlone) => format!(
            "The new tokens were erased here. {provider} has revoked the new access token alone: the new refresh token may go on working until the access is removed in the account's settings there."
        ),
        Some(LeftBecause::Failed { http_status }) => {
            let status = http_status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
            format!(
                "The new tokens were erased here. {provider} did not confirm a revocation{status}, so the new grant may still stand in the account's settings there."
            )
        }
    }
}

/// Said while an answer is under way that nobody wants any more.
pub(crate) const CANCELLING: &str = "Cancelling: what the provider answers is taken back there, or stored where it brings the same account back. Ctrl-C again ends at once.";

/// What became of new tokens that could not be stored, or are not wanted any more. `None`: they were taken back.
pub(crate) fn taken_back(left_because: Option<&LeftBecause>, provider: &str) -> String {
    match left_because {
        None => format!("The new grant was handed back: {provider} has revoked it."),
        Some(
            LeftBecause::WouldEnd(_)
            | LeftBecause::NotOffered
            | LeftBecause::AccessTokenAlone
            | LeftBecause::Failed { .. },
        ) => {
            format!("{} Remove it there if it is not wanted.", refused(left_because, provider))
        }
    }
}

/// A sign-in whose grant was neither stored nor revoked.
pub(crate) fn left(left: &LeftSignIn, now: &Now) -> String {
    let whose = left.account.as_ref().map(|account| format!(" as {account}")).unwrap_or_default();
    let page = left.page.as_ref().map_or_else(|| "in the account's settings there".to_owned(), |it| format!("at {it}"));
    format!(
        "A sign-in{whose} was not stored, {}: its grant may live on at {}. If nobody wants it, remove the access {page}.",
        now.moment_in_sentence(left.began_at),
        left.provider_name
    )
}

/// Whoever insists ends the program while an answer is under way.
pub(crate) fn given_up(provider: &str) -> String {
    format!(
        "An answer was under way: if {provider} gave tokens, the new grant lives on until it is removed in the account's \
         settings there."
    )
}

/// What a no would do.
pub(crate) fn refusing(refusal: &Refusal, provider: &str) -> String {
    match refusal {
        Refusal::TakesItBack => format!("the new grant is revoked at {provider}; the old one is untouched"),
        Refusal::WouldEnd(names) => format!(
            "the new tokens are erased here, and not revoked: a revocation at {provider} would also end {}",
            connections_named(names)
        ),
        Refusal::TakesAccessTokenBack => format!(
            "the new access token is revoked at {provider}, and its refresh token may go on working there; the old one is untouched"
        ),
        Refusal::NotOffered => format!("the new tokens are erased here; {provider} offers no revocation"),
    }
}

/// What hangs on the answer.
pub(crate) fn consequence(dependant_count: usize) -> String {
    match dependant_count {
        0 => "No workflow is known to hang on this connection.".to_owned(),
        count => format!("{} would run with the new sign-in.", counted(count, "workflow")),
    }
}
