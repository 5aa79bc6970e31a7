//! Whether a step reads or writes, told by the verbs that platforms name their actions with [D5].

use domain::blast_radius::Access;

const READS: [&str; 22] = [
    "watch", "get", "list", "search", "find", "read", "download", "retrieve", "query", "fetch", "lookup", "trigger",
    "new", "on", "when", "count", "export", "poll", "select", "check", "updated", "in",
];
const WRITES: [&str; 34] = [
    "add",
    "create",
    "update",
    "delete",
    "remove",
    "send",
    "upload",
    "post",
    "insert",
    "upsert",
    "move",
    "copy",
    "append",
    "write",
    "set",
    "patch",
    "put",
    "publish",
    "archive",
    "assign",
    "approve",
    "cancel",
    "clear",
    "edit",
    "invite",
    "reply",
    "save",
    "share",
    "subscribe",
    "unsubscribe",
    "submit",
    "void",
    "replace",
    "out",
];
/// Words that stand before the verb and say nothing.
const EMPTY: [&str; 5] = ["action", "function", "feeder", "the", "a"];

/// By the first verb that stands in the name: `ActionSendEmail`, `add_row`, `getItems`.
pub(super) fn access_of(action: &str) -> Access {
    let words = words_of(action);
    let told = words.iter().filter(|it| !EMPTY.contains(&it.as_str())).find_map(|word| {
        if READS.contains(&word.as_str()) {
            Some(Access::Reads)
        } else if WRITES.contains(&word.as_str()) {
            Some(Access::Writes)
        } else {
            None
        }
    });
    told.unwrap_or(Access::Unknown)
}

/// In small letters, split where letters change their size and at everything that is no letter.
pub(super) fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars().take(200) {
        if letter.is_alphabetic() {
            if letter.is_uppercase() && was_small {
                words.push(String::new());
            }
            if let Some(last) = words.last_mut() {
                last.extend(letter.to_lowercase());
            }
        } else {
            words.push(String::new());
        }
        was_small = letter.is_lowercase();
    }
    words.retain(|it| !it.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D5: what a run may have left behind depends on it.
    #[test]
    fn the_first_verb_tells_and_no_verb_tells_nothing() {
        for name in ["watchRows", "getCell", "TriggerNewEmail", "new_order", "find-customer", "OnNewEmailV3", "mqtt in"]
        {
            assert_eq!(access_of(name), Access::Reads, "{name}");
        }
        for name in ["addRow", "ActionSendEmail", "send_channel_message", "PostItem", "updateARow", "e-mail out"] {
            assert_eq!(access_of(name), Access::Writes, "{name}");
        }
        for name in ["makeApiCall", "", "12", "custom_request"] {
            assert_eq!(access_of(name), Access::Unknown, "{name}");
        }
    }
}
