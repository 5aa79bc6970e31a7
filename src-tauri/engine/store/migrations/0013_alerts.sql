-- What a person was told of, or will be told of when the quiet hours are over: nothing is told twice [F4].

CREATE TABLE seen_alerts (
    connection TEXT PRIMARY KEY,
    seen_at    INTEGER NOT NULL,
    -- Null: it is held back.
    told_at    INTEGER
) STRICT, WITHOUT ROWID;
