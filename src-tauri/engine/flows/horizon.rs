//! What breaks next if nobody acts, laid out along an axis [B11, D3].

use std::sync::Arc;

use domain::blast_radius::Uses;
use domain::blast_radius::horizon::{Horizon, Reach, next_needs};
use domain::blast_radius::impact::Picture;
use jiff::Timestamp;

use crate::{Engine, Error};

/// An axis, the picture that its marks are of, and when each connection is needed next.
#[derive(Debug, Clone)]
pub struct Outlook {
    pub horizon: Horizon,
    pub picture: Arc<Picture>,
    pub needs: Vec<(Uses, Timestamp)>,
}

impl Engine {
    /// From now to as far as asked.
    ///
    /// # Errors
    /// The database's.
    pub fn outlook(&self, reach: Reach) -> Result<Outlook, Error> {
        let (picture, now) = (self.picture()?, self.parts.clock.now());
        let (horizon, needs) = (Horizon::over(&picture, now, reach), next_needs(&picture, now));
        Ok(Outlook { horizon, picture, needs })
    }
}
