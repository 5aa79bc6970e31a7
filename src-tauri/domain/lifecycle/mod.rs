//! When to refresh, what an outcome leads to, what may be tried again, and how well it goes [B2, B4, B5, B6, B14, C9].

pub mod breakage_forecast;
pub mod breaker;
pub mod health;
pub mod network;
pub mod refresh_mode;
pub mod refresh_outcome;
pub mod refresh_reason;
pub mod refresh_time;
pub mod retention;
pub mod retry;
