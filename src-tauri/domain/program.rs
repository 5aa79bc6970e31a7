//! Programs that ask for tokens: what tells one from another, and what a person allowed each [F2, S146, S147].

use std::path::Path;

use jiff::Timestamp;

use crate::interpreters::language_of;

/// A file, and what was in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProgramFile {
    pub path: String,
    /// Hex; empty where it was not read, or could not be.
    pub sha256: String,
}

/// Who asks: the executable and, of an interpreter, the script that it says it runs. With another content it is another
/// program, about which a person is asked again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AskingProgram {
    pub file: ProgramFile,
    pub script: Option<ProgramFile>,
}

impl AskingProgram {
    /// "backup.py", or "curl".
    pub fn name(&self) -> &str {
        let path = self.path();
        Path::new(path).file_name().and_then(|it| it.to_str()).unwrap_or(path)
    }

    /// Where it stands, whatever is in it: the path of its script, or else of what runs.
    pub fn path(&self) -> &str {
        &self.script.as_ref().unwrap_or(&self.file).path
    }

    /// The language of an interpreter of which no script is known: who allows this one allows every program in it.
    pub fn stands_for(&self) -> Option<&'static str> {
        let runs = Path::new(&self.file.path).file_name()?.to_str()?;
        language_of(runs).filter(|_| self.script.is_none())
    }

    /// Whether it stands where the other one does, whatever is in it.
    pub fn has_place_of(&self, other: &Self) -> bool {
        let place = |it: &Self| (it.file.path.clone(), it.script.as_ref().map(|script| script.path.clone()));
        place(self) == place(other)
    }
}

/// What a person said of one program and one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// It asked, and nobody has answered.
    Asked,
    /// The next token, and no other.
    Once,
    /// `None`: until it is taken back.
    Always {
        until: Option<Timestamp>,
    },
    Never,
}

/// What is done with one that asks now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Admission {
    Served,
    /// Served, and asked about again the next time.
    ServedOnce,
    /// A person has to say.
    Asks,
    Refused,
}

/// What is done with programs about which nobody has said anything yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Unasked {
    #[default]
    Refuse,
    /// For a machine where nobody can be asked: each is served, and recorded.
    Allow,
}

impl Permission {
    /// For programs and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Once => "once",
            Self::Always { .. } => "always",
            Self::Never => "never",
        }
    }

    /// What it means now; `None`: nobody ever asked.
    pub fn admission(permission: Option<Self>, unasked: Unasked, now: Timestamp) -> Admission {
        match permission {
            Some(Self::Once) => Admission::ServedOnce,
            Some(Self::Always { until: None }) => Admission::Served,
            Some(Self::Always { until: Some(until) }) if now < until => Admission::Served,
            // What a person let run out is not what nobody was asked about.
            Some(Self::Always { until: Some(_) }) => Admission::Asks,
            Some(Self::Never) => Admission::Refused,
            Some(Self::Asked) | None => match unasked {
                Unasked::Refuse => Admission::Asks,
                Unasked::Allow => Admission::Served,
            },
        }
    }
}

impl Unasked {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Allow => "allow",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Refuse, Self::Allow].into_iter().find(|it| it.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;

    fn file(path: &str, sha256: &str) -> ProgramFile {
        ProgramFile { path: path.into(), sha256: sha256.into() }
    }

    /// S147: nobody is served whom nobody allowed, and a permission ends when its time does.
    #[test]
    fn who_may_is_who_was_allowed_and_as_long() {
        let of = |permission, unasked| Permission::admission(permission, unasked, at_minute(5));
        let until = |minute| Some(Permission::Always { until: Some(at_minute(minute)) });

        assert_eq!(of(None, Unasked::Refuse), Admission::Asks);
        assert_eq!(of(Some(Permission::Asked), Unasked::Refuse), Admission::Asks);
        assert_eq!(of(Some(Permission::Once), Unasked::Refuse), Admission::ServedOnce);
        assert_eq!(of(Some(Permission::Always { until: None }), Unasked::Refuse), Admission::Served);
        assert_eq!(of(until(6), Unasked::Refuse), Admission::Served);
        assert_eq!(of(until(5), Unasked::Refuse), Admission::Asks, "at its end it is over");
        assert_eq!(of(Some(Permission::Never), Unasked::Refuse), Admission::Refused);
    }

    /// S147: where nobody can be asked, what a person did say still holds.
    #[test]
    fn a_machine_without_a_person_serves_the_unasked_and_nobody_who_was_refused() {
        let of = |permission| Permission::admission(permission, Unasked::Allow, at_minute(5));

        assert_eq!(of(None), Admission::Served);
        assert_eq!(of(Some(Permission::Asked)), Admission::Served);
        assert_eq!(of(Some(Permission::Never)), Admission::Refused);
        assert_eq!(of(Some(Permission::Always { until: Some(at_minute(4)) })), Admission::Asks);
    }

    /// S146: what an interpreter runs is what a person knows it by.
    #[test]
    fn a_script_is_named_rather_than_its_interpreter() {
        let python = file("/usr/bin/python3", "aa");
        let backup = AskingProgram { file: python.clone(), script: Some(file("/srv/backup.py", "bb")) };
        let replaced = AskingProgram { script: Some(file("/srv/backup.py", "cc")), ..backup.clone() };

        assert_eq!(backup.name(), "backup.py");
        let bare = AskingProgram { file: python, script: None };
        assert_eq!((bare.name(), bare.stands_for(), backup.stands_for()), ("python3", Some("Python"), None));
        assert!(replaced != backup && replaced.has_place_of(&backup));
    }
}
