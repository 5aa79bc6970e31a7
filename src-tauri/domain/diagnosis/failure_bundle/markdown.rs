//! The redacted document as a person reads it [C6].

use std::fmt::Write as _;

use serde_json::Value;

use crate::diagnosis::CauseLabel;

/// What a document of [`super::document`] says; what is not known is left out.
pub(super) fn markdown(whole: &Value) -> String {
    let mut page = Page(String::new());
    let at = |place: &str| whole.pointer(place).unwrap_or(&Value::Null);
    page.line(&format!("# Failure of {}", words(at("/connection/name"))));
    page.line("");
    page.line(&format!(
        "Written {} by Patchbay {} on {} {}. Times are UTC. Tokens are shown as fingerprints, {}; the account is {}.",
        words(at("/written_at")),
        words(at("/program/version")),
        words(at("/program/os")),
        words(at("/program/arch")),
        "no secret is in this text",
        words(at("/redaction/account")),
    ));

    page.head("Verdict");
    if at("/verdict").is_null() {
        page.line("No ladder of probes was run on this connection.");
    }
    page.fact("Cause", cause(at("/verdict")));
    page.fact("Answer", answer(at("/verdict")));
    page.fact("The provider means", words(at("/verdict/provider_means")));
    page.fact("Confidence", share(at("/verdict/confidence")));
    page.fact(
        "It may also be",
        list(at("/verdict/alternatives"), |it| format!("{} ({})", label(&it["cause"]), share(&it["confidence"]))),
    );
    page.fact("Last good", seen(at("/verdict/last_good")));
    page.fact("First bad", seen(at("/verdict/first_bad")));
    page.fact("Next", label(at("/verdict/next_step")));
    page.fact("Still open", words(at("/verdict/still_open")));
    if at("/verdict/is_older_than_last_event").as_bool() == Some(true) {
        page.line("- More has happened since these probes ran: see the timeline.");
    }
    page.fact("Advice", format!("{}. {}", label(at("/escalation/step")), words(at("/escalation/reason"))));
    page.fact("When to call the provider", words(at("/escalation/vendor_when")));

    page.each("Ruled out", at("/verdict/ruled_out"), |it| format!("{}: {}", label(&it["cause"]), words(&it["by"])));

    page.head("Connection");
    page.fact(
        "Provider",
        format!("{} ({})", words(at("/connection/provider/name")), code(at("/connection/provider/id"))),
    );
    page.fact("Id", code(at("/connection/id")));
    page.fact("Account", words(at("/connection/account/name")));
    page.fact("Kind of account", words(at("/connection/account/kind")));
    page.fact("Domain", words(at("/connection/account/domain")));
    page.fact("Workspace", words(at("/connection/account/workspace")));
    page.fact(
        "Client",
        format!("{} ({})", words(at("/connection/client/name")), code(at("/connection/client/client_id"))),
    );
    page.fact("Environment", words(at("/connection/environment")));
    page.fact("Token endpoint", code(at("/connection/token_endpoint")));
    page.fact("Scopes requested", list(at("/connection/scopes/requested"), code));
    page.fact("Scopes granted", list(at("/connection/scopes/granted"), code));
    page.fact("Scopes missing", list(at("/connection/scopes/missing"), code));
    page.fact("Dependants", words(at("/connection/dependant_count")));

    page.head("Status");
    page.fact("Lamp", format!("{}, {}", label(at("/status/lamp")), label(at("/status/reason"))));
    page.fact("Since", words(at("/status/since")));
    page.fact("Grant", format!("{} since {}", label(at("/status/grant/state")), words(at("/status/grant/since"))));
    if !at("/status/failing").is_null() {
        page.fact(
            "Failing",
            format!(
                "{} times since {}, last {} {}, next try {}",
                words(at("/status/failing/count")),
                words(at("/status/failing/since")),
                cause(at("/status/failing/last")),
                answer(at("/status/failing/last")),
                words(at("/status/failing/retry_at")),
            ),
        );
    }
    page.fact("Refreshing", label(at("/status/refresh_mode")));
    page.fact("Network down since", words(at("/status/network_down_since")));

    ladder(&mut page, at("/ladder"));
    page.each("Timeline", at("/timeline"), event);
    tokens(&mut page, at("/tokens"));

    page.head("Clock");
    let ahead = at("/clock/ahead_ms").as_i64();
    page.fact(
        "Ours",
        ahead.map_or_else(|| "not measured within a day".to_owned(), |it| format!("{it} ms ahead of the servers'")),
    );
    page.fact("Off", if at("/clock/is_off").as_bool() == Some(true) { "yes".to_owned() } else { String::new() });
    page.fact(
        "By server",
        list(at("/clock/servers"), |it| format!("{} {} ms", code(&it["host"]), words(&it["ahead_ms"]))),
    );

    page.each("Request ids", at("/provider_facts/requests"), |it| {
        format!("{} {} {} {}", words(&it["at"]), label(&it["kind"]), words(&it["http_status"]), code(&it["request_id"]))
    });
    page.head("Provider");
    page.fact("Header of its request ids", code(at("/provider_facts/request_id_header")));
    page.fact("Headers of its limits", list(at("/provider_facts/rate_limit_headers"), code));
    let told = at("/provider_facts/limits_told");
    if !told.is_null() {
        let shown = list(&told["headers"], limit);
        page.fact(
            "Its limits",
            format!("{shown}, told at {} with {}", words(&told["at"]), words(&told["http_status"])),
        );
    }
    page.fact("Wait until", words(at("/provider_facts/asked_to_wait_until")));
    page.fact("Status page", words(at("/provider_facts/status_page")));
    page.fact("Documentation", words(at("/provider_facts/documentation")));
    page.0
}

fn ladder(page: &mut Page, ladder: &Value) {
    let Some(rungs) = ladder["rungs"].as_array() else { return };
    page.head("Ladder");
    page.line(&format!("Run at {}, took {} ms.", words(&ladder["run_at"]), words(&ladder["took_ms"])));
    page.line("");
    for (place, rung) in rungs.iter().enumerate() {
        let took = rung["took_ms"].as_u64().map(|it| format!(", {it} ms")).unwrap_or_default();
        let says = words(&rung["says"]);
        page.line(&format!("{}. {}: **{}**{took}. {says}", place + 1, label(&rung["rung"]), label(&rung["state"])));
        for line in rung["proof"].as_array().into_iter().flatten() {
            let sent = list(&line["sent"], |it| format!("{} {}", code(&it["name"]), code(&it["shown"])));
            let sent = if sent.is_empty() { sent } else { format!(", sent {sent}") };
            let answer = answer(line);
            let answer = if answer.is_empty() { "no answer".to_owned() } else { answer };
            let said = words(&line["words"]);
            let said = if said.is_empty() { said } else { format!(" \"{said}\"") };
            page.line(&format!("   - {}{sent}: {answer}{said}", code(&line["request"])));
        }
    }
}

/// One header about a limit, and its value.
fn limit(it: &Value) -> String {
    format!("{} {}", code(&it["name"]), code(&it["value"]))
}

fn event(it: &Value) -> String {
    let mut line = format!("{} {}", words(&it["at"]), label(&it["kind"]));
    let parts = [
        words(&it["endpoint"]),
        answer(it),
        cause(it),
        named("because", label(&it["reason"])),
        named("attempt", words(&it["attempt"])),
        named("token", code(&it["token_fingerprint"])),
        named("request", code(&it["request_id"])),
        named("about", words(&it["about"])),
        named("said", words(&it["said"])),
        named("limits", list(&it["limits"], limit)),
    ];
    for part in parts.into_iter().filter(|it| !it.is_empty()) {
        let _ = write!(line, ", {part}");
    }
    line
}

fn tokens(page: &mut Page, tokens: &Value) {
    page.head("Tokens");
    let held = &tokens["in_hand"];
    if held.is_null() {
        page.line("None is held.");
    } else {
        page.fact("Version", format!("{}, {} s old", words(&held["version"]), words(&held["age_s"])));
        page.fact("Expires", words(&held["expires"]));
        page.fact("Access token", code(&held["access_token"]));
        page.fact("Refresh token", code(&held["refresh_token"]));
        page.fact("Refresh token ends", words(&tokens["refresh_token_ends_at"]));
        page.fact("Oddities", list(&held["oddities"], label));
    }
    page.each("Lineage", &tokens["lineage"], |it| {
        let refresh = named("refresh token", code(&it["refresh_token"]));
        let parts = [named("ended", words(&it["ended_at"])), named("because", label(&it["reason"])), refresh];
        let rest: String = parts.into_iter().filter(|it| !it.is_empty()).map(|it| format!(", {it}")).collect();
        let (number, by, outcome) = (words(&it["version"]), label(&it["issued_by"]), label(&it["outcome"]));
        format!("{number} from {by} at {}, {outcome}{rest}", words(&it["issued_at"]))
    });
}

struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn head(&mut self, text: &str) {
        self.line(&format!("\n## {text}\n"));
    }

    fn fact(&mut self, name: &str, said: String) {
        if !said.is_empty() {
            self.line(&format!("- {name}: {said}"));
        }
    }

    fn each(&mut self, head: &str, list: &Value, shown: impl Fn(&Value) -> String) {
        let Some(list) = list.as_array().filter(|it| !it.is_empty()) else { return };
        self.head(head);
        for it in list {
            self.line(&format!("- {}", shown(it)));
        }
    }
}

fn named(name: &str, said: String) -> String {
    if said.is_empty() { said } else { format!("{name} {said}") }
}

/// Status and code of an answer.
fn answer(it: &Value) -> String {
    [words(&it["http_status"]), code(&it["provider_code"])]
        .into_iter()
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn seen(it: &Value) -> String {
    if it.is_null() { String::new() } else { format!("{}, {}", words(&it["at"]), words(&it["what"])) }
}

fn list(it: &Value, shown: impl Fn(&Value) -> String) -> String {
    it.as_array().into_iter().flatten().map(shown).collect::<Vec<_>>().join(", ")
}

fn share(it: &Value) -> String {
    it.as_f64().map(|it| format!("{:.0} %", it * 100.0)).unwrap_or_default()
}

/// One of our own words.
/// The cause that something holds; one that nobody said, only as perhaps.
fn cause(it: &Value) -> String {
    let label = label(&it["cause"]);
    if it["is_guess"] == true && !label.is_empty() { format!("perhaps {label}") } else { label }
}

fn label(it: &Value) -> String {
    let word = words(it);
    CauseLabel::from_text(&word).map_or_else(|| word.replace('_', " "), |cause| cause.words().to_owned())
}

/// Anybody's words: nothing in them is markup.
fn words(it: &Value) -> String {
    match it {
        Value::Null => String::new(),
        Value::String(text) => escaped(text),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => it.to_string(),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '\\' | '`' | '*' | '<' | '|' | '#' => out.extend(['\\', it]),
            it if it.is_control() => out.push(' '),
            it => out.push(it),
        }
    }
    out
}

/// An id, a code, a fingerprint: as it is.
fn code(it: &Value) -> String {
    match it.as_str() {
        Some(text) if !text.is_empty() => {
            let inside: String = text.chars().map(|it| if it.is_control() || it == '`' { '\'' } else { it }).collect();
            format!("`{inside}`")
        }
        Some(_) | None => String::new(),
    }
}
