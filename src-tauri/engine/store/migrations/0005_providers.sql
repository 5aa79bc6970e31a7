-- What a client knows of its provider, how it was registered, its staged secret; what a grant is bound to [A2, C5, E5].

-- Values of the provider's variables: {"shop": "my-shop"}.
ALTER TABLE clients ADD COLUMN variables TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(variables));
-- The redirect URI registered with it, where it is not the provider's usual one: {"scheme","host","port","path"}.
ALTER TABLE clients ADD COLUMN redirect TEXT CHECK (redirect IS NULL OR json_valid(redirect));
-- client_secret_basic, client_secret_post, none, private_key_jwt: where one was chosen.
ALTER TABLE clients ADD COLUMN authentication TEXT;

-- Clients that Patchbay registered itself (RFC 7591). The registration access token is in the keychain.
CREATE TABLE client_registrations (
    client            TEXT PRIMARY KEY REFERENCES clients (id),
    configuration_uri TEXT,
    registered_at     INTEGER NOT NULL,
    secret_expires_at INTEGER,
    -- Since when nothing needs it: the server was asked to delete it and has not confirmed. Null: it is in use.
    given_up_at       INTEGER
) STRICT, WITHOUT ROWID;

-- Which of a client's two places in the keychain holds the secret in use.
ALTER TABLE clients ADD COLUMN secret_slot INTEGER NOT NULL DEFAULT 0 CHECK (secret_slot IN (0, 1));

-- A new secret beside the old one. Both are in the keychain.
CREATE TABLE secret_rotations (
    client      TEXT PRIMARY KEY REFERENCES clients (id),
    stage       TEXT NOT NULL CHECK (stage IN ('staging', 'staged', 'tested', 'switched', 'verified')),
    new_slot    INTEGER NOT NULL CHECK (new_slot IN (0, 1)),
    staged_at   INTEGER NOT NULL,
    tested_at   INTEGER,
    switched_at INTEGER,
    -- What the test and the verification showed: lines with their evidence.
    report      TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(report))
) STRICT, WITHOUT ROWID;

-- Secrets of clients that are used no more: erased from the keychain, then from here. The client may be gone.
CREATE TABLE outlived_secrets (
    client TEXT NOT NULL,
    slot   INTEGER NOT NULL CHECK (slot IN (0, 1)),
    PRIMARY KEY (client, slot)
) STRICT, WITHOUT ROWID;

-- The last check of a client's set-up.
CREATE TABLE setup_checks (
    client TEXT PRIMARY KEY REFERENCES clients (id),
    at     INTEGER NOT NULL,
    report TEXT NOT NULL CHECK (json_valid(report))
) STRICT, WITHOUT ROWID;

-- A grant for one resource (RFC 8707), or bound to a key of ours (RFC 9449; the key is in the keychain).
CREATE TABLE grant_bindings (
    connection      TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    resource        TEXT,
    dpop_thumbprint TEXT,
    -- The address of the MCP server that it is a connection to.
    mcp_server      TEXT,
    -- Signed in to by a code on another device (RFC 8628).
    by_device       INTEGER NOT NULL DEFAULT 0 CHECK (by_device IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Grants that live on at the provider though no connection uses them: replaced by a later sign-in, or erased here alone.
CREATE TABLE left_grants (
    id       INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    -- The client's id at the provider: the client itself may be gone.
    app      TEXT NOT NULL,
    subject  TEXT,
    account  TEXT,
    left_at  INTEGER NOT NULL
) STRICT;
-- The last ladder of probes on each connection, without secrets.
CREATE TABLE diagnoses (
    connection TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    report     TEXT NOT NULL CHECK (json_valid(report))
) STRICT, WITHOUT ROWID;

-- What else changes when a bundle that is on its way counts: {"grant": {…}} of a sign-in, {"refused": {…}}.
CREATE TABLE arriving_bundles (
    connection TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    change     TEXT NOT NULL CHECK (json_valid(change))
) STRICT, WITHOUT ROWID;

-- The newest bundle of each connection that was sealed on the disk: a file that is missing is known to be missing.
CREATE TABLE sealed_bundles (
    connection TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which process began the refresh that is under way, and with which lock file.
ALTER TABLE connections ADD COLUMN intent_by TEXT;
