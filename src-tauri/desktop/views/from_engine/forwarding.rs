//! Destinations as the engine knows them [F5].

use domain::diagnosis::NetworkFailure;
use domain::event_forwarding::{Complaint, DestinationKind, EventDestination, ForwardingTrouble, Place, WantedEvents};
use engine::Engine;
use engine::event_destinations::FILE_NAME;
use engine::flows::event_forwarding::EventDestinationOverview;

use crate::views::{
    ComplaintView, DestinationKindView, EventDestinationView, ForwardingFailureView, ForwardingTroubleView,
    ForwardingView, Millis, WantedEventsView, count,
};

impl ForwardingView {
    /// All of it as it is now.
    pub(crate) fn load(engine: &Engine) -> Result<Self, engine::Error> {
        let destinations = engine.list_event_destinations()?;
        Ok(Self {
            destinations: destinations.iter().map(EventDestinationView::from).collect(),
            is_forwarded: engine.is_kept_warm(),
        })
    }
}

impl From<&EventDestinationOverview> for EventDestinationView {
    fn from(it: &EventDestinationOverview) -> Self {
        let of: &EventDestination = &it.destination;
        let kind = of.place.kind();
        let (goes_to, project, with_metrics) = match &of.place {
            Place::File { folder, .. } => (folder.join(FILE_NAME).display().to_string(), None, false),
            Place::Webhook { origin } => (origin.clone(), None, false),
            Place::Sentry { origin, project } => (origin.clone(), Some(project.clone()), false),
            Place::Otlp { endpoint, with_metrics } => (endpoint.clone(), None, *with_metrics),
        };
        let failing = of.failing.as_ref().map(|failing| ForwardingFailureView {
            since: failing.since.into(),
            count: failing.count,
            complaint: (&failing.last).into(),
            retry_at: failing.retry_at.into(),
            needs_person: failing.last.trouble.needs_person(kind),
        });
        Self {
            id: of.id.to_string(),
            name: of.name.clone(),
            kind: kind.into(),
            goes_to,
            project,
            with_metrics,
            is_on: of.is_on,
            wanted: of.wanted.into(),
            with_accounts: of.with_accounts,
            waiting_count: many(it.waiting_count),
            sent_count: many(of.sent_count),
            dropped_count: many(of.dropped_count),
            lost_count: many(of.lost_count),
            accepted_at: of.accepted.map(|it| Millis::from(it.at)),
            left_alone_until: of.left_alone_until.filter(|_| failing.is_none()).map(Millis::from),
            failing,
            figures_failed: of.figures_failed.as_ref().map(ComplaintView::from),
        }
    }
}

fn many(number: u64) -> u32 {
    count(usize::try_from(number).unwrap_or(usize::MAX))
}

impl From<&Complaint> for ComplaintView {
    fn from(complaint: &Complaint) -> Self {
        Self { trouble: complaint.trouble.into(), words: complaint.words.clone() }
    }
}

impl From<ForwardingTrouble> for ForwardingTroubleView {
    fn from(trouble: ForwardingTrouble) -> Self {
        match trouble {
            ForwardingTrouble::Status(status) => Self::Status { status },
            ForwardingTrouble::Network(failure) => match failure {
                NetworkFailure::NameNotResolved => Self::NameNotResolved,
                NetworkFailure::NotConnected => Self::NotConnected,
                NetworkFailure::TimedOut => Self::TimedOut,
                NetworkFailure::Tls => Self::Tls,
                NetworkFailure::CertificateOfAnotherTime => Self::CertificateOfAnotherTime,
                NetworkFailure::Intercepted => Self::Intercepted,
                NetworkFailure::Proxy => Self::Proxy,
                NetworkFailure::Broken => Self::Broken,
            },
            ForwardingTrouble::AnswerUnreadable => Self::AnswerUnreadable,
            ForwardingTrouble::DiskFull => Self::DiskFull,
            ForwardingTrouble::FolderMissing => Self::FolderMissing,
            ForwardingTrouble::NotPermitted => Self::NotPermitted,
            ForwardingTrouble::NotAFile => Self::NotAFile,
            ForwardingTrouble::Disk => Self::Disk,
            ForwardingTrouble::Keychain => Self::Keychain,
            ForwardingTrouble::SecretMissing => Self::SecretMissing,
        }
    }
}

impl From<DestinationKind> for DestinationKindView {
    fn from(kind: DestinationKind) -> Self {
        match kind {
            DestinationKind::File => Self::File,
            DestinationKind::Webhook => Self::Webhook,
            DestinationKind::Sentry => Self::Sentry,
            DestinationKind::Otlp => Self::Otlp,
        }
    }
}

impl From<WantedEvents> for WantedEventsView {
    fn from(wanted: WantedEvents) -> Self {
        match wanted {
            WantedEvents::All => Self::All,
            WantedEvents::Trouble => Self::Trouble,
        }
    }
}

impl From<WantedEventsView> for WantedEvents {
    fn from(view: WantedEventsView) -> Self {
        match view {
            WantedEventsView::All => Self::All,
            WantedEventsView::Trouble => Self::Trouble,
        }
    }
}
