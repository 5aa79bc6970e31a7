//! Where a fact about a provider comes from, and how sure it is [A2, C5].

/// A fact's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactSource {
    /// An address, or a file of a public repository.
    pub source: String,
    pub certainty: Certainty,
}

/// How sure a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Remembered, and read nowhere: shown as unverified.
    Remembered,
    /// The main value was read in the source, other parts of the same line were not.
    Partly,
    /// Read in the source.
    Verified,
}

impl Certainty {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Remembered => "remembered",
            Self::Partly => "partly",
            Self::Verified => "verified",
        }
    }
}
