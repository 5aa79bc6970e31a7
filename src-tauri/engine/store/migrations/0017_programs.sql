-- Programs that asked for tokens, and what a person allowed each of which connection [F2].

CREATE TABLE programs (
    id            TEXT PRIMARY KEY,
    path          TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    -- Of an interpreter; empty where it runs none.
    script        TEXT NOT NULL,
    script_sha256 TEXT NOT NULL,
    -- Who had started it when it first asked; for people.
    started_by    TEXT
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX programs_by_content ON programs (path, sha256, script, script_sha256);

CREATE TABLE program_permissions (
    program    TEXT NOT NULL REFERENCES programs (id) ON DELETE CASCADE,
    connection TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    permission TEXT NOT NULL CHECK (permission IN ('asked', 'once', 'always', 'never')),
    -- Of `always`.
    until      INTEGER,
    asked_at   INTEGER NOT NULL,
    -- When a person last said something of it.
    said_at    INTEGER,
    PRIMARY KEY (program, connection)
) STRICT, WITHOUT ROWID;

CREATE INDEX program_permissions_by_connection ON program_permissions (connection);
