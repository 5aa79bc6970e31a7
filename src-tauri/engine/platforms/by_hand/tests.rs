//! Lists by hand: the templates, what spreadsheets make of them, and lines that cannot be read.

use domain::ConnectionId;
use domain::blast_radius::reading::{FoundUse, PlatformReading, ReadingNote};
use domain::blast_radius::{Access, PlatformKind, Schedule};
use domain::connection::Environment;

use super::super::files::read_file;
use super::*;

fn read(text: impl AsRef<[u8]>) -> PlatformReading {
    let (kind, reading) = read_file(None, "workflows.csv", text.as_ref(), &Progress::default()).unwrap();
    assert_eq!(kind, PlatformKind::ByHand);
    reading
}

fn bad_lines(text: &str) -> (Vec<String>, u32) {
    match read_file(None, "workflows.csv", text.as_bytes(), &Progress::default()) {
        Err(PlatformFailure::BadLines { named, count, .. }) => (named, count),
        other => panic!("a list with bad lines: {other:?}"),
    }
}

/// Each told by itself.
fn doubts(reading: &PlatformReading) -> Vec<&str> {
    let told = reading.notes.iter().map(|note| {
        let ReadingNote::Skipped { count: 1, first } = note else { panic!("no doubt: {note:?}") };
        first.as_str()
    });
    told.collect()
}

/// D2: both templates are read as they are documented, and say the same.
#[test]
fn the_templates_are_read_and_say_the_same() {
    let documented = include_str!("../../../../docs/WORKFLOWS.md");
    assert!(documented.contains(CSV_TEMPLATE) && documented.contains(JSON_TEMPLATE), "as they stand in the document");
    let of_csv = read(CSV_TEMPLATE);
    let of_json = read(JSON_TEMPLATE);

    assert_eq!(of_csv, of_json);
    assert!(of_csv.is_whole && of_csv.notes.is_empty(), "{:?}", of_csv.notes);
    let [invoices, report] = of_csv.workflows.as_slice() else { panic!("two workflows") };
    assert_eq!(invoices.name, "Invoices to Drive");
    assert_eq!(invoices.customer.as_deref(), Some("Fjord Studio"));
    assert_eq!(invoices.environment, Some(Environment::Production));
    assert_eq!(invoices.schedule, Schedule::Every { seconds: 900 });
    assert_eq!(invoices.runs_per_day, Some(96.0));
    assert_eq!(invoices.starts, [report.external_id.as_str()]);
    let steps: Vec<_> = invoices.steps.iter().map(|it| (it.name.as_str(), it.access)).collect();
    assert_eq!(steps, [("Read new invoices", Access::Reads), ("Save the file", Access::Writes)]);
    assert_eq!(of_csv.connections.len(), 2);
    assert_eq!(of_csv.connections[1].provider.as_ref().map(|it| it.as_str()), Some("google"));
    assert_eq!(of_csv.connections[1].account.as_deref(), Some("mira@fjordstudio.example"));
}

/// D2: spreadsheets write semicolons, tabs, marks, Windows' letters, other capitals and other orders.
#[test]
fn what_spreadsheets_make_of_a_list_is_read() {
    let variants: [Vec<u8>; 5] = [
        b"\xEF\xBB\xBFConnection;Workflow;Active\r\nDrive;K\xC3\xBCche;ja\r\n".to_vec(),
        b"connection\tworkflow\tactive\nDrive\tK\xFCche\tyes\n".to_vec(),
        "\n\nWORKFLOW , Connection , \"active\"\n\"Küche\" , \"Drive\" , x\n\n,,\n".into(),
        "workflow;connection;active\n\"Küche\";\"Drive\";1".into(),
        "workflow,connection,active\rKüche,Drive,on\r".into(),
    ];
    for text in variants {
        let reading = read(&text);
        let found: Vec<_> = reading.workflows.iter().map(|it| (it.name.as_str(), it.is_active)).collect();
        assert_eq!(found, [("Küche", true)], "{}", String::from_utf8_lossy(&text));
        assert_eq!(reading.workflows[0].steps[0].uses, FoundUse::External("drive".into()));
        assert!(reading.notes.is_empty(), "{:?}", reading.notes);
    }
    let quoted = read("workflow,step,connection\n\"A, \"\"b\"\"\",\"two\nlines\",C\n");
    assert_eq!(
        (quoted.workflows[0].name.as_str(), quoted.workflows[0].steps[0].name.as_str()),
        ("A, \"b\"", "two\nlines")
    );
}

/// D2: lines that cannot be read are all named by their numbers, and none of the list is taken.
#[test]
fn lines_that_cannot_be_read_are_all_named_and_nothing_is_taken() {
    let (named, count) = bad_lines("workflow,connection,active\nA,x,yes\n,y,yes\nB,\"never closed\nC,z,no\n,w,no\n");
    let expected =
        ["line 3: it names no workflow", "line 4: a quote in it is not closed", "line 6: it names no workflow"];
    assert_eq!((named, count), (expected.map(str::to_owned).to_vec(), 3));

    let cut = bad_lines("workflow,step,connection\nA,s,x\nB,s,\"Gmail of Mi");
    assert_eq!(cut, (vec!["line 3: a quote in it is not closed".to_owned()], 1), "a list that breaks off is no list");
    let inches = read("workflow,step,connection\nA,s,x\nB,a 5\" pipe,y");
    assert_eq!(inches.workflows.len(), 2, "inches are no quotes");

    let (named, count) = bad_lines(&format!("workflow,connection\nA,x\n{}", ",y\n".repeat(25)));
    assert_eq!((named.len(), named.last().unwrap().as_str(), count), (21, "and 5 more", 25));
    let failure = read_file(None, "x.csv", b"workflow,step\n,a\n", &Progress::default()).unwrap_err();
    assert_eq!(failure.to_string(), "x.csv has 1 line that cannot be read: line 2: it names no workflow");
}

/// D2: a cell that cannot be read costs nothing but itself, and is named.
#[test]
fn cells_that_cannot_be_read_are_named_by_their_lines() {
    let reading = read("workflow,active,schedule,runs_per_day\nA,perhaps,whenever,many\n");
    assert_eq!(reading.workflows.len(), 1, "taken without what could not be read");
    assert!(reading.is_whole);
    assert_eq!(
        doubts(&reading),
        [
            "line 2: `schedule` is not understood",
            "line 2: `active` is neither yes nor no",
            "line 2: `runs_per_day` is no number"
        ]
    );
    assert_eq!(reading.workflows[0].schedule, Schedule::Unknown);

    let reading = read("workflow,colour\nA,blue,more\n");
    assert_eq!(doubts(&reading).len(), 2, "a column nobody knows, and a cell too many");
    let reading = read(format!("workflow,active\n{}", "A,perhaps\n".repeat(30)));
    assert_eq!(reading.notes.len(), 21);
    let others = ReadingNote::Skipped { count: 10, first: "line 22: `active` is neither yes nor no".into() };
    assert_eq!(reading.notes[20], others, "the first are named, the others counted");
    let failure = read_file(None, "x.csv", b"name of it,b\n1,2\n", &Progress::default()).unwrap_err();
    assert_eq!(failure.to_string(), "x.csv cannot be read: it is neither JSON nor a list with a column `workflow`");
}

/// D2: JSON likewise, entry by entry.
#[test]
fn entries_that_cannot_be_read_are_named_by_number() {
    let (named, count) = bad_lines(r#"{"workflows": [{"workflow": "A"}, 7, {"steps": []}]}"#);
    assert_eq!(
        (named, count),
        (vec!["entry 2: it is no object".to_owned(), "entry 3: it names no workflow".to_owned()], 2)
    );

    let reading = read(r#"{"version": 2, "workflows": [{"workflow": "A", "active": false, "colour": 1}]}"#);
    assert_eq!(reading.workflows.len(), 1);
    assert!(!reading.workflows[0].is_active);
    assert_eq!(reading.notes[0], ReadingNote::Skipped { count: 1, first: "entry 1: `colour` is not known".into() });
    assert_eq!(reading.notes[1], ReadingNote::UnknownVersion { version: "2".into() });
    let flat =
        read(r#"[{"workflow": "A", "connection": "x", "runs_per_day": 3}, {"workflow": "a", "connection": "y"}]"#);
    assert_eq!((flat.workflows.len(), flat.workflows[0].steps.len()), (1, 2), "one name, however it is capitalised");
}

/// D1: a connection of ours is named by its id, and one of a platform by any name.
#[test]
fn ours_are_told_from_theirs() {
    let reading =
        read("workflow,connection,provider,account\nA,con_0123456789,,\nB,,slack,mira@x.example\nC,con_short,,\n");

    let uses: Vec<_> = reading.workflows.iter().map(|it| it.steps[0].uses.clone()).collect();
    assert_eq!(
        uses,
        [
            FoundUse::Ours(ConnectionId::from_text("con_0123456789")),
            FoundUse::External("slack mira@x.example".into()),
            FoundUse::External("con_short".into()),
        ]
    );
    assert_eq!(reading.connections.len(), 2, "ours is none of theirs");
}

/// D2: lists of one platform take that platform's lines alone.
#[test]
fn lines_of_another_platform_are_left_out_and_named() {
    let text = b"workflow,platform\nA,Power Automate\nB,Zapier\nC,\n";
    let progress = Progress::default();
    let (_, reading) = read_file(Some(PlatformKind::PowerAutomate), "x.csv", text, &progress).unwrap();

    let names: Vec<_> = reading.workflows.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["A", "C"]);
    assert!(!reading.is_whole, "what they name is not gone");
    assert_eq!(doubts(&reading), ["line 3: it is of another platform, Zapier"]);
    let all = read(text);
    let ids: Vec<_> = all.workflows.iter().map(|it| it.external_id.as_str()).collect();
    assert_eq!(ids, ["power automate/a", "zapier/b", "c"], "two platforms may each have one of a name");
}
