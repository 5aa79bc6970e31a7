//! Reconnecting: the id, its settings and dependants stay; another account replaces nothing before a yes
//! [A7, E1, S019, S101].

use domain::connection::reconnect::ReconnectDecision;
use domain::connection::{Connection, Dependant};
use engine::flows::connect::{ConnectRequest, SignInProgress};
use engine::flows::labels::NewDependant;
use practice::{EndReason, Faults, GrantState, GrantSummary};

use super::support::{World, ended};

/// A7, E1: one click, and everything that leaned on it still does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_account_comes_back_under_the_same_id_with_its_dependants_and_settings() {
    let (world, connection, dependant) = world_with_a_dependant().await;
    world.engine.set_automatic_refresh(&connection.id, false).unwrap();
    world.practice.revoke_all();
    world.refresh(&connection.id).await;
    assert_eq!(world.status(&connection.id).0, "reauth_required", "only a person can bring it back");

    let (_, progress) = world.reconnect(&connection.id).await;

    let SignInProgress::Connected(id) = progress else { panic!("the same account needs no question: {progress:?}") };
    let after = world.engine.connection(&id).unwrap();
    assert_eq!(id, connection.id, "everything refers to it by its id");
    assert_eq!(world.engine.list_dependants(&id).unwrap(), [dependant]);
    assert_eq!(
        (after.name, after.automatic_refresh, after.created_at),
        (connection.name, false, connection.created_at)
    );
    assert_eq!(after.identity, connection.identity);
    assert_eq!(world.status(&id).0, "expiring", "automatic refresh stays switched off");
    assert!(world.event_kinds(Some(&id)).contains(&"reconnected"));
    assert_eq!(world.bundle_count().await, 1, "the dead bundle is erased");
    let asked = world.person.visited().into_iter().rfind(|it| it.path() == "/authorize").unwrap();
    assert!(
        asked.query_pairs().any(|(name, value)| name == "login_hint" && value == "mira@fjordstudio.example"),
        "the account it had is preselected"
    );
    assert!(world.still_works(&id).await);
}

/// A7, S101
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_waits_for_a_decision_and_a_refusal_takes_it_back() {
    let (world, connection, dependant) = world_with_a_dependant().await;
    world.signs_in_as("jonas");

    let (sign_in, progress) = world.reconnect(&connection.id).await;

    let SignInProgress::NeedsDecision { comparison, dependant_count, .. } = progress else { panic!("{progress:?}") };
    assert!(comparison.is_other_account && comparison.is_other_workspace, "both are shown side by side");
    assert_eq!(comparison.old.label.as_deref(), Some("mira@fjordstudio.example"));
    assert_eq!(comparison.new.label.as_deref(), Some("jonas@haldenoptik.example"));
    assert_eq!(dependant_count, 1, "what would change hands is said");
    assert_eq!(world.engine.connection(&connection.id).unwrap(), connection, "nothing is replaced before the yes");
    assert_eq!(world.bundle_count().await, 1, "tokens that wait are in memory alone");

    world.engine.decide_reconnect(&sign_in, ReconnectDecision::Refuse).unwrap();

    assert!(matches!(ended(&world.engine, &sign_in).await, SignInProgress::Refused { revoked: true, .. }));
    let of_jonas = grant_of(&world, "jonas");
    assert!(matches!(of_jonas.state, GrantState::Ended { why: EndReason::RevokedByClient, .. }), "{of_jonas:?}");
    assert!(grant_of(&world, "mira").is_alive(), "the old grant was not touched");
    assert_eq!(world.engine.list_dependants(&connection.id).unwrap(), [dependant]);
    assert!(world.event_kinds(Some(&connection.id)).contains(&"reconnect_refused"));
    assert!(world.engine.decide_reconnect(&sign_in, ReconnectDecision::Replace).is_err(), "said is said");
    assert!(world.still_works(&connection.id).await);
}

/// A7
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_replaces_the_old_one_after_a_yes() {
    let (world, connection, dependant) = world_with_a_dependant().await;
    world.signs_in_as("jonas");
    let (sign_in, _) = world.reconnect(&connection.id).await;

    world.engine.decide_reconnect(&sign_in, ReconnectDecision::Replace).unwrap();

    let SignInProgress::Connected(id) = ended(&world.engine, &sign_in).await else { panic!("a yes stores it") };
    assert_eq!(id, connection.id);
    let after = world.engine.connection(&id).unwrap();
    assert_eq!(after.identity.subject.as_deref(), Some("jonas"));
    assert_eq!(world.engine.list_dependants(&id).unwrap(), [dependant], "the dependants stay with the id");
    assert_eq!(world.bundle_count().await, 1);
    assert!(world.still_works(&id).await);
    assert_eq!(grant_of(&world, "jonas").refresh_count, 1, "it is Jonas's grant that is refreshed");
}

/// A7
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_accounts_can_be_kept_each_as_its_own_connection() {
    let (world, connection, dependant) = world_with_a_dependant().await;
    world.signs_in_as("jonas");
    let (sign_in, _) = world.reconnect(&connection.id).await;

    world.engine.decide_reconnect(&sign_in, ReconnectDecision::KeepBoth).unwrap();

    let SignInProgress::Connected(id) = ended(&world.engine, &sign_in).await else { panic!("both are kept") };
    assert_ne!(id, connection.id);
    assert_eq!(world.engine.list_dependants(&connection.id).unwrap(), [dependant], "what leaned on the old one does");
    assert!(world.engine.list_dependants(&id).unwrap().is_empty());
    assert!(world.still_works(&connection.id).await && world.still_works(&id).await, "two grants, two connections");
}

/// A7, C4: fewer scopes would break what depends on them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fewer_scopes_need_a_yes_though_the_account_is_the_same() {
    let world = World::start().await;
    let request = ConnectRequest { scopes: vec!["files.read".into(), "files.write".into()], ..world.request() };
    let connection = world.connect_with(request).await;
    let left: Vec<_> = connection.scopes.granted.iter().filter(|it| *it != "files.write").cloned().collect();
    world.set_faults(Faults::default().grants_fewer_scopes(left));

    let (sign_in, progress) = world.reconnect(&connection.id).await;

    let SignInProgress::NeedsDecision { comparison, .. } = progress else { panic!("{progress:?}") };
    assert_eq!(comparison.scopes_lost, ["files.write"]);
    assert!(!comparison.is_other_account);
    world.engine.decide_reconnect(&sign_in, ReconnectDecision::Refuse).unwrap();
    ended(&world.engine, &sign_in).await;
    assert!(world.still_works(&connection.id).await, "the old grant with all its scopes goes on");
}

/// S064: one sign-in per connection; a second click shows the page of the first again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_click_opens_the_same_sign_in_again() {
    let world = World::start().await;
    let connection = world.connect().await;

    let first = world.engine.begin_reconnect(&connection.id, false).await.unwrap();
    let second = world.engine.begin_reconnect(&connection.id, false).await.unwrap();

    assert_eq!(first.id, second.id, "two listeners for one question would leave one of them open");
}

async fn world_with_a_dependant() -> (World, Connection, Dependant) {
    let world = World::start().await;
    let connection = world.connect().await;
    let dependant = NewDependant {
        workflow: "Invoices to the ledger".into(),
        place: Some("n8n".into()),
        step: Some("Read the folder".into()),
        owner: Some("Mira".into()),
    };
    let dependant = world.engine.add_dependant(&connection.id, dependant).unwrap();
    (world, connection, dependant)
}

fn grant_of(world: &World, account: &str) -> GrantSummary {
    world.practice.grants().into_iter().rfind(|grant| grant.account == account).unwrap()
}
