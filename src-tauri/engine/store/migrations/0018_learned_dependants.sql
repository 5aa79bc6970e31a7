-- Programs that were seen to use connections: each is a workflow that nobody had to enter [D1, F2].

-- By the path of its script, or else of what runs: with another content it is the same workflow.
CREATE TABLE learned_programs (
    path     TEXT PRIMARY KEY,
    -- As a person calls it, or as its file is called.
    name     TEXT NOT NULL,
    -- Its own, or the platform's workflow that a person said it is.
    workflow TEXT NOT NULL REFERENCES workflows (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX learned_programs_by_workflow ON learned_programs (workflow);

CREATE TABLE learned_uses (
    path       TEXT NOT NULL REFERENCES learned_programs (path) ON DELETE CASCADE,
    connection TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    uses       INTEGER NOT NULL,
    -- When its last runs began, as a list of milliseconds since 1970.
    starts     TEXT NOT NULL CHECK (json_valid(starts)),
    PRIMARY KEY (path, connection)
) STRICT, WITHOUT ROWID;

CREATE INDEX learned_uses_by_connection ON learned_uses (connection);

-- Of a schedule that was learned: how much of the time that was seen it held.
ALTER TABLE workflows ADD COLUMN schedule_percent INTEGER CHECK (schedule_percent BETWEEN 0 AND 100);
