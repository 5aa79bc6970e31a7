-- Which version ran when we paused a workflow, where its platform keeps several: that one is to run again [D6].
ALTER TABLE workflows ADD COLUMN paused_version TEXT;
-- Its platform did not answer whether it was paused: the first readings after that decide.
ALTER TABLE workflows ADD COLUMN pause_is_doubted INTEGER NOT NULL DEFAULT 0 CHECK (pause_is_doubted IN (0, 1));
