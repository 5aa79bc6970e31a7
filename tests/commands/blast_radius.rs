//! The blast radius through the window's door: a list of workflows is imported, folded, supposed dead, written out [D1, D2].

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::Window;

/// A list by hand: so many workflows with so many steps each, shared out over customers and connections.
fn list(workflows: usize, steps: usize, customers: usize, connections: usize) -> String {
    let mut text = String::from("workflow,step,connection,provider,account,customer,owner,schedule,active\n");
    for number in 0..workflows {
        for step in 0..steps {
            let used = (number * steps + step) % connections;
            let (customer, active) = (number % customers, if number % 10 == 9 { "no" } else { "yes" });
            writeln!(
                text,
                "Flow {number:04},Step {step},Account {used:03},google,person{used}@example.test,Customer {customer:02},\
                 Mira,every 15 minutes,{active}"
            )
            .unwrap();
        }
    }
    text
}

fn import(window: &Window, text: &str) -> Value {
    let path = window.folder.path().join("workflows.csv");
    std::fs::write(&path, text).unwrap();
    let arguments = json!({ "path": path, "reading": "import 1", "kind": null, "platform": null, "name": null,
        "customer": null });
    window.call("import_workflows", arguments).unwrap()
}

fn question() -> Value {
    json!({ "focus": null, "filter": { "state": null, "customer": null, "platform": null, "text": "" },
        "expanded": [], "simulated": [], "is_whole": false })
}

fn ask(window: &Window, question: &Value) -> Value {
    window.call("blast_radius", json!({ "question": question })).unwrap()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn each(groups: &Value) -> impl Iterator<Item = &Value> {
    groups.as_array().unwrap().iter()
}

/// What every picture must hold, however much of it is folded: nothing is counted twice, and nothing is lost.
fn nothing_is_lost(view: &Value, workflows: usize, connections: usize, steps: usize) {
    for (side, all) in [("left", connections), ("right", workflows)] {
        let mut counted = 0;
        for group in each(&view[side]) {
            let drawn = group["nodes"].as_array().unwrap().len();
            assert_eq!(drawn + number(&group["folded_count"]), number(&group["node_count"]), "{side}: {group}");
            assert_ne!(number(&group["folded_count"]), 1, "a single line is drawn rather than announced");
            counted += number(&group["node_count"]);
        }
        assert_eq!(counted, all, "{side}");
    }
    its_sums_add_up(view);
    let ends = |side: &str| -> HashSet<String> {
        let keys = each(&view[side]).map(|it| it["key"].clone());
        let ids = each(&view[side]).flat_map(|it| each(&it["nodes"])).map(|it| it["id"].clone());
        keys.chain(ids).map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let (left, right) = (ends("left"), ends("right"));
    let wires = each(&view["wires"]);
    let counted: usize = wires
        .map(|wire| {
            assert!(left.contains(wire["from"].as_str().unwrap()), "it begins at something drawn: {wire}");
            assert!(right.contains(wire["to"].as_str().unwrap()), "it ends at something drawn: {wire}");
            number(&wire["count"])
        })
        .sum();
    assert_eq!((counted, number(&view["totals"]["wire_count"])), (steps, steps), "every step is in some wire");
}

/// The sentence, the groups, what is drawn and what is folded say the same.
fn its_sums_add_up(view: &Value) {
    let is_stopped = |it: &&Value| ["stopped", "would_stop"].contains(&it["state"]["kind"].as_str().unwrap());
    let mut stopped = 0;
    for group in each(&view["right"]) {
        let drawn = each(&group["nodes"]).filter(is_stopped).count();
        assert_eq!(drawn + number(&group["folded_stopped_count"]), number(&group["stopped_count"]), "{group}");
        stopped += number(&group["stopped_count"]);
    }
    let is_dead = |it: &&Value| {
        it["is_simulated"] == true || ["reauth_required", "disconnected"].contains(&it["lamp"].as_str().unwrap())
    };
    let mut dead = 0;
    for group in each(&view["left"]) {
        let drawn = each(&group["nodes"]).filter(is_dead).count();
        assert_eq!(drawn + number(&group["folded_dead_count"]), number(&group["dead_count"]), "{group}");
        dead += number(&group["dead_count"]);
    }
    assert_eq!(stopped, number(&view["totals"]["stopped_count"]));
    if view["totals"]["hidden_count"] != 0 {
        return;
    }
    assert_eq!(view["validation"].as_array().unwrap().len(), stopped, "all that stops is to be looked at");
    let headline = &view["headline"];
    if headline["state"] == "stops" {
        assert_eq!(number(&headline["damage"]["workflow_count"]), stopped, "{headline}");
        assert_eq!(number(&headline["dead_count"]) + number(&headline["idle_dead_count"]), dead, "{headline}");
        let healed: usize = each(&view["repair"]).map(|it| number(&it["healed_count"])).sum();
        assert_eq!(healed, stopped, "each heals with one of the steps");
    }
}

/// Ids as they stand from top to bottom.
fn order_of(view: &Value, side: &str) -> Vec<String> {
    each(&view[side]).flat_map(|it| each(&it["nodes"])).map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

fn drawn(view: &Value, side: &str) -> usize {
    each(&view[side]).map(|it| it["nodes"].as_array().unwrap().len()).sum()
}

/// D1: a small picture is whole.
#[test]
fn five_workflows_are_drawn_as_they_are() {
    let window = Window::open();
    let outcome = import(&window, &list(5, 1, 2, 3));
    assert_eq!(outcome["state"], "read", "{outcome}");
    assert_eq!((number(&outcome["platform"]["workflow_count"]), &outcome["platform"]["way"]), (5, &json!("by_hand")));

    let view = ask(&window, &question());

    nothing_is_lost(&view, 5, 3, 5);
    assert_eq!((drawn(&view, "left"), drawn(&view, "right")), (3, 5));
    assert_eq!(view["headline"]["state"], "all_run", "{}", view["headline"]);
    assert_eq!(view["freshness"][0]["by"], "by_hand");
    assert_eq!(view["customers"], json!(["Customer 00", "Customer 01"]));
}

/// D1: what is well folds, and a group that is opened is drawn whole.
#[test]
fn fifty_workflows_fold_by_customer_and_unfold() {
    let window = Window::open();
    import(&window, &list(50, 2, 5, 20));

    let view = ask(&window, &question());
    nothing_is_lost(&view, 50, 20, 100);
    assert_eq!(drawn(&view, "right"), 0, "nothing is broken, so nothing is told");
    assert_eq!(number(&view["totals"]["inactive_count"]), 5);

    let key = view["right"][0]["key"].clone();
    let mut opened = question();
    opened["expanded"] = json!([key]);
    let view = ask(&window, &opened);
    nothing_is_lost(&view, 50, 20, 100);
    assert_eq!((drawn(&view, "right"), &view["right"][0]["is_expanded"]), (10, &json!(true)));

    let mut filtered = question();
    filtered["filter"]["text"] = json!("flow person3@");
    let view = ask(&window, &filtered);
    let (shown, hidden) = (number(&view["totals"]["workflow_count"]), number(&view["totals"]["hidden_count"]));
    assert_eq!(shown + hidden, 50);
    assert_eq!(shown, 5, "those that use the third account");
    assert!(number(&view["totals"]["platform_connection_count"]) < 20, "what they do not use is not shown");
}

/// D1: thousands are some dozens of groups, and what stops is still told.
#[test]
fn five_thousand_workflows_are_a_few_groups_and_what_stops_is_told() {
    let window = Window::open();
    import(&window, &list(5_000, 2, 40, 600));

    let view = ask(&window, &question());
    nothing_is_lost(&view, 5_000, 600, 10_000);
    assert_eq!(view["right"].as_array().unwrap().len(), 40);
    assert!(drawn(&view, "left") + drawn(&view, "right") == 0, "all is well");
    assert!(view["wires"].as_array().unwrap().len() <= 600 * 40);

    let connections = window.call("list_platform_connections", json!({})).unwrap();
    let one = &connections[7];
    let mut supposed = question();
    supposed["simulated"] = json!([one["id"]]);
    let view = ask(&window, &supposed);
    nothing_is_lost(&view, 5_000, 600, 10_000);
    let stopped = number(&view["totals"]["stopped_count"]);
    assert!(stopped > 0 && stopped <= number(&one["workflow_count"]), "those that use it, but for the inactive");
    assert_eq!(drawn(&view, "left"), 1, "the one that is supposed dead is drawn");
    assert_eq!(view["repair"][0]["source"]["id"], one["id"], "and it is what to mend");
    assert!(each(&view["wires"]).any(|it| it["state"] == "cut_here"));
    assert!(each(&view["validation"]).all(|it| it["can_be_paused"] == false), "a list by hand pauses nothing");

    let mut whole = supposed.clone();
    whole["is_whole"] = json!(true);
    let list = ask(&window, &whole);
    nothing_is_lost(&list, 5_000, 600, 10_000);
    assert_eq!(drawn(&list, "right"), 5_000, "the list holds them all");
    for side in ["left", "right"] {
        let keys = |view: &Value| each(&view[side]).map(|it| it["key"].clone()).collect::<Vec<_>>();
        assert_eq!(keys(&list), keys(&view), "groups stand as in the picture");
        let whole: Vec<String> = order_of(&list, side);
        let folded = order_of(&view, side);
        let kept: Vec<&String> = whole.iter().filter(|it| folded.contains(it)).collect();
        assert_eq!(kept, folded.iter().collect::<Vec<_>>(), "{side}: lines stand as in the picture");
    }
    let mut several = question();
    several["simulated"] = json!(each(&connections).take(40).map(|it| it["id"].clone()).collect::<Vec<_>>());
    nothing_is_lost(&ask(&window, &several), 5_000, 600, 10_000);
}

/// D3: a connection in focus is asked as if it died, a workflow is told what it needs, and what is gone is said to be.
#[test]
fn a_focus_is_answered_for_either_side() {
    let window = Window::open();
    import(&window, &list(5, 1, 2, 3));
    let connections = window.call("list_platform_connections", json!({})).unwrap();
    let id = &connections[0]["id"];

    let mut asked = question();
    asked["focus"] = id.clone();
    let headline = ask(&window, &asked)["headline"].clone();
    assert_eq!((headline["state"].as_str(), headline["is_dead"].as_bool()), (Some("source"), Some(false)));
    assert_eq!(headline["damage"]["workflow_count"], connections[0]["workflow_count"], "{headline}");
    assert_eq!(headline["damage"]["owners"], json!(["Mira"]));
    assert!(headline["damage"]["first_run_at"].is_number(), "the first run that would fail is known");

    let node = window.call("radius_node", json!({ "id": id })).unwrap();
    assert_eq!(node["uses"].as_array().unwrap().len(), number(&connections[0]["workflow_count"]));
    let workflow = &node["uses"][0]["workflow_id"];
    asked["focus"] = workflow.clone();
    assert_eq!(ask(&window, &asked)["headline"]["needs_count"], 1);

    asked["focus"] = json!("con_0000000000");
    assert_eq!(ask(&window, &asked)["headline"]["state"], "gone");
    assert_eq!(window.call("radius_node", json!({ "id": "con_0000000000" })).unwrap(), Value::Null);
}

/// D2: the same file again changes nothing, and one that cannot be read leaves all as it was.
#[test]
fn reading_again_changes_nothing_and_a_broken_file_leaves_all_as_it_was() {
    let window = Window::open();
    import(&window, &list(5, 1, 2, 3));
    let ids = |view: &Value| -> Vec<Value> {
        each(&view["right"]).flat_map(|it| each(&it["nodes"])).map(|it| it["id"].clone()).collect()
    };
    let before = ids(&ask(&window, &question()));

    let again = import(&window, &list(5, 1, 2, 3));
    let changes = &again["platform"]["changes"];
    assert_eq!((number(&changes["added"]), number(&changes["changed"])), (0, 0), "{changes}");
    let broken = import(&window, "{ \"nodes\": [");
    assert_eq!(broken["failure"]["kind"], "unreadable", "{broken}");

    assert_eq!(window.call("list_platforms", json!({})).unwrap().as_array().unwrap().len(), 1);
    assert_eq!(ids(&ask(&window, &question())), before, "the same workflows under the same ids");
}

/// A3, D2: a key that nobody accepted is not kept, and comes back nowhere.
#[test]
fn a_platform_that_does_not_answer_is_not_kept_and_neither_is_its_key() {
    let window = Window::open();
    let form = json!({ "form": { "kind": "n8n", "name": null, "address": "http://127.0.0.1:9", "space": null,
        "customer": null, "key": "hunter2-hunter2" } });

    let outcome = window.call("add_platform", form).unwrap();

    assert_eq!(outcome["failure"]["kind"], "unreachable", "{outcome}");
    assert!(!outcome.to_string().contains("hunter2"));
    assert_eq!(window.call("list_platforms", json!({})).unwrap(), json!([]));
    let kept = std::fs::read(window.folder.path().join("patchbay.db")).unwrap();
    assert!(!kept.windows(7).any(|it| it == b"hunter2"), "no key is ever in the database");
}

/// S124: of what is not there nothing is opened, tested or closed.
#[test]
fn what_is_gone_is_said_to_be() {
    let window = Window::open();
    for (command, arguments) in [
        ("incident", json!({ "id": "inc_0000000000" })),
        ("close_incident", json!({ "id": "inc_0000000000", "note": null })),
        ("read_platform", json!({ "id": "plt_0000000000" })),
        ("test_platform_connection", json!({ "id": "pcn_0000000000" })),
        ("pause_workflows", json!({ "ids": ["wfl_0000000000"], "incident": null })),
    ] {
        assert_eq!(window.call(command, arguments).unwrap_err()["code"], "connection_gone", "{command}");
    }
    assert_eq!(window.call("open_platform_page", json!({ "id": "x" })).unwrap_err()["code"], "bad_input");
    assert_eq!(window.call("list_incidents", json!({})).unwrap(), json!([]));
    assert_eq!(ask(&window, &question())["headline"]["state"], "empty");
}

/// D6: a person's word for an edit arrives under the name that the page gives it.
#[test]
fn the_word_for_an_edit_is_heard() {
    let window = Window::open();

    for as_saved in [false, true] {
        let resumed = window.call("resume_workflows", json!({ "ids": [], "as_saved": as_saved })).unwrap();
        assert_eq!(resumed, json!({ "state": "resumed", "workflows": [] }));
    }
}
