-- Platforms are read again by themselves, less often while they fail, and steps may say which scopes they need [D1, D2].

ALTER TABLE platforms ADD COLUMN reads_itself INTEGER NOT NULL DEFAULT 1 CHECK (reads_itself IN (0, 1));
-- The last time it was asked over its API, however that ended.
ALTER TABLE platforms ADD COLUMN asked_at INTEGER;
-- How many readings failed one after another, until when it asked to be left alone, and whether time can cure it.
ALTER TABLE platforms ADD COLUMN failed_streak INTEGER NOT NULL DEFAULT 0;
ALTER TABLE platforms ADD COLUMN wait_until INTEGER;
ALTER TABLE platforms ADD COLUMN needs_person INTEGER NOT NULL DEFAULT 0 CHECK (needs_person IN (0, 1));

-- Scopes that a step needs, with a space between them (RFC 6749, section 3.3); null: nobody has said.
ALTER TABLE steps ADD COLUMN scopes TEXT;
