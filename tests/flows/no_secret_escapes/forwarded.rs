//! Where events leave to during the walk: one place of every kind, whose receiver keeps all it is sent, and at first throws
//! it back [F5, A3].

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::event_forwarding::WantedEvents;
use domain::{EventDestinationId, Secret};
use engine::Engine;
use engine::flows::event_forwarding::{Forwarded, NewEventDestination, NewPlace};
use fakes::{Answer, Server};

const PATH: &str = "/hooks/known-webhook-address-nobody-else-has";
const SIGNING: &str = "whsec_a25vd24tc2lnbmluZy1zZWNyZXQtb2YtdGhlLXdlYmhvb2s=";
const DSN_KEY: &str = "knownsentrykeyofnobodyelse0001";
const HEADER: &str = "known~otlp-header/value+of=nobody-else-0001";

pub(super) struct Receivers {
    server: Server,
    is_well: Arc<AtomicBool>,
    places: Vec<EventDestinationId>,
}

impl Receivers {
    pub(super) async fn start(engine: &Engine, folder: &Path) -> Self {
        let is_well = Arc::new(AtomicBool::new(false));
        let well = Arc::clone(&is_well);
        let server = Server::start(move |_, seen| {
            if well.load(Ordering::SeqCst) {
                return Answer::json(200, "{}");
            }
            let headers: Vec<_> = seen.headers.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let body = format!("no: {} {}", seen.target, headers.join(" "));
            Answer { status: 503, headers: vec![], body }
        })
        .await
        .unwrap();
        let sentry = server.url().replace("http://", &format!("http://{DSN_KEY}@"));
        let places = [
            NewPlace::File { folder: folder.to_owned(), largest: 1 << 20, kept: 5 },
            NewPlace::Webhook {
                address: Secret::new(format!("{}{PATH}", server.url())),
                key: Some(Secret::new(SIGNING)),
            },
            NewPlace::Sentry { dsn: Secret::new(format!("{sentry}/1")) },
            NewPlace::Otlp {
                endpoint: server.url().to_owned(),
                headers: Some(Secret::new(format!("Authorization: Bearer {HEADER}"))),
                with_metrics: true,
            },
        ];
        let mut added = vec![];
        for place in places {
            let new = NewEventDestination {
                name: None,
                place,
                wanted: WantedEvents::All,
                with_accounts: false,
                from_start: true,
            };
            added.push(engine.add_event_destination(new).await.unwrap().destination.id);
        }
        Self { server, is_well, places: added }
    }

    pub(super) fn secrets() -> [&'static str; 4] {
        [PATH, SIGNING, DSN_KEY, HEADER]
    }

    /// Sends all there is, first to receivers that throw it back; what anybody sees of that.
    pub(super) async fn forward(&self, engine: &Engine) -> Vec<String> {
        let mut seen = vec![];
        for is_well in [false, true] {
            self.is_well.store(is_well, Ordering::SeqCst);
            for place in &self.places {
                seen.push(format!("{:?}", engine.try_event_destination(place).await));
                let outcome = engine.forward_events(place, true).await.unwrap();
                assert!(!is_well || matches!(outcome, Forwarded::Done { .. }), "{outcome:?}");
                seen.push(format!("{outcome:?}"));
                seen.push(format!("{:?}", engine.forward_figures(place).await));
            }
            seen.push(format!("{:?}", engine.list_event_destinations()));
        }
        seen
    }

    /// All that left, to the byte; how a receiver is addressed and let in aside.
    pub(super) fn keep(&self, folder: &Path) -> usize {
        let all = self.server.seen();
        for (number, request) in all.iter().enumerate() {
            std::fs::write(folder.join(format!("{number}")), &request.raw).unwrap();
        }
        let others = ["x-sentry-auth", "authorization"];
        let heads = all.iter().flat_map(|it| &it.headers).filter(|(name, _)| !others.contains(&name.as_str()));
        let heads: Vec<_> = heads.map(|(name, value)| format!("{name}: {value}")).collect();
        std::fs::write(folder.join("heads"), heads.join("\n")).unwrap();
        all.len()
    }
}
