-- What a person writes beside a connection: a note, and who answers for it [B14, D7].
CREATE TABLE connection_notes (
    connection TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    note       TEXT,
    owner      TEXT
) STRICT, WITHOUT ROWID;
