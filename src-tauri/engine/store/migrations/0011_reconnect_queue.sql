-- Passes through what needs a sign-in: taken up again after the program ended, and kept as the record of who was brought
-- back when [E3]. They outlive the connections they tell of.

CREATE TABLE reconnect_passes (
    id       TEXT PRIMARY KEY,
    began_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE reconnect_turns (
    pass           TEXT NOT NULL REFERENCES reconnect_passes (id),
    place          INTEGER NOT NULL,
    connection     TEXT NOT NULL,
    name           TEXT NOT NULL,
    provider       TEXT NOT NULL,
    account        TEXT,
    customer       TEXT,
    cause          TEXT,
    workflow_count INTEGER NOT NULL,
    -- For whom they are, as a JSON list.
    customers      TEXT NOT NULL,
    first_run_at   INTEGER,
    is_asked_for   INTEGER NOT NULL CHECK (is_asked_for IN (0, 1)),
    state          TEXT NOT NULL,
    -- Since when its sign-in is open, for `open`.
    open_since     INTEGER,
    -- In milliseconds, for `reconnected`.
    took           INTEGER,
    -- Of `failed`.
    failure        TEXT,
    settled_at     INTEGER,
    PRIMARY KEY (pass, place)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_turn_each ON reconnect_turns (pass, connection);
