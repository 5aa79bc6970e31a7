//! The shell for people: opens the engine, registers every command, shows the window. Tauri and nothing else.

mod arguments;
mod command_error;
mod commands;
pub mod contract;
mod desk;
mod ending;
mod first_board;
mod logging;
mod login_start;
mod mail_links;
mod notifications;
mod page_crash;
mod practice_host;
mod tray;
pub mod views;
mod window_events;

use std::path::{Path, PathBuf};

use arguments::Arguments;
use commands::diagnosis::RunningLadders;
use commands::signing_secrets::MadeSecrets;
use commands::support_bundle::PreviewedBundle;
use desk::Desk;
use ending::Background;
use engine::{Engine, EngineParts};
use first_board::FirstBoard;
use mail_links::MailLinks;
use page_crash::PageDeaths;
use tauri::{
    App, Builder, Context, DragDropEvent, Manager, RunEvent, Runtime, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    WindowEvent,
};

pub use command_error::{CommandError, ErrorCode};
pub use practice_host::PracticeHost;

/// The one window's name; `capabilities/main-window.json` gives it its rights.
const MAIN_WINDOW: &str = "main";

/// The engine, or why it could not be opened: then every command says so.
pub struct Opened(pub Result<Engine, CommandError>);

impl Opened {
    fn engine(&self) -> Result<&Engine, CommandError> {
        self.0.as_ref().map_err(Clone::clone)
    }
}

/// Runs the app until it is quit, or its window is closed and nothing is to go on.
pub fn run() {
    logging::start();
    let context = context();
    let given = Arguments::read(std::env::args_os().skip(1));
    let home = given.home.clone().or_else(data_folder);
    let second = tauri_plugin_single_instance::Builder::new()
        .callback(|app, arguments, _| started_again(app, arguments))
        .dbus_id(instance_id(&context.config().identifier, home.as_deref()))
        .build();

    let builder = register(tauri::Builder::default().plugin(second));
    #[cfg(target_os = "macos")]
    let builder = builder.on_web_content_process_terminate(page_crash::bring_back_from);
    let built = builder
        .setup(move |app| {
            login_start::prepare(app.handle(), home.as_deref());
            let folder = match home {
                Some(folder) => folder,
                None => app.path().app_data_dir()?,
            };
            set_up(app, folder, &given)
        })
        .build(context);
    match built {
        Ok(app) => app.run(|app, event| {
            if let RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } = &event
                && desk::keeps_window(app)
            {
                api.prevent_close();
            }
            // macOS hands links over so, and a click on the program that is running already.
            #[cfg(target_os = "macos")]
            match &event {
                RunEvent::Opened { urls } => {
                    for url in urls {
                        desk::open_link(app, &arguments::GivenLink::read(url.as_str()));
                    }
                }
                RunEvent::Reopen { .. } => desk::show_window(app),
                _ => {}
            }
            if let RunEvent::WindowEvent { event: WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }), .. } =
                &event
            {
                window_events::tell_of_drop(app, paths);
            }
            if let RunEvent::Exit = event {
                ending::say_goodbye(app);
            }
        }),
        Err(error) => tracing::error!(%error, "the window could not be opened"),
    }
}

/// Without a display to draw on the system's windows do not even begin: that is one sentence, and no report of a defect.
#[cfg(target_os = "linux")]
pub fn say_where_no_display_is() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panicked| {
        let is_of_display = panicked.payload_as_str().is_some_and(|it| it.contains("initialize gtk"));
        if is_of_display {
            let said = "patchbay-desktop: There is no display to open the window on. Start it in a desktop session; the \
                        command line, patchbay, needs none.\n";
            drop(std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()));
            std::process::exit(1);
        }
        usual(panicked);
    }));
}

/// The real configuration with the real permissions; tests use the same.
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Every command the window knows.
pub fn register<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    // Used from Rust alone: the page has no right to any command of the plugin's.
    builder.plugin(tauri_plugin_dialog::init()).invoke_handler(commands::all())
}

/// Opens the engine on a data folder, starts what runs by itself, and hands both to the commands.
pub fn open<R: Runtime>(app: &mut App<R>, parts: Result<EngineParts, engine::Error>, folder: PathBuf) {
    let opened = parts.map(Engine::new).map_err(|error| {
        // Which file it is: a person may want to put it back from a copy.
        let CommandError { code, message } = CommandError::from(&error);
        CommandError { code, message: format!("{message} ({})", folder.display()) }
    });
    app.manage(PracticeHost::new(folder));
    app.manage(Background::default());
    app.manage(RunningLadders::default());
    app.manage(Desk::default());
    app.manage(MailLinks::default());
    app.manage(PageDeaths::default());
    app.manage(PreviewedBundle::default());
    app.manage(MadeSecrets::default());
    app.manage(opened.as_ref().map_or_else(|_| FirstBoard::none(), FirstBoard::begin));
    if let Ok(engine) = &opened {
        window_events::forward(app.handle(), engine);
        let (engine, handle) = (engine.clone(), app.handle().clone());
        tauri::async_runtime::spawn(async move {
            handle.state::<PracticeHost>().resume().await;
            handle.state::<FirstBoard>().shown().await;
            if let Err(error) = engine.reconcile().await {
                tracing::warn!(%error, "what the last run left could not be settled yet");
            }
            handle.state::<Background>().start(&engine);
        });
    }
    app.manage(Opened(opened));
}

fn set_up(app: &mut App, folder: PathBuf, given: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    // The engine starts its tasks on the runtime that is current.
    let runtime = tauri::async_runtime::handle();
    let _inside = runtime.inner().enter();
    // The database is opened while the window is made: each takes a third of a start. Only where making a window runs
    // none of the page: elsewhere a command could come before there is an engine to ask.
    let opening = {
        let (folder, runtime) = (folder.clone(), runtime.inner().clone());
        std::thread::spawn(move || {
            let _inside = runtime.enter();
            EngineParts::open(&folder)
        })
    };
    let take = |app: &mut App, opening: std::thread::JoinHandle<Result<EngineParts, engine::Error>>| {
        let parts = opening.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked));
        open(app, parts, folder);
        ending::end_when_told(app.handle());
        match &given.link {
            Some(link) => desk::ask_for_link(app.handle(), link),
            None if given.is_hidden => app.state::<Desk>().keep_hidden(),
            None => {}
        }
    };
    let window = if cfg!(target_os = "linux") {
        let window = make_window(app)?;
        take(app, opening);
        window
    } else {
        take(app, opening);
        make_window(app)?
    };
    let Some(window) = window else { return Ok(()) };
    page_crash::bring_back(&window);
    tray::start(app.handle());
    notifications::follow(app.handle());
    let handle = app.handle().clone();
    tauri::async_runtime::spawn(async move { mail_links::apply(&handle).await });
    Ok(())
}

/// The one window, not shown before its page is there; `None` where the configuration names none.
fn make_window(app: &App) -> tauri::Result<Option<WebviewWindow>> {
    let Some(config) = app.config().app.windows.first().cloned() else { return Ok(None) };
    let mut window = WebviewWindowBuilder::from_config(app.handle(), &config)?
        // Nothing but the app's own pages is ever shown [S015, S123].
        .on_navigation(is_own_page)
        .on_page_load(|window, _| {
            // Once: a page that is loaded again stays where its window is.
            if !window.state::<Desk>().is_first_page() {
                return;
            }
            if let Err(error) = window.show() {
                tracing::warn!(%error, "the window could not be shown");
            }
        });
    if let Some(is_12) = engine::hours::is_12() {
        // The web view knows a language, not the locale's hours; `ui/src/words/times.ts` reads this.
        window =
            window.initialization_script(if is_12 { "window.patchbayHours=12" } else { "window.patchbayHours=24" });
    }
    if matches!(config.url, WebviewUrl::External(_)) {
        window = window.devtools(false);
    }
    window.build().map(Some)
}

/// Somebody started the program again: its window comes to the front, with the screen that a link names.
fn started_again(app: &tauri::AppHandle, arguments: Vec<String>) {
    match Arguments::read(arguments.into_iter().skip(1).map(Into::into)) {
        Arguments { link: Some(link), .. } => desk::open_link(app, &link),
        // A session that starts it at login asks for no window.
        Arguments { is_hidden: true, .. } => {}
        Arguments { .. } => desk::show_window(app),
    }
}

/// `tauri:` on Linux and macOS, `http://tauri.localhost` on Windows, the development server while developing.
fn is_own_page(url: &tauri::Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" if url.host_str() == Some("tauri.localhost") => true,
        "http" => cfg!(debug_assertions) && url.host_str() == Some("localhost") && url.port() == Some(1420),
        _ => false,
    }
}

/// `PATCHBAY_HOME`, where it is set: the same as for the command line.
fn data_folder() -> Option<PathBuf> {
    std::env::var_os("PATCHBAY_HOME").filter(|it| !it.is_empty()).map(PathBuf::from)
}

/// One window per data folder: another folder is another board. However a folder is written, it is the same one.
fn instance_id(identifier: &str, home: Option<&Path>) -> String {
    let Some(home) = home else { return identifier.to_owned() };
    let whole = home.canonicalize().or_else(|_| std::path::absolute(home)).unwrap_or_else(|_| home.to_owned());
    let mut name = String::new();
    for byte in whole.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => name.push(char::from(*byte)),
            other => name.push_str(&format!("_{other:02x}")),
        }
    }
    // D-Bus names end at 255 characters, and a part may not begin with a digit.
    let end = name.get(name.len().saturating_sub(160)..).unwrap_or(&name);
    format!("{identifier}.home_{}_{end}", name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S045: two boards never share a window, and one board never has two.
    #[test]
    fn each_folder_has_one_window_however_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["a_b", "a/b"].map(|it| folder.path().join(it));
        std::fs::create_dir_all(&one).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        let id = |home: &Path| instance_id("dev.patchbay.desktop", Some(home));

        assert_ne!(id(&one), id(&other));
        assert_eq!(id(&one), id(&folder.path().join("a/../a_b/")));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&one, folder.path().join("link")).unwrap();
            assert_eq!(id(&one), id(&folder.path().join("link")));
        }
        let long = id(&folder.path().join("x/".repeat(500)));
        assert!(long.len() < 230 && long.chars().all(|it| it.is_ascii_alphanumeric() || "._".contains(it)), "{long}");
        assert_eq!(instance_id("dev.patchbay.desktop", None), "dev.patchbay.desktop");
    }
}
