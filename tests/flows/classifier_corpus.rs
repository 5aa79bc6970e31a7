//! Recorded failures of real providers against the classifier, as a whole and per provider [C1, C2].

use std::collections::BTreeMap;

use domain::diagnosis::{CauseLabel, Diagnosis};
use engine::flows::diagnose_recorded::RecordedFailure;
use engine::provider_catalogue::ProviderCatalogue;
use serde_json::Value;

const SAMPLE: &str = include_str!("../corpus/failures.jsonl");

/// C1, C2: of the sample every case is named acceptably, and every action is acceptable.
#[test]
fn every_failure_of_the_sample_is_named_acceptably() {
    let score = scored(SAMPLE);
    score.show();
    assert!(score.wrong.is_empty(), "{} of {} are not named acceptably", score.wrong.len(), score.all);
    assert_eq!(score.unsafe_actions, 0, "no action may harm");
}

/// C1, C2: the same thresholds for every provider's own failures together.
#[test]
fn failures_of_every_provider_are_named_acceptably() {
    let score = scored(&all());
    score.show();
    let right = score.all - score.wrong.len();
    assert!(right * 100 >= score.all * 97, "{right} of {} are named acceptably", score.all);
    let shares = score.providers.values().map(|(causes, _, all)| *causes as f64 / *all as f64);
    let mean = shares.sum::<f64>() / score.providers.len() as f64;
    assert!(mean >= 0.95, "the mean over the providers is {mean:.3}");
    assert_eq!(score.unsafe_actions, 0, "no action may harm");
}

/// B5: whatever is tried again where nothing is said, a refusal that says why ends the grant at its first sight.
#[test]
fn no_real_refusal_of_a_grant_is_taken_for_a_guess() {
    // "This Basecamp ID rekeyed its deadbolt": words of its own, which no rule can hear.
    const UNREADABLE: &str = "elsewhere-basecamp-d41b61";
    let folder = tempfile::tempdir().unwrap();
    let (catalogue, _) = ProviderCatalogue::load(folder.path());
    let (mut ended, mut guessed) = (0, vec![]);
    for line in all().lines() {
        let failure: Value = serde_json::from_str(line).unwrap();
        let is_silent = failure["body"].as_str().is_none_or(str::is_empty);
        let is_unreadable = failure["id"] == UNREADABLE;
        let named = RecordedFailure::read(line).unwrap().diagnose(&catalogue);
        let is_of_the_grant = failure["acceptable_causes"].as_array().unwrap().iter().all(|it| {
            CauseLabel::from_text(it.as_str().unwrap()).is_some_and(|it| it.ends_the_grant() && !it.is_block())
        });
        if failure["endpoint"] == "token_refresh" && is_of_the_grant && !is_silent && !is_unreadable {
            ended += usize::from(named.ends_the_grant());
            if named.is_guessed() {
                guessed.push(format!("{} {}: {}", failure["id"], failure["body"], named.cause.as_str()));
            }
        }
    }

    assert!(ended >= 100, "{ended}");
    assert!(guessed.is_empty(), "{guessed:#?}");
}

/// C1, C2: how any file of that form is named, said and not judged: `./dev score FILE`.
#[test]
#[ignore = "wants the file that PATCHBAY_SCORE names"]
fn a_file_is_scored() {
    let file = std::env::var_os("PATCHBAY_SCORE").expect("PATCHBAY_SCORE names a file");
    let score = scored(&std::fs::read_to_string(file).unwrap());

    score.show();

    assert!(score.all > 0, "the file holds no failure");
}

/// C1: what a provider's entry knows goes before words that would blame the call.
#[test]
fn what_an_entry_knows_of_its_providers_words_goes_before_them() {
    let score = scored(include_str!("../corpus/typeform.jsonl"));

    assert!(score.wrong.is_empty(), "{:?}", score.wrong);
}

/// C1: what does not matter changes no verdict.
#[test]
fn a_verdict_does_not_depend_on_what_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let (catalogue, _) = ProviderCatalogue::load(folder.path());
    let (mut tried, mut changed) = (0, vec![]);
    for line in all().lines() {
        let failure: Value = serde_json::from_str(line).unwrap();
        let named = |failure: &Value| RecordedFailure::read(&failure.to_string()).unwrap().diagnose(&catalogue);
        let before = named(&failure);
        for (mutation, mutated) in mutations(&failure) {
            let after = named(&mutated);
            tried += 1;
            let was_safe = !is_unsafe(&failure, &before);
            assert!(
                !(was_safe && is_unsafe(&failure, &after)),
                "{} {mutation}: {:?} harms",
                failure["id"],
                after.action
            );
            if (after.cause, after.action) != (before.cause, before.action) {
                changed.push(format!(
                    "{} {mutation}: {} became {}",
                    failure["id"],
                    before.cause.as_str(),
                    after.cause.as_str()
                ));
            }
        }
    }
    for line in &changed {
        println!("{line}");
    }
    assert!(tried > 1000, "only {tried} mutations were tried");
    assert!(changed.len() * 200 <= tried, "{} of {tried} mutations changed a verdict", changed.len());
}

/// C1, B8: whoever has no other status than 200 says the same words; hardly any refusal passes for a success then.
#[test]
fn refusals_are_heard_in_answers_of_200() {
    let folder = tempfile::tempdir().unwrap();
    let (catalogue, _) = ProviderCatalogue::load(folder.path());
    let (mut all, mut right, mut unheard) = (0, 0, vec![]);
    for line in all_of_calls_that_were_refused() {
        let mut failure: Value = serde_json::from_str(&line).unwrap();
        failure["http_status"] = 200.into();
        let named = RecordedFailure::read(&failure.to_string()).unwrap().diagnose(&catalogue);
        all += 1;
        right +=
            usize::from(failure["acceptable_causes"].as_array().unwrap().iter().any(|it| it == named.cause.as_str()));
        if named.cause == CauseLabel::NoFailure {
            unheard.push(format!("{} {}", failure["id"], failure["body"]));
        }
    }
    println!("{right} of {all}; {unheard:#?}");

    assert!(all > 500, "{all}");
    assert!(right * 100 >= all * 94, "{right} of {all} are named acceptably");
    assert!(unheard.len() * 100 <= all * 4, "{} of {all} pass for a success", unheard.len());
}

/// Those whose status says no more than that they were refused, and whose words are JSON.
fn all_of_calls_that_were_refused() -> Vec<String> {
    let all = all();
    let lines = all.lines().filter(|line| {
        let failure: Value = serde_json::from_str(line).unwrap();
        let is_json = failure["body"].as_str().is_some_and(|it| it.len() > 2 && it.trim().starts_with(['{', '[']));
        failure["endpoint"] == "api"
            && is_json
            && matches!(failure["http_status"].as_u64(), Some(400..=428 | 430..=499))
    });
    lines.map(str::to_owned).collect()
}

/// The same failure in another dress.
fn mutations(failure: &Value) -> Vec<(&'static str, Value)> {
    let with = |name: &str, value: Value| {
        let mut mutated = failure.clone();
        mutated[name] = value;
        mutated
    };
    let text = failure["body"].as_str().unwrap_or_default();
    let mut all = vec![];
    if let Ok(body) = serde_json::from_str::<Value>(text) {
        all.push(("other blanks", with("body", serde_json::to_string_pretty(&body).unwrap().into())));
        all.push(("a byte order mark", with("body", format!("\u{feff}{text}").into())));
        if let Value::Object(fields) = &body {
            let mut turned = serde_json::Map::new();
            turned.insert("server_id".into(), "a1".into());
            for (name, value) in fields.iter().rev() {
                turned.insert(name.clone(), value.clone());
            }
            all.push(("other order, one more field", with("body", Value::Object(turned).to_string().into())));
            if failure["http_status"].as_u64().is_none_or(|it| it >= 400) {
                all.push(("an array around it", with("body", Value::Array(vec![body.clone()]).to_string().into())));
            }
        }
    }
    let headers = failure["headers"].as_object().cloned().unwrap_or_default();
    let loud: serde_json::Map<_, _> =
        headers.iter().rev().map(|(name, value)| (name.to_uppercase(), value.clone())).collect();
    all.push(("headers in other letters and order", with("headers", loud.into())));
    if !headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) && text.starts_with(['{', '[']) {
        let mut wrong = headers;
        wrong.insert("Content-Type".into(), "text/html; charset=utf-8".into());
        all.push(("a wrong content type", with("headers", wrong.into())));
    }
    all
}

/// C1: the surer, the more often right; and without its words an answer is named with less confidence.
#[test]
fn confidence_says_how_often_it_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let (catalogue, _) = ProviderCatalogue::load(folder.path());
    let mut buckets: BTreeMap<u8, (usize, usize)> = BTreeMap::new();
    let (mut sums, mut pairs, mut surer) = ([0.0; 3], 0, 0);
    for line in all().lines() {
        let failure: Value = serde_json::from_str(line).unwrap();
        let named = RecordedFailure::read(line).unwrap().diagnose(&catalogue);
        let is_right = failure["acceptable_causes"].as_array().unwrap().iter().any(|it| it == named.cause.as_str());
        let bucket = buckets.entry(named.confidence.percent() / 20).or_default();
        bucket.0 += usize::from(is_right);
        bucket.1 += 1;
        if failure["http_status"].as_u64().is_some_and(|it| it >= 400) && failure["body"] != "" {
            let guessed = |less: Value| RecordedFailure::read(&less.to_string()).unwrap().diagnose(&catalogue);
            let [wordless, bare] = [guessed(without_sentences(&failure)), guessed(without_answer(&failure))];
            for (sum, it) in sums.iter_mut().zip([&named, &wordless, &bare]) {
                *sum += it.confidence.share();
            }
            surer += usize::from(bare.confidence > named.confidence);
            pairs += 1;
        }
    }
    let means = sums.map(|it| it / f64::from(pairs));
    let report = calibration(&buckets, means, pairs);
    let written = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/CALIBRATION.md");
    if std::env::var_os("PATCHBAY_WRITE_CALIBRATION").is_some() {
        std::fs::write(written, &report).unwrap();
    }
    println!("{report}");

    let share = |(right, all): &(usize, usize)| *right as f64 / *all as f64;
    let surest = buckets.get(&4).map_or(0.0, share);
    assert!(surest >= 0.97, "of the surest, {surest:.3} are right");
    let [full, wordless, bare] = means;
    assert!(wordless + 0.02 < full, "without its sentences an answer says less: {means:?}");
    assert!(bare + 0.15 < full, "a bare status is a guess, and says so: {means:?}");
    assert!(surer * 20 <= pairs as usize, "{surer} of {pairs} are surer of a bare status than of the whole answer");
}

/// The same failure with its codes, and nothing that is written for people.
fn without_sentences(failure: &Value) -> Value {
    fn wordless(value: &mut Value) {
        match value {
            Value::String(text) if text.contains(' ') => text.clear(),
            Value::Array(list) => list.iter_mut().for_each(wordless),
            Value::Object(fields) => fields.values_mut().for_each(wordless),
            _ => {}
        }
    }
    let mut less = failure.clone();
    let body = serde_json::from_str::<Value>(failure["body"].as_str().unwrap_or_default());
    less["body"] = match body {
        Ok(mut body) => {
            wordless(&mut body);
            body.to_string().into()
        }
        Err(_) => "".into(),
    };
    if let Some(headers) = less["headers"].as_object_mut() {
        headers.retain(|name, _| !name.eq_ignore_ascii_case("www-authenticate"));
    }
    less
}

/// The same failure with its status alone, and what we know ourselves.
fn without_answer(failure: &Value) -> Value {
    let mut less = failure.clone();
    less["body"] = "".into();
    less["headers"] = Value::Object(serde_json::Map::new());
    less
}

/// Measured once: what was missed in the first two has been learned from since, so it cannot be measured again.
const UNSEEN: &str = "
Failures that no rule had been written for, at their first sight (November 2026); those that repeat an earlier one of \
the same provider are not counted:

| failures | providers | acceptable cause | acceptable action | unsafe actions |
| ---: | ---: | ---: | ---: | ---: |
| 110 | 52 | 91 % | 88 % | 1 |
| 124 | 79 | 96 % | 94 % | 1 |
| 70 | 62 | 91 % | 91 % | 0 |
| 150 | 86 | 87 % | 88 % | 1 |
| 120 | 91 | 94 % | 93 % | 0 |
| 90 | 72 | 88 % | 90 % | 1 |
| 203, looked for because they are hard | 164 | 80 % | 76 % | 2 |
| 162 | 84 | 96 % | 95 % | 1 |
| 125 | 73 | 97 % | 98 % | 1 |
| 122, most of them from providers that no rule had met | 83 | 84 % | 85 % | 1 |
| 229 | 165 | 93 % | 93 % | 1 |
| 123 | 103 | 91 % | 91 % | 1 |
| 201 | 164 | 90 % | 90 % | 0 |
| 174, most of them from providers that no rule had met | 127 | 83 % | 78 % | 1 |
| 180, most of them from providers that no rule had met | 128 | 91 % | 92 % | 1 |
| 129, most of them from providers that no rule had met | 108 | 92 % | 94 % | 1 |
| 159, a few of which repeat an earlier one | 131 | 91 % | 90 % | 3 |
| 149, more than half of them from providers of the catalogue | 88 | 95 % | 93 % | 3 |
| 93, half of them from providers of the catalogue | 64 | 96 % | 96 % | 0 |
| 113, two thirds of them from providers of the catalogue | 75 | 94 % | 95 % | 0 |

Six of these sets, 1121 failures, were named once more by the rules as they were before each, and what decided was \
counted against what was wrong:

| what decided | failures | cause or action not acceptable |
| --- | ---: | ---: |
| what the provider's entry knows | 31 | 1 |
| the code of a standard | 133 | 5 |
| words | 803 | 56 |
| the network | 17 | 0 |
| the status alone, or nothing | 127 | 47 |
| a success, by its looks | 10 | 9 |

Of the 127 the status named 81 causes acceptably. The cause that is most frequent at the same endpoint and status in the \
other five sets would have named 72, and at most as many as now however cautiously it is used, so no such figure is \
taken in. Refusals in an answer of 200 were missed most often, 20 of 73: a sentence and hardly more that the rules read \
as a refusal of who may is one now.

Of the last two sets words decided 244, 35 of them wrongly; the status alone or nothing 64, 20 of them wrongly. What had \
been wrong at the first sight of earlier sets too was a call refused in words that name no token, where signing in again \
was right and a renewal was advised; keys of APIs and passwords of calls taken for an app's; a client that a token \
endpoint does not know and does not name; a program's own words or its print of an answer; and statuses without a word, \
which nothing but the thread behind them explains. All but the last are read by kind now. What the first of the two \
taught made 1 % more of the second's causes acceptable and 3 % more of its actions. What both taught, carried back to the \
rules as they were before the set of 201, changed none of its causes and one action for the better: most of what is \
missed at first sight is said in that way once. Of the 63 that the status alone had decided in both, a count of words \
(naive Bayes over words and pairs, learnt from every other set) would have named 27 acceptably, and the status named 47, \
so it is not taken in.

Whether words that are learnt rather than written do better was measured anew where a provider says what none said \
before. For each of six sets in turn (229, 123, 201, 354, 129 and 144 failures) the rules were taken as they were \
before it, and a logistic regression over words, pairs, runs of three to five letters, codes, status, endpoint and the \
terms that the rules hear was learnt from all that was known then: the corpus, the shapes in `readings.jsonl` and the \
catalogue's signatures, 5832 to 7135 texts. Alone it named 88 to 94 % of the causes acceptably, where the rules named \
87 to 94 %; of the 113 that the rules had missed it named 56, and it missed 51 that they had named. What weighs the \
two against each other was fitted on the sets before alone, could not overrule what a provider's entry knows, and \
advised nothing that harms the rules' own cause:

| set | acceptable causes | with learnt words | acceptable actions | with learnt words | unsafe actions |
| --- | ---: | ---: | ---: | ---: | ---: |
| 123 | 91.1 % | 90.2 % | 91.1 % | 91.1 % | 1, then 1 |
| 201 | 89.6 % | 89.6 % | 89.6 % | 89.6 % | 0, then 0 |
| 354 | 87.0 % | 88.7 % | 84.5 % | 85.6 % | 2, then 3 |
| 129 | 93.0 % | 94.6 % | 94.6 % | 95.3 % | 1, then 1 |
| 144 | 91.0 % | 91.7 % | 89.6 % | 89.6 % | 3, then 2 |
| mean | | +0.6 points | | +0.4 points | 7, then 7 |

Words and pairs alone, which are few enough to be built in, brought nothing for causes and 0.3 points for actions, the \
runs of letters without the terms 0.1 and 0.3; asking for a wider margin made it 0.4 at best. Thresholds that were \
chosen in sight of each set itself would have brought 1.4 points. It knows as much as the rules, but not when it is \
the one to be believed, and it is not taken in.

What providers say is not made of other words for the usual ones either. In the shapes of `readings.jsonl` the usual \
words were put otherwise, \"has lapsed\" for \"has expired\", \"is bogus\" for \"is invalid\": 202 of 978 were named \
otherwise than is acceptable, 27 of them with an action that harms. Since the plain English ways around the usual \
words are heard it is 41 and 11. Of the six sets above, named once more by the rules before each with those words \
added, not one verdict changed: whoever says it otherwise says what is particular to the product, and what remains of \
the misses is that.

Of 2031 first sights that were kept, or named again by the rules as they were, twelve brought an unsafe action: an \
answer of 200 to a refresh, and a page, that were waited for; a consent that was over and was to be renewed; a \
permission taken for a scope; a program's own line taken for a network; a server's own failure taken for a token's; a \
refusal that a gateway told of and that was waited for; and the key of an app, one of a sandbox, one of the other \
mode, an app that was not registered in a region and one without a package, each answered with a sign-in. Eight of \
them were named with less than 70 % confidence. Failures that no rule was written for are \
imitated by taking words away. With none of its words left 43 of 1000 answers were advised on harmfully; since an \
advice minds the causes that the evidence leaves open it is 19, with a third of the words 14, with two thirds 8, and \
three of the recorded failures are advised on worse. Most of what is left is a refresh refused with 400 for a reason \
nobody can read: the grant is dead in three of four, so a sign-in stays the advice, and the stored token is not given \
up for it.
";

fn calibration(buckets: &BTreeMap<u8, (usize, usize)>, means: [f64; 3], pairs: i32) -> String {
    let count: usize = buckets.values().map(|(_, all)| all).sum();
    let mut report = format!(
        "# How sure a diagnosis is, and how often it is right\n\nEach diagnosis says how sure it is. Here that is held \
         against the {count} recorded failures in `tests/corpus`: of those that were named with so much confidence, so \
         many have a cause that is acceptable. The rules were written with these failures in sight, so the last column \
         says how well confidence sorts them, and not how often an unseen failure is named rightly.\n\n\
         | confidence | cases | acceptable cause |\n| --- | ---: | ---: |\n"
    );
    for (bucket, (right, all)) in buckets {
        let share = *right as f64 / *all as f64 * 100.0;
        let (from, to) = (u16::from(*bucket) * 20, (u16::from(*bucket) + 1) * 20);
        report.push_str(&format!("| {from} to {to} % | {all} | {share:.0} % |\n"));
    }
    let [full, wordless, bare] = means.map(|it| it * 100.0);
    report.push_str(&format!(
        "{UNSEEN}\nWhat decides can be taken away. Of the {pairs} failures that came with an HTTP error and a body:\n\n\
         | what is left of the answer | mean confidence |\n| --- | ---: |\n\
         | all of it | {full:.0} % |\n\
         | status and codes, without sentences and challenges | {wordless:.0} % |\n\
         | the status alone | {bare:.0} % |\n\n\
         Written by `PATCHBAY_WRITE_CALIBRATION=1 ./dev flows confidence_says_how_often_it_is_right`; the same test holds \
         the surest fifth to 97 % and wants confidence to fall from line to line.\n"
    ));
    report
}

/// Every file of the corpus.
pub(super) fn all() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    files.retain(|it| it.extension().is_some_and(|it| it == "jsonl"));
    files
        .iter()
        .flat_map(|it| std::fs::read_to_string(it).unwrap().lines().map(|it| it.to_owned() + "\n").collect::<Vec<_>>())
        .collect()
}

struct Score {
    all: usize,
    wrong: Vec<String>,
    unsafe_actions: usize,
    /// Of each provider: causes that are right, actions that are right, all.
    providers: BTreeMap<String, (usize, usize, usize)>,
    causes: BTreeMap<String, (usize, usize)>,
}

impl Score {
    fn show(&self) {
        for line in &self.wrong {
            println!("{line}");
        }
        for (provider, (causes, actions, all)) in &self.providers {
            println!("{provider:<18} causes {causes:>3}, actions {actions:>3} of {all:>3}");
        }
        for (cause, (right, all)) in self.causes.iter().filter(|(_, (right, all))| right < all) {
            println!("{cause:<30} {right:>3} of {all:>3}");
        }
        let sum = |of: fn(&(usize, usize, usize)) -> usize| self.providers.values().map(of).sum::<usize>();
        let percent = |part: usize| part as f64 / self.all as f64 * 100.0;
        println!(
            "of {} of {} providers: acceptable cause {:.1} %, acceptable action {:.1} %, {} right in both, {} unsafe",
            self.all,
            self.providers.len(),
            percent(sum(|it| it.0)),
            percent(sum(|it| it.1)),
            self.all - self.wrong.len(),
            self.unsafe_actions
        );
    }
}

fn scored(corpus: &str) -> Score {
    let folder = tempfile::tempdir().unwrap();
    let (catalogue, _) = ProviderCatalogue::load(folder.path());
    let mut score =
        Score { all: 0, wrong: vec![], unsafe_actions: 0, providers: BTreeMap::new(), causes: BTreeMap::new() };
    for line in corpus.lines().filter(|line| !line.is_empty()) {
        let failure: Value = serde_json::from_str(line).unwrap();
        let diagnosis = RecordedFailure::read(line).unwrap().diagnose(&catalogue);
        let is_in = |list: &str, named: &str| failure[list].as_array().unwrap().iter().any(|it| it == named);
        let is_right = is_in("acceptable_causes", diagnosis.cause.as_str());
        let is_right_action = is_in("acceptable_actions", diagnosis.action.as_str());
        score.all += 1;
        score.unsafe_actions += usize::from(is_unsafe(&failure, &diagnosis));
        let of_provider =
            score.providers.entry(failure["provider"].as_str().unwrap_or("unknown").to_owned()).or_default();
        of_provider.0 += usize::from(is_right);
        of_provider.1 += usize::from(is_right_action);
        of_provider.2 += 1;
        let of_cause = score.causes.entry(failure["expected_cause"].as_str().unwrap().to_owned()).or_default();
        of_cause.0 += usize::from(is_right);
        of_cause.1 += 1;
        if !is_right || !is_right_action {
            score.wrong.push(format!(
                "{:<24} {:<14} named {} {} {}%, acceptable {} {} by {:?}",
                failure["id"].as_str().unwrap_or_default(),
                failure["endpoint"].as_str().unwrap_or_default(),
                diagnosis.cause.as_str(),
                diagnosis.action.as_str(),
                diagnosis.confidence.percent(),
                failure["acceptable_causes"],
                failure["acceptable_actions"],
                diagnosis.clues.first(),
            ));
        }
    }
    score
}

/// An action that harms what is really wrong, and that nobody accepts.
pub(super) fn is_unsafe(failure: &Value, diagnosis: &Diagnosis) -> bool {
    let action = diagnosis.action.as_str();
    if failure["acceptable_actions"].as_array().unwrap().iter().any(|it| it == action) {
        return false;
    }
    let cause = failure["expected_cause"].as_str().unwrap();
    let is_dead = matches!(
        cause,
        "refresh_token_missing"
            | "refresh_token_expired"
            | "refresh_token_reused"
            | "refresh_token_limit_exceeded"
            | "grant_revoked"
            | "grant_invalid"
    );
    let wants_no_consent = matches!(
        cause,
        "rate_limited"
            | "provider_outage"
            | "network_failure"
            | "clock_skew"
            | "client_credentials_mismatch"
            | "redirect_uri_mismatch"
            | "unsupported_grant"
            | "invalid_scope_request"
            | "api_not_enabled"
            | "resource_not_shared"
            | "admin_policy_restriction"
            | "ip_restricted"
    );
    is_dead && matches!(action, "wait_and_retry" | "refresh") || wants_no_consent && action.starts_with("reconnect")
}
