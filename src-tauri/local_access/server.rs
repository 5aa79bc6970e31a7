//! The end that answers: one socket, so many clients, each in its own time [S145, S149].

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::Engine;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::callers::{Callers, OwnCommands};
use crate::frames::{FrameError, frame, read_frame, write_frame};
use crate::place::{Place, TakeError, Untrusted, board_in, own_uid, runtime_folder};
use crate::protocol::{Answer, Refusal, RefusalCode, Request, VERSION, read_request};
use crate::serving::{Asked, Serving, still_at_it};

/// Where the system has no more room, it is tried again this soon.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Who answers, as clients are told.
pub(crate) const SERVER: &str = concat!("patchbay ", env!("CARGO_PKG_VERSION"));

/// How the door is kept.
#[derive(Debug, Clone)]
pub struct Rules {
    pub own_commands: OwnCommands,
    /// How long a question may take to come, to be answered, and its answer to be read.
    pub time: Duration,
    /// How many are served at once, and how many wait for a person besides.
    pub most_clients: usize,
    /// Where the socket goes, if that can be trusted; otherwise beside the data.
    pub runtime_folder: Option<PathBuf>,
    /// How often it is looked whether the socket is still there: whoever tidies a folder up knows nothing of it.
    pub look_every: Duration,
    /// How often it is tried whether the door can be opened by now, where another program has it.
    pub open_every: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            own_commands: OwnCommands::of_this_program(),
            time: Duration::from_secs(5),
            most_clients: 64,
            runtime_folder: runtime_folder(),
            look_every: Duration::from_secs(30),
            open_every: Duration::from_secs(10),
        }
    }
}

/// Open as long as it is kept.
#[derive(Debug)]
pub struct Door {
    socket: PathBuf,
    made: Made,
    accepting: JoinHandle<()>,
    _lock: File,
}

/// Which socket is our own: another program's may stand there by now, where the folder was replaced.
type Made = Arc<Mutex<(u64, u64)>>;

/// Why it cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// Another program of this board listens, and answers for it.
    #[error("another program listens already")]
    Taken,
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    #[error("the socket cannot be made")]
    Io(#[source] io::Error),
}

impl DoorError {
    /// Whether another program of this board listens already.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Taken)
    }

    /// Whether there is no door on this system.
    pub fn is_not_here(&self) -> bool {
        false
    }
}

impl From<TakeError> for DoorError {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::Taken => Self::Taken,
            TakeError::Untrusted(error) => Self::Untrusted(error),
            TakeError::Io(error) => Self::Io(error),
        }
    }
}

impl Door {
    /// Opens the door of a board. Called inside a runtime.
    ///
    /// # Errors
    /// [`DoorError`].
    pub fn open(engine: &Engine, rules: Rules) -> Result<Self, DoorError> {
        let place = Place::to_listen(engine.data_folder(), rules.runtime_folder.clone()).map_err(DoorError::Io)?;
        let lock = place.take()?;
        let board = board_in(engine.data_folder()).ok_or_else(|| DoorError::Io(io::ErrorKind::NotFound.into()))?;
        let (listener, made) = listen(&place).map_err(DoorError::Io)?;
        let (socket, made) = (place.socket(), Arc::new(Mutex::new(made)));
        let keeping = Keeping { place, made: Arc::clone(&made) };
        let accepting = tokio::spawn(accept(listener, keeping, engine.clone(), board, rules));
        Ok(Self { socket, made, accepting, _lock: lock })
    }

    /// The same once nobody else listens for this board any more, and what stood in the way is gone. Looks again in steps,
    /// as nothing tells of a lock that was given back. `None`: there is no door on this system.
    pub async fn open_when_free(engine: &Engine, rules: Rules) -> Option<Self> {
        let mut said = None;
        loop {
            match Self::open(engine, rules.clone()) {
                Ok(door) => return Some(door),
                Err(error) if error.is_taken() => tracing::debug!(%error, "programs are not answered here"),
                Err(error) => {
                    // Once, and not every few seconds.
                    let text = error.to_string();
                    if said.as_ref() != Some(&text) {
                        tracing::warn!(%error, "programs cannot ask for tokens here");
                        said = Some(text);
                    }
                }
            }
            sleep(rules.open_every).await;
        }
    }

    /// Where it is.
    pub fn socket(&self) -> &std::path::Path {
        &self.socket
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.accepting.abort();
        let is_own =
            identity(&self.socket).is_ok_and(|it| it == *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        if is_own && let Err(error) = fs::remove_file(&self.socket) {
            tracing::debug!(%error, "the socket stays behind; the next one clears it away");
        }
    }
}

fn identity(socket: &std::path::Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(socket).map(|it| (it.dev(), it.ino()))
}

fn listen(place: &Place) -> io::Result<(UnixListener, (u64, u64))> {
    let socket = place.socket();
    let listener = UnixListener::bind(&socket)?;
    // Nobody else gets into the folder meanwhile.
    fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
    let made = identity(&socket)?;
    Ok((listener, made))
}

/// Sees to it that the socket stays where programs look for it.
struct Keeping {
    place: Place,
    made: Made,
}

impl Keeping {
    /// The socket made anew, where it is gone. What stands there of somebody else's is left.
    fn anew(&self) -> Option<UnixListener> {
        let is_gone = identity(&self.place.socket()).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if !is_gone {
            return None;
        }
        let listening = self.place.make_folders().map_err(io::Error::other).and_then(|()| listen(&self.place));
        match listening {
            Ok((listener, made)) => {
                tracing::warn!("the socket for programs was gone, and was made anew");
                *self.made.lock().unwrap_or_else(PoisonError::into_inner) = made;
                Some(listener)
            }
            Err(error) => {
                tracing::warn!(%error, "the socket for programs is gone, and could not be made anew");
                None
            }
        }
    }
}

async fn accept(mut listener: UnixListener, keeping: Keeping, engine: Engine, board: String, rules: Rules) {
    let places = Arc::new(Semaphore::new(rules.most_clients));
    let board: Arc<str> = board.into();
    let serving = Arc::new(Serving::new(engine, Callers::new(rules.own_commands.clone()), rules.most_clients));
    // Ends with this task.
    let mut clients = JoinSet::new();
    let mut look = interval(rules.look_every);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a program could not be let in");
                    sleep(AFTER_FAILURE).await;
                    continue;
                }
            },
            Some(_) = clients.join_next() => continue,
            _ = look.tick() => {
                if let Some(anew) = keeping.anew() {
                    listener = anew;
                }
                continue;
            }
        };
        let Ok(peer) = stream.peer_cred() else { continue };
        if peer.uid() != own_uid() {
            tracing::warn!(uid = peer.uid(), "another user's program was turned away");
            continue;
        }
        match Arc::clone(&places).try_acquire_owned() {
            Ok(place) => {
                let (serving, board, time) = (Arc::clone(&serving), Arc::clone(&board), rules.time);
                clients.spawn(async move { serve(stream, peer.pid(), &serving, &board, place, time).await });
            }
            Err(_) => say_busy(&stream),
        }
    }
}

/// Nobody waits for whether it is read.
fn say_busy(stream: &UnixStream) {
    let busy = Refusal::new(RefusalCode::Busy, "Too many programs ask at once; try again in a moment.");
    if let Ok(framed) = frame(&Answer::Refused(busy)) {
        drop(stream.try_write(&framed));
    }
}

async fn serve(
    mut stream: UnixStream,
    pid: Option<i32>,
    serving: &Serving,
    board: &str,
    place: OwnedSemaphorePermit,
    time: Duration,
) {
    let mut place = Some(place);
    let mut is_greeted = false;
    let (mut caller, mut looking) = (None, None);
    loop {
        let refusal = match timeout(time, read_frame(&mut stream)).await {
            Ok(Ok(Some(body))) => match read_request(&body) {
                Some(Request::Hello { version: VERSION }) => {
                    is_greeted = true;
                    let hello = Answer::Hello { version: VERSION, server: SERVER, board: board.to_owned() };
                    if !answer(&mut stream, time, &hello).await {
                        return;
                    }
                    continue;
                }
                Some(Request::Hello { version }) => {
                    let said = format!("This is version {VERSION} of the protocol, and not {version}.");
                    Refusal::new(RefusalCode::Version, said)
                }
                Some(request) if is_greeted => {
                    if caller.is_none() {
                        let look = looking.get_or_insert_with(|| serving.identify(pid));
                        match timeout(time, look).await {
                            Ok(seen) => caller = seen.ok().flatten(),
                            // A program of a slow disk. It is read on, and the next question finds that done.
                            Err(_) if answer(&mut stream, time, &Answer::Refused(*still_at_it())).await => continue,
                            Err(_) => return,
                        }
                    }
                    let Some(caller) = &caller else {
                        let said = "Patchbay cannot see which program this is.";
                        let unseen = Answer::Refused(Refusal::new(RefusalCode::ProgramUnknown, said));
                        answer(&mut stream, time, &unseen).await;
                        return;
                    };
                    let waits = matches!(request, Request::Wait { .. });
                    let told = match serving.begin(caller, request) {
                        Asked::Now(asked) => serving.answer(caller, asked, time).await,
                        Asked::Waits(asked, waiting) => {
                            // Who waits for a person takes nobody else's place.
                            drop(place.take());
                            let told = tokio::select! {
                                told = serving.wait(caller, asked) => told,
                                () = gone(&mut stream) => return,
                            };
                            drop(waiting);
                            told
                        }
                        Asked::Refused(refusal) => Answer::Refused(refusal),
                    };
                    if !answer(&mut stream, time, &told).await || waits {
                        return;
                    }
                    continue;
                }
                Some(_) => Refusal::new(RefusalCode::Version, "The first word is hello, with a version."),
                None => Refusal::new(RefusalCode::BadRequest, "That is nothing that can be asked."),
            },
            Ok(Ok(None) | Err(FrameError::CutOff | FrameError::Io(_))) => return,
            Ok(Err(error @ (FrameError::TooLong(_) | FrameError::Empty))) => {
                Refusal::new(RefusalCode::BadRequest, format!("That is nothing that can be asked: {error}."))
            }
            Err(_) => Refusal::new(RefusalCode::TooSlow, "Nothing came in time."),
        };
        // After what was not understood nothing is.
        answer(&mut stream, time, &Answer::Refused(refusal)).await;
        return;
    }
}

/// False: nobody reads it.
async fn answer(stream: &mut UnixStream, time: Duration, told: &Answer) -> bool {
    match timeout(time, write_frame(stream, told)).await {
        Ok(Ok(())) => true,
        Ok(Err(FrameError::TooLong(_))) => {
            let long = Refusal::new(RefusalCode::Failed, "The answer is longer than any may be.");
            matches!(timeout(time, write_frame(stream, &Answer::Refused(long))).await, Ok(Ok(())))
        }
        Ok(Err(_)) | Err(_) => false,
    }
}

/// Comes back once the other end has left, or has said something out of turn.
async fn gone(stream: &mut UnixStream) {
    let mut byte = [0];
    drop(tokio::io::AsyncReadExt::read(stream, &mut byte).await);
}
