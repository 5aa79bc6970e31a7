-- Refusals without a word, counted apart from the outages between them: when so many are told to a person [B4].

-- Null: none in this streak.
ALTER TABLE connections ADD COLUMN wordless_since INTEGER;
ALTER TABLE connections ADD COLUMN wordless_count INTEGER;
ALTER TABLE connections ADD COLUMN wordless_diagnosis TEXT;
-- Null: nobody was told yet.
ALTER TABLE connections ADD COLUMN wordless_told_at INTEGER;
