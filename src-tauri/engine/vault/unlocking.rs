//! Has the desktop ask the person for the keychain's password, and waits for what they do; the password itself goes
//! from the desktop's own window to the keychain, and never through here [A3].

use futures_util::StreamExt as _;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue};
use zbus::{Connection, MatchRule, MessageStream, message::Type};

use super::glance::{Bus, root};

const PROMPT: &str = "org.freedesktop.Secret.Prompt";

/// Unlocks what holds the item of that name, or where new ones go; `false`: it was refused, or no window could ask.
/// The prompt ends with the connection: a caller that waits no longer takes it off the screen.
pub(super) async fn unlock(connection: Connection, name: &str) -> zbus::Result<bool> {
    let bus = Bus::over(connection);
    let locked = match bus.find(name).await? {
        Some((_, false)) => return Ok(true),
        Some((path, true)) => path,
        None => match bus.default_path().await? {
            Some(path) => path,
            None => return Ok(false),
        },
    };
    let objects = vec![ObjectPath::from(&locked)];
    let (opened, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) =
        bus.call(&root()?, "org.freedesktop.Secret.Service", "Unlock", &(objects,)).await?;
    if prompt.as_str() == "/" {
        return Ok(opened.contains(&locked));
    }
    let (is_dismissed, _) = answer(&bus, &prompt).await?;
    Ok(!is_dismissed)
}

/// Heard from before it is shown: one that cannot be shown is over at once.
async fn answer(bus: &Bus, prompt: &ObjectPath<'_>) -> zbus::Result<(bool, OwnedValue)> {
    let completed = MatchRule::builder()
        .msg_type(Type::Signal)
        .path(prompt.to_owned())?
        .interface(PROMPT)?
        .member("Completed")?
        .build();
    let mut heard = MessageStream::for_match_rule(completed, &bus.connection, None).await?;
    // No window of ours is named: this floor knows of none, and the desktop centres its own.
    bus.call::<_, ()>(prompt, PROMPT, "Prompt", &("",)).await?;
    heard.next().await.ok_or(zbus::Error::InvalidReply)??.body().deserialize()
}
