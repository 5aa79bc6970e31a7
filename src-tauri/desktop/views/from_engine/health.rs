//! Figures and clocks, as the engine counted and measured them [B9, C9].

use domain::lifecycle::health::{Figures, Spread};
use engine::flows::health::Health;
use engine::flows::skew::ClockReading;

use crate::views::{
    ClockView, ConnectionFiguresView, FiguresView, HealthView, ProviderFiguresView, ServerClockView, SpreadView, count,
};

impl From<&Health> for HealthView {
    fn from(health: &Health) -> Self {
        Self {
            since: health.since.into(),
            until: health.until.into(),
            overall: (&health.overall).into(),
            providers: health
                .providers
                .iter()
                .map(|(id, name, figures)| ProviderFiguresView {
                    provider_id: id.to_string(),
                    provider_name: name.clone(),
                    figures: figures.into(),
                })
                .collect(),
            connections: health
                .connections
                .iter()
                .map(|(id, name, figures)| ConnectionFiguresView {
                    connection_id: id.to_string(),
                    connection_name: name.clone(),
                    figures: figures.into(),
                })
                .collect(),
        }
    }
}

impl From<&Figures> for FiguresView {
    fn from(figures: &Figures) -> Self {
        let shown = |number: u64| count(usize::try_from(number).unwrap_or(usize::MAX));
        Self {
            refresh_succeeded_count: shown(figures.refresh_succeeded_count),
            refresh_failed_count: shown(figures.refresh_failed_count),
            invalid_grant_count: shown(figures.invalid_grant_count),
            wordless_count: shown(figures.wordless_count),
            reauth_prompted_count: shown(figures.reauth_prompted_count),
            reauth_completed_count: shown(figures.reauth_completed_count),
            reauth_passed_count: shown(figures.reauth_passed_count),
            call_count: shown(figures.call_count),
            status_401_count: shown(figures.status_401_count),
            status_403_count: shown(figures.status_403_count),
            delivered_count: shown(figures.delivered_count),
            latency: figures.latency.map(SpreadView::from),
            lateness: figures.lateness.map(SpreadView::from),
            at_risk: figures.at_risk.map(SpreadView::from),
        }
    }
}

impl From<Spread> for SpreadView {
    fn from(spread: Spread) -> Self {
        let micros = |span: std::time::Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Self {
            count: count(usize::try_from(spread.count).unwrap_or(usize::MAX)),
            median_us: micros(spread.median),
            p99_us: spread.p99.map(micros),
        }
    }
}

impl From<ClockReading> for ClockView {
    fn from(reading: ClockReading) -> Self {
        Self {
            ahead_ms: reading.ahead_ms,
            is_off: reading.is_off,
            is_disputed: reading.is_disputed,
            servers: reading
                .servers
                .into_iter()
                .map(|it| ServerClockView { host: it.host, ahead_ms: it.ahead_ms, measured_at: it.measured_at.into() })
                .collect(),
        }
    }
}
