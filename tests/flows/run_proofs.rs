//! Which runs of n8n show that a credential works again: those whose own data show a call with it [D2, A8, D4].

use domain::blast_radius::incident::{Incident, Stage};
use domain::blast_radius::{PlatformConnectionState, Uses};
use domain::{PlatformConnectionId, PlatformId};
use engine::Error;
use fakes::{N8nRelease, N8nServer};
use serde_json::{Value, json};

use super::support::{World, new_n8n};

const TOKEN: &str = "at-of-before";

fn held(token: &str) -> Value {
    json!({
        "grantType": "authorizationCode", "authUrl": "https://p.example/auth", "accessTokenUrl": "https://p.example/token",
        "clientId": "client", "clientSecret": "client-secret", "scope": "files.read", "authentication": "header",
        "oauthTokenData": { "access_token": token, "refresh_token": "rt-of-before" },
    })
}

fn hook() -> Value {
    json!({ "id": "hook", "name": "Webhook", "type": "n8n-nodes-base.webhook", "parameters": {} })
}

fn call(credential: &str, options: Value) -> Value {
    json!({
        "id": "call", "name": "Call", "type": "n8n-nodes-base.httpRequest",
        "parameters": { "authentication": "genericCredentialType", "genericAuthType": "oAuth2Api", "options": options },
        "credentials": { "oAuth2Api": { "id": credential, "name": "Drive" } },
    })
}

/// An n8n whose workflow has failed at its credential, as a reading has found.
struct Lab {
    world: World,
    server: N8nServer,
    platform: PlatformId,
    theirs: PlatformConnectionId,
}

impl Lab {
    async fn start(release: N8nRelease) -> Self {
        let world = World::start().await;
        // Its runs are of that hour.
        world.clock.set_to("2026-11-20T09:00:00Z".parse().unwrap());
        let server = N8nServer::start(release).await.unwrap();
        server.honour(TOKEN);
        server.honour("at-of-another");
        server.add_credential("drive", "Drive", "oAuth2Api", held(TOKEN));
        server.add_credential("other", "Other", "oAuth2Api", held("at-of-another"));
        server.add_workflow("probe", "Probe", true, json!([hook(), call("drive", json!({}))]));
        let platform = world.engine.add_platform(new_n8n(server.url())).await.unwrap().id;
        world.engine.read_platform(&platform).await.unwrap();
        let picture = world.engine.picture().unwrap();
        let theirs = picture.platform_connections().iter().find(|it| it.external_id == "drive").unwrap().id.clone();
        Self { world, server, platform, theirs }
    }

    async fn with_a_dead_credential(release: N8nRelease) -> Self {
        let lab = Self::start(release).await;
        lab.server.revoke(TOKEN);
        assert_eq!(lab.server.run("probe"), "error");
        lab.read().await;
        assert!(matches!(lab.state(), PlatformConnectionState::Dead { .. }), "{:?}", lab.state());
        lab
    }

    async fn read(&self) {
        self.world.engine.read_platform(&self.platform).await.unwrap();
    }

    fn state(&self) -> PlatformConnectionState {
        self.world.engine.picture().unwrap().platform_connection(&self.theirs).unwrap().state.clone()
    }

    /// The provider takes its token again, a run shows it, and a reading finds that.
    async fn mend(&self) {
        self.server.honour(TOKEN);
        assert_eq!(self.server.run("probe"), "success");
        self.read().await;
        assert!(matches!(self.state(), PlatformConnectionState::Works { .. }), "{:?}", self.state());
    }

    fn incident(&self) -> Incident {
        self.world.engine.list_incidents().unwrap().remove(0)
    }
}

/// D2, A8: n8n calls all of these a success; none of them has called with the dead credential and been answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_success_that_never_used_the_credential_mends_nothing() {
    let filter = json!({ "id": "f", "name": "Filter", "type": "n8n-nodes-base.filter", "parameters": {} });
    let mut switched_off = call("drive", json!({}));
    switched_off["disabled"] = json!(true);
    let options = |more: bool| json!({ "response": { "response": { "neverError": true, "fullResponse": more } } });
    for release in [N8nRelease::New, N8nRelease::Old] {
        let lab = Lab::with_a_dead_credential(release).await;
        // The old version knows a credential by the steps that use it alone.
        lab.server.add_workflow("keeper", "Keeper", true, json!([hook(), call("drive", json!({}))]));
        let before = lab.state();
        for (nodes, why) in [
            (json!([hook(), filter, call("drive", json!({}))]), "a branch that never came to the step"),
            (json!([hook(), call("other", json!({}))]), "it uses another credential by now"),
            (json!([hook(), switched_off]), "the step is switched off"),
            (json!([hook(), call("drive", options(false))]), "the step takes a refusal for an answer"),
            (json!([hook(), call("drive", options(true))]), "and says that it was 401"),
        ] {
            lab.server.rewrite("probe", &nodes);
            assert_eq!(lab.server.run("probe"), "success", "as n8n calls it: {why}");
            lab.read().await;
            assert_eq!(lab.state(), before, "{release:?}: {why}");
            assert_eq!(lab.incident().stage(), Stage::Broken, "{release:?}: {why}");
        }

        lab.server.honour(TOKEN);
        lab.server.rewrite("probe", &json!([hook(), call("drive", json!({}))]));
        assert_eq!(lab.server.run("probe"), "success");
        lab.read().await;
        assert!(matches!(lab.state(), PlatformConnectionState::Works { .. }), "{release:?}: {:?}", lab.state());
        assert_eq!(lab.incident().stage(), Stage::Repaired, "{release:?}");
    }
}

/// D2, A8: another workflow that calls with it shows as much as the one that had failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_workflow_calls_with_it_shows_that_it_works() {
    let lab = Lab::with_a_dead_credential(N8nRelease::New).await;
    lab.server.add_workflow("second", "Second", true, json!([hook(), call("drive", json!({}))]));
    lab.server.honour(TOKEN);

    assert_eq!(lab.server.run("second"), "success");
    lab.read().await;

    assert!(matches!(lab.state(), PlatformConnectionState::Works { .. }), "{:?}", lab.state());
}

/// D2: what n8n does not show of a run, it does not prove.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_success_whose_data_cannot_be_read_mends_nothing() {
    let lab = Lab::with_a_dead_credential(N8nRelease::New).await;
    let before = lab.state();
    lab.server.add_execution(json!({
        "id": "7", "finished": true, "mode": "webhook", "status": "success", "workflowId": "probe",
        "startedAt": "2026-11-20T09:00:30.000Z",
    }));

    lab.read().await;

    assert_eq!(lab.state(), before);
}

/// D4: what was proved before an incident was opened is no canary, and its time is not that of now.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_takes_no_proof_of_before_the_incident() {
    for release in [N8nRelease::New, N8nRelease::Old] {
        let lab = Lab::with_a_dead_credential(release).await;
        let engine = &lab.world.engine;
        let silent = engine.run_canary(&lab.incident().id).await;
        assert!(matches!(silent, Err(Error::NothingShown(_))), "n8n's own test says nothing: {silent:?}");
        lab.mend().await;
        engine.close_incident(&lab.incident().id, None, true).unwrap();
        lab.server.revoke(TOKEN);
        lab.world.clock.set_to("2026-11-20T09:00:03Z".parse().unwrap());
        let by_hand = engine.open_incident(&Uses::PlatformConnection(lab.theirs.clone())).unwrap().id;

        let canary = engine.run_canary(&by_hand).await;

        let Err(Error::NothingShown(name)) = canary else { panic!("{release:?}: {canary:?}") };
        assert_eq!(name, "Drive");
        let unmended = engine.incident(&by_hand).unwrap();
        assert_eq!((unmended.stage(), unmended.canary), (Stage::Broken, None), "{release:?}");

        lab.mend().await;
        lab.world.clock.set_to("2026-11-20T09:10:00Z".parse().unwrap());
        let mended = engine.run_canary(&by_hand).await.unwrap();
        let canary = mended.canary.unwrap();
        let PlatformConnectionState::Works { at } = lab.state() else { panic!("{:?}", lab.state()) };
        assert!(canary.worked && canary.at == at && at < lab.world.clock.now(), "the run's own time: {canary:?}");
        assert_eq!(mended.repaired_at, Some(at));
    }
}

/// D4: a connection that dies again before its incident is closed opens that again, and it closes as any open one does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_death_takes_the_repair_back() {
    let lab = Lab::with_a_dead_credential(N8nRelease::New).await;
    let engine = &lab.world.engine;
    assert_eq!(lab.incident().stage(), Stage::Broken);
    lab.mend().await;
    let mended = lab.incident();
    engine.run_canary(&mended.id).await.unwrap();
    let workflow = mended.affected[0].workflow.clone();
    engine.tick_validation(&mended.id, &workflow, true).unwrap();
    assert_eq!(lab.incident().stage(), Stage::Validated);

    lab.server.revoke(TOKEN);
    assert_eq!(lab.server.run("probe"), "error");
    lab.read().await;

    let again = lab.incident();
    assert_eq!((again.stage(), &again.id, again.canary), (Stage::Broken, &mended.id, None));
    assert_eq!((engine.list_incidents().unwrap().len(), again.affected[0].failed_runs), (1, 2), "it is one incident");
    let closed = engine.close_incident(&again.id, None, false);
    assert!(matches!(closed, Err(Error::BadInput(_))), "{closed:?}");
    lab.mend().await;
    assert_eq!(lab.incident().stage(), Stage::Repaired, "nobody has seen it running since");
    engine.tick_validation(&again.id, &workflow, true).unwrap();
    assert_eq!(engine.close_incident(&again.id, None, false).unwrap().stage(), Stage::Closed);
}
