//! What each error of the engine means to a person, and to a script that reads the exit code.

use std::path::Path;

use domain::ConnectionId;
use domain::connection::client_rotation::RotationRefused;
use domain::connection::status::Lamp;
use domain::connection::{Connection, GrantState};
use domain::diagnosis::ActionLabel;
use engine::Error;
use engine::authorization_server::discovery::DiscoveryRefused;
use engine::authorization_server::protected_resource::ResourceRefused;
use engine::redirect_listener::ListenerError;
use engine::sealed_bundles::SealError;
use engine::store::StoreError;
use engine::vault::VaultError;

use super::{counted, listed, platforms, redirect};
use crate::exit::Exit;
use crate::failure::FailureWords;
use crate::held;

/// Said of a token that lies sealed: any command that opens the board tries it first.
pub(crate) const HELD_SEALED: &str = "It lies sealed on the disk, and is safe there. See that the keychain is unlocked and the disk has room; the next command stores it.";

/// The code of a new token that the keychain refused.
pub(crate) const BUNDLE_HELD: &str = "bundle_held";

/// The code of a new token that another process has in its memory alone.
pub(crate) const HELD_ELSEWHERE: &str = "held_elsewhere";

/// Why a sealed token does not open.
pub(crate) const UNOPENED_MEANS: &str = "Its file was changed, or was sealed for another keychain.";

/// Where a seal lay, and what it is called since it did not open.
pub(crate) fn put_aside(file: &str) -> String {
    let aside = format!("{file}.damaged");
    if Path::new(&aside).exists() { format!("{file}, and is called {aside} now") } else { file.to_owned() }
}

/// The code of a file of held tokens that cannot be read.
pub(crate) const HELD_UNREADABLE: &str = "held_unreadable";

/// What there is to be done about it.
pub(crate) fn unopened_advice(connection: &ConnectionId) -> String {
    format!(
        "Take back the file that you saved (patchbay held import FILE), put the sealed one back as it was (patchbay held \
         names it), or reconnect: patchbay reconnect {connection}. To send the \
         spent token all the same, which may end the grant: patchbay refresh {connection} --send-spent"
    )
}

/// The code of a client that lacks its id or secret.
pub(crate) const CLIENT_INCOMPLETE: &str = "client_incomplete";

/// The code of what a person ended before it was done.
pub(crate) const CANCELLED: &str = "cancelled";

/// The code of a name that several bear.
pub(crate) const NAME_AMBIGUOUS: &str = "name_ambiguous";

/// Exit code, next action and sentences.
pub(crate) fn explain(error: &Error) -> (Exit, ActionLabel, FailureWords) {
    use ActionLabel as Next;
    match error {
        Error::VaultUnavailable(vault) => (Exit::KeychainUnavailable, Next::None, keychain(vault)),
        Error::BundleHeld { name, is_sealed, reason } => {
            let happened = format!("{name} was refreshed, and the keychain would not take its new token.");
            let advice = if *is_sealed {
                HELD_SEALED
            } else {
                "It is in this program's memory only. Unlock the keychain while this program waits."
            };
            let said = words(BUNDLE_HELD, happened, advice);
            let detail = keychain(reason).happened;
            (Exit::KeychainUnavailable, Next::None, FailureWords { detail, ..said })
        }
        Error::HeldElsewhere { name, by } => {
            let happened = format!("{name} was refreshed, and its new token is in the memory of {by} alone.");
            let advice = format!(
                "Do not end {by}: the token is lost with it. Instead {} Then run the command again.",
                held::UNSAVED_ADVICE
            );
            let said = words(HELD_ELSEWHERE, happened, "");
            (Exit::KeychainUnavailable, Next::None, FailureWords { advice, ..said })
        }
        Error::HeldUnopened { connection, name, file, is_missing } => {
            let (happened, why, detail) = if *is_missing {
                (
                    format!("{name} was refreshed, and its new token is not here."),
                    "You saved it in a file of your own, or its sealed file was taken away.",
                    format!("Sealed, it would lie at {file}"),
                )
            } else {
                (
                    format!("{name} was refreshed, and its new token, sealed on the disk, cannot be opened."),
                    UNOPENED_MEANS,
                    format!("It lay at {}", put_aside(file)),
                )
            };
            let meaning = format!("{why} The token before it is spent, and was not sent.");
            let advice = unopened_advice(connection);
            let said = words("held_unopened", happened, "");
            (Exit::BlockedOnAuth, Next::Reconnect, FailureWords { meaning, advice, detail, ..said })
        }
        Error::HeldUnreadable(source) => {
            let said = held_unreadable(source);
            (Exit::Failed, Next::None, FailureWords { detail: source.to_string(), ..said })
        }
        Error::StoreUnavailable(store) => {
            let exit = if matches!(store, StoreError::Busy) { Exit::Temporary } else { Exit::Failed };
            (exit, Next::None, database(store))
        }
        Error::BundleUncommitted { name, reason } => {
            let said = database(reason);
            let exit = if matches!(reason, StoreError::Busy) { Exit::Temporary } else { Exit::Failed };
            let meaning = format!(
                "The new token of {name} is kept in the keychain, and found by the next refresh, test or token."
            );
            (exit, Next::None, FailureWords { meaning, ..said })
        }
        Error::FolderUnavailable(source) => {
            let said =
                words("folder_unavailable", "The data folder cannot be used.", "Check that it can be written to.");
            (Exit::Failed, Next::None, FailureWords { detail: source.to_string(), ..said })
        }
        Error::FileNotWritten { file, source } => {
            let happened = format!("{} cannot be written.", file.display());
            let said =
                words("file_not_written", happened, "Its disk may be full or its folder read-only: name another.");
            (Exit::Failed, Next::FixRequest, FailureWords { detail: source.to_string(), ..said })
        }
        Error::ProviderUnknown(name) => {
            let happened = format!("There is no provider called {name}.");
            let advice = "See patchbay provider list, or give an issuer's full https address.";
            (Exit::WrongUsage, Next::FixRequest, words("provider_unknown", happened, advice))
        }
        Error::DiscoveryRefused(_) if error.is_clock_off() => clock_is_off(),
        Error::DiscoveryRefused(refused) => discovery(refused),
        Error::ResourceRefused(refused) => resource(refused),
        Error::RegistrationRefused { provider, detail } => {
            let happened = format!("{provider} would not register a client by itself.");
            let said = words(CLIENT_INCOMPLETE, happened, "");
            (Exit::Failed, Next::FixClientConfig, FailureWords { detail: detail.clone(), ..said })
        }
        Error::VariableRefused { name, asks, example, complaint } => {
            let happened = format!("{asks} is {complaint}.");
            let advice = if example.is_empty() {
                "patchbay provider show names what this provider asks for.".to_owned()
            } else {
                format!("Give it with --set {name}=…, for example --set {name}={example}.")
            };
            let said = words(CLIENT_INCOMPLETE, happened, "");
            (Exit::WrongUsage, Next::FixRequest, FailureWords { advice, ..said })
        }
        Error::ClientIncomplete(why) => {
            let happened = format!("The client is incomplete: {why}.");
            (Exit::WrongUsage, Next::FixClientConfig, words(CLIENT_INCOMPLETE, happened, ""))
        }
        Error::ClientSecretMissing(name) => {
            let happened = format!("The keychain no longer holds the secret of the client {name}.");
            let advice = "Enter it again: patchbay client add PROVIDER --client-id ID --client-secret-stdin";
            (Exit::Failed, Next::FixClientConfig, words("client_secret_missing", happened, advice))
        }
        Error::ClientGone(id) => {
            let happened = format!("There is no client {id}.");
            (Exit::Failed, Next::FixClientConfig, words("client_gone", happened, "See patchbay client list."))
        }
        Error::ClientInUse { name, used_by } => {
            let happened = format!("{name} is used by {}.", listed(used_by.iter().map(String::as_str)));
            let advice = "Disconnect and forget those first, or reconnect them with another client.";
            (Exit::Failed, Next::FixRequest, words("client_in_use", happened, advice))
        }
        Error::ClientFileRefused(refused) => {
            let happened = format!("The client was not taken: {refused}.");
            let advice = "Download the client's JSON from the provider's console again, and name that file.";
            (Exit::WrongUsage, Next::FixRequest, words("client_file_refused", happened, advice))
        }
        Error::RotationRefused(refused) => (Exit::Failed, Next::FixRequest, rotation(*refused)),
        Error::EnvironmentsDiffer { client, connection } => {
            let happened = format!("This client is of {client}; a connection of {connection} cannot use it.");
            let advice = format!("Say --environment {client}, or add a client of {connection}.");
            (Exit::WrongUsage, Next::FixRequest, words("environments_differ", happened, advice))
        }
        Error::ListenerUnavailable(listener) => (Exit::Failed, Next::None, ear(listener)),
        Error::RedirectUriRefused(why) => (Exit::WrongUsage, Next::FixClientConfig, redirect::uri_refused(*why)),
        Error::CertificateUnavailable(why) => (Exit::Failed, Next::None, redirect::certificate_unavailable(why)),
        Error::PasteRefused(why) => (Exit::Failed, Next::Reconnect, redirect::paste_refused(*why)),
        Error::ConnectionGone(typed) => {
            let happened = format!("There is no connection {typed}.");
            (Exit::NoSuchConnection, Next::FixRequest, words("connection_gone", happened, "See patchbay list."))
        }
        Error::NameAmbiguous { name, count } => {
            let happened = format!("{count} connections are called {name}.");
            (Exit::WrongUsage, Next::FixRequest, words(NAME_AMBIGUOUS, happened, "Use an id: see patchbay list."))
        }
        Error::SignInGone(_) => {
            (Exit::Failed, Next::Reconnect, words("sign_in_gone", "That sign-in is over.", "Start again."))
        }
        Error::SignInUnderWay => {
            let happened = "A sign-in of this connection is under way already.";
            (Exit::Temporary, Next::WaitAndRetry, words("sign_in_under_way", happened, "Finish or cancel it first."))
        }
        Error::TooManySignIns => {
            let happened = "Too many sign-ins are under way.";
            (Exit::Temporary, Next::WaitAndRetry, words("too_many_sign_ins", happened, "Finish or cancel one first."))
        }
        Error::ChangedMeanwhile => {
            let happened = "Another program changed this connection meanwhile. Nothing was overwritten.";
            (Exit::Temporary, Next::WaitAndRetry, words("changed_meanwhile", happened, "Try again."))
        }
        Error::RefreshStuck { holder } => {
            let who = holder.map_or_else(|| "Another program".to_owned(), |pid| format!("Process {pid}"));
            let happened = format!("{who} has been refreshing this connection for too long.");
            (
                Exit::Temporary,
                Next::WaitAndRetry,
                words(
                    "refresh_stuck",
                    happened,
                    "Try again later. That process may hold a new token: ending it may lose it.",
                ),
            )
        }
        Error::BlockedOnAuth { name, diagnosis } => {
            let happened = if diagnosis.action.is_reconnect() {
                format!("A person must reconnect {name}.")
            } else {
                format!("{name} works again only after a person has acted.")
            };
            let exit = Exit::of_cause(diagnosis, Some(Lamp::ReauthRequired));
            (exit, diagnosis.action, words("blocked_on_auth", happened, ""))
        }
        Error::Temporary { name, diagnosis } => {
            let happened = format!("There is no usable token for {name} just now.");
            (Exit::of_cause(diagnosis, None), diagnosis.action, words("no_usable_token", happened, ""))
        }
        Error::NeedsMending { name, diagnosis } => {
            let happened = format!("The provider refuses to renew {name} until something is mended.");
            (Exit::of_cause(diagnosis, None), diagnosis.action, words("needs_mending", happened, ""))
        }
        Error::Offline => {
            let happened = "Offline mode is on, so no request leaves.";
            let advice = "Go on: patchbay automatic on";
            (Exit::Temporary, Next::WaitAndRetry, words("offline", happened, advice))
        }
        Error::AlreadyConnected(other) => {
            let happened = format!("Connection {other} already holds this account.");
            let advice = format!("Use that one, or disconnect it first: patchbay show {other}");
            (Exit::Failed, Next::None, words("already_connected", happened, advice))
        }
        Error::ImportRefused(refused) => (Exit::WrongUsage, Next::FixRequest, super::import::refused(refused)),
        Error::ImportGone(_) => {
            let happened = "That preview is over, and what it read is dropped.";
            (Exit::Failed, Next::None, words("import_gone", happened, "Preview the file again."))
        }
        Error::PlatformFailed(failure) => platforms::failed(failure),
        Error::PlatformGone(name) => {
            let happened = format!("There is no platform {name}.");
            (Exit::WrongUsage, Next::FixRequest, words("platform_gone", happened, "See patchbay platforms."))
        }
        Error::ChannelGone(name) => {
            let happened = format!("There is no channel for alerts called {name}.");
            (Exit::WrongUsage, Next::FixRequest, words("channel_gone", happened, "See patchbay alerts."))
        }
        Error::ChannelNameTaken(name) => {
            let happened = format!("A channel for alerts is called {name} already.");
            (Exit::WrongUsage, Next::FixRequest, words("channel_name_taken", happened, "Take another name."))
        }
        Error::ChannelRefused(refused) => {
            let happened = format!("The channel cannot be added: {refused}.");
            (Exit::WrongUsage, Next::FixRequest, words("channel_refused", happened, "See patchbay alerts add --help."))
        }
        Error::ChannelSecretRefused(refused) => {
            let happened = format!("The channel cannot be added: {refused}.");
            let advice = "Copy it again from where the receiver shows it; nothing was kept.";
            (Exit::WrongUsage, Next::FixRequest, words("channel_refused", happened, advice))
        }
        Error::ReadingUnderWay(name) => {
            let happened = format!("{name} is being read already.");
            (Exit::Temporary, Next::WaitAndRetry, words("reading_under_way", happened, "Wait for it to end."))
        }
        Error::WorkflowGone(name) => {
            let happened = format!("There is no workflow {name}.");
            (Exit::WrongUsage, Next::FixRequest, words("workflow_gone", happened, "See patchbay radius --csv."))
        }
        Error::IncidentGone(name) => {
            let happened = format!("There is no incident {name}.");
            (Exit::WrongUsage, Next::FixRequest, words("incident_gone", happened, "See patchbay incident list."))
        }
        Error::ChecklistGone(name) => {
            let happened = format!("There is no checklist {name}.");
            (Exit::WrongUsage, Next::FixRequest, words("checklist_gone", happened, "See patchbay checklist list."))
        }
        Error::ChecklistRefused(why) => {
            let happened = format!("The checklist cannot be kept: {why}.");
            (Exit::WrongUsage, Next::FixRequest, words("checklist_refused", happened, ""))
        }
        Error::RehearsalUnderWay(name) => {
            let happened = format!("{name} is being rehearsed already.");
            (
                Exit::Temporary,
                Next::WaitAndRetry,
                words("rehearsal_under_way", happened, "Wait for it to end, or stop it."),
            )
        }
        Error::QueueElsewhere => {
            let happened = "Another program of this board is going through the reconnect queue.";
            let advice = "Go on there, or end it there first.";
            (Exit::Temporary, Next::WaitAndRetry, words("queue_elsewhere", happened, advice))
        }
        Error::PassGone(name) => {
            let happened = format!("There is no pass {name}.");
            (Exit::WrongUsage, Next::FixRequest, words("pass_gone", happened, "See patchbay queue record."))
        }
        Error::PlaceRefused(why) => (Exit::WrongUsage, Next::FixRequest, super::forward::refused(why)),
        Error::DestinationGone(name) => {
            let happened = format!("There is no place {name} that events are forwarded to.");
            (Exit::WrongUsage, Next::FixRequest, words("destination_gone", happened, "See patchbay forward."))
        }
        Error::FileUnreadable(source) => {
            let said = words("file_unreadable", "The file cannot be read.", "Check its path and your rights to it.");
            (Exit::WrongUsage, Next::FixRequest, FailureWords { detail: source.to_string(), ..said })
        }
        Error::NoRandomness => {
            let happened = "The system gave no random bytes, and nothing safe can be done without.";
            (Exit::Failed, Next::None, words("unexpected", happened, ""))
        }
        Error::TaskEnded => {
            let happened = "Something went wrong inside Patchbay.";
            (
                Exit::Failed,
                Next::WaitAndRetry,
                words("unexpected", happened, "Try again; PATCHBAY_LOG=debug tells more."),
            )
        }
        Error::StillPaused { incident, names } => {
            let verb = if names.len() == 1 { "is" } else { "are" };
            let happened = format!("{} {verb} still paused.", listed(names.iter().map(String::as_str)));
            let advice = format!("Resume first: patchbay incident resume {incident}");
            (Exit::WrongUsage, Next::FixRequest, words("still_paused", happened, &advice))
        }
        Error::WouldReplace { platform, name, gone } => {
            const NAMED: usize = 10;
            let more = gone.len().saturating_sub(NAMED);
            let named = listed(gone.iter().take(NAMED).map(String::as_str));
            let named = if more == 0 { named } else { format!("{named} (and {more} more)") };
            let happened = format!(
                "{name} holds {} that this file does not: {named}. Nothing was taken.",
                counted(gone.len(), "workflow")
            );
            let advice = format!(
                "To keep both, give this list a name of its own: --name NAME. To replace what {name} holds: --platform {platform}"
            );
            (Exit::WrongUsage, Next::FixRequest, words("would_replace", happened, &advice))
        }
        Error::NothingShown(name) => {
            let advice = "A run there shows it: run one of its workflows at its platform, or retry one that had failed, then \
                          patchbay sync.";
            let happened = format!("Nothing has shown yet that {name} works.");
            (Exit::BlockedOnAuth, Next::FixRequest, words("nothing_shown", happened, advice))
        }
        Error::BadInput(why) => {
            (Exit::WrongUsage, Next::FixRequest, words("bad_input", format!("That cannot be done: {why}."), ""))
        }
    }
}

fn rotation(refused: RotationRefused) -> FailureWords {
    let advice = match refused {
        RotationRefused::NoneUnderWay => "Begin with patchbay client rotate C --client-secret-stdin.",
        RotationRefused::UnderWay => "patchbay client rotate C --finish, or --cancel.",
        RotationRefused::NoSecret => "patchbay client add PROVIDER --client-id ID --client-secret-stdin gives it one.",
        RotationRefused::SameSecret => "Make a new secret at the provider first.",
        RotationRefused::NewRefused => "Check what was pasted; cancel, and stage it again. Nothing uses it yet.",
        RotationRefused::NotTested => "patchbay client rotate C --switch --untested switches all the same.",
        RotationRefused::NotSwitched => "patchbay client rotate C --switch puts it to use.",
        RotationRefused::NotVerified => {
            "Test or refresh one of its connections, then --finish; --cancel goes back to the old one."
        }
    };
    words("rotation_refused", format!("That step cannot be taken: {refused}."), advice)
}

/// A dead grant whose end is a fact of ours rather than the provider's.
pub(crate) fn blocked(words: &mut FailureWords, connection: &Connection) {
    if let Some(ours) = without_secrets(connection) {
        words.happened = ours.happened;
        words.meaning = ours.meaning;
        words.advice = ours.advice;
    }
}

/// What is said of a connection that has no secret here, whatever the provider thinks of its grant.
pub(crate) fn without_secrets(connection: &Connection) -> Option<FailureWords> {
    let (happened, meaning, advice) = match &connection.grant {
        GrantState::Disconnected { .. } => (
            format!("{} is disconnected.", connection.name),
            "Its grant was given up here, on purpose.",
            format!("Bring it back: patchbay reconnect {}", connection.id),
        ),
        GrantState::SecretMissing { .. } => (
            format!("The keychain holds no secret for {}.", connection.name),
            "It was removed outside Patchbay. The grant at the provider may still live.",
            format!("Reconnect to store a new one: patchbay reconnect {}", connection.id),
        ),
        GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::Ended { .. } => return None,
    };
    Some(FailureWords { happened, meaning: meaning.to_owned(), advice, ..FailureWords::default() })
}

fn keychain(error: &VaultError) -> FailureWords {
    match error {
        VaultError::Locked => words(
            "keychain_locked",
            "The keychain is locked. No secret can be read or stored until it is open.",
            "Unlock it in your system's password settings, then try again. What it keeps is as it was.",
        ),
        VaultError::Absent => words(
            "keychain_absent",
            "No keychain answers in this session. Patchbay stores secrets nowhere else.",
            "Start one; on Linux GNOME Keyring, KWallet or KeePassXC. patchbay doctor tells more.",
        ),
        VaultError::Different => words(
            "keychain_different",
            "This is not the keychain that holds these connections' secrets. The grants themselves are untouched.",
            "Switch back to the keychain or the login used before, or reconnect to store new secrets here.",
        ),
        VaultError::NotAnswering => words(
            "keychain_not_answering",
            "The keychain does not answer.",
            "It may be asking for your password in another window. Answer it, then try again.",
        ),
        VaultError::TooLarge { length, limit } => words(
            "keychain_item_too_large",
            format!("A token of {length} bytes does not fit into this keychain, which takes {limit}."),
            "Ask for fewer scopes: large tokens often list them.",
        ),
        VaultError::Damaged => words(
            "keychain_item_damaged",
            "What the keychain holds is not what was stored.",
            "Reconnect to store it anew. patchbay doctor checks the keychain.",
        ),
        VaultError::Refused => {
            words("keychain_refused", "The keychain refused without saying why.", "See patchbay doctor.")
        }
    }
}

fn held_unreadable(error: &SealError) -> FailureWords {
    let code = HELD_UNREADABLE;
    match error {
        SealError::Unavailable(source) if source.kind() == std::io::ErrorKind::NotFound => {
            words(code, "There is no such file.", "Nothing was changed. Check the name.")
        }
        SealError::Unavailable(_) => words(
            code,
            "Held tokens cannot be read or written.",
            "Check who may use the file, and that the folder held in the data folder is a folder: patchbay doctor",
        ),
        SealError::Empty => {
            words(code, "The file opens, and holds no tokens.", "Nothing was changed. Check that it is the right file.")
        }
        SealError::NotOpened | SealError::NotOurs => words(
            code,
            "Held tokens cannot be read or written.",
            "Nothing was changed. Check the file and the passphrase.",
        ),
    }
}

fn database(error: &StoreError) -> FailureWords {
    let happened = format!("Patchbay's records cannot be used: {error}.");
    let (code, advice) = match error {
        StoreError::NotADatabase | StoreError::ForeignDatabase => {
            ("store_foreign", "The file was not touched. Name another data folder with --home or PATCHBAY_HOME.")
        }
        StoreError::NewerVersion { .. } => ("store_newer", "The file was not touched. Install the newer Patchbay."),
        StoreError::Damaged | StoreError::Tampered | StoreError::Unreadable { .. } => {
            ("store_damaged", "Keep the file; a copy made before the last migration may lie beside it.")
        }
        StoreError::ReadOnly => (
            "store_read_only",
            "Nothing was changed. Make the data folder and its disk writable; list, show, token and events work without.",
        ),
        StoreError::FolderUnavailable(_) => {
            ("store_read_only", "Check who may write to the data folder and its disk. Nothing was changed.")
        }
        StoreError::DiskFull => ("store_full", "Free some space, then try again."),
        StoreError::LeftOff => (CANCELLED, "Nothing was changed."),
        StoreError::Busy => ("store_busy", "Another program holds it; try again."),
        StoreError::Duplicate { .. } => ("duplicate", "Use that connection, or disconnect it first."),
        StoreError::NameTaken => ("name_taken", "Choose another name."),
        StoreError::DuplicateClient { .. } => ("duplicate", "See patchbay client list."),
        StoreError::ClientInUse { .. } => ("client_in_use", "Disconnect and forget those first."),
        StoreError::ChangedMeanwhile | StoreError::VersionDidNotGrow | StoreError::Gone => {
            ("changed_meanwhile", "Another program changed it meanwhile; look again, then repeat it.")
        }
        StoreError::NoRandomNumbers(_) | StoreError::Unavailable(_) => ("store_unavailable", "See patchbay doctor."),
    };
    words(code, happened, advice)
}

/// The code of a clock by which no certificate is valid.
const CLOCK_IS_OFF: &str = "clock_is_off";

fn clock_is_off() -> (Exit, ActionLabel, FailureWords) {
    let happened = "This machine's clock is off: by it the server's certificate is not valid at this time.";
    let advice = "Set the clock to network time, then try again. Nothing was changed.";
    (Exit::Temporary, ActionLabel::FixClock, words(CLOCK_IS_OFF, happened, advice))
}

fn discovery(error: &DiscoveryRefused) -> (Exit, ActionLabel, FailureWords) {
    let as_written = "Type the issuer exactly as the provider writes it.";
    match error {
        DiscoveryRefused::NotAnIssuer(_) => {
            (Exit::WrongUsage, ActionLabel::FixRequest, words("discovery_refused", sentence(error), as_written))
        }
        DiscoveryRefused::NotFound { .. } | DiscoveryRefused::OtherIssuer { .. } => {
            (Exit::Failed, ActionLabel::FixRequest, words("discovery_refused", sentence(error), as_written))
        }
        DiscoveryRefused::Unusable(_) => {
            let advice = "It lacks what a sign-in in the browser needs; its owner can tell.";
            (Exit::Failed, ActionLabel::ContactProvider, words("discovery_refused", sentence(error), advice))
        }
        DiscoveryRefused::TooSlow { .. } => {
            let advice = "Check the address, then try again when the server has time. Nothing was changed.";
            (Exit::Temporary, ActionLabel::WaitAndRetry, words("provider_unreachable", sentence(error), advice))
        }
        DiscoveryRefused::Unreachable(source) => {
            let advice = "Check the address, the network and a proxy, then try again. Nothing was changed.";
            let said = words("provider_unreachable", "The issuer does not answer as it should.", advice);
            (Exit::Temporary, ActionLabel::WaitAndRetry, FailureWords { detail: source.to_string(), ..said })
        }
    }
}

fn resource(error: &ResourceRefused) -> (Exit, ActionLabel, FailureWords) {
    let happened = capitalised(&error.to_string());
    match error {
        ResourceRefused::Open(_) => {
            let advice = "Nothing is to be connected there: it can be used as it is.";
            (Exit::WrongUsage, ActionLabel::None, words("resource_open", happened, advice))
        }
        ResourceRefused::Silent(_) => {
            let advice =
                "It is neither an issuer nor an MCP server that can be connected by itself. Check the address.";
            (Exit::WrongUsage, ActionLabel::FixRequest, words("discovery_refused", happened, advice))
        }
        ResourceRefused::Unreachable(_, source) => {
            let advice = "Check the address, the network and a proxy, then try again. Nothing was changed.";
            let said = words("provider_unreachable", happened, advice);
            (Exit::Temporary, ActionLabel::WaitAndRetry, FailureWords { detail: source.to_string(), ..said })
        }
        ResourceRefused::OtherResource { .. } => {
            let advice = "Metadata counts for the very address it names: connect that one, if it is the one you mean.";
            (Exit::Failed, ActionLabel::FixRequest, words("discovery_refused", happened, advice))
        }
        ResourceRefused::NamedInVain { .. } | ResourceRefused::Unusable(_) => {
            let advice = "What it says of itself cannot be trusted or used; its owner can tell.";
            (Exit::Failed, ActionLabel::ContactProvider, words("discovery_refused", happened, advice))
        }
    }
}

fn ear(error: &ListenerError) -> FailureWords {
    match error {
        ListenerError::PortTaken { port, by } => {
            let who = by.as_deref().unwrap_or("another program");
            words(
                "listener_port_taken",
                format!("Port {port} of the redirect URI is taken by {who}."),
                "Close that program and try again, or register another port and say it with --port.",
            )
        }
        ListenerError::Unavailable(source) => {
            let said = words(
                "listener_unavailable",
                "This machine does not let Patchbay listen for the browser's answer.",
                "A firewall may keep programs from listening on 127.0.0.1. See patchbay doctor.",
            );
            FailureWords { detail: source.to_string(), ..said }
        }
    }
}

/// What a client lacks, and where to get it.
pub(crate) fn client_incomplete(
    words: &mut FailureWords,
    typed: &str,
    redirect_uri: &str,
    is_any_port: bool,
    console: Option<&str>,
    known: usize,
) {
    if known > 1 {
        words.happened = format!("There are {} of this provider.", counted(known, "client"));
        words.advice = "Say which with --client-id; see patchbay client list.".to_owned();
        return;
    }
    let place = console.map_or_else(|| "at the provider".to_owned(), |console| format!("at {console}"));
    let port = if is_any_port { " (any port serves, so none is named)" } else { "" };
    words.advice = format!(
        "Register a client {place} with the redirect URI {redirect_uri}{port}, then: patchbay connect {typed} --client-id ID"
    );
}

/// What an error says, as a sentence.
pub(super) fn sentence_of(error: &impl std::fmt::Display) -> String {
    capitalised(&error.to_string())
}

fn sentence(error: &DiscoveryRefused) -> String {
    capitalised(&error.to_string())
}

fn capitalised(text: &str) -> String {
    // A file is called what it is called.
    let is_file = text.split(' ').next().is_some_and(|word| word.contains('.'));
    if is_file {
        return format!("{text}.");
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

pub(super) fn words(code: &'static str, happened: impl Into<String>, advice: impl Into<String>) -> FailureWords {
    FailureWords { code, happened: happened.into(), advice: advice.into(), ..FailureWords::default() }
}
