-- Everything Patchbay knows and nothing secret: tokens and client secrets are in the keychain [A1, A4, A5, B12].
-- Moments are milliseconds since 1970 UTC; lists and diagnoses are JSON text.

-- One row: the name under which this database's secrets stand in the keychain.
CREATE TABLE installation (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    install_id TEXT NOT NULL
) STRICT;

CREATE TABLE clients (
    id            TEXT PRIMARY KEY,
    provider      TEXT NOT NULL,
    name          TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    has_secret    INTEGER NOT NULL CHECK (has_secret IN (0, 1)),
    environment   TEXT NOT NULL,
    redirect_port INTEGER CHECK (redirect_port BETWEEN 0 AND 65535),
    created_at    INTEGER NOT NULL,
    UNIQUE (provider, client_id, environment)
) STRICT, WITHOUT ROWID;

CREATE TABLE connections (
    id                    TEXT PRIMARY KEY,
    name                  TEXT NOT NULL,
    provider              TEXT NOT NULL,
    client                TEXT NOT NULL REFERENCES clients (id),
    customer              TEXT,
    environment           TEXT NOT NULL,
    subject               TEXT,
    account_label         TEXT,
    workspace_id          TEXT,
    workspace_name        TEXT,
    account_kind          TEXT,
    issuer                TEXT,
    token_endpoint        TEXT NOT NULL,
    kept_fields           TEXT NOT NULL CHECK (json_valid(kept_fields)),
    requested_scopes      TEXT NOT NULL CHECK (json_valid(requested_scopes)),
    granted_scopes        TEXT NOT NULL CHECK (json_valid(granted_scopes)),
    automatic_refresh     INTEGER NOT NULL CHECK (automatic_refresh IN (0, 1)),
    created_at            INTEGER NOT NULL,

    grant_state           TEXT NOT NULL
        CHECK (grant_state IN ('alive', 'outcome_unknown', 'ended', 'secret_missing', 'disconnected')),
    granted_at            INTEGER,
    grant_changed_at      INTEGER,
    grant_diagnosis       TEXT CHECK (grant_diagnosis IS NULL OR json_valid(grant_diagnosis)),

    -- The pointer: which bundle in the keychain counts. Zero: none yet.
    token_version         INTEGER NOT NULL CHECK (token_version >= 0),
    token_issued_at       INTEGER,
    token_expiry          TEXT CHECK (token_expiry IN ('at', 'unknown', 'never')),
    token_expires_at      INTEGER,
    has_access_token      INTEGER CHECK (has_access_token IN (0, 1)),
    has_refresh_token     INTEGER CHECK (has_refresh_token IN (0, 1)),
    access_fingerprint    TEXT,
    refresh_fingerprint   TEXT,
    token_defects         TEXT CHECK (token_defects IS NULL OR json_valid(token_defects)),
    refresh_token_ends_at INTEGER,

    failing_since         INTEGER,
    failure_count         INTEGER,
    failure_diagnosis     TEXT CHECK (failure_diagnosis IS NULL OR json_valid(failure_diagnosis)),
    retry_at              INTEGER,

    proved_at             INTEGER,
    proved_by             TEXT,
    proof_failure         TEXT CHECK (proof_failure IS NULL OR json_valid(proof_failure)),
    proof_latency_ms      INTEGER,

    -- A refresh is about to leave, or has left: the version it would make, and when.
    intent_version        INTEGER,
    intent_at             INTEGER
) STRICT, WITHOUT ROWID;

-- One authorised grant is one connection. Who was disconnected may come back beside a newer one.
CREATE UNIQUE INDEX one_connection_per_grant
    ON connections (provider, client, subject, coalesce(workspace_id, ''), environment)
    WHERE grant_state <> 'disconnected' AND subject IS NOT NULL;

CREATE INDEX connections_by_client ON connections (client);

CREATE TABLE token_links (
    connection          TEXT NOT NULL REFERENCES connections (id),
    version             INTEGER NOT NULL,
    access_fingerprint  TEXT,
    refresh_fingerprint TEXT,
    issued_at           INTEGER NOT NULL,
    issued_by           TEXT NOT NULL,
    PRIMARY KEY (connection, version)
) STRICT, WITHOUT ROWID;

-- Bundles that no longer count and may still be in the keychain; outlive their connection.
CREATE TABLE bundles_to_erase (
    connection TEXT NOT NULL,
    version    INTEGER NOT NULL,
    PRIMARY KEY (connection, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE lifecycle_events (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    at                INTEGER NOT NULL,
    kind              TEXT NOT NULL,
    connection        TEXT,
    workspace         TEXT,
    environment       TEXT,
    endpoint          TEXT,
    http_status       INTEGER,
    diagnosis         TEXT CHECK (diagnosis IS NULL OR json_valid(diagnosis)),
    request_id        TEXT,
    token_age_ms      INTEGER,
    token_version     INTEGER,
    token_fingerprint TEXT,
    attempt           INTEGER,
    backoff_ms        INTEGER,
    latency_ms        INTEGER,
    redirect_uri_hash TEXT,
    subject           TEXT
) STRICT;

CREATE INDEX lifecycle_events_by_connection ON lifecycle_events (connection, id);

CREATE TABLE dependants (
    id         TEXT PRIMARY KEY,
    connection TEXT NOT NULL REFERENCES connections (id),
    workflow   TEXT NOT NULL,
    place      TEXT NOT NULL,
    step       TEXT,
    owner      TEXT,
    provenance TEXT NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_dependant_per_step
    ON dependants (connection, workflow, place, coalesce(step, ''));

CREATE TABLE discovered_issuers (
    provider      TEXT PRIMARY KEY,
    document      TEXT NOT NULL CHECK (json_valid(document)),
    discovered_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
