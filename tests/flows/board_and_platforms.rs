//! What the board's sentence says of platforms: a dead copy and an open incident need a person [A8, D4, E1].

use domain::blast_radius::PlatformConnectionState;
use domain::blast_radius::incident::Open;
use domain::board::Headline;
use domain::glance::{GlanceMark, sentence};
use engine::platforms::PlatformFailure;

use super::blast_radius::read_world;
use super::support::MINUTE;

/// A8, E1: every connection of ours works, and a platform's copy is dead: then somebody is needed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_board_whose_own_connections_work_still_tells_of_a_dead_copy() {
    let (world, script, _, id) = read_world().await;
    let board = || world.engine.board().unwrap();
    assert!(matches!(board().headline, Headline::AllWell { connection_count: 1, .. }), "{:?}", board().headline);
    let died_at = world.clock.now();
    script.with(|it| {
        it.reading.connections[0].state = PlatformConnectionState::Dead { since: died_at, words: "401".into() };
    });

    world.engine.read_platform(&id).await.unwrap();

    let told = board();
    assert!(matches!(told.headline, Headline::PlatformsNeedYou { connection_count: 1, .. }), "{:?}", told.headline);
    assert_eq!(GlanceMark::of(&told.headline, &told.platform_needs), GlanceMark::NeedsPerson);
    let copy = &told.platform_needs.copies[0];
    assert_eq!((copy.name.as_str(), copy.platform.as_str(), copy.waiting_count), ("Mail c1", "n8n at Halden", 2));
    assert_eq!((copy.since, &copy.incident), (Some(died_at), &None), "nobody has looked at incidents yet");
    let incident = world.engine.list_incidents().unwrap().remove(0);
    assert_eq!(board().platform_needs.copies[0].incident, Some(incident.id));
}

/// D4, E1: what was mended is not over before it was seen running and closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_that_was_not_closed_is_told_of_by_the_board() {
    let (world, script, own, id) = read_world().await;
    world.practice.revoke_all();
    world.refresh(&own.id).await;
    script.with(|it| {
        it.reading.connections[0].state =
            PlatformConnectionState::Dead { since: world.clock.now(), words: "401".into() };
    });
    world.engine.read_platform(&id).await.unwrap();
    let incident = world.engine.list_incidents().unwrap().remove(0);
    let both = world.engine.board().unwrap();
    assert!(matches!(both.headline, Headline::NeedsYou { count: 1, .. }), "our own comes first: {:?}", both.headline);
    let counts = (both.platform_needs.copies.len(), both.platform_needs.incidents.len());
    assert_eq!(counts, (1, 0), "the copy besides; the incident is that of the connection");

    world.pass_time(MINUTE);
    world.reconnect(&own.id).await;
    script.with(|it| it.reading.connections[0].state = PlatformConnectionState::Works { at: world.clock.now() });
    world.engine.read_platform(&id).await.unwrap();
    world.engine.follow_incidents().unwrap();
    let mended = world.engine.board().unwrap();
    assert!(matches!(mended.headline, Headline::PlatformsNeedYou { .. }), "{:?}", mended.headline);
    let stands: Vec<_> = mended.platform_needs.incidents.iter().map(|it| it.stands).collect();
    assert_eq!(stands, [Some(Open::Unvalidated(2))]);

    world.engine.close_incident(&incident.id, None, true).unwrap();
    let closed = world.engine.board().unwrap();
    assert!(matches!(closed.headline, Headline::AllWell { .. }), "{:?}", closed.headline);
}

/// D2, E1: a refused key needs a person, since nothing of its platform is seen any more; a platform that is only out of reach
/// is tried again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_whose_key_is_refused_is_told_of_by_the_board() {
    let (world, script, _, id) = read_world().await;
    script.with(|it| it.failure = Some(|| PlatformFailure::Unreachable("n8n at Halden".into(), "no answer".into())));
    drop(world.engine.read_platform(&id).await);
    let away = world.engine.board().unwrap();
    assert!(matches!(away.headline, Headline::AllWell { .. }), "{:?}", away.headline);
    let read_at = world.engine.picture().unwrap().platform(&id).unwrap().read_at;

    script.with(|it| it.failure = Some(|| PlatformFailure::KeyRefused("n8n at Halden".into())));
    drop(world.engine.read_platform(&id).await);

    let told = world.engine.board().unwrap();
    assert!(matches!(told.headline, Headline::PlatformsNeedYou { connection_count: 1, .. }), "{:?}", told.headline);
    let unread = &told.platform_needs.unread[0];
    assert_eq!((unread.platform.clone(), unread.name.as_str(), unread.read_at), (id.clone(), "n8n at Halden", read_at));
    assert!(read_at.is_some() && unread.words.contains("does not accept the key"), "{unread:?}");
    let said = sentence(&told.headline, &told.platform_needs, |_| String::new());
    assert_eq!(said, "n8n at Halden cannot be read; it needs you");

    let away: [fn() -> PlatformFailure; 2] =
        [|| PlatformFailure::Unreachable("n8n at Halden".into(), "no answer".into()), || refused(502)];
    for says_nothing_of_the_key in away {
        script.with(|it| it.failure = Some(says_nothing_of_the_key));
        drop(world.engine.read_platform(&id).await);
        let unread = &world.engine.board().unwrap().platform_needs.unread[0];
        assert!(unread.words.contains("does not accept the key"), "it stands: {unread:?}");
    }
    script.with(|it| it.failure = Some(|| refused(404)));
    drop(world.engine.read_platform(&id).await);
    let answered = world.engine.board().unwrap();
    assert!(answered.platform_needs.unread.is_empty(), "the key is not what it speaks of: {answered:?}");
    let words = world.engine.list_platforms().unwrap().remove(0).platform.failed.unwrap().words;
    assert!(words.contains("404"), "what keeps it away now: {words}");

    script.with(|it| it.failure = None);
    world.engine.read_platform(&id).await.unwrap();
    let read = world.engine.board().unwrap();
    assert!(matches!(read.headline, Headline::AllWell { .. }), "{:?}", read.headline);
}

fn refused(status: u16) -> PlatformFailure {
    PlatformFailure::Refused { platform: "n8n at Halden".into(), status, words: "no".into() }
}
