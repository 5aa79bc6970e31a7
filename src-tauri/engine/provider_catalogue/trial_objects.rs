//! Takes the trial objects of a provider file: checked so that none is made that cannot be removed [A2, E4, S075].

use domain::provider::trial_object::{TrialAct, TrialCall, TrialMethod, TrialObject, TrialQuestion};

use super::CatalogueError;
use super::file::{ProviderFile, TrialActFile, TrialCallFile, TrialMethodFile, TrialObjectFile};
use super::requests::check_all;
use super::rules::{Rules, is_pointer};

/// What a file says of them, or what is wrong with it.
pub(super) fn read(
    rules: &Rules<'_>,
    file: &ProviderFile,
    fill: impl Fn(&str) -> String,
) -> Result<Vec<TrialObject>, CatalogueError> {
    let variables = file.variables.iter().map(|it| it.name.as_str());
    let known: Vec<&str> = variables.chain(file.token_answer.kept_fields.keys().map(String::as_str)).collect();
    let mut objects = vec![];
    for (number, of_file) in file.trial_objects.iter().enumerate() {
        let field = format!("trial_objects[{number}]");
        for (place, call) in of_file.calls.iter().enumerate() {
            check(rules, &format!("{field}.calls[{place}]"), call, &fill)?;
        }
        let object = translated(of_file, &fill);
        if let Some(mistake) = object.mistake(&known) {
            return Err(rules.wrong(&format!("{field}.calls"), mistake));
        }
        objects.push(object);
    }
    Ok(objects)
}

fn check(
    rules: &Rules<'_>,
    field: &str,
    call: &TrialCallFile,
    fill: &impl Fn(&str) -> String,
) -> Result<(), CatalogueError> {
    rules.template_url(&format!("{field}.url"), &fill(&call.url))?;
    check_all(rules, &format!("{field}.headers"), &call.headers, |_| false)?;
    let pointers = call.gives.values().chain(call.expects.keys()).chain(&call.success_flag);
    if let Some(wrong) = pointers.into_iter().find(|it| !is_pointer(it)) {
        return Err(rules.wrong(field, format!("`{wrong}` is no JSON pointer")));
    }
    let is_read = matches!(call.method, TrialMethodFile::Get | TrialMethodFile::Delete);
    match &call.body {
        Some(_) if is_read => Err(rules.wrong(&format!("{field}.body"), "a GET or a DELETE has no body")),
        Some(body) if serde_json::from_str::<serde_json::Value>(body).is_err() => {
            Err(rules.wrong(&format!("{field}.body"), "is no JSON: names stand within strings"))
        }
        Some(_) | None => Ok(()),
    }
}

fn translated(file: &TrialObjectFile, fill: &impl Fn(&str) -> String) -> TrialObject {
    let pairs = |it: &std::collections::BTreeMap<String, String>| {
        it.iter().map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()
    };
    TrialObject {
        name: file.name.clone(),
        scopes: file.scopes.clone(),
        asks: file
            .asks
            .iter()
            .map(|it| TrialQuestion { name: it.name.clone(), asks: it.asks.clone(), example: it.example.clone() })
            .collect(),
        calls: file
            .calls
            .iter()
            .map(|it| TrialCall {
                act: act(it.act),
                method: method(it.method),
                url: fill(&it.url),
                headers: pairs(&it.headers),
                body: it.body.clone(),
                gives: pairs(&it.gives),
                expects: pairs(&it.expects),
                success_flag: it.success_flag.clone(),
            })
            .collect(),
    }
}

fn act(file: TrialActFile) -> TrialAct {
    match file {
        TrialActFile::Create => TrialAct::Create,
        TrialActFile::Read => TrialAct::Read,
        TrialActFile::Change => TrialAct::Change,
        TrialActFile::Remove => TrialAct::Remove,
    }
}

fn method(file: TrialMethodFile) -> TrialMethod {
    match file {
        TrialMethodFile::Get => TrialMethod::Get,
        TrialMethodFile::Post => TrialMethod::Post,
        TrialMethodFile::Put => TrialMethod::Put,
        TrialMethodFile::Patch => TrialMethod::Patch,
        TrialMethodFile::Delete => TrialMethod::Delete,
    }
}
