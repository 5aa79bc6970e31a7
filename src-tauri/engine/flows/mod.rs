//! What the app can do, one file for each thing a person would name.
//!
//! The order of writes [A4, A5], here and nowhere else: the intent is written to the database; the request
//! leaves; the new bundle is written to the keychain under the next version and read back; the version in
//! the database moves forwards by compare-and-swap in the transaction that writes the event; only then may
//! anyone use the new token; the old keychain entry is erased last. The pointer is the commit. A crash in
//! between leaves an entry newer than the pointer, and `reconcile` adopts it.

mod bundle;
pub mod calendar;
pub mod clients;
pub mod connect;
pub mod disconnect;
pub mod doctor;
pub mod fresh_access_token;
pub mod health;
pub mod held;
pub mod labels;
pub mod modes;
pub mod overview;
pub mod providers;
pub(crate) mod reach;
pub mod reconcile;
pub mod refresh;
pub mod skew;
pub mod test_call;
