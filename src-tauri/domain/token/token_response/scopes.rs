//! The scopes that an answer names: text or list, without repeats [A2, S013].

use serde_json::Value;

use crate::provider::TokenAnswerShape;
use crate::token::TokenDefect;

/// No provider has a thousand scopes.
const MAX_SCOPES: usize = 1000;

/// Scopes of a token of the second kind stand here with their prefix.
pub(super) fn as_written_here(
    mut scopes: Vec<String>,
    token_type: Option<&Value>,
    shape: &TokenAnswerShape,
) -> Vec<String> {
    let kind = token_type.and_then(Value::as_str);
    if let Some(apart) = shape.apart.as_ref().filter(|apart| kind == Some(apart.token_type.as_str())) {
        scopes.iter_mut().for_each(|scope| scope.insert_str(0, &apart.prefix));
    }
    scopes
}

pub(super) fn read_scopes(
    value: Option<&Value>,
    separator: char,
    defects: &mut Vec<TokenDefect>,
) -> Option<Vec<String>> {
    let mut scopes: Vec<String> = match value? {
        Value::String(text) => {
            text.split([separator, ' ', ',']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
        }
        Value::Array(items) => {
            defects.push(TokenDefect::ScopeIsAList);
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    scopes.truncate(MAX_SCOPES);
    let mut seen = Vec::new();
    scopes.retain(|scope| {
        let is_new = !seen.contains(scope);
        seen.push(scope.clone());
        is_new
    });
    Some(scopes)
}
