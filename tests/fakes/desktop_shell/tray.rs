//! `org.kde.StatusNotifierWatcher` with one host, and the menu of an icon (`com.canonical.dbusmenu`).

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use zbus::blocking::{Connection, Proxy};
use zbus::interface;
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{self, OwnedObjectPath, OwnedValue, Structure};

use super::say;

const PATH: &str = "/StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// The icons that were put up: bus name and path.
#[derive(Clone, Default)]
pub(super) struct Items(Arc<Mutex<Vec<(String, String)>>>);

impl Items {
    fn add(&self, item: (String, String)) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(item);
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn last(&self) -> zbus::Result<(String, String)> {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.last().cloned().ok_or_else(|| zbus::Error::Failure("no icon was put up".to_owned()))
    }
}

pub(super) struct Watcher {
    items: Items,
}

impl Watcher {
    pub(super) fn new(items: Items) -> Self {
        Self { items }
    }
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let item = if service.starts_with('/') {
            (sender, service.to_owned())
        } else {
            (service.to_owned(), "/StatusNotifierItem".to_owned())
        };
        say(&json!({ "event": "icon", "path": item.1 }));
        let name = format!("{}{}", item.0, item.1);
        self.items.add(item);
        Ok(Self::status_notifier_item_registered(&emitter, &name).await?)
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        let items = self.items.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.iter().map(|(bus, path)| format!("{bus}{path}")).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}

/// A host looks on from now on.
pub(super) fn announce(bus: &Connection) -> zbus::Result<()> {
    bus.emit_signal(None::<()>, PATH, "org.kde.StatusNotifierWatcher", "StatusNotifierHostRegistered", &())
}

/// The icon's name and its menu, line by line.
pub(super) fn menu(bus: &Connection, items: &Items) -> zbus::Result<Value> {
    let (name, path) = items.last()?;
    let item = Proxy::new(bus, name.as_str(), path.as_str(), ITEM)?;
    let icon: String = item.get_property("IconName")?;
    let lines: Vec<Value> = lines(bus, items)?
        .into_iter()
        .map(|it| json!({ "label": it.label, "is_line": it.is_line, "is_checked": it.is_checked }))
        .collect();
    Ok(json!({ "event": "menu", "icon": icon, "lines": lines }))
}

/// A person picks a line by its words.
pub(super) fn pick(bus: &Connection, items: &Items, label: &str) -> zbus::Result<()> {
    let found = lines(bus, items)?.into_iter().find(|it| it.label == label);
    let line = found.ok_or_else(|| zbus::Error::Failure(format!("no line says {label}")))?;
    let menu = menu_of(bus, items)?;
    menu.call_method("Event", &(line.id, "clicked", zvariant::Value::I32(0), 0_u32))?;
    Ok(())
}

struct Line {
    id: i32,
    label: String,
    is_line: bool,
    is_checked: bool,
}

fn menu_of<'a>(bus: &Connection, items: &Items) -> zbus::Result<Proxy<'a>> {
    let (name, path) = items.last()?;
    let item = Proxy::new(bus, name.clone(), path, ITEM)?;
    let menu: OwnedObjectPath = item.get_property("Menu")?;
    Proxy::new(bus, name, menu, MENU)
}

fn lines(bus: &Connection, items: &Items) -> zbus::Result<Vec<Line>> {
    type Layout = (u32, (i32, std::collections::HashMap<String, OwnedValue>, Vec<OwnedValue>));
    let names: [&str; 0] = [];
    let (_, (_, _, children)): Layout = menu_of(bus, items)?.call("GetLayout", &(0_i32, 1_i32, &names[..]))?;
    Ok(children.iter().filter_map(line).collect())
}

fn line(child: &OwnedValue) -> Option<Line> {
    let fields = child.downcast_ref::<Structure<'_>>().ok()?;
    let [id, facts, ..] = fields.fields() else { return None };
    let (id, facts) = (id.downcast_ref::<i32>().ok()?, facts.downcast_ref::<zvariant::Dict<'_, '_>>().ok()?);
    let text = |name: &str| facts.get::<&str, String>(&name).ok().flatten().unwrap_or_default();
    let label = text("label").replace("__", "\u{0}").replace('_', "").replace('\u{0}', "_");
    let is_checked = facts.get::<&str, i32>(&"toggle-state").ok().flatten() == Some(1);
    Some(Line { id, label, is_line: text("type") == "separator", is_checked })
}
