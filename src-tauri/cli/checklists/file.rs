//! A checklist as a file: what `show --json` prints and `add --file` takes [E4].

use std::io::Read as _;
use std::path::Path;

use domain::provider::trial_object::TrialMethod;
use domain::rehearsal::{AfterFailure, Checklist, Expected, ExpectedAccount, Member, OwnCall, Step};
use engine::flows::checklists::ChecklistDraft;
use engine::{Engine, Error};
use serde::{Deserialize, Serialize};

use super::minutes_of;
use crate::failure::Failure;
use crate::radius::{id_of, uses_of};

/// Larger files are no checklists.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChecklistFile {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    hold_minutes: u64,
    #[serde(default)]
    stops_at_failure: bool,
    #[serde(default)]
    signs_out_first: bool,
    connections: Vec<MemberFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberFile {
    /// An id, or a name that only one has.
    connection: String,
    /// What it was called when the file was written: for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    steps: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_domain: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workspace: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    told: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    calls: Vec<CallFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallFile {
    name: String,
    method: String,
    url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_text: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    expected_values: Vec<(String, String)>,
}

/// From a file, or from standard input.
pub(super) fn read(path: &Path) -> Result<ChecklistFile, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(LARGEST_FILE).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|it| it.take(LARGEST_FILE).read_to_string(&mut text))
    };
    read.map_err(Error::FileUnreadable)?;
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("this is no checklist: {error}")))
}

impl From<&Checklist> for ChecklistFile {
    fn from(checklist: &Checklist) -> Self {
        Self {
            name: checklist.name.clone(),
            customer: checklist.customer.clone(),
            hold_minutes: checklist.hold_for.as_secs() / 60,
            stops_at_failure: checklist.after_failure == AfterFailure::Stop,
            signs_out_first: checklist.signs_out_first,
            connections: checklist.members.iter().map(MemberFile::from).collect(),
        }
    }
}

impl ChecklistFile {
    /// Its connections looked up.
    pub(super) fn into_draft(self, engine: &Engine) -> Result<ChecklistDraft, Failure> {
        Ok(ChecklistDraft {
            id: None,
            name: self.name,
            customer: self.customer,
            members: self.connections.into_iter().map(|it| it.into_member(engine)).collect::<Result<_, _>>()?,
            hold_for: minutes_of(self.hold_minutes),
            after_failure: if self.stops_at_failure { AfterFailure::Stop } else { AfterFailure::GoOn },
            signs_out_first: self.signs_out_first,
        })
    }
}

impl From<&Member> for MemberFile {
    fn from(member: &Member) -> Self {
        let (account, account_domain) = match &member.account {
            Some(ExpectedAccount::Named(name)) => (Some(name.clone()), None),
            Some(ExpectedAccount::OfDomain(domain)) => (None, Some(domain.clone())),
            None => (None, None),
        };
        Self {
            connection: id_of(&member.uses).to_owned(),
            name: Some(member.name.clone()),
            steps: member.steps.iter().map(Step::written).collect(),
            account,
            account_domain,
            workspace: member.workspace.clone(),
            told: member.told.clone(),
            calls: member.own_calls.iter().map(CallFile::from).collect(),
        }
    }
}

impl MemberFile {
    fn into_member(self, engine: &Engine) -> Result<Member, Failure> {
        let step =
            |text: &String| Step::from_text(text).ok_or_else(|| Failure::usage(format!("there is no step {text}")));
        Ok(Member {
            uses: uses_of(engine, &self.connection)?,
            name: self.name.unwrap_or_default(),
            steps: self.steps.iter().map(step).collect::<Result<_, _>>()?,
            account: self.account.map(ExpectedAccount::Named).or(self.account_domain.map(ExpectedAccount::OfDomain)),
            workspace: self.workspace,
            told: self.told,
            own_calls: self.calls.into_iter().map(CallFile::into_call).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&OwnCall> for CallFile {
    fn from(call: &OwnCall) -> Self {
        let OwnCall { name, method, url, body, expected: Expected { status, text, values } } = call.clone();
        Self {
            name,
            method: method.as_str().to_owned(),
            url,
            body,
            expected_status: status,
            expected_text: text,
            expected_values: values,
        }
    }
}

impl CallFile {
    fn into_call(self) -> Result<OwnCall, Failure> {
        let method = TrialMethod::from_text(&self.method.to_uppercase());
        let method = method.ok_or_else(|| Failure::usage(format!("there is no method {}", self.method)))?;
        let expected =
            Expected { status: self.expected_status, text: self.expected_text, values: self.expected_values };
        Ok(OwnCall { name: self.name, method, url: self.url, body: self.body, expected })
    }
}
