//! Why a refresh is made: shown with every token version and every attempt [A5, B12].

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What asked for a refresh.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum RefreshReason { $($(#[$doc])* $variant),+ }

        impl RefreshReason {
            /// The word the database and scripts see.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Takes the word back.
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

reasons! {
    /// Its time had come [B2].
    Scheduled = "scheduled",
    /// The grant would have died unused [B11].
    KeepAlive = "keep_alive",
    /// A person clicked.
    Person = "person",
    /// A token was wanted that holds longer.
    Needed = "needed",
    /// The API had refused the token before [B4].
    Rejected = "rejected",
    /// The answer to an earlier refresh was lost [A5].
    Recovery = "recovery",
}
