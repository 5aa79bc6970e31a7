//! Who may take a token of what: a person is asked once about each program and connection, and every token that is
//! handed out is an event [F2, S146, S147, S150].

use domain::connection::Connection;
use domain::lifecycle_event::EventKind;
use domain::program::{Admission, AskingProgram, Permission, Unasked};
use domain::provider::scope_map::covers;
use domain::{ConnectionId, ProgramId};
use jiff::Timestamp;

use super::fresh_access_token::{FreshAccessToken, ReadyToken};
use crate::store::{ProgramPermission, Said, StoreError};
use crate::{Engine, Error, Notice};

/// What is done with programs about which nobody said anything.
const UNASKED_SETTING: &str = "unasked_programs";

/// Who stands at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// The person's own command line, which could do all of it without asking; and the name of who started it.
    OwnCommand {
        started_by: Option<String>,
        /// Where that is a script.
        script: Option<AskingProgram>,
    },
    /// Any other.
    Program { program: AskingProgram, started_by: Option<String> },
    /// What started `patchbay mcp`: an agent, which does what it reads. A person has to have said yes to it, also where
    /// programs that nobody was asked about are served.
    McpClient { program: AskingProgram },
}

/// Whether a caller may use a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MayUse {
    Yes {
        once: Option<ProgramId>,
    },
    /// A person has to say so. `is_news`: nobody had been asked yet.
    /// `None`: so many wait for an answer that nobody is asked about this one.
    AskPerson {
        program: Option<ProgramId>,
        is_news: bool,
    },
    /// A person said no.
    Refused,
}

/// What came of asking for a token.
pub enum Delivery {
    Token(FreshAccessToken),
    /// `None`: nobody is, there was no room.
    AskPerson(Option<ProgramId>),
    Refused,
}

impl Caller {
    fn started_by(&self) -> Option<&str> {
        match self {
            Self::OwnCommand { started_by, .. } | Self::Program { started_by, .. } => started_by.as_deref(),
            Self::McpClient { .. } => None,
        }
    }
}

impl Engine {
    /// Whether this caller may use this connection. Who has to be asked about is noted, once.
    ///
    /// # Errors
    /// The database's.
    pub fn may_use(&self, caller: &Caller, id: &ConnectionId) -> Result<MayUse, Error> {
        let Some((program, unasked)) = self.asking(caller)? else { return Ok(MayUse::Yes { once: None }) };
        let now = self.parts.clock.now();
        let said = self.parts.store.permission(program, id)?;
        let admission = admission_of(said.as_ref(), unasked, now);
        let started_by = caller.started_by();
        let note = || {
            let new = ProgramId::from_random(Self::random_bits()?);
            let noted = self.parts.store.note_program(&new, program, started_by, id, now);
            let noted = noted.map_err(|error| gone(error, id))?;
            match &noted {
                Some((_, is_news)) => {
                    self.note_placed(program);
                    if *is_news {
                        self.notify(Notice::ProgramsChanged);
                    }
                }
                None => self.note_turned_away(program),
            }
            Ok::<_, Error>(noted)
        };
        Ok(match (admission, said) {
            (Admission::Served, Some(_)) => MayUse::Yes { once: None },
            // Served where nobody was asked: a person can still say that it may not, and has to see it for that.
            (Admission::Served, None) => {
                if let Err(error) = note() {
                    tracing::warn!(%error, "a program that is served could not be noted");
                }
                MayUse::Yes { once: None }
            }
            (Admission::ServedOnce, Some(said)) => MayUse::Yes { once: Some(said.program) },
            (Admission::Refused, _) => MayUse::Refused,
            // Whoever asks ten thousand times writes nothing.
            (Admission::Asks, Some(Said { program, permission: Permission::Asked, .. })) => {
                MayUse::AskPerson { program: Some(program), is_news: false }
            }
            (Admission::Asks | Admission::ServedOnce, _) => match note()? {
                Some((program, is_news)) => MayUse::AskPerson { program: Some(program), is_news },
                None => MayUse::AskPerson { program: None, is_news: false },
            },
        })
    }

    /// The same without asking anybody: whether it was allowed already.
    ///
    /// # Errors
    /// The database's.
    pub fn was_allowed(&self, caller: &Caller, id: &ConnectionId) -> Result<bool, Error> {
        Ok(matches!(self.admission(caller, id)?, Admission::Served | Admission::ServedOnce))
    }

    /// What would be answered to this caller now. Nobody is asked, and nothing is noted.
    ///
    /// # Errors
    /// The database's.
    pub fn admission(&self, caller: &Caller, id: &ConnectionId) -> Result<Admission, Error> {
        let Some((program, unasked)) = self.asking(caller)? else { return Ok(Admission::Served) };
        let said = self.parts.store.permission(program, id)?;
        Ok(admission_of(said.as_ref(), unasked, self.parts.clock.now()))
    }

    /// As [`Engine::may_use`], for one token: a permission that serves one is used up by it.
    ///
    /// # Errors
    /// The database's.
    pub fn take_permission(&self, caller: &Caller, id: &ConnectionId) -> Result<MayUse, Error> {
        let may = self.may_use(caller, id)?;
        if let MayUse::Yes { once: Some(program) } = &may {
            if !self.parts.store.use_up_once(program, id, self.parts.clock.now())? {
                // Another one was faster: whoever comes now is asked about, or has what a person said meanwhile.
                return match self.may_use(caller, id)? {
                    MayUse::Yes { once: Some(program) } => {
                        Ok(MayUse::AskPerson { program: Some(program), is_news: false })
                    }
                    may @ (MayUse::Yes { once: None } | MayUse::AskPerson { .. } | MayUse::Refused) => Ok(may),
                };
            }
            self.notify(Notice::ProgramsChanged);
        }
        Ok(may)
    }

    /// Gives back what was used up, where nothing was handed out.
    ///
    /// # Errors
    /// The database's.
    pub fn give_back_permission(&self, program: &ProgramId, id: &ConnectionId) -> Result<(), Error> {
        if self.parts.store.give_back_once(program, id, self.parts.clock.now())? {
            self.notify(Notice::ProgramsChanged);
        }
        Ok(())
    }

    /// Whom a person has to have allowed, and what holds where nobody was asked; `None`: it needs nobody's leave.
    fn asking<'a>(&self, caller: &'a Caller) -> Result<Option<(&'a AskingProgram, Unasked)>, Error> {
        Ok(match caller {
            Caller::OwnCommand { .. } => None,
            Caller::Program { program, .. } => Some((program, self.unasked()?)),
            Caller::McpClient { program } => Some((program, Unasked::Refuse)),
        })
    }

    /// A token of a connection for a caller, which is looked at again before it goes out: what a person took back
    /// meanwhile holds. `scopes` is what the caller says it is for, and stands in the event.
    ///
    /// # Errors
    /// The database's.
    pub fn deliver(&self, caller: &Caller, ready: ReadyToken, scopes: &[String]) -> Result<Delivery, Error> {
        let id = ready.connection_id().clone();
        let once = match self.take_permission(caller, &id)? {
            MayUse::Yes { once } => once,
            MayUse::AskPerson { program, .. } => return Ok(Delivery::AskPerson(program)),
            MayUse::Refused => return Ok(Delivery::Refused),
        };
        match self.hand_out(ready, &asked_by(caller, scopes)) {
            Ok(token) => {
                self.note_token(caller, &id);
                Ok(Delivery::Token(token))
            }
            Err(error) => {
                if let Some(program) = &once {
                    self.give_back_permission(program, &id)?;
                }
                Err(error)
            }
        }
    }

    /// For the list of programs: that it was handed out stands in the events.
    fn note_token(&self, caller: &Caller, id: &ConnectionId) {
        let Caller::Program { program, .. } = caller else { return };
        match self.parts.store.note_token(program, id, self.parts.clock.now()) {
            // What a person sees of it is told to the minute.
            Ok(is_news) if is_news => self.notify(Notice::ProgramsChanged),
            Ok(_) => {}
            Err(error) => tracing::warn!(connection = %id, %error, "when a program took a token could not be noted"),
        }
    }

    /// Which of these scopes the connection was not granted.
    ///
    /// # Errors
    /// The database's.
    pub fn lacking_scopes(&self, connection: &Connection, scopes: &[String]) -> Result<Vec<String>, Error> {
        let rules = self.provider_or_stand_in(connection)?.scopes;
        let granted = &connection.scopes.granted;
        let is_lacking = |it: &&String| rules.parameter.is_some() && !covers(&rules, granted, it);
        Ok(scopes.iter().filter(is_lacking).cloned().collect())
    }

    /// All that was asked for and said; what waits for an answer first.
    ///
    /// # Errors
    /// The database's.
    pub fn program_permissions(&self) -> Result<Vec<ProgramPermission>, Error> {
        Ok(self.parts.store.list_program_permissions()?)
    }

    /// What waits for a person's answer, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn open_questions(&self) -> Result<Vec<ProgramPermission>, Error> {
        let mut asked = self.program_permissions()?;
        asked.retain(|it| it.permission == Permission::Asked);
        asked.sort_by_key(|it| it.asked_at);
        Ok(asked)
    }

    /// Says what a program may. False: there is no such program.
    ///
    /// # Errors
    /// The database's.
    pub fn say_of_program(
        &self,
        program: &ProgramId,
        connection: &ConnectionId,
        permission: Permission,
    ) -> Result<bool, Error> {
        let (of, now) = (self.connection(connection)?, self.parts.clock.now());
        if !self.parts.store.say_of_program(program, connection, permission, now)? {
            return Ok(false);
        }
        self.note_of_program(&of, &format!("{}: {}", self.name_of_program(program)?, permission.as_str()))?;
        self.forget_turned_away_once_answered()?;
        self.notify(Notice::ProgramsChanged);
        Ok(true)
    }

    /// Takes back what was said, of one connection or of all. How many.
    ///
    /// # Errors
    /// The database's.
    pub fn forget_permissions(&self, program: &ProgramId, connection: Option<&ConnectionId>) -> Result<usize, Error> {
        let name = self.name_of_program(program)?;
        let gone = self.parts.store.forget_permissions(program, connection)?;
        for id in &gone {
            self.note_of_program(&self.connection(id)?, &format!("{name}: taken back"))?;
        }
        self.forget_turned_away_once_answered()?;
        self.notify(Notice::ProgramsChanged);
        Ok(gone.len())
    }

    /// What is done with programs about which nobody said anything.
    ///
    /// # Errors
    /// The database's.
    pub fn unasked(&self) -> Result<Unasked, Error> {
        let said = self.parts.store.setting(UNASKED_SETTING)?;
        Ok(said.and_then(|it| Unasked::from_text(&it)).unwrap_or_default())
    }

    /// Says so, for every process of the board.
    ///
    /// # Errors
    /// The database's.
    pub fn set_unasked(&self, unasked: Unasked) -> Result<(), Error> {
        if unasked == self.unasked()? {
            return Ok(());
        }
        self.parts.store.put_setting(UNASKED_SETTING, unasked.as_str())?;
        let now = self.parts.clock.now();
        let mut event = domain::lifecycle_event::LifecycleEvent::new(now, EventKind::SettingsChanged, None);
        event.subject = Some(format!("unasked programs {}", unasked.as_str()));
        self.parts.store.append_event(&event)?;
        self.notify(Notice::ProgramsChanged);
        Ok(())
    }

    fn name_of_program(&self, id: &ProgramId) -> Result<String, Error> {
        let all = self.parts.store.list_program_permissions()?;
        Ok(all.iter().find(|it| &it.id == id).map_or_else(|| id.to_string(), |it| it.program.name().to_owned()))
    }

    fn note_of_program(&self, connection: &Connection, said: &str) -> Result<(), Error> {
        let mut event = self.event(EventKind::SettingsChanged, connection);
        event.subject = super::labels::label(&format!("program {said}"));
        self.parts.store.append_event(&event)?;
        self.notify_connection(&connection.id);
        Ok(())
    }
}

/// Where all are served of whom nobody said anything, those of whom a person did are none of them: they asked anew because
/// what was said has run out.
fn admission_of(said: Option<&Said>, unasked: Unasked, now: Timestamp) -> Admission {
    let unasked = if said.is_some_and(|it| it.was_answered) { Unasked::Refuse } else { unasked };
    Permission::admission(said.map(|it| it.permission), unasked, now)
}

fn gone(error: StoreError, id: &ConnectionId) -> Error {
    if matches!(error, StoreError::Gone) { Error::ConnectionGone(id.to_string()) } else { error.into() }
}

/// For the event: "backup.py for drive.readonly", "command line, started by backup.py".
fn asked_by(caller: &Caller, scopes: &[String]) -> String {
    let who = match caller {
        Caller::OwnCommand { started_by: Some(name), .. } => format!("command line, started by {name}"),
        Caller::OwnCommand { started_by: None, .. } => "command line".to_owned(),
        Caller::Program { program, .. } => program.name().to_owned(),
        Caller::McpClient { program } => format!("{} (MCP)", program.name()),
    };
    if scopes.is_empty() { who } else { format!("{who} for {}", scopes.join(" ")) }
}
