//! Figures as metrics: sums that only grow, and gauges of how it stands [C9, F5].

use std::time::Duration;

use domain::connection::status::Lamp;
use domain::lifecycle::health::{Figures, Spread};
use jiff::Timestamp;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};

use super::super::Speaker;
use super::{nanoseconds, number, resource, scope, text};

/// All figures of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureSet {
    /// Sums count from then on.
    pub since: Timestamp,
    pub until: Timestamp,
    pub providers: Vec<FiguresOfProvider>,
    /// How many connections of which provider stand how.
    pub connections: Vec<(String, Lamp, u64)>,
}

/// The figures of one provider.
#[derive(Debug, Clone, PartialEq)]
pub struct FiguresOfProvider {
    pub provider: String,
    /// Since the sums began.
    pub sums: Figures,
    /// Of the last day: spreads do not add up.
    pub last_day: Figures,
}

/// `None`: nothing was measured yet.
pub(super) fn request(speaker: &Speaker, figures: &FigureSet) -> Option<ExportMetricsServiceRequest> {
    let metrics = metrics(figures);
    if metrics.is_empty() {
        return None;
    }
    let scope_metrics = vec![ScopeMetrics { scope: Some(scope()), metrics, ..Default::default() }];
    let all = ResourceMetrics { resource: Some(resource(speaker)), scope_metrics, ..Default::default() };
    Some(ExportMetricsServiceRequest { resource_metrics: vec![all] })
}

fn metrics(figures: &FigureSet) -> Vec<Metric> {
    type Outcomes = fn(&Figures) -> Vec<(&'static str, &'static str, u64)>;
    let sums: [(&str, &str, &str, Outcomes); 4] = [
        ("patchbay.refreshes", "Refreshes by how they ended", "{refresh}", |it| {
            let plain = it.refresh_failed_count.saturating_sub(it.invalid_grant_count + it.wordless_count);
            vec![
                ("outcome", "succeeded", it.refresh_succeeded_count),
                ("outcome", "failed", plain),
                ("outcome", "grant_ended", it.invalid_grant_count),
                ("outcome", "refused_without_reason", it.wordless_count),
                ("outcome", "cut_off", it.cut_off_count),
            ]
        }),
        ("patchbay.reauth", "How often a person was needed, came, or was not needed any more", "{prompt}", |it| {
            vec![
                ("step", "prompted", it.reauth_prompted_count),
                ("step", "completed", it.reauth_completed_count),
                ("step", "passed", it.reauth_passed_count),
            ]
        }),
        ("patchbay.api.calls", "Calls to providers' APIs by whether they were let in", "{call}", |it| {
            let others = it.call_count.saturating_sub(it.status_401_count + it.status_403_count);
            vec![
                ("outcome", "401", it.status_401_count),
                ("outcome", "403", it.status_403_count),
                ("outcome", "other", others),
            ]
        }),
        ("patchbay.tokens.delivered", "Access tokens handed to programs", "{token}", |it| {
            vec![("to", "program", it.delivered_count)]
        }),
    ];
    let mut all: Vec<Metric> = sums
        .into_iter()
        .map(|(name, description, unit, outcomes)| {
            let points = figures.providers.iter().flat_map(|of| {
                let outcomes = outcomes(&of.sums).into_iter();
                outcomes.map(|(key, value, count)| {
                    let attributes = vec![text("patchbay.provider", &of.provider), text(key, value)];
                    point(figures, attributes, count_value(count), true)
                })
            });
            let sum = Sum {
                data_points: points.collect(),
                aggregation_temporality: AggregationTemporality::Cumulative.into(),
                is_monotonic: true,
            };
            metric(name, description, unit, Data::Sum(sum))
        })
        .collect();

    type OneSpread = fn(&Figures) -> Option<Spread>;
    let spreads: [(&str, &str, OneSpread); 3] = [
        ("patchbay.refresh.latency", "How long refreshes of the last day took", |it| it.latency),
        ("patchbay.refresh.lateness", "How long after their time refreshes of the last day ended", |it| it.lateness),
        ("patchbay.refresh.at_risk", "How long new tokens of the last day existed nowhere durable", |it| it.at_risk),
    ];
    all.extend(spreads.into_iter().map(|(name, description, spread)| {
        let points = figures.providers.iter().flat_map(|of| {
            let found = spread(&of.last_day);
            let quantiles = [(50, found.map(|it| it.median)), (99, found.and_then(|it| it.p99))];
            quantiles.into_iter().filter_map(|(percent, value)| {
                let attributes = vec![text("patchbay.provider", &of.provider), number("patchbay.percentile", percent)];
                Some(point(figures, attributes, seconds(value?), false))
            })
        });
        metric(name, description, "s", Data::Gauge(Gauge { data_points: points.collect() }))
    }));

    let standing = figures.connections.iter().map(|(provider, lamp, count)| {
        let attributes = vec![text("patchbay.provider", provider), text("patchbay.status", lamp.as_str())];
        point(figures, attributes, count_value(*count), false)
    });
    let standing = Data::Gauge(Gauge { data_points: standing.collect() });
    all.push(metric("patchbay.connections", "Connections by how they stand", "{connection}", standing));
    // What nobody measured yet is no metric.
    all.retain(|it| match &it.data {
        Some(Data::Sum(sum)) => !sum.data_points.is_empty(),
        Some(Data::Gauge(gauge)) => !gauge.data_points.is_empty(),
        Some(Data::Histogram(_) | Data::ExponentialHistogram(_) | Data::Summary(_)) | None => false,
    });
    all
}

fn metric(name: &str, description: &str, unit: &str, data: Data) -> Metric {
    Metric {
        name: name.to_owned(),
        description: description.to_owned(),
        unit: unit.to_owned(),
        data: Some(data),
        ..Default::default()
    }
}

fn point(figures: &FigureSet, attributes: Vec<KeyValue>, value: Value, is_sum: bool) -> NumberDataPoint {
    NumberDataPoint {
        attributes,
        start_time_unix_nano: if is_sum { nanoseconds(figures.since) } else { 0 },
        time_unix_nano: nanoseconds(figures.until),
        value: Some(value),
        ..Default::default()
    }
}

fn count_value(count: u64) -> Value {
    Value::AsInt(i64::try_from(count).unwrap_or(i64::MAX))
}

fn seconds(time: Duration) -> Value {
    Value::AsDouble(time.as_secs_f64())
}
