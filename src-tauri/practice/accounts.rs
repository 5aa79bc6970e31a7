//! The invented people (and one robot) who can sign in to the practice provider [A1, A7].

use serde::{Deserialize, Serialize};

/// An account somebody may choose on the consent page. Nobody here exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeAccount {
    /// Also the `sub` claim.
    pub id: String,
    pub name: String,
    pub email: String,
    pub workspace: Workspace,
    pub account_type: AccountType,
}

/// The tenant an account belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    pub id: String,
    pub name: String,
}

/// Whether a person or a program stands behind an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountType {
    Person,
    Service,
}

/// The three that everybody meets, then so many of one organisation: `staff-1`, `staff-2`, ….
pub(crate) fn all_with_staff(count: u16) -> Vec<PracticeAccount> {
    let brightwater = ("ws-brightwater-dental", "Brightwater Dental");
    let staff = (1..=count).map(|number| {
        let id = format!("staff-{number}");
        account(
            &id,
            &format!("Brightwater {number}"),
            &format!("{id}@brightwater.example"),
            brightwater,
            AccountType::Person,
        )
    });
    all().into_iter().chain(staff).collect()
}

pub(crate) fn all() -> Vec<PracticeAccount> {
    let fjordstudio = ("ws-fjordstudio", "Fjordstudio");
    let halden = ("ws-halden-optik", "Halden Optik");
    vec![
        account("mira", "Mira Solberg", "mira@fjordstudio.example", fjordstudio, AccountType::Person),
        account("jonas", "Jonas Halden", "jonas@haldenoptik.example", halden, AccountType::Person),
        account("exports", "Fjordstudio exports", "exports@fjordstudio.example", fjordstudio, AccountType::Service),
    ]
}

fn account(id: &str, name: &str, email: &str, workspace: (&str, &str), account_type: AccountType) -> PracticeAccount {
    PracticeAccount {
        id: id.to_owned(),
        name: name.to_owned(),
        email: email.to_owned(),
        workspace: Workspace { id: workspace.0.to_owned(), name: workspace.1.to_owned() },
        account_type,
    }
}
