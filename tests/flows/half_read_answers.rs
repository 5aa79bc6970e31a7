//! Recorded failures with words taken away, as those are read that no rule was written for: the advice seldom harms [C2].

use engine::flows::diagnose_recorded::RecordedFailure;
use engine::provider_catalogue::ProviderCatalogue;
use serde_json::Value;

use crate::classifier_corpus::{all, is_unsafe};

/// What stands for a word that nobody knows.
const UNKNOWN: &str = "zqx";
const TRIES: u64 = 3;

/// C2, B5: of a hundred words so many are known; of a thousand answers so many may be advised on harmfully. Before an
/// advice minded the causes that the evidence leaves open it was 43 where no word is known.
#[test]
fn what_is_read_in_part_is_seldom_advised_on_harmfully() {
    let folder = tempfile::tempdir().unwrap();
    let (catalogue, _) = ProviderCatalogue::load(folder.path());
    let corpus = all();
    for (known, most) in [(0, 22), (30, 16), (60, 10)] {
        let (mut tried, mut harmful) = (0, 0);
        for (at, line) in corpus.lines().enumerate() {
            let failure: Value = serde_json::from_str(line).unwrap();
            if failure["body"].as_str().is_none_or(|it| it.len() < 4) {
                continue;
            }
            for seed in 0..if known == 0 { 1 } else { TRIES } {
                let less = half_read(&failure, known, at as u64 * TRIES + seed);
                let named = RecordedFailure::read(&less.to_string()).unwrap().diagnose(&catalogue);
                tried += 1;
                harmful += usize::from(is_unsafe(&failure, &named));
            }
        }
        println!("{known} % of the words: {harmful} of {tried} harm");

        assert!(tried > 1500, "only {tried} were tried");
        assert!(harmful * 1000 <= tried * most, "{known} %: {harmful} of {tried}");
    }
}

/// The same failure of a provider that nobody knows, with most of its words unknown too.
fn half_read(failure: &Value, known: u64, seed: u64) -> Value {
    let mut less = failure.clone();
    let mut words = Words { known, state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 };
    let text = failure["body"].as_str().unwrap();
    less["body"] = match serde_json::from_str::<Value>(text) {
        Ok(mut body) => {
            words.hide_in(&mut body);
            body.to_string().into()
        }
        Err(_) => words.hidden(text).into(),
    };
    less["provider"] = Value::Null;
    if let Some(headers) = less["headers"].as_object_mut() {
        headers.retain(|name, _| !name.eq_ignore_ascii_case("www-authenticate"));
    }
    less
}

struct Words {
    /// Of a hundred.
    known: u64,
    state: u64,
}

impl Words {
    /// The next of a row that is the same each time (xorshift).
    fn is_known(&mut self) -> bool {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % 100 < self.known
    }

    fn hide_in(&mut self, value: &mut Value) {
        match value {
            Value::String(text) if text.trim().contains(' ') => *text = self.hidden(text),
            // A code.
            Value::String(text) if !self.is_known() => *text = format!("{UNKNOWN}_{UNKNOWN}"),
            Value::Array(list) => list.iter_mut().for_each(|it| self.hide_in(it)),
            Value::Object(fields) => fields.values_mut().for_each(|it| self.hide_in(it)),
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }

    fn hidden(&mut self, text: &str) -> String {
        let (mut hidden, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(start) = rest.find(char::is_alphabetic) {
            let (before, word) = rest.split_at(start);
            let end = word.find(|it: char| !it.is_alphabetic()).unwrap_or(word.len());
            hidden.push_str(before);
            hidden.push_str(if end < 2 || self.is_known() { &word[..end] } else { UNKNOWN });
            rest = &word[end..];
        }
        hidden + rest
    }
}
