//! Names of things that never change once given [A1].

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Makes a new id from random bits: ten digits of Crockford's base 32, 50 bits.
            pub fn from_random(bits: u64) -> Self {
                const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
                let digits = (0..10).map(|place| char::from(DIGITS[(bits >> (place * 5)) as usize & 31]));
                Self($prefix.chars().chain(digits).collect())
            }

            /// Takes an id that was made before, as the database or a person gives it.
            pub fn from_text(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// One connection, for as long as it exists; a reconnect keeps it.
    ConnectionId,
    "con_"
);
id!(
    /// One client (OAuth app) of the person's.
    ClientId,
    "cli_"
);
id!(
    /// One workflow that leans on a connection.
    DependantId,
    "dep_"
);

id!(
    /// One place where workflows live: an n8n, a team at Make, an export, a machine.
    PlatformId,
    "pla_"
);
id!(
    /// One connection that a platform owns and Patchbay only mirrors.
    PlatformConnectionId,
    "pco_"
);
id!(
    /// One workflow, for as long as its platform knows it.
    WorkflowId,
    "wfl_"
);
id!(
    /// One incident, from the first bad call to its report.
    IncidentId,
    "inc_"
);
id!(
    /// One checklist, however often it is run.
    ChecklistId,
    "chk_"
);
id!(
    /// One pass through the reconnect queue, from its begin to its record.
    PassId,
    "pas_"
);

id!(
    /// One program that asked for a token, as it was then: replaced on the disk it is another one.
    ProgramId,
    "prg_"
);

id!(
    /// One channel that alerts go to.
    AlertChannelId,
    "alc_"
);

id!(
    /// One place that events are forwarded to.
    EventDestinationId,
    "dst_"
);

/// A provider: the catalogue's short name, or the issuer of a discovered one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderId(String);

impl ProviderId {
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which token bundle of a connection; only ever grows [A4]. Zero: none was stored yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TokenVersion(pub u32);

impl TokenVersion {
    /// The version that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for TokenVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A1
    #[test]
    fn an_id_is_its_prefix_and_ten_digits() {
        let id = ConnectionId::from_random(u64::MAX);

        assert_eq!(id.as_str(), "con_zzzzzzzzzz", "ids are short enough to read out");
        assert_ne!(ConnectionId::from_random(1), ConnectionId::from_random(2));
    }
}
