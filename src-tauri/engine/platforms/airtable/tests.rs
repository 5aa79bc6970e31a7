//! Airtable's meta API, in the shapes of airtable.com/developers/web/api (list bases, get user ID & scopes).

use domain::blast_radius::PlatformKind;
use domain::blast_radius::reading::PlatformReading;
use fakes::{Answer, Server};

use super::super::by_hand::CSV_TEMPLATE;
use super::super::files::read_file;
use super::super::rest::tests::access;
use super::*;

async fn server(is_known: bool) -> Server {
    Server::start(move |_, seen| {
        let is_key =
            seen.headers.iter().any(|(name, value)| name == "authorization" && value == "Bearer pat123.secret");
        match seen.target.as_str() {
            _ if !is_key || !is_known => {
                Answer::json(401, r#"{"error":{"type":"AUTHENTICATION_REQUIRED","message":"Authentication required"}}"#)
            }
            "/v0/meta/whoami" => Answer::json(
                200,
                r#"{"id":"usrMIRA","email":"mira@fjordstudio.example","scopes":["schema.bases:read"]}"#,
            ),
            "/v0/meta/bases" => Answer::json(
                200,
                r#"{"bases":[{"id":"appA","name":"CRM","permissionLevel":"create"}],"offset":"itr/2"}"#,
            ),
            "/v0/meta/bases?offset=itr%2F2" => Answer::json(
                200,
                r#"{"bases":[{"id":"appB","name":"Stock","permissionLevel":"read"},{"name":"no id"}]}"#,
            ),
            _ => Answer::json(404, r#"{"error":"NOT_FOUND"}"#),
        }
    })
    .await
    .unwrap()
}

async fn read(server: &Server) -> Result<PlatformReading, PlatformFailure> {
    Airtable::new(access(server.url(), None, "pat123.secret")).unwrap().read(&Arc::default()).await
}

/// D2: what the grant can see is what stops with it.
#[tokio::test]
async fn bases_that_a_grant_can_see_are_read() {
    let server = server(true).await;

    let reading = read(&server).await.unwrap();

    assert!(!reading.is_whole, "automations come by hand, and are not gone");
    let bases: Vec<_> = reading.workflows.iter().map(|it| (it.name.as_str(), it.steps[0].access)).collect();
    assert_eq!(bases, [("CRM", Access::Writes), ("Stock", Access::Reads)]);
    assert_eq!(reading.workflows[0].page.as_deref(), Some("https://airtable.com/appA"));
    assert_eq!(reading.connections[0].account.as_deref(), Some("mira@fjordstudio.example"));
    assert!(matches!(reading.notes[0], domain::blast_radius::reading::ReadingNote::Skipped { count: 1, .. }));
}

/// D2
#[tokio::test]
async fn a_token_is_tested_by_asking_whose_it_is() {
    let (living, dead) = (server(true).await, server(false).await);
    let airtable = |server: &Server| Airtable::new(access(server.url(), None, "pat123.secret")).unwrap();

    let state = airtable(&living).test_connection("usrMIRA").await.unwrap();
    assert!(matches!(state, PlatformConnectionState::Works { .. }));
    assert_eq!(airtable(&living).test_connection("usrJON").await.unwrap(), PlatformConnectionState::Unknown);
    let state = airtable(&dead).test_connection("usrMIRA").await.unwrap();
    assert!(matches!(state, PlatformConnectionState::Dead { .. }));
    assert!(matches!(read(&dead).await, Err(PlatformFailure::KeyRefused(_))));
    assert!(matches!(airtable(&living).set_active("appA", false).await, Err(PlatformFailure::Unsupported(_))));
}

/// D2: automations, which no API lists, come from a list by hand.
#[test]
fn automations_come_from_a_list_by_hand() {
    let progress = Progress::default();
    let (kind, reading) =
        read_file(Some(PlatformKind::Airtable), "automations.csv", CSV_TEMPLATE.as_bytes(), &progress).unwrap();

    assert_eq!(kind, PlatformKind::Airtable);
    assert_eq!(reading.workflows.len(), 2);
    assert_eq!(reading.workflows[0].external_id, "invoices to drive", "the platform need not be said twice");
}
