-- What a provider said beside its code, and what it told of its limits [B6, C3, C6].

-- Its own words, cut, and without what looks like a secret.
ALTER TABLE lifecycle_events ADD COLUMN words TEXT;
-- Names and values of headers: [["x-ratelimit-remaining", "0"]].
ALTER TABLE lifecycle_events ADD COLUMN limits TEXT CHECK (limits IS NULL OR json_valid(limits));
