-- Runs that wait for a person just now, and when a program last took a token [F2, F3].

CREATE TABLE blocked_runs (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL,
    -- Of its script, or else of what runs; null where a person waits at a terminal.
    path   TEXT,
    -- The process that waits: what a dead one left is no run.
    holder TEXT NOT NULL,
    since  INTEGER NOT NULL
) STRICT;

CREATE TABLE blocked_run_needs (
    run        INTEGER NOT NULL REFERENCES blocked_runs (number) ON DELETE CASCADE,
    connection TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    PRIMARY KEY (run, connection)
) STRICT, WITHOUT ROWID;

CREATE INDEX blocked_run_needs_by_connection ON blocked_run_needs (connection);

ALTER TABLE program_permissions ADD COLUMN token_at INTEGER;
