-- Where events are forwarded to, and how far each place has come. Secrets of theirs are in the keychain [F5].

CREATE TABLE event_destinations (
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL UNIQUE,
    kind           TEXT NOT NULL CHECK (kind IN ('file', 'webhook', 'sentry', 'otlp')),
    settings       TEXT NOT NULL CHECK (json_valid(settings)),
    wanted         TEXT NOT NULL CHECK (wanted IN ('all', 'trouble')),
    with_accounts  INTEGER NOT NULL CHECK (with_accounts IN (0, 1)),
    added_at       INTEGER NOT NULL,
    -- The last event that it took, or did not want.
    cursor         INTEGER NOT NULL,
    -- The last event of a batch that left, and may have arrived.
    batch_end      INTEGER,
    accepted_event INTEGER,
    accepted_at    INTEGER,
    sent_count     INTEGER NOT NULL DEFAULT 0,
    dropped_count  INTEGER NOT NULL DEFAULT 0,
    lost_count     INTEGER NOT NULL DEFAULT 0,
    -- Of a streak of failures.
    failing_since  INTEGER,
    failed_count   INTEGER NOT NULL DEFAULT 0,
    failure        TEXT,
    failure_words  TEXT,
    retry_at       INTEGER,
    counted_since  INTEGER,
    figures_failure       TEXT,
    figures_failure_words TEXT
) STRICT, WITHOUT ROWID;
