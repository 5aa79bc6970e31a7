-- Where alerts go besides this screen, what each channel was told, and what is on its way [F4].

CREATE TABLE alert_channels (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('webhook', 'slack', 'teams', 'mail', 'command')),
    is_on    INTEGER NOT NULL CHECK (is_on IN (0, 1)),
    -- Nothing secret: an address that is a key, a signing secret and a password are in the keychain.
    settings TEXT NOT NULL,
    rule     TEXT NOT NULL,
    made_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX alert_channels_by_name ON alert_channels (name);

CREATE TABLE alert_told (
    channel    TEXT NOT NULL REFERENCES alert_channels (id) ON DELETE CASCADE,
    topic      TEXT NOT NULL CHECK (topic IN ('trouble', 'ahead')),
    -- The id of a connection, a platform's connection or a platform.
    about      TEXT NOT NULL,
    name       TEXT NOT NULL,
    seen_at    INTEGER NOT NULL,
    noticed_at INTEGER NOT NULL,
    -- Null: it is held back.
    told_at    INTEGER,
    -- Null: it counts as told, and nothing was sent.
    message    TEXT,
    mended_at  INTEGER,
    PRIMARY KEY (channel, topic, about)
) STRICT, WITHOUT ROWID;

-- One row for each message and channel, written together with what it tells of: neither is ever without the other.
CREATE TABLE alert_deliveries (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    channel      TEXT NOT NULL REFERENCES alert_channels (id) ON DELETE CASCADE,
    -- The same at each try: a receiver that has it drops it.
    message      TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('raised', 'ahead', 'resolved', 'certificate', 'test')),
    title        TEXT NOT NULL,
    -- As it is signed and sent to a webhook; the other channels are written from it.
    body         TEXT NOT NULL,
    made_at      INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    -- Null: it is over.
    next_try_at  INTEGER,
    delivered_at INTEGER,
    given_up_at  INTEGER,
    failed_at    INTEGER,
    failure      TEXT,
    failure_code TEXT
) STRICT;

CREATE INDEX alert_deliveries_waiting ON alert_deliveries (channel, number) WHERE next_try_at IS NOT NULL;
CREATE INDEX alert_deliveries_by_channel ON alert_deliveries (channel, number);
