//! `patchbay diagnose --from`: recorded failures in, one a line, conclusions out, each as soon as its line is there
//! [C1, F2].

use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use domain::diagnosis::{Clue, Diagnosis, FailedEndpoint};
use engine::flows::diagnose_recorded::RecordedFailure;
use engine::provider_catalogue::ProviderCatalogue;
use serde::Serialize;
use serde_json::Value;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// A recorded answer of 50 MiB is cut before it is read as JSON.
const MAX_LINE: u64 = 64 * 1024 * 1024;

#[derive(Serialize)]
struct DiagnosisJson {
    id: Value,
    /// Which endpoint it was read as.
    endpoint: &'static str,
    cause: &'static str,
    action: &'static str,
    confidence: f64,
    alternatives: Vec<AlternativeJson>,
    evidence: Vec<String>,
}

#[derive(Serialize)]
struct AlternativeJson {
    cause: &'static str,
    confidence: f64,
}

#[derive(Serialize)]
struct BrokenJson {
    id: Value,
    line: u64,
    error: String,
}

/// Answers every line. A line that holds no evidence gets an error line, and the exit says so at the end.
pub(crate) fn diagnose(terminal: &Terminal, home: &Path, from: &str) -> Result<Exit, Failure> {
    let (catalogue, _) = ProviderCatalogue::load(&home.join("providers"));
    let mut input: Box<dyn BufRead> = if from == "-" {
        Box::new(io::stdin().lock())
    } else {
        let file =
            std::fs::File::open(from).map_err(|error| Failure::usage(format!("{from} cannot be opened: {error}.")))?;
        Box::new(BufReader::new(file))
    };
    let mut exit = Exit::Done;
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        number += 1;
        line.clear();
        let length = (&mut input)
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::usage(format!("{from} cannot be read: {error}.")))?;
        if length == 0 {
            return Ok(exit);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        match RecordedFailure::read(text) {
            Ok(failure) => {
                let (id, endpoint) = (failure.id.clone(), failure.evidence.endpoint);
                terminal.object(&shown(id, endpoint, &failure.diagnose(&catalogue)))?;
            }
            Err(error) => {
                exit = Exit::Failed;
                let id = serde_json::from_str::<Value>(text).ok().and_then(|it| it.get("id").cloned());
                terminal.object(&BrokenJson {
                    id: id.unwrap_or(Value::Null),
                    line: number,
                    error: error.to_string(),
                })?;
            }
        }
    }
}

fn shown(id: Value, endpoint: FailedEndpoint, diagnosis: &Diagnosis) -> DiagnosisJson {
    let meaning = diagnosis.meaning.as_deref().map(str::to_owned);
    DiagnosisJson {
        id,
        endpoint: endpoint.as_str(),
        cause: diagnosis.cause.as_str(),
        action: diagnosis.action.as_str(),
        confidence: diagnosis.confidence.share(),
        alternatives: diagnosis
            .alternatives
            .iter()
            .map(|it| AlternativeJson { cause: it.cause.as_str(), confidence: it.confidence.share() })
            .collect(),
        evidence: diagnosis.clues.iter().map(Clue::sentence).chain(meaning).collect(),
    }
}
