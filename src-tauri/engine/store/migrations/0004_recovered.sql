-- Since when a connection works: a failing streak that is over leaves nothing else behind [B1].

-- Null: since the sign-in.
ALTER TABLE connections ADD COLUMN recovered_at INTEGER;
