-- When a workflow last ran well: a run that fails later is newer, and hides when it still worked [D4, D5].

ALTER TABLE workflows ADD COLUMN good_run_at INTEGER;
