//! Files that are large, truncated, hostile, or of somebody else.

use std::fmt::Write as _;
use std::sync::Arc;

use domain::blast_radius::reading::{FoundUse, ReadingNote};
use domain::blast_radius::{Access, PlatformConnectionState, Schedule};

use super::*;

const SOLUTION: &str = include_str!("../../../../tests/fixtures/platforms/power_automate_solution.json");
const PACKAGE: &str = include_str!("../../../../tests/fixtures/platforms/power_automate_package.json");
const CLAUDE: &str = include_str!("../../../../tests/fixtures/platforms/claude_desktop_config.json");
const VSCODE: &str = include_str!("../../../../tests/fixtures/platforms/vscode_mcp.json");
const ZAPIER: &str = include_str!("../../../../tests/fixtures/platforms/zapfile.json");
const ALL: [(&str, &str, PlatformKind); 9] = [
    ("b.json", include_str!("../../../../tests/fixtures/platforms/make_blueprint.json"), PlatformKind::Make),
    ("r.json", include_str!("../../../../tests/fixtures/platforms/make_blueprint_response.json"), PlatformKind::Make),
    ("z.json", ZAPIER, PlatformKind::Zapier),
    (
        "a.json",
        include_str!("../../../../tests/fixtures/platforms/activepieces_template.json"),
        PlatformKind::Activepieces,
    ),
    ("f.json", include_str!("../../../../tests/fixtures/platforms/node_red_flows.json"), PlatformKind::NodeRed),
    ("s.json", SOLUTION, PlatformKind::PowerAutomate),
    ("p.json", PACKAGE, PlatformKind::PowerAutomate),
    ("c.json", CLAUDE, PlatformKind::McpClient),
    ("h.json", by_hand::JSON_TEMPLATE, PlatformKind::ByHand),
];

fn read(name: &str, text: &str) -> Result<(PlatformKind, PlatformReading), PlatformFailure> {
    read_file(None, name, text.as_bytes(), &Progress::default())
}

/// D2: every file is known by its form, wherever it is cut nothing of it is taken, and reading it twice is the same.
#[test]
fn every_file_is_known_and_a_truncated_one_says_where_it_ends() {
    for (name, text, kind) in ALL {
        let (found, reading) = read(name, text).unwrap();
        assert_eq!(found, kind, "{name}");
        assert!(!reading.workflows.is_empty(), "{name}");
        assert_eq!(read(name, text).unwrap().1, reading, "{name} twice");
        let wrong = if kind == PlatformKind::Make { PlatformKind::Zapier } else { PlatformKind::Make };
        if kind != PlatformKind::ByHand {
            let failure = read_file(Some(wrong), name, text.as_bytes(), &Progress::default()).unwrap_err().to_string();
            assert!(failure.contains("is a file of"), "{failure}");
        }
        let begin = text.trim_end();
        for part in 1..20 {
            let end = begin.len() * part / 20;
            let end = (end..begin.len()).find(|it| begin.is_char_boundary(*it)).unwrap();
            let failure = read(name, &begin[..end]).unwrap_err().to_string();
            assert!(failure.contains("it ends in the middle, at line "), "{name} cut at {end}: {failure}");
        }
    }
}

/// D2: what is no file of any platform is said to be none.
#[test]
fn strangers_are_refused_in_words() {
    for (text, words) in [
        ("", "it is empty"),
        ("  \n", "it is empty"),
        ("hello", "it is neither JSON nor a list with a column `workflow`"),
        ("{}", "no platform writes files of this form"),
        ("[]", "no platform writes files of this form"),
        ("[1, 2]", "no platform writes files of this form"),
        ("{\"properties\": 3}", "no platform writes files of this form"),
        ("PK\u{3}\u{4}xyz", "it is a packed folder: unpack it, and import the workflows in it"),
        ("{\"a\": \u{0}}", "it is no text"),
        ("{\"flow\": 3, \"metadata\": 1}", "it has no `flow`, so it is no blueprint"),
    ] {
        let failure = read("x.json", text).unwrap_err();
        assert_eq!(failure.to_string(), format!("x.json cannot be read: {words}"), "{text:?}");
    }
}

/// D2: any bytes end in an answer.
#[test]
fn broken_bytes_end_in_words() {
    for (name, text, _) in ALL {
        let bytes = text.as_bytes();
        for at in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
            for byte in [0_u8, b'"', b'{', b']', b'9', 0xFF] {
                let mut broken = bytes.to_vec();
                broken[at] = byte;
                // It is read otherwise, or refused; it does not panic.
                drop(read_file(None, name, &broken, &Progress::default()));
            }
        }
    }
}

fn many_zaps(count: usize) -> String {
    let mut text = String::from(r#"{"metadata":{"version":2},"zaps":["#);
    for id in 0..count {
        let comma = if id == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"id":{id},"title":"Zap {id}","nodes":{{"1":{{"id":1,"paused":false,"type_of":"read","params":{{"x":"{0}"}},"parent_id":null,"action":"new","selected_api":"SlackCLIAPI@1","authentication_id":{1}}},"2":{{"id":2,"parent_id":1,"action":"add","selected_api":"Unknown{2}CLIAPI@1","authentication_id":7}}}}}}"#,
            "y".repeat(500),
            id % 600,
            id % 3_000,
        )
        .unwrap();
    }
    text + "]}"
}

/// D2: ten thousand workflows show how far they are, and can be left.
#[test]
fn ten_thousand_workflows_show_progress_and_can_be_cancelled() {
    let text = many_zaps(10_000);
    let progress = Arc::new(Progress::default());

    let (_, reading) = read_file(None, "zapfile.json", text.as_bytes(), &progress).unwrap();

    assert_eq!(reading.workflows.len(), 10_000);
    assert_eq!(progress.state(), (10_000, Some(10_000)));
    assert_eq!(reading.notes.len(), 51, "thousands of unknown modules are fifty notes and a sum");
    let mut counted = 0;
    for note in &reading.notes {
        let (ReadingNote::UnknownModules { count, .. } | ReadingNote::FurtherModules { count, .. }) = note else {
            panic!("{note:?}")
        };
        counted += count;
    }
    assert_eq!(counted, 10_000);

    progress.cancel();
    let failure = read_file(None, "zapfile.json", text.as_bytes(), &progress).unwrap_err();
    assert!(matches!(failure, PlatformFailure::Cancelled));
    let midway = Arc::new(Progress::default());
    let watcher = Arc::clone(&midway);
    let canceller = std::thread::spawn(move || {
        while watcher.state().0 == 0 {
            std::thread::yield_now();
        }
        watcher.cancel();
    });
    let outcome = read_file(None, "zapfile.json", text.as_bytes(), &midway);
    canceller.join().unwrap();
    assert!(matches!(outcome, Err(PlatformFailure::Cancelled)) || midway.state().0 == 10_000);
}

/// D2, S094: hostile names are kept as they are, and bounded.
#[test]
fn hostile_names_are_kept_and_bounded() {
    let name = format!("\u{202e}<script>alert(1)</script>{}", "x".repeat(10_000));
    let text = ZAPIER.replace("Orders to sheet", &name);

    let (_, reading) = read("zapfile.json", &text).unwrap();

    let kept = &reading.workflows[0].name;
    assert!(name.starts_with(kept.as_str()) && kept.chars().count() == 500, "cleaned when it is shown, not before");
}

/// D1, D2, D5: a solution's file, with conditions, loops and a child flow.
#[test]
fn a_flow_of_a_solution_is_read() {
    let file = "Chase_late-6F9619FF-8B86-D011-B42D-00C04FC964FF.json";
    let (_, reading) = read(file, SOLUTION).unwrap();

    let flow = &reading.workflows[0];
    assert_eq!((flow.name.as_str(), flow.external_id.as_str()), ("Chase_late", "6f9619ff-8b86-d011-b42d-00c04fc964ff"));
    let cron = Schedule::Cron { expression: "30 7 * * 1,4".into(), time_zone: Some("Europe/Berlin".into()) };
    assert_eq!(flow.schedule, cron);
    let steps: Vec<_> =
        flow.steps.iter().map(|it| (it.external_id.as_str(), &it.uses, it.access, it.goes_on_after_error)).collect();
    let (outlook, sharepoint) =
        (FoundUse::External("new_outlook_fjord".into()), FoundUse::External("new_sharepoint_fjord".into()));
    assert_eq!(
        steps,
        [
            ("Send_an_email", &outlook, Access::Writes, false),
            ("Delete_item", &sharepoint, Access::Writes, false),
            ("Get_items", &sharepoint, Access::Reads, true),
        ]
    );
    assert_eq!(flow.starts, ["0a1b2c3d-0000-4000-8000-000000000001"]);
    assert!(reading.connections.iter().all(|it| it.provider.as_ref().is_some_and(|it| it.as_str() == "microsoft")));
    assert!(matches!(&reading.notes[0], ReadingNote::Skipped { count: 1, .. }), "an action that names nothing known");
}

/// D2: a package's file, in the words of an older Power Automate; and the same as a row of Dataverse.
#[test]
fn a_flow_of_a_package_and_a_row_of_dataverse_are_read() {
    let (_, package) = read("definition.json", PACKAGE).unwrap();
    let flow = &package.workflows[0];
    assert_eq!((flow.name.as_str(), flow.is_active), ("Save attachments", false));
    assert_eq!(flow.schedule, Schedule::OnEvent, "it looks every three minutes, and runs when there is something");
    let steps: Vec<_> = flow.steps.iter().map(|it| (it.external_id.as_str(), it.access)).collect();
    assert_eq!(steps, [("When_a_new_email_arrives", Access::Reads), ("Create_file", Access::Writes)]);
    let mail = package.connections.iter().find(|it| it.external_id == "shared-office365-aaaa").unwrap();
    assert_eq!(mail.account.as_deref(), Some("mira@fjordstudio.example"));

    let row = serde_json::json!({"value": [
        {"workflowid": "W1", "name": "Chase late", "statecode": 1, "category": 5, "clientdata": SOLUTION},
        {"workflowid": "W2", "name": "Rule", "statecode": 1, "category": 2, "clientdata": "{}"},
        {"workflowid": "W3", "name": "Broken", "statecode": 0, "category": 5, "clientdata": "{\"properties\""},
    ]});
    let (_, rows) = read("workflows.json", &row.to_string()).unwrap();
    assert_eq!(rows.workflows.len(), 1);
    assert_eq!((rows.workflows[0].name.as_str(), rows.workflows[0].is_active), ("Chase late", true));
    assert!(rows.notes.iter().any(|it| matches!(it, ReadingNote::Skipped { count: 3, .. })), "{:?}", rows.notes);
}

/// A3, D1, D2: names of what a server is given, never what it is given.
#[test]
fn configurations_of_mcp_clients_are_read_without_their_values() {
    let (_, claude) = read("claude_desktop_config.json", CLAUDE).unwrap();
    let told = claude.workflows.iter().map(|it| {
        let steps: Vec<_> = it.steps.iter().map(|step| (step.kind.as_str(), step.name.as_str())).collect();
        (it.name.as_str(), it.is_active, steps)
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("acme", false, vec![("argument", "api-key")]),
            ("drive", true, vec![("patchbay token", "con_0123456789")]),
            ("github", true, vec![("environment", "GITHUB_PERSONAL_ACCESS_TOKEN")]),
            ("linear", true, vec![("sign-in", "OAuth")]),
        ]
    );
    assert!(matches!(claude.workflows[1].steps[0].uses, FoundUse::Ours(_)), "it takes its token from here");
    let providers: Vec<_> = claude.connections.iter().map(|it| it.provider.as_ref().map(|it| it.as_str())).collect();
    assert_eq!(providers, [None, Some("github"), Some("linear")]);
    assert!(claude.connections.iter().all(|it| it.state == PlatformConnectionState::Unknown));

    let (_, vscode) = read("mcp.json", VSCODE).unwrap();
    let names: Vec<_> = vscode.connections.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Authorization of notion"], "comments and last commas are no hindrance");
    assert!(!format!("{claude:?}{vscode:?}").contains("CANARY"), "no value is kept");
    assert!(!format!("{vscode:?}").contains("Bearer"));
}
