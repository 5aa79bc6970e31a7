//! Whether a node reads or writes, where its own parameters say so [D5].

use domain::blast_radius::Access;

use super::node::Node;

/// How operations begin that only look.
const READING: [&str; 14] = [
    "get", "read", "list", "search", "find", "lookup", "download", "export", "history", "info", "count", "member",
    "select", "query",
];
/// How operations begin that leave something behind.
const WRITING: [&str; 43] = [
    "create",
    "update",
    "upsert",
    "delete",
    "append",
    "add",
    "remove",
    "send",
    "post",
    "upload",
    "move",
    "copy",
    "share",
    "archive",
    "unarchive",
    "reply",
    "insert",
    "clear",
    "set",
    "publish",
    "invite",
    "kick",
    "join",
    "leave",
    "close",
    "open",
    "rename",
    "assign",
    "merge",
    "mark",
    "import",
    "cancel",
    "complete",
    "convert",
    "enable",
    "disable",
    "lock",
    "unlock",
    "edit",
    "pin",
    "run",
    "trigger",
    "duplicate",
];
/// What they do where no operation is written, because n8n leaves out what it would take anyway (2.40.7, all versions
/// of a node agreeing): by resource, the empty one where that is left out too; those that write, and those that read.
const LEFT_OUT: [(&str, &[&str], &[&str]); 14] = [
    ("airtable", &[], &["", "record", "base"]),
    ("discord", &["", "message", "channel"], &["member"]),
    ("emailSend", &["", "email"], &[]),
    (
        "github",
        &["", "issue", "file", "pullRequest", "release", "review", "workflow"],
        &["organization", "repository", "user"],
    ),
    ("gmail", &["", "message", "draft", "messageLabel"], &["thread"]),
    ("googleCalendar", &["", "event"], &["calendar"]),
    ("googleDrive", &["", "file", "folder", "drive"], &["fileFolder"]),
    ("googleSheets", &["spreadsheet"], &["", "sheet"]),
    ("hubspot", &["", "contact", "contactList", "company", "deal", "engagement", "ticket"], &["form"]),
    (
        "microsoftOutlook",
        &["", "message", "draft", "folder", "messageAttachment"],
        &["calendar", "contact", "event", "folderMessage"],
    ),
    ("notion", &["", "page", "databasePage", "block"], &["database", "dataSource", "user"]),
    (
        "salesforce",
        &["", "lead", "contact", "customObject", "document", "opportunity", "account", "case", "task", "attachment"],
        &["search", "user"],
    ),
    ("slack", &["", "message", "channel", "file", "reaction", "star", "userGroup"], &["user", "userProfile"]),
    ("telegram", &["", "message", "callback"], &["chat", "file"]),
];
/// They change what is in the run and nothing outside of it.
const WITHIN: [&str; 26] = [
    "aggregate",
    "code",
    "compareDatasets",
    "crypto",
    "dateTime",
    "editImage",
    "filter",
    "function",
    "functionItem",
    "html",
    "if",
    "itemLists",
    "limit",
    "markdown",
    "merge",
    "noOp",
    "removeDuplicates",
    "renameKeys",
    "respondToWebhook",
    "set",
    "sort",
    "splitInBatches",
    "splitOut",
    "summarize",
    "switch",
    "xml",
];

pub(super) fn access_of(node: &Node) -> Access {
    let kind = node.short_kind();
    if kind == "httpRequest" || kind == "httpRequestTool" {
        return method_of(node);
    }
    if is_trigger(kind) {
        return Access::Reads;
    }
    if node.is_expression("operation") {
        return Access::Unknown;
    }
    match node.plain("operation") {
        Some(operation) => operation_of(operation),
        None => left_out_by(kind, node),
    }
}

/// Running it again leaves nothing behind outside of the run.
pub(super) fn is_harmless(node: &Node) -> bool {
    !node.is_enabled() || WITHIN.contains(&node.short_kind()) || access_of(node) == Access::Reads
}

pub(super) fn is_trigger(kind: &str) -> bool {
    kind.ends_with("Trigger") || matches!(kind, "webhook" | "cron" | "interval" | "emailReadImap" | "start")
}

fn method_of(node: &Node) -> Access {
    if node.is_expression("method") || node.is_expression("requestMethod") {
        return Access::Unknown;
    }
    // GET stands for itself: it is what n8n leaves out.
    match node.plain("method").or_else(|| node.plain("requestMethod")).unwrap_or("GET") {
        "GET" | "HEAD" | "OPTIONS" => Access::Reads,
        _ => Access::Writes,
    }
}

fn left_out_by(kind: &str, node: &Node) -> Access {
    let resource = if node.is_expression("resource") { "=" } else { node.plain("resource").unwrap_or_default() };
    match LEFT_OUT.iter().find(|(name, ..)| *name == kind) {
        Some((_, writes, _)) if writes.contains(&resource) => Access::Writes,
        Some((_, _, reads)) if reads.contains(&resource) => Access::Reads,
        Some(_) | None => Access::Unknown,
    }
}

/// `getAll`, `appendOrUpdate`, `sendAndWait`: the word before the first capital decides.
fn operation_of(operation: &str) -> Access {
    let word: String = operation.chars().take_while(char::is_ascii_lowercase).collect();
    // `executeQuery` may be anything.
    if READING.contains(&word.as_str()) {
        Access::Reads
    } else if WRITING.contains(&word.as_str()) {
        Access::Writes
    } else {
        Access::Unknown
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn access(kind: &str, parameters: Value) -> Access {
        let written = json!({"type": format!("n8n-nodes-base.{kind}"), "parameters": parameters});
        access_of(&serde_json::from_value(written).unwrap())
    }

    /// D5
    #[test]
    fn operations_say_whether_they_leave_something_behind() {
        assert_eq!(access("googleDrive", json!({"resource": "fileFolder", "operation": "search"})), Access::Reads);
        assert_eq!(access("notion", json!({"operation": "getAll"})), Access::Reads);
        assert_eq!(access("googleSheets", json!({"operation": "appendOrUpdate"})), Access::Writes);
        assert_eq!(access("slack", json!({"text": "x"})), Access::Writes, "n8n leaves out what it does by itself");
        assert_eq!(access("slack", json!({"resource": "user"})), Access::Reads);
        assert_eq!(access("slack", json!({"resource": "={{ $json.r }}"})), Access::Unknown);
        assert_eq!(access("postgres", json!({"operation": "executeQuery"})), Access::Unknown);
        assert_eq!(access("notion", json!({"operation": "={{ $json.what }}"})), Access::Unknown);
        assert_eq!(access("someday", json!({})), Access::Unknown);
        assert_eq!(access("gmailTrigger", json!({})), Access::Reads);
    }

    /// D5
    #[test]
    fn a_request_reads_unless_its_method_writes() {
        assert_eq!(access("httpRequest", json!({})), Access::Reads);
        assert_eq!(access("httpRequest", json!({"method": "POST"})), Access::Writes);
        assert_eq!(access("httpRequest", json!({"requestMethod": "DELETE"})), Access::Writes, "typeVersion 1");
        assert_eq!(access("httpRequest", json!({"method": "={{ $json.m }}"})), Access::Unknown);
    }
}
