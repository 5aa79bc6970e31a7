//! What Slack and Teams are sent: plain text in their own blocks, so that no name makes markup, a mention or a link [F4, S108].
//!
//! Slack: incoming webhooks and Block Kit (<https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>,
//! <https://docs.slack.dev/reference/block-kit/blocks>). Teams: a workflow that takes an Adaptive Card
//! (<https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>).

use serde_json::{Value, json};

use super::message::{AlertMessage, ItemBody};

/// A channel is read on a telephone: of more, the board tells.
const SHOWN: usize = 10;
/// Of a header block and of a text in a section (3000); the escapes of Slack make text longer.
const LONGEST_HEADER: usize = 120;
const LONGEST_ESCAPED_HEADER: usize = 150;
const LONGEST_TEXT: usize = 500;

pub(super) fn for_slack(message: &AlertMessage) -> String {
    let data = &message.data;
    let plain = |text: &str| json!({ "type": "plain_text", "text": escaped(text), "emoji": false });
    let mut blocks = vec![json!({ "type": "header", "text": plain(&cut_for_slack(&data.title)) })];
    if !data.text.is_empty() {
        blocks.push(json!({ "type": "section", "text": plain(&cut(&data.text, LONGEST_TEXT)) }));
    }
    for item in data.items.iter().take(SHOWN) {
        let mut block = json!({ "type": "section", "text": plain(&cut(&line(item), LONGEST_TEXT)) });
        // Slack opens web addresses alone.
        if let Some(link) = &item.web_link {
            let button = json!({ "type": "plain_text", "text": button(item), "emoji": false });
            block["accessory"] = json!({ "type": "button", "text": button, "url": link });
        }
        blocks.push(block);
    }
    let foot = [plain(&foot(message))];
    blocks.push(json!({ "type": "context", "elements": foot }));
    // What a notification shows; the blocks take its place in the channel.
    json!({ "text": escaped(&data.title), "blocks": blocks }).to_string()
}

pub(super) fn for_teams(message: &AlertMessage) -> String {
    let data = &message.data;
    // A text block reads Markdown, a run does not.
    let run = |text: String, more: Value| {
        let mut run = json!({ "type": "TextRun", "text": text });
        if let (Some(run), Value::Object(more)) = (run.as_object_mut(), more) {
            run.extend(more);
        }
        json!({ "type": "RichTextBlock", "inlines": [run] })
    };
    let mut body = vec![run(cut(&data.title, LONGEST_HEADER), json!({ "size": "Large", "weight": "Bolder" }))];
    if !data.text.is_empty() {
        body.push(run(cut(&data.text, LONGEST_TEXT), json!({})));
    }
    body.extend(data.items.iter().take(SHOWN).map(|item| run(cut(&line(item), LONGEST_TEXT), json!({}))));
    body.push(run(foot(message), json!({ "size": "Small", "isSubtle": true })));
    // Six buttons are shown in a row.
    let links = data.items.iter().take(6).filter_map(|item| Some((item, item.web_link.as_ref()?)));
    let actions: Vec<_> = links
        .map(|(item, link)| {
            let title = format!("{}: {}", button(item), cut(&item.name, 40));
            json!({ "type": "Action.OpenUrl", "title": title, "url": link })
        })
        .collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "body": body,
                "actions": actions,
            },
        }],
    })
    .to_string()
}

/// "Gmail: Grant revoked. …", with the way back where no button is.
fn line(item: &ItemBody) -> String {
    let text = if item.text.is_empty() { item.name.clone() } else { format!("{}: {}", item.name, item.text) };
    if item.web_link.is_some() { text } else { format!("{text} {}", item.link) }
}

fn button(item: &ItemBody) -> &'static str {
    if item.link.contains("://reconnect/") { "Reconnect" } else { "Show it" }
}

fn foot(message: &AlertMessage) -> String {
    let data = &message.data;
    let more = match data.count.saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("{more} more on the board. "),
    };
    format!("{more}Sent by Patchbay. Times are {}.", data.time_zone)
}

/// The three letters that Slack reads (<https://docs.slack.dev/messaging/formatting-message-text#escaping>).
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A header that is longer once it is escaped is refused, and the whole message with it.
fn cut_for_slack(title: &str) -> String {
    let mut longest = LONGEST_HEADER;
    loop {
        let text = cut(title, longest);
        if longest <= 20 || escaped(&text).chars().count() <= LONGEST_ESCAPED_HEADER {
            return text;
        }
        longest -= 10;
    }
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use domain::ConnectionId;
    use domain::alert::{About, ChannelText, ItemText, MessageKind};
    use domain::link::Link;
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;

    fn message(names: &[&str], port: Option<u16>) -> AlertMessage {
        let id = || ConnectionId::from_random(1);
        let item = |name: &&str| ItemText {
            about: About::Connection(id()),
            name: (*name).to_owned(),
            line: "Grant revoked.".into(),
            link: Link::Reconnect(id()),
        };
        let text =
            ChannelText { title: names[0].to_owned(), lead: String::new(), items: names.iter().map(item).collect() };
        AlertMessage::new("msg_1", MessageKind::Raised, text, Timestamp::UNIX_EPOCH, &TimeZone::UTC, port)
    }

    /// S108: a customer's name mentions nobody, links nowhere and is not bold.
    #[test]
    fn a_name_is_text_whatever_it_holds() {
        let hostile = "<!channel> <https://evil.example|Gmail> & *x* [a](https://evil.example)";
        let slack: Value = serde_json::from_str(&for_slack(&message(&[hostile], None))).unwrap();
        let header = &slack["blocks"][0]["text"];
        assert_eq!(header["type"], "plain_text");
        assert!(
            header["text"].as_str().unwrap().starts_with("&lt;!channel&gt; &lt;https://evil.example|Gmail&gt; &amp;")
        );
        assert!(!slack["text"].as_str().unwrap().contains('<'));

        let teams: Value = serde_json::from_str(&for_teams(&message(&[hostile], None))).unwrap();
        let card = &teams["attachments"][0]["content"];
        for block in card["body"].as_array().unwrap() {
            assert_eq!(block["type"], "RichTextBlock", "which reads no Markdown");
        }
        assert_eq!(card["actions"], json!([]));
    }

    /// F4: a button where the receiver can open the link, the link as text where it cannot.
    #[test]
    fn the_way_back_is_a_button_or_a_line() {
        let id = ConnectionId::from_random(1);
        let slack: Value = serde_json::from_str(&for_slack(&message(&["Gmail"], Some(23_456)))).unwrap();
        assert_eq!(slack["blocks"][1]["accessory"]["url"], format!("http://127.0.0.1:23456/reconnect/{id}"));
        let teams: Value = serde_json::from_str(&for_teams(&message(&["Gmail"], Some(23_456)))).unwrap();
        assert_eq!(teams["attachments"][0]["content"]["actions"][0]["title"], "Reconnect: Gmail");

        let plain: Value = serde_json::from_str(&for_slack(&message(&["Gmail"], None))).unwrap();
        assert_eq!(plain["blocks"][1]["text"]["text"], format!("Gmail: Grant revoked. patchbay://reconnect/{id}"));
    }

    /// F4, A10: within what Slack and Teams take.
    #[test]
    fn many_are_cut_and_counted() {
        let names: Vec<String> = (0..30).map(|n| format!("{n} {}", "long ".repeat(300))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = for_slack(&message(&names, None));
        let slack: Value = serde_json::from_str(&text).unwrap();
        let blocks = slack["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), 12, "a header, ten of them and the foot");
        assert!(blocks[0]["text"]["text"].as_str().unwrap().chars().count() <= 150);
        let foot = blocks[11]["elements"][0]["text"].as_str().unwrap();
        assert_eq!(foot, "20 more on the board. Sent by Patchbay. Times are UTC+00:00.");
        assert!(for_teams(&message(&names, Some(1))).len() < 28 * 1024, "Teams takes 28 KB");
    }
}
