//! Events as log records (OpenTelemetry logs data model; `event_name` and attributes as its conventions for events) [F5].

use domain::event_forwarding::Severity;
use jiff::Timestamp;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use serde_json::Value as Json;

use super::super::{Speaker, TRIAL_KIND, Told};
use super::{attribute, nanoseconds, number, resource, scope, text};

pub(super) fn request(speaker: &Speaker, batch: &[Told], now: Timestamp) -> ExportLogsServiceRequest {
    request_of(speaker, batch.iter().map(|it| record(it, now)).collect())
}

pub(super) fn trial(speaker: &Speaker, now: Timestamp) -> ExportLogsServiceRequest {
    let record = LogRecord {
        time_unix_nano: nanoseconds(now),
        observed_time_unix_nano: nanoseconds(now),
        severity_number: SeverityNumber::Info.into(),
        severity_text: "INFO".to_owned(),
        body: words(TRIAL_KIND),
        event_name: event_name(TRIAL_KIND),
        ..Default::default()
    };
    request_of(speaker, vec![record])
}

fn request_of(speaker: &Speaker, log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let scope_logs = vec![ScopeLogs { scope: Some(scope()), log_records, ..Default::default() }];
    let all = ResourceLogs { resource: Some(resource(speaker)), scope_logs, ..Default::default() };
    ExportLogsServiceRequest { resource_logs: vec![all] }
}

fn record(told: &Told, now: Timestamp) -> LogRecord {
    let kind = told.event.kind.as_str();
    let (severity, severity_text) = match told.severity() {
        Severity::Info => (SeverityNumber::Info, "INFO"),
        Severity::Warning => (SeverityNumber::Warn, "WARN"),
        Severity::Error => (SeverityNumber::Error, "ERROR"),
    };
    let mut attributes = vec![];
    attributes.extend(told.provider.as_ref().map(|it| text("patchbay.provider", it)));
    attributes.extend(fields(told));
    let cause = told.event.diagnosis.as_ref().map(|it| it.cause.as_str());
    LogRecord {
        time_unix_nano: nanoseconds(told.event.at),
        observed_time_unix_nano: nanoseconds(now),
        severity_number: severity.into(),
        severity_text: severity_text.to_owned(),
        body: words(&[Some(kind), cause].into_iter().flatten().collect::<Vec<_>>().join(" · ")),
        attributes,
        event_name: event_name(kind),
        ..Default::default()
    }
}

/// Every field of the public shape that is known, by its own name; the status by OpenTelemetry's.
fn fields(told: &Told) -> Vec<KeyValue> {
    let Ok(Json::Object(fields)) = serde_json::to_value(&told.json) else { return vec![] };
    let known = fields.into_iter().filter(|(name, _)| !matches!(name.as_str(), "at" | "kind"));
    known
        .filter_map(|(name, value)| {
            let key = match name.as_str() {
                "id" => "patchbay.event.id".to_owned(),
                "http_status" => "http.response.status_code".to_owned(),
                _ => format!("patchbay.{name}"),
            };
            match value {
                Json::String(value) => Some(text(&key, value)),
                Json::Number(value) => value.as_i64().map(|it| number(&key, it)),
                Json::Bool(value) => Some(attribute(&key, Value::BoolValue(value))),
                Json::Null | Json::Array(_) | Json::Object(_) => None,
            }
        })
        .collect()
}

fn words(text: &str) -> Option<AnyValue> {
    Some(AnyValue { value: Some(Value::StringValue(text.to_owned())) })
}

fn event_name(kind: &str) -> String {
    format!("patchbay.{kind}")
}
