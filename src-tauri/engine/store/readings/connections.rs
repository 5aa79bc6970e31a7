//! Connections of a platform, as a reading found them: what is new, what is missing, what a file left open [D2].

use std::collections::{HashMap, HashSet};

use domain::blast_radius::reading::{FoundConnection, FoundUse, PlatformReading};
use domain::blast_radius::{PlatformConnectionState, Source};
use domain::display_text::cleaned;
use domain::{PlatformConnectionId, ProviderId};
use rusqlite::named_params;

use super::super::StoreError;
use super::super::columns::read;
use super::super::platform_connections::written_state;

use super::fingerprints::connection_fingerprint;
use super::{KnownRow, LONGEST_NAME, LONGEST_WORDS, Taking, last_of_each, name_of, optional, random};

/// What a platform connection is known to be.
pub(super) struct SaidOfConnection {
    kind: String,
    provider: Option<ProviderId>,
    account: Option<String>,
    owner: Option<String>,
    page: Option<String>,
}

impl SaidOfConnection {
    /// A file may leave open what another has told.
    fn completes(&self, found: &FoundConnection) -> FoundConnection {
        let mut found = found.clone();
        if found.kind.trim().is_empty() {
            // A provider that nobody named is guessed by the connection's name.
            found.provider = self.provider.clone().or(found.provider);
            found.kind.clone_from(&self.kind);
        }
        found.provider = found.provider.or_else(|| self.provider.clone());
        let is_said = |text: &String| !text.trim().is_empty();
        found.account = found.account.filter(is_said).or_else(|| self.account.clone());
        found.owner = found.owner.filter(is_said).or_else(|| self.owner.clone());
        found.page = found.page.or_else(|| self.page.clone());
        found
    }
}

impl Taking<'_> {
    /// The ids of all that steps of this reading may name.
    pub(super) fn take_connections(
        &mut self,
        reading: &PlatformReading,
    ) -> Result<HashMap<String, String>, StoreError> {
        let known = self.known_connections()?;
        let mut ids: HashMap<String, String> =
            known.iter().map(|(external, row)| (external.clone(), row.id.clone())).collect();
        let mut found: HashSet<&str> = HashSet::new();
        for (count, connection) in last_of_each(&reading.connections, |it| &it.external_id).into_iter().enumerate() {
            self.go_on(count)?;
            found.insert(&connection.external_id);
            let id = self.take_connection(connection, known.get(&connection.external_id))?;
            ids.insert(connection.external_id.clone(), id);
        }

        let steps = reading.workflows.iter().flat_map(|it| &it.steps);
        let mut named: HashSet<&str> = steps
            .filter_map(|step| match &step.uses {
                FoundUse::External(id) => Some(id.as_str()),
                FoundUse::Ours(_) => None,
            })
            .filter(|id| !found.contains(id))
            .collect();
        // Named by steps, and not among what the platform has.
        let state = if reading.is_whole { PlatformConnectionState::Missing } else { PlatformConnectionState::Unknown };
        for external_id in named.drain() {
            let row = known.get(external_id);
            if row.is_some_and(|it| !it.is_gone) && !reading.is_whole {
                continue;
            }
            let id = match row {
                Some(row) => {
                    self.miss(row)?;
                    row.id.clone()
                }
                None => {
                    let unseen = FoundConnection {
                        external_id: external_id.to_owned(),
                        name: external_id.to_owned(),
                        kind: String::new(),
                        provider: None,
                        account: None,
                        owner: None,
                        state: state.clone(),
                        page: None,
                    };
                    self.take_connection(&unseen, None)?
                }
            };
            ids.insert(external_id.to_owned(), id);
        }
        Ok(ids)
    }

    /// Steps still use it, and the platform has it no more.
    fn miss(&mut self, row: &KnownRow) -> Result<(), StoreError> {
        self.writing
            .prepare_cached(
                "UPDATE platform_connections SET state = 'missing', state_at = NULL, state_words = NULL, reading = ?2,
                     seen_at = ?3, gone_at = NULL WHERE id = ?1",
            )?
            .execute((&row.id, self.number, self.now))?;
        self.count(Some(row), row.state == "missing");
        Ok(())
    }

    fn take_connection(&mut self, found: &FoundConnection, row: Option<&KnownRow>) -> Result<String, StoreError> {
        let said = row.and_then(|it| it.said.as_ref()).filter(|_| self.source == Source::File);
        let completed = said.map(|said| said.completes(found));
        let found = completed.as_ref().unwrap_or(found);
        if self.source == Source::File {
            self.kinds.insert(found.external_id.clone(), found.kind.clone());
        }
        let fingerprint = connection_fingerprint(found);
        let (state, at, words) = written_state(&found.state);
        let is_news = found.state != PlatformConnectionState::Unknown;
        if let Some(row) = row.filter(|it| !it.is_gone && it.fingerprint == fingerprint) {
            if is_news {
                self.writing
                    .prepare_cached(
                        "UPDATE platform_connections SET reading = ?2, seen_at = ?3, source = ?4, state = ?5,
                             state_at = CASE WHEN state = 'dead' AND ?5 = 'dead' THEN min(state_at, ?6) ELSE ?6 END,
                             state_words = ?7 WHERE id = ?1",
                    )?
                    .execute((&row.id, self.number, self.now, self.source.as_str(), state, at, words))?;
            } else {
                // Found again is not missing; that it works, nobody said.
                self.writing
                    .prepare_cached(
                        "UPDATE platform_connections SET reading = ?2, seen_at = ?3, source = ?4,
                             state = CASE state WHEN 'missing' THEN 'unknown' ELSE state END WHERE id = ?1",
                    )?
                    .execute((&row.id, self.number, self.now, self.source.as_str()))?;
            }
            self.count(Some(row), !is_news || row.state == state);
            return Ok(row.id.clone());
        }

        let id = match row {
            Some(row) => row.id.clone(),
            None => PlatformConnectionId::from_random(random()?).to_string(),
        };
        self.writing
            .prepare_cached(
                "INSERT INTO platform_connections (id, platform, external_id, name, kind, provider, account, owner, state,
                     state_at, state_words, page, source, seen_at, reading, fingerprint)
                 VALUES (:id, :platform, :external_id, :name, :kind, :provider, :account, :owner, :state, :state_at,
                     :state_words, :page, :source, :seen_at, :reading, :fingerprint)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, provider = excluded.provider,
                     account = excluded.account, owner = excluded.owner, page = excluded.page, source = excluded.source,
                     state = CASE WHEN :is_news THEN excluded.state
                                  WHEN state = 'missing' THEN 'unknown' ELSE state END,
                     state_at = CASE WHEN :is_news AND state = 'dead' AND excluded.state = 'dead'
                                     THEN min(state_at, excluded.state_at)
                                     WHEN :is_news THEN excluded.state_at ELSE state_at END,
                     state_words = CASE WHEN :is_news THEN excluded.state_words ELSE state_words END,
                     seen_at = excluded.seen_at, gone_at = NULL, reading = excluded.reading,
                     fingerprint = excluded.fingerprint",
            )?
            .execute(named_params! {
                ":id": id,
                ":platform": self.platform.as_str(),
                ":external_id": found.external_id,
                ":name": name_of(&found.name, &found.external_id),
                ":kind": cleaned(&found.kind, LONGEST_NAME),
                ":provider": found.provider.as_ref().map(ProviderId::as_str),
                ":account": optional(found.account.as_deref()),
                ":owner": optional(found.owner.as_deref()),
                ":state": state,
                ":state_at": at,
                ":state_words": words.map(|it| cleaned(it, LONGEST_WORDS)),
                ":page": found.page,
                ":source": self.source.as_str(),
                ":seen_at": self.now,
                ":reading": self.number,
                ":fingerprint": fingerprint,
                ":is_news": is_news,
            })?;
        self.count(row, false);
        Ok(id)
    }

    fn known_connections(&self) -> Result<HashMap<String, KnownRow>, StoreError> {
        let mut statement = self.writing.prepare_cached(
            "SELECT id, external_id, fingerprint, gone_at, state, kind, provider, account, owner, page
             FROM platform_connections WHERE platform = ?1",
        )?;
        let mut rows = statement.query([self.platform.as_str()])?;
        let mut known = HashMap::new();
        while let Some(row) = rows.next()? {
            let said = SaidOfConnection {
                kind: read(row, "kind")?,
                provider: read::<Option<String>>(row, "provider")?.map(ProviderId::from_text),
                account: read(row, "account")?,
                owner: read(row, "owner")?,
                page: read(row, "page")?,
            };
            known.insert(read(row, "external_id")?, KnownRow::read(row, read(row, "state")?, Some(said))?);
        }
        Ok(known)
    }
}
