-- What was seen, and is not said by anybody: whether a refresh moves a stated end, whether a server's clock said the
-- same twice [B9, B11].

-- Null: no refresh has shown it yet.
ALTER TABLE connections ADD COLUMN refresh_end_moves INTEGER;

ALTER TABLE clock_measurements ADD COLUMN is_confirmed INTEGER NOT NULL DEFAULT 0;
