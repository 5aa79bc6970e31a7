//! A connection of either plane, with what a drawing says of it [D1, D3].

use domain::blast_radius::{PlatformConnection, Uses};
use engine::flows::overview::ConnectionOverview;
use engine::flows::platforms::PlatformOverview;
use jiff::Timestamp;

use super::super::super::platform_connections::{lamp_of, repair_way};
use crate::views::{LampView, RepairWayView, SourceNameView, StatusView};

/// Whose connection it is.
#[derive(Clone, Copy)]
pub(in crate::views::from_engine) enum Plane<'a> {
    Own(&'a ConnectionOverview),
    Theirs(&'a PlatformConnection, &'a PlatformOverview),
}

/// A connection of either plane.
pub(crate) struct Source<'a> {
    pub(in crate::views::from_engine) uses: Uses,
    pub(in crate::views::from_engine) plane: Plane<'a>,
    /// Or taken for it.
    pub(crate) is_dead: bool,
    pub(in crate::views::from_engine) is_simulated: bool,
    /// When it stops unless a person acts: only where that is near.
    pub(in crate::views::from_engine) ends_at: Option<Timestamp>,
    /// Workflows that use it, active or not, by their places.
    pub(crate) users: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(in crate::views::from_engine) fn id(&self) -> &str {
        match &self.uses {
            Uses::Connection(id) => id.as_str(),
            Uses::PlatformConnection(id) => id.as_str(),
        }
    }

    pub(in crate::views::from_engine) fn name(&self) -> &'a str {
        match self.plane {
            Plane::Own(it) => &it.connection.name,
            Plane::Theirs(it, _) => &it.name,
        }
    }

    pub(in crate::views::from_engine) fn account(&self) -> Option<&'a str> {
        match self.plane {
            Plane::Own(it) => it.connection.identity.account(),
            Plane::Theirs(it, _) => it.account.as_deref(),
        }
    }

    pub(in crate::views::from_engine) fn customer(&self) -> Option<&'a str> {
        match self.plane {
            Plane::Own(it) => it.connection.customer.as_deref(),
            Plane::Theirs(_, platform) => platform.platform.customer.as_deref(),
        }
    }

    pub(in crate::views::from_engine) fn platform_name(&self) -> Option<&'a str> {
        match self.plane {
            Plane::Own(_) => None,
            Plane::Theirs(_, platform) => Some(&platform.platform.name),
        }
    }

    pub(in crate::views::from_engine) fn lamp(&self) -> LampView {
        match self.plane {
            Plane::Own(it) => StatusView::from(&it.status).lamp,
            Plane::Theirs(it, _) => lamp_of(&it.state),
        }
    }

    pub(in crate::views::from_engine) fn share_left(&self) -> Option<f64> {
        match self.plane {
            Plane::Own(it) => it.status.share_left,
            Plane::Theirs(..) => None,
        }
    }

    pub(in crate::views::from_engine) fn way(&self) -> RepairWayView {
        match self.plane {
            Plane::Own(_) => RepairWayView::Reconnect,
            Plane::Theirs(it, platform) => repair_way(it, platform),
        }
    }

    pub(in crate::views::from_engine) fn named(&self) -> SourceNameView {
        SourceNameView {
            id: self.id().to_owned(),
            name: self.name().to_owned(),
            account: self.account().map(str::to_owned),
            platform_name: self.platform_name().map(str::to_owned),
        }
    }
}
