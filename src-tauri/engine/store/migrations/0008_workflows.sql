-- The second plane: platforms, what they own and run, which step of what uses which connection, and what happened when
-- one died [D1, D2, D4, D6]. No key of any platform: those are in the keychain.

CREATE TABLE platforms (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    address      TEXT,
    space        TEXT,
    customer     TEXT,
    added_at     INTEGER NOT NULL,
    -- How many readings it has had: what the latest whole one did not see is gone.
    reading      INTEGER NOT NULL DEFAULT 0,
    read_at      INTEGER,
    failed_at    INTEGER,
    failed_words TEXT,
    -- What the last reading changed, and what a person should know of it.
    last_reading TEXT CHECK (last_reading IS NULL OR json_valid(last_reading))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_platform_per_place ON platforms (name) WHERE kind IN ('by_hand', 'programs');

CREATE TABLE platform_connections (
    id             TEXT PRIMARY KEY,
    platform       TEXT NOT NULL REFERENCES platforms (id),
    external_id    TEXT NOT NULL,
    name           TEXT NOT NULL,
    kind           TEXT NOT NULL,
    provider       TEXT,
    account        TEXT,
    owner          TEXT,
    state          TEXT NOT NULL CHECK (state IN ('unknown', 'works', 'dead', 'never_connected', 'missing')),
    state_at       INTEGER,
    state_words    TEXT,
    page           TEXT,
    source         TEXT NOT NULL,
    seen_at        INTEGER NOT NULL,
    gone_at        INTEGER,
    reading        INTEGER NOT NULL,
    -- Of what the platform said when it last changed.
    fingerprint    BLOB NOT NULL,
    joined         TEXT REFERENCES connections (id),
    join_percent   INTEGER CHECK (join_percent BETWEEN 0 AND 100),
    join_confirmed INTEGER NOT NULL DEFAULT 0 CHECK (join_confirmed IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX platform_connections_by_external_id ON platform_connections (platform, external_id);
CREATE INDEX platform_connections_by_joined ON platform_connections (joined) WHERE joined IS NOT NULL;

CREATE TABLE workflows (
    id               TEXT PRIMARY KEY,
    platform         TEXT NOT NULL REFERENCES platforms (id),
    external_id      TEXT NOT NULL,
    name             TEXT NOT NULL,
    is_active        INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    customer         TEXT,
    project          TEXT,
    owner            TEXT,
    environment      TEXT,
    schedule         TEXT NOT NULL,
    schedule_seconds INTEGER,
    schedule_cron    TEXT,
    schedule_zone    TEXT,
    schedule_at      INTEGER,
    runs_per_day     REAL,
    run_id           TEXT,
    run_at           INTEGER,
    run_outcome      TEXT,
    run_step         TEXT,
    run_connection   TEXT,
    run_words        TEXT,
    -- We paused it.
    paused_at        INTEGER,
    page             TEXT,
    source           TEXT NOT NULL,
    seen_at          INTEGER NOT NULL,
    gone_at          INTEGER,
    reading          INTEGER NOT NULL,
    fingerprint      BLOB NOT NULL,
    -- A person's words: no reading touches them.
    said_customer    TEXT,
    said_owner       TEXT,
    importance       TEXT
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX workflows_by_external_id ON workflows (platform, external_id);

-- Steps that use a connection: ours or the platform's.
CREATE TABLE steps (
    number               INTEGER PRIMARY KEY,
    workflow             TEXT NOT NULL REFERENCES workflows (id),
    external_id          TEXT NOT NULL,
    name                 TEXT NOT NULL,
    kind                 TEXT NOT NULL,
    place                INTEGER NOT NULL,
    connection           TEXT REFERENCES connections (id),
    platform_connection  TEXT REFERENCES platform_connections (id),
    version              TEXT NOT NULL,
    is_enabled           INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    access               TEXT NOT NULL,
    goes_on_after_error  INTEGER NOT NULL CHECK (goes_on_after_error IN (0, 1)),
    -- Of a step that a person wrote down, or a program entered by itself: it stands for a dependant.
    dependant            TEXT,
    owner                TEXT,
    source               TEXT NOT NULL,
    seen_at              INTEGER,
    CHECK ((connection IS NULL) <> (platform_connection IS NULL))
) STRICT;

CREATE INDEX steps_by_workflow ON steps (workflow);
CREATE INDEX steps_by_connection ON steps (connection) WHERE connection IS NOT NULL;
CREATE INDEX steps_by_platform_connection ON steps (platform_connection) WHERE platform_connection IS NOT NULL;
CREATE UNIQUE INDEX steps_by_dependant ON steps (dependant) WHERE dependant IS NOT NULL;
CREATE UNIQUE INDEX one_noted_step ON steps (connection, workflow, external_id) WHERE dependant IS NOT NULL;

-- Which workflow starts which, by the platform's own id of the other.
CREATE TABLE workflow_starts (
    workflow TEXT NOT NULL REFERENCES workflows (id),
    started  TEXT NOT NULL,
    PRIMARY KEY (workflow, started)
) STRICT, WITHOUT ROWID;

-- Runs that did not go well.
CREATE TABLE failed_runs (
    workflow    TEXT NOT NULL REFERENCES workflows (id),
    external_id TEXT NOT NULL,
    at          INTEGER NOT NULL,
    outcome     TEXT NOT NULL,
    step        TEXT,
    connection  TEXT,
    words       TEXT,
    PRIMARY KEY (workflow, external_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX failed_runs_by_time ON failed_runs (at);

CREATE TABLE incidents (
    id                  TEXT PRIMARY KEY,
    -- It outlives what it is about.
    connection          TEXT,
    platform_connection TEXT,
    name                TEXT NOT NULL,
    cause               TEXT,
    opened_at           INTEGER NOT NULL,
    last_good_at        INTEGER,
    first_bad_at        INTEGER,
    repaired_at         INTEGER,
    -- The last call that was to show whether it works again, and whether it did.
    canary_at           INTEGER,
    canary_worked       INTEGER CHECK (canary_worked IN (0, 1)),
    closed_at           INTEGER,
    -- What a person wrote on closing it.
    note                TEXT,
    CHECK ((connection IS NULL) <> (platform_connection IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_open_incident ON incidents (coalesce(connection, platform_connection)) WHERE closed_at IS NULL;

CREATE TABLE incident_workflows (
    incident     TEXT NOT NULL REFERENCES incidents (id),
    workflow     TEXT NOT NULL,
    place        INTEGER NOT NULL,
    name         TEXT NOT NULL,
    platform     TEXT NOT NULL,
    customer     TEXT,
    failed_runs  INTEGER NOT NULL,
    paused_at    INTEGER,
    resumed_at   INTEGER,
    validated_at INTEGER,
    replayed_at  INTEGER,
    PRIMARY KEY (incident, workflow)
) STRICT, WITHOUT ROWID;

-- What was written down before platforms were known: a place is a platform of its own.
INSERT INTO platforms (id, kind, name, added_at)
SELECT 'pla_' || lower(hex(randomblob(5))), min(CASE provenance WHEN 'token_door' THEN 'programs' ELSE 'by_hand' END),
       place, min(seen_at)
FROM dependants GROUP BY place;

INSERT INTO workflows (id, platform, external_id, name, is_active, schedule, source, seen_at, reading, fingerprint)
SELECT 'wfl_' || lower(hex(randomblob(5))), platforms.id, dependants.workflow, dependants.workflow, 1, 'unknown',
       min(dependants.provenance), max(dependants.seen_at), 0, x''
FROM dependants JOIN platforms ON platforms.name = dependants.place GROUP BY platforms.id, dependants.workflow;

INSERT INTO steps (workflow, external_id, name, kind, place, connection, version, is_enabled, access,
                   goes_on_after_error, dependant, owner, source, seen_at)
SELECT workflows.id, coalesce(dependants.step, ''), coalesce(dependants.step, ''), '', 0, dependants.connection, 'both', 1,
       'unknown', 0, dependants.id, dependants.owner, dependants.provenance, dependants.seen_at
FROM dependants
JOIN platforms ON platforms.name = dependants.place
JOIN workflows ON workflows.platform = platforms.id AND workflows.external_id = dependants.workflow
ORDER BY dependants.id;

DROP TABLE dependants;
