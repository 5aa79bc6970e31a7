//! When to refresh, what an outcome leads to, what may be tried again [B2, B4, B5, B6].

pub mod refresh_outcome;
pub mod refresh_time;
pub mod retry;
