//! Node-RED's flows.json, and its admin API against a strict fake.

use domain::blast_radius::reading::{FoundUse, ReadingNote};
use domain::blast_radius::{Access, PlatformKind, Schedule};
use fakes::{NODE_RED_TOKEN, NodeRedServer};

use super::super::files::read_file as read_any_file;
use super::super::rest::tests::access;
use super::*;

const FLOWS: &str = include_str!("../../../../tests/fixtures/platforms/node_red_flows.json");

fn nodes() -> Value {
    serde_json::from_str(FLOWS).unwrap()
}

fn node_red(server: &NodeRedServer) -> NodeRed {
    NodeRed::new(access(server.url(), None, NODE_RED_TOKEN)).unwrap()
}

/// D1, D2: configuration nodes are found by who names them, also through subflows.
#[test]
fn tabs_are_read_with_the_configurations_that_their_nodes_name() {
    let (kind, reading) = read_any_file(None, "flows.json", FLOWS.as_bytes(), &Progress::default()).unwrap();

    assert_eq!(kind, PlatformKind::NodeRed);
    assert!(reading.is_whole);
    let [calendar, nightly, idle] = reading.workflows.as_slice() else { panic!("three tabs") };
    let steps: Vec<_> = calendar.steps.iter().map(|it| (it.external_id.as_str(), &it.uses, it.is_enabled)).collect();
    let uses = |id: &str| FoundUse::External(id.into());
    assert_eq!(
        steps,
        [("n2", &uses("gcfg"), true), ("n3", &uses("broker"), false), ("n4/s1", &uses("slackcfg"), true)],
        "a layout's tab is no connection"
    );
    assert_eq!(calendar.steps[0].access, Access::Reads);
    assert_eq!(calendar.steps[1].access, Access::Writes);
    assert_eq!(calendar.schedule, Schedule::Every { seconds: 900 });
    assert_eq!(calendar.starts, ["tab3"], "by a link");
    assert!(calendar.is_active && !nightly.is_active);
    assert_eq!(nightly.schedule, Schedule::Cron { expression: "00 02 * * *".into(), time_zone: None });
    assert_eq!(idle.schedule, Schedule::OnEvent);
    let connections: Vec<_> = reading.connections.iter().map(|it| it.external_id.as_str()).collect();
    assert_eq!(connections, ["broker", "gcfg", "slackcfg"], "what nobody names is not listed");
    assert_eq!(reading.connections[1].account.as_deref(), Some("mira@fjordstudio.example"));
    assert_eq!(reading.connections[1].provider.as_ref().map(|it| it.as_str()), Some("google"));
}

/// A3: the file of secrets is known by its form, and refused unread.
#[test]
fn the_file_of_secrets_is_refused() {
    for (name, text) in [
        ("flows_cred.json", r#"{"gcfg":{"accessToken":"CANARY"}}"#),
        ("anything.json", r#"{"$":"0123456789abcdef0123456789abcdefCANARY"}"#),
    ] {
        let failure = read_any_file(None, name, text.as_bytes(), &Progress::default()).unwrap_err().to_string();
        assert!(failure.contains("it holds the secrets of Node-RED"), "{failure}");
        assert!(!failure.contains("CANARY"));
    }
}

/// D2: subflows that hold each other end.
#[test]
fn subflows_in_a_round_end() {
    let text = r#"[{"id":"t","type":"tab"},{"id":"a","type":"subflow"},{"id":"b","type":"subflow"},
        {"id":"c","type":"x-config","name":"c"},
        {"id":"1","type":"subflow:a","z":"t","x":1,"y":1,"wires":[]},
        {"id":"2","type":"subflow:b","z":"a","x":1,"y":1,"wires":[]},
        {"id":"3","type":"subflow:a","z":"b","x":1,"y":1,"wires":[]},
        {"id":"4","type":"subflow:a","z":"b","x":1,"y":1,"wires":[]},
        {"id":"5","type":"use","conf":"c","z":"a","x":1,"y":1,"wires":[]}]"#;

    let (_, reading) = read_any_file(None, "flows.json", text.as_bytes(), &Progress::default()).unwrap();

    assert!(!reading.workflows[0].steps.is_empty());
    assert!(reading.notes.iter().any(|it| matches!(it, ReadingNote::UnknownModules { kind, .. } if kind == "use")));
}

/// D2
#[tokio::test]
async fn the_admin_api_tells_what_the_file_tells() {
    let server = NodeRedServer::start(nodes()).await.unwrap();

    let reading = node_red(&server).read(&Arc::default()).await.unwrap();

    let (_, of_file) = read_any_file(None, "flows.json", FLOWS.as_bytes(), &Progress::default()).unwrap();
    assert_eq!(reading.connections, of_file.connections);
    assert_eq!(reading.workflows[0].page.as_deref(), Some(format!("{}/#flow/tab1", server.url()).as_str()));
    assert!(matches!(node_red(&server).runs_since(Timestamp::UNIX_EPOCH).await, Err(PlatformFailure::Unsupported(_))));
}

/// D6: one tab is switched off, and every other node stays as it was.
#[tokio::test]
async fn a_tab_is_disabled_and_enabled_and_nothing_else_changes() {
    let server = NodeRedServer::start(nodes()).await.unwrap();
    let node_red = node_red(&server);
    let mut expected = nodes();

    node_red.set_active("tab1", false).await.unwrap();

    expected[0]["disabled"] = Value::Bool(true);
    assert_eq!(server.nodes(), expected);
    let before = server.seen().len();
    node_red.set_active("tab1", false).await.unwrap();
    assert_eq!(server.seen().len(), before + 1, "what is off already is not deployed again");
    node_red.set_active("tab1", true).await.unwrap();
    assert_eq!(server.nodes(), nodes());
    assert!(node_red.set_active("nobody", true).await.unwrap_err().to_string().contains("no flow of that id"));
}

/// D6: nobody's deployment is undone, and a key that may only read is told from a wrong one.
#[tokio::test]
async fn a_deployment_between_is_noticed_and_a_missing_right_is_named() {
    let server = NodeRedServer::start(nodes()).await.unwrap();
    let node_red = node_red(&server);
    server.is_crowded();
    let failure = node_red.set_active("tab1", false).await.unwrap_err();
    assert_eq!(failure.to_string(), "Node-RED answered 409: somebody deployed at the same moment: try it again");
    assert_eq!(server.nodes(), nodes());

    server.reads_only();
    let failure = node_red.set_active("tab1", false).await.unwrap_err();
    assert_eq!(failure.to_string(), "the key for Node-RED may not deploy flows: it lacks flows.write");
}
