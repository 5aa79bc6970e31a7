//! What the blast radius costs on an agency's set: taking over a reading beside bare inserts of the same rows, putting
//! the picture together, and asking it who breaks [D1, D2].
//!
//! usage: cargo bench -p engine --bench `blast_radius`
//! Nothing is asserted; the targets are in `docs/BENCHMARKS.md`.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has nothing to say")]
#![expect(clippy::print_stdout, reason = "the table is for people")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use domain::blast_radius::impact::Picture;
use domain::blast_radius::incident_order::repair_order;
use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse, FoundWorkflow, PlatformReading};
use domain::blast_radius::{
    Access, Platform, PlatformConnectionState, PlatformKind, Schedule, Source, StepVersion, Uses,
};
use domain::{PlatformId, ProviderId};
use engine::store::{ArrivingReading, Store};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const CUSTOMERS: usize = 40;
const PLATFORMS: usize = 3;
const CONNECTIONS: usize = 600;
const WORKFLOWS: usize = 5_000;
const EDGES: usize = 30_000;
/// One in so many is dead.
const DEAD: usize = 12;
const ROUNDS: usize = 7;

/// Also without `cargo bench`, as when all targets are merely built and run by a test run: then nothing is measured.
fn main() {
    if !std::env::args().any(|it| it == "--bench") {
        println!("measures only under cargo bench");
        return;
    }
    let readings: Vec<PlatformReading> = (0..PLATFORMS).map(agency).collect();
    let edges: usize = readings.iter().flat_map(|it| &it.workflows).map(|it| it.steps.len()).sum();
    println!(
        "{CUSTOMERS} customers, {PLATFORMS} platforms, {CONNECTIONS} connections, {WORKFLOWS} workflows, {edges} edges"
    );
    println!("{:<44} {:>12} {:>12} {:>8}", "what", "bare", "engine", "ratio");

    let (mut bare, mut ours, mut again) = (vec![], vec![], vec![]);
    let mut store = None;
    for _ in 0..ROUNDS {
        bare.push(bare_inserts(&readings));
        let folder = tempfile::tempdir().unwrap();
        let opened = Store::open(&folder.path().join("patchbay.db")).unwrap();
        ours.push(timed(|| take_over(&opened, &readings, true)));
        again.push(timed(|| take_over(&opened, &readings, false)));
        store = Some((opened, folder));
    }
    let (bare, ours) = (median(bare), median(ours));
    line("take over three readings", Some(bare), ours);
    line("the same again: nothing new", Some(bare), median(again));

    let (store, _folder) = store.unwrap();
    let zone = |_: Option<&str>| TimeZone::UTC;
    line(
        "read everything",
        None,
        median((0..ROUNDS).map(|_| timed(|| drop(black_box(store.known().unwrap())))).collect()),
    );
    let known = store.known().unwrap();
    let mut built = vec![];
    for _ in 0..ROUNDS {
        let known = known.clone();
        built.push(timed(|| drop(black_box(Picture::build(known, vec![], &zone)))));
    }
    line("put the picture together", None, median(built));

    let picture = Picture::build(known, vec![], &zone);
    let mut asked: Vec<Duration> = picture
        .platform_connections()
        .iter()
        .map(|it| {
            let uses = Uses::PlatformConnection(it.id.clone());
            timed(|| drop(black_box(picture.impact(&uses, now()))))
        })
        .collect();
    asked.sort();
    line("who breaks (median of all connections)", None, asked[asked.len() / 2]);
    line("who breaks (the slowest of all)", None, *asked.last().unwrap());
    let ordered = (0..ROUNDS).map(|_| timed(|| drop(black_box(repair_order(&picture, now()))))).collect();
    line("what to mend first", None, median(ordered));
}

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn platform(number: usize) -> Platform {
    Platform {
        id: PlatformId::from_random(number as u64),
        kind: PlatformKind::ALL[number],
        name: format!("Platform {number}"),
        address: None,
        space: None,
        customer: None,
        added_at: now(),
        read_at: None,
        asked_at: None,
        failed: None,
        reads_itself: true,
    }
}

/// What one of the platforms tells: some connections are shared by hundreds of workflows, most by a few.
fn agency(platform: usize) -> PlatformReading {
    let (connections, workflows) = (CONNECTIONS / PLATFORMS, WORKFLOWS / PLATFORMS + 1);
    let per_workflow = EDGES / WORKFLOWS;
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(platform as u64 + 1);
    let mut roll = move |below: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        usize::try_from(dice % below as u64).unwrap()
    };
    let providers = ["google", "slack", "notion", "hubspot", "airtable"];
    let connections: Vec<FoundConnection> = (0..connections)
        .map(|number| FoundConnection {
            external_id: format!("c{number}"),
            name: format!("Connection {number}"),
            kind: format!("kind{}", number % 9),
            provider: Some(ProviderId::from_text(providers[number % providers.len()])),
            account: Some(format!("person{number}@customer{}.example", number % CUSTOMERS)),
            owner: None,
            state: if number % DEAD == 0 {
                PlatformConnectionState::Dead { since: now(), words: "needs to be reconnected".to_owned() }
            } else {
                PlatformConnectionState::Works { at: now() }
            },
            page: Some(format!("https://platform.example/connections/{number}")),
        })
        .collect();
    let workflows = (0..workflows)
        .map(|number| FoundWorkflow {
            external_id: format!("w{number}"),
            name: format!("Nightly work number {number}"),
            is_active: number % 7 != 0,
            customer: Some(format!("Customer {}", number % CUSTOMERS)),
            project: Some(format!("Project {}", number % 90)),
            owner: Some(format!("Owner {}", number % 25)),
            environment: None,
            schedule: match number % 3 {
                0 => Schedule::OnEvent,
                1 => Schedule::Every { seconds: 900 },
                _ => Schedule::Cron {
                    expression: format!("{} {} * * 1-5", number % 60, number % 24),
                    time_zone: Some("Europe/Oslo".to_owned()),
                },
            },
            runs_per_day: None,
            page: Some(format!("https://platform.example/workflows/{number}")),
            steps: (0..per_workflow)
                .map(|place| {
                    let used = if roll(4) == 0 { roll(8) } else { roll(connections.len()) };
                    FoundStep {
                        external_id: format!("s{place}"),
                        name: format!("Step {place}"),
                        kind: "n8n-nodes-base.googleSheets".to_owned(),
                        place: u32::try_from(place).unwrap(),
                        uses: FoundUse::External(format!("c{used}")),
                        version: StepVersion::Both,
                        is_enabled: true,
                        access: if place % 2 == 0 { Access::Reads } else { Access::Writes },
                        goes_on_after_error: false,
                        scopes: vec![],
                    }
                })
                .collect(),
            starts: if number % 50 == 0 { vec![format!("w{}", number + 1)] } else { vec![] },
            changed_at: None,
        })
        .collect();
    PlatformReading { connections, workflows, is_whole: true, ..PlatformReading::default() }
}

fn take_over(store: &Store, readings: &[PlatformReading], is_first: bool) {
    for (number, reading) in readings.iter().enumerate() {
        if is_first {
            store.insert_platform(&platform(number)).unwrap();
        }
        let platform = platform(number);
        let arriving =
            ArrivingReading { platform: &platform, is_first: false, source: Source::Api, reading, now: now() };
        store.apply_reading(&arriving, &|_| true).unwrap();
    }
}

/// The same rows, with nothing looked up, compared or kept besides: as quick as SQLite takes them.
fn bare_inserts(readings: &[PlatformReading]) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let mut sqlite = rusqlite::Connection::open(folder.path().join("bare.db")).unwrap();
    sqlite.pragma_update(None, "journal_mode", "WAL").unwrap();
    sqlite.pragma_update(None, "synchronous", "FULL").unwrap();
    sqlite
        .execute_batch(
            "CREATE TABLE c (id TEXT PRIMARY KEY, external TEXT, name TEXT, kind TEXT, account TEXT, page TEXT) WITHOUT ROWID;
             CREATE TABLE w (id TEXT PRIMARY KEY, external TEXT, name TEXT, active INTEGER, customer TEXT, project TEXT,
                 owner TEXT, page TEXT) WITHOUT ROWID;
             CREATE TABLE s (workflow TEXT, external TEXT, name TEXT, kind TEXT, place INTEGER, connection TEXT,
                 enabled INTEGER);
             CREATE INDEX s_w ON s (workflow); CREATE INDEX s_c ON s (connection);",
        )
        .unwrap();
    timed(|| {
        for (number, reading) in readings.iter().enumerate() {
            let writing = sqlite.transaction().unwrap();
            for it in &reading.connections {
                let id = format!("{number}/{}", it.external_id);
                writing
                    .prepare_cached("INSERT INTO c VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
                    .unwrap()
                    .execute((id, &it.external_id, &it.name, &it.kind, &it.account, &it.page))
                    .unwrap();
            }
            for it in &reading.workflows {
                let id = format!("{number}/{}", it.external_id);
                writing
                    .prepare_cached("INSERT INTO w VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
                    .unwrap()
                    .execute((
                        &id,
                        &it.external_id,
                        &it.name,
                        it.is_active,
                        &it.customer,
                        &it.project,
                        &it.owner,
                        &it.page,
                    ))
                    .unwrap();
                for step in &it.steps {
                    let FoundUse::External(used) = &step.uses else { continue };
                    writing
                        .prepare_cached("INSERT INTO s VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                        .unwrap()
                        .execute((&id, &step.external_id, &step.name, &step.kind, step.place, used, step.is_enabled))
                        .unwrap();
                }
            }
            writing.commit().unwrap();
        }
    })
}

fn line(what: &str, bare: Option<Duration>, ours: Duration) {
    let ratio = bare.map_or_else(String::new, |bare| format!("{:.2}", ours.as_secs_f64() / bare.as_secs_f64()));
    let bare = bare.map_or_else(String::new, shown);
    println!("{what:<44} {bare:>12} {:>12} {ratio:>8}", shown(ours));
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn shown(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}
