//! A keychain that cannot be read: then no connection works, whatever its records say [A3, S156].

use engine::Engine;
use engine::vault::KeychainState;

/// What happened and what to do; `None` while it can be read.
pub(crate) async fn trouble(engine: &Engine) -> Option<(&'static str, &'static str)> {
    match engine.known_keychain_state().await {
        KeychainState::Open => None,
        KeychainState::Locked => Some((
            "The keychain is locked: no token can be read or refreshed until it is open.",
            "Unlock it in your system's password settings. What it keeps is as it was.",
        )),
        KeychainState::Absent => Some((
            "No keychain answers in this session: no token can be read or refreshed.",
            "Start one, or run this where you are signed in. See patchbay doctor.",
        )),
        KeychainState::Different => Some((
            "This is not the keychain that holds these connections' secrets.",
            "Switch back to the keychain or the login used before. See patchbay doctor.",
        )),
        KeychainState::NotAnswering => Some((
            "The keychain does not answer: no token can be read or refreshed.",
            "It may be asking for your password in another window. Answer it.",
        )),
    }
}
