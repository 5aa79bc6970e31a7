-- Dress rehearsals: what is tried of which connections, how each run ended, until when it is good, and what a run made
-- at a provider until it is gone from there [E4].

CREATE TABLE checklists (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    customer        TEXT,
    -- So long after the last check all of it is to hold.
    hold_for_s      INTEGER NOT NULL CHECK (hold_for_s > 0),
    after_failure   TEXT NOT NULL CHECK (after_failure IN ('go_on', 'stop')),
    signs_out_first INTEGER NOT NULL CHECK (signs_out_first IN (0, 1)),
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX checklists_by_name ON checklists (name);

CREATE TABLE checklist_members (
    checklist           TEXT NOT NULL REFERENCES checklists (id),
    place               INTEGER NOT NULL,
    -- One of both; it may be gone since.
    connection          TEXT,
    platform_connection TEXT,
    name                TEXT NOT NULL,
    -- In the order in which they are tried.
    steps               TEXT NOT NULL CHECK (json_valid(steps)),
    account             TEXT,
    account_domain      TEXT,
    workspace           TEXT,
    told                TEXT NOT NULL CHECK (json_valid(told)),
    own_calls           TEXT NOT NULL CHECK (json_valid(own_calls)),
    PRIMARY KEY (checklist, place),
    CHECK ((connection IS NULL) <> (platform_connection IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE rehearsals (
    -- Never given twice: objects and reports name their run by it.
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    checklist    TEXT NOT NULL REFERENCES checklists (id),
    -- Of one under way whose process died the next start says that it was cut off.
    state        TEXT NOT NULL CHECK (state IN ('under_way', 'ended', 'stopped', 'cut_off')),
    started_at   INTEGER NOT NULL,
    -- The matrix.
    run          TEXT NOT NULL CHECK (json_valid(run)),
    -- Where all of them held.
    held_until   INTEGER,
    held_by      TEXT,
    held_first   INTEGER,
    -- When all were tested again last, and are next.
    tested_at    INTEGER,
    next_test_at INTEGER,
    -- A test could not be made, for a reason that may pass.
    doubt_since  INTEGER,
    withdrawn_at INTEGER,
    withdrawal   TEXT CHECK (withdrawal IS NULL OR json_valid(withdrawal)),
    CHECK ((withdrawn_at IS NULL) = (withdrawal IS NULL))
) STRICT;

CREATE INDEX rehearsals_by_checklist ON rehearsals (checklist, id);
CREATE INDEX rehearsals_kept ON rehearsals (next_test_at) WHERE next_test_at IS NOT NULL;

CREATE TABLE trial_objects (
    id         TEXT PRIMARY KEY,
    connection TEXT NOT NULL,
    -- NULL: its run is forgotten.
    rehearsal  INTEGER REFERENCES rehearsals (id) ON DELETE SET NULL,
    name       TEXT NOT NULL,
    tag        TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    -- What its removal speaks of; NULL: no answer said whether it was made.
    given      TEXT CHECK (given IS NULL OR json_valid(given)),
    -- What the last attempt to remove it met.
    seen       TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX trial_objects_by_rehearsal ON trial_objects (rehearsal);
