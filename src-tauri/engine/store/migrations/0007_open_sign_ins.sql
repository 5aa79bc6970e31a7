-- Sign-ins whose code is about to leave, or has: what they were for, where their grant may live on. No token [A5, A10].

CREATE TABLE open_sign_ins (
    id         INTEGER PRIMARY KEY,
    provider   TEXT NOT NULL,
    -- The client's id at the provider: the client itself may be gone.
    app        TEXT NOT NULL,
    -- What it reconnects.
    connection TEXT,
    -- Under which connection its grant is being stored.
    arriving   TEXT,
    -- Who signed in, once that is known.
    subject    TEXT,
    account    TEXT,
    began_at   INTEGER NOT NULL,
    -- The process that runs it.
    held_by    TEXT NOT NULL,
    -- Nobody runs it any more, and a person was told.
    left_at    INTEGER
) STRICT;
