-- Where nothing goes for now: what happens meanwhile waits [F5].

ALTER TABLE event_destinations ADD COLUMN is_on INTEGER NOT NULL DEFAULT 1 CHECK (is_on IN (0, 1));
