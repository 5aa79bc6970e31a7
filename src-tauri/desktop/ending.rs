//! The end of the program: nothing refreshes by itself any more, and an answer under way is stored first [S168].

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::signals::{told_again, told_to_end};
use engine::{Engine, Watch};
use local_access::{Door, Rules};
use tauri::{AppHandle, Manager as _, Runtime};
use tokio::task::JoinHandle;

use crate::{Opened, PracticeHost};

/// A token endpoint may take a minute to answer.
const LONGEST_GOODBYE: Duration = Duration::from_secs(65);

/// New tokens that wait for a decision are revoked meanwhile, all at once; who closes a window waits no longer.
const LONGEST_TAKING_BACK: Duration = Duration::from_secs(3);

/// A call or two of a rehearsal under way.
const LONGEST_TIDYING_UP: Duration = Duration::from_secs(5);

/// What runs by itself, until the program ends.
#[derive(Default)]
pub(crate) struct Background(Arc<Mutex<Running>>);

#[derive(Default)]
struct Running {
    watch: Option<Watch>,
    /// Where programs ask for tokens.
    door: Option<Door>,
    /// Tries to open it, as long as another program has it.
    opening: Option<JoinHandle<()>>,
    is_over: bool,
}

impl Background {
    /// Starts it, unless the program is ending already. Called inside a runtime.
    pub(crate) fn start(&self, engine: &Engine) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !running.is_over {
            running.watch = Some(engine.watch());
            let (engine, background) = (engine.clone(), Arc::clone(&self.0));
            running.opening = Some(tokio::spawn(async move { open_door(&engine, &background).await }));
        }
    }

    /// No refresh begins by itself from here on; those under way go on.
    pub(crate) fn stop(&self) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.is_over = true;
        if let Some(opening) = running.opening.take() {
            opening.abort();
        }
        drop(running.door.take());
        drop(running.watch.take());
    }
}

/// Without it the window does all it does, and `patchbay token` opens the board itself. Where `patchbay serve` has it, the
/// window takes it over when that ends.
async fn open_door(engine: &Engine, background: &Mutex<Running>) {
    let door = Door::open_when_free(engine, Rules::default()).await;
    let mut running = background.lock().unwrap_or_else(PoisonError::into_inner);
    if !running.is_over {
        running.door = door;
    }
}

/// Ends the program when a session's end, a shutdown or a terminal asks for it, as closing the window does. Whoever
/// asks again has it end at once.
pub(crate) fn end_when_told<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        told_to_end().await;
        app.state::<Background>().stop();
        app.exit(0);
        told_again().await;
        std::process::exit(1);
    });
}

/// Waits for what may not be cut off.
pub(crate) fn say_goodbye<R: Runtime>(app: &AppHandle<R>) {
    app.state::<Background>().stop();
    tauri::async_runtime::block_on(async {
        if let Ok(engine) = app.state::<Opened>().engine() {
            let taken_back = engine.end_sign_ins(LONGEST_TAKING_BACK);
            // What a rehearsal made is removed; the next start does what is left of that.
            let tidied_up = engine.end_rehearsals(LONGEST_TIDYING_UP);
            // A refresh under way may hold the only copy of a rotated token [S168].
            let quiet = tokio::time::timeout(LONGEST_GOODBYE, engine.until_quiet());
            if let (false, _, _) = tokio::join!(taken_back, quiet, tidied_up) {
                tracing::warn!("a sign-in was cut off: the next start tells of the grant it may have left");
            }
        }
        app.state::<PracticeHost>().stop().await;
    });
}
