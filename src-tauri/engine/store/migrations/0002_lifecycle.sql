-- The lifecycle engine: what changed since one looked, why a token was fetched and what became of it, how late and
-- how exposed a refresh was, how long grants lived, whose clock says what [A5, B2, B9, B11, B12, C9].

-- Grows with every write of any row: what changed since is found without reading everything.
ALTER TABLE connections ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX connections_by_revision ON connections (revision);

-- Few rows at any time: what a crash left is found without reading all.
CREATE INDEX connections_with_intent ON connections (id) WHERE intent_version IS NOT NULL;

ALTER TABLE token_links ADD COLUMN reason TEXT;
ALTER TABLE token_links ADD COLUMN outcome TEXT;
ALTER TABLE token_links ADD COLUMN ended_at INTEGER;
UPDATE token_links SET outcome = CASE
    WHEN version = (SELECT token_version FROM connections WHERE id = token_links.connection) THEN 'in_use'
    ELSE 'replaced'
END;

ALTER TABLE lifecycle_events ADD COLUMN reason TEXT;
ALTER TABLE lifecycle_events ADD COLUMN lateness_ms INTEGER;
ALTER TABLE lifecycle_events ADD COLUMN at_risk_us INTEGER;
CREATE INDEX lifecycle_events_by_time ON lifecycle_events (at);

-- Grants that ended, and after how long: what the next one of this provider may expect.
CREATE TABLE ended_grants (
    connection TEXT NOT NULL,
    provider   TEXT NOT NULL,
    client     TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    cause      TEXT NOT NULL,
    PRIMARY KEY (connection, granted_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX ended_grants_by_client ON ended_grants (provider, client);

-- Our clock minus a server's, as its Date headers showed it.
CREATE TABLE clock_measurements (
    host        TEXT PRIMARY KEY,
    ahead_ms    INTEGER NOT NULL,
    measured_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What thinned events said, counted by day (UTC), connection and kind; times are sums, for averages.
CREATE TABLE daily_figures (
    day           INTEGER NOT NULL,
    connection    TEXT NOT NULL,
    kind          TEXT NOT NULL,
    cause         TEXT NOT NULL,
    count         INTEGER NOT NULL,
    latency_ms    INTEGER NOT NULL,
    lateness_ms   INTEGER NOT NULL,
    PRIMARY KEY (day, connection, kind, cause)
) STRICT, WITHOUT ROWID;
