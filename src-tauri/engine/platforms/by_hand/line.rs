//! One line of a list by hand, whatever it was written in: its columns by their names [D2].

use domain::blast_radius::Access;
use domain::connection::Environment;
use serde_json::{Map, Value};

/// More no step needs, and longer ones no provider has.
const MOST_SCOPES: usize = 50;
const LONGEST_SCOPE: usize = 300;

/// Names of columns, the documented one first.
const COLUMNS: [(&str, &[&str]); 19] = [
    ("workflow", &["workflow", "name", "automation", "scenario", "zap", "flow"]),
    ("platform", &["platform", "tool"]),
    ("step", &["step", "action", "node", "module"]),
    ("connection", &["connection", "credential", "connected account"]),
    ("provider", &["provider", "app", "service"]),
    ("account", &["account", "e-mail", "email", "login"]),
    ("customer", &["customer", "client", "tenant"]),
    ("project", &["project", "folder"]),
    ("owner", &["owner", "responsible"]),
    ("environment", &["environment", "env"]),
    ("schedule", &["schedule", "when", "runs"]),
    ("active", &["active", "on", "live"]),
    ("runs_per_day", &["runs per day"]),
    ("access", &["access", "reads or writes"]),
    ("scopes", &["scopes", "scope", "needs scopes"]),
    ("enabled", &["enabled", "step enabled"]),
    ("goes_on", &["goes on", "continues after error", "goes on after error"]),
    ("starts", &["starts", "starts workflows"]),
    ("page", &["page", "url", "link"]),
];

/// What a line says; blank is absent.
#[derive(Debug, Clone, Default)]
pub(super) struct Line([Option<String>; COLUMNS.len()]);

/// The place of a column by the name a person gave it.
pub(super) fn column_of(name: &str) -> Option<usize> {
    let plain = name.trim().to_lowercase().replace(['_', '-'], " ");
    COLUMNS.iter().position(|(own, names)| {
        *own == plain || names.iter().any(|it| it.replace('-', " ") == plain) || own.replace('_', " ") == plain
    })
}

impl Line {
    pub(super) fn set(&mut self, column: usize, text: &str) {
        let text = text.trim();
        if let Some(place) = self.0.get_mut(column)
            && !text.is_empty()
            && place.is_none()
        {
            *place = Some(text.to_owned());
        }
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let place = COLUMNS.iter().position(|(own, _)| *own == name)?;
        self.0.get(place)?.as_deref()
    }

    /// What another line leaves open is taken from this one.
    pub(super) fn completed_by(mut self, other: &Self) -> Self {
        for (own, others) in self.0.iter_mut().zip(&other.0) {
            if own.is_none() {
                own.clone_from(others);
            }
        }
        self
    }

    /// Fields of an object, and the names of those that are no column.
    pub(super) fn of_object(object: &Map<String, Value>) -> (Self, Vec<&str>) {
        let mut line = Self::default();
        let mut strange = vec![];
        for (name, value) in object {
            match (column_of(name), text_of(value)) {
                (Some(column), Some(text)) => line.set(column, &text),
                (None, _) if name != "steps" => strange.push(name.as_str()),
                (Some(_) | None, _) => {}
            }
        }
        (line, strange)
    }

    /// `None` where it is neither yes nor no; absent means yes.
    pub(super) fn is_yes(&self, name: &str, absent: bool) -> Option<bool> {
        let Some(text) = self.field(name) else { return Some(absent) };
        match text.to_lowercase().as_str() {
            "yes" | "y" | "true" | "1" | "on" | "active" | "enabled" | "ja" | "x" => Some(true),
            "no" | "n" | "false" | "0" | "off" | "inactive" | "disabled" | "nein" | "paused" => Some(false),
            _ => None,
        }
    }

    /// `None` where it is no number of runs.
    pub(super) fn runs_per_day(&self) -> Option<Option<f64>> {
        let Some(text) = self.field("runs_per_day") else { return Some(None) };
        // In half of Europe the comma is the point.
        let number: f64 = text.replace(',', ".").parse().ok()?;
        (number.is_finite() && (0.0..=10_000_000.0).contains(&number)).then_some(Some(number))
    }

    pub(super) fn access(&self) -> Option<Access> {
        match self.field("access").map(str::to_lowercase).as_deref() {
            None | Some("unknown") => Some(Access::Unknown),
            Some("read" | "reads" | "r") => Some(Access::Reads),
            Some("write" | "writes" | "w" | "read and write" | "rw") => Some(Access::Writes),
            Some(_) => None,
        }
    }

    pub(super) fn environment(&self) -> Option<Option<Environment>> {
        match self.field("environment").map(str::to_lowercase).as_deref() {
            None => Some(None),
            Some("production" | "prod" | "live") => Some(Some(Environment::Production)),
            Some("staging" | "stage") => Some(Some(Environment::Staging)),
            Some("sandbox" | "test" | "testing") => Some(Some(Environment::Sandbox)),
            Some(_) => None,
        }
    }

    /// Scopes that the step needs, with spaces, commas, strokes or semicolons between them.
    pub(super) fn scopes(&self) -> Vec<String> {
        let between = |it: char| it.is_whitespace() || matches!(it, ',' | '|' | ';');
        let mut scopes: Vec<String> = vec![];
        for scope in self.field("scopes").into_iter().flat_map(|it| it.split(between)).filter(|it| !it.is_empty()) {
            if scopes.len() < MOST_SCOPES && scope.len() <= LONGEST_SCOPE && !scopes.iter().any(|it| it == scope) {
                scopes.push(scope.to_owned());
            }
        }
        scopes
    }

    /// Names of workflows, with a stroke or a semicolon between them.
    pub(super) fn starts(&self) -> impl Iterator<Item = &str> {
        self.field("starts").into_iter().flat_map(|it| it.split(['|', ';'])).map(str::trim).filter(|it| !it.is_empty())
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) => Some(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|")),
        Value::Null | Value::Object(_) => None,
    }
}
