/** The demo's incidents: what is dead and has dependants, from its first bad call to the report [D4, D5]. */

import { BackendError, type CommandName } from "./backend";
import type {
  AffectedWorkflowView,
  CanaryView,
  CauseView,
  Commands,
  IncidentCallView,
  IncidentRowView,
  IncidentView,
  OpenPointView,
  RunView,
} from "./bindings";
import { reckon, type Reckoned, sourceName } from "./demo_radius_reckoning";
import { replayOf } from "./demo_radius_repair";
import { judged } from "./demo_status";
import { DAY, HOUR, MINUTE } from "./demo_times";
import type { DemoWorld } from "./demo_world";

interface Incident {
  id: string;
  source: string;
  cause: CauseView | null;
  openedAt: number;
  lastGood: IncidentCallView | null;
  firstBad: IncidentCallView | null;
  /** What it stopped when it was opened. */
  workflows: string[];
  ticked: Map<string, number>;
  canary: CanaryView | null;
  mendedAt: number | null;
  closedAt: number | null;
  note: string | null;
}

type Own =
  | "list_incidents"
  | "incident"
  | "run_canary"
  | "tick_validation"
  | "close_incident"
  | "open_incident"
  | "incident_report"
  | "save_incident_report";
type Answers = {
  [C in Own & CommandName]: (args: Commands[C][0]) => Commands[C][1] | Promise<Commands[C][1]>;
};

/** How far an incident has come. */
export const incidentStages = ["paused", "mended", "closed"] as const;
export type IncidentStage = (typeof incidentStages)[number];

export class DemoIncidents {
  readonly all: Incident[] = [];

  constructor(private readonly world: DemoWorld) {
    if (world.radius.workflows.size === 0) return;
    const now = world.now();
    const reckoned = reckon(world, []);
    for (const source of reckoned.sources.values()) {
      if (!source.isDead || source.node.stopped_count === 0 || this.all.length >= 6) continue;
      const isOwn = source.node.platform === null;
      const openedAt = source.node.dies_at ?? now - HOUR;
      this.all.push({
        id: `inc_${this.all.length + 1}`,
        source: source.node.id,
        cause: causeOf(world, source.node.id),
        openedAt,
        lastGood: {
          at: openedAt - 31 * MINUTE,
          by: isOwn ? "refresh" : "platform_run",
          words: isOwn ? "token endpoint" : "Lead handover",
          http_status: 200,
          provider_code: null,
        },
        firstBad: {
          at: openedAt,
          by: isOwn ? "refresh" : "platform_run",
          words: isOwn ? "token endpoint" : "Lead handover",
          http_status: isOwn ? 400 : 401,
          provider_code: isOwn ? "invalid_grant" : null,
        },
        workflows: [...(reckoned.bySource.get(source.node.id) ?? [])].filter((id) => reckoned.waits.has(id)),
        ticked: new Map(),
        canary: null,
        mendedAt: null,
        closedAt: null,
        note: null,
      });
    }
  }

  /** Brings the first one so far: what it stopped is paused; mended and half validated; closed. */
  bringTo(stage: IncidentStage): void {
    const { world } = this;
    const [incident] = this.all;
    if (incident === undefined) return;
    const now = world.now();
    incident.openedAt = now - 96 * MINUTE;
    if (incident.firstBad !== null) incident.firstBad.at = incident.openedAt;
    if (incident.lastGood !== null) incident.lastGood.at = incident.openedAt - 31 * MINUTE;
    const workflows = incident.workflows.flatMap((id) => world.radius.workflows.get(id) ?? []);
    workflows[0]?.failedRuns.push(
      ...[44, 74].map((minutes, index) => ({
        id: `${1038 - index}`,
        at: now - minutes * MINUTE,
        outcome: "failed" as const,
        failed_step: "Send mail",
        words: "invalid_grant",
      })),
    );
    if (stage === "paused")
      for (const workflow of workflows)
        if (world.radius.platforms.find((one) => one.id === workflow.platform.id)?.abilities.pauses === true)
          workflow.pausedAt = now - 80 * MINUTE;
    if (stage === "paused") return;
    const view = world.connections.get(incident.source);
    if (view !== undefined)
      view.row.status = judged({
        ...view.row.status,
        lamp: "active",
        reason: { kind: "kept_alive" },
        since: now - 12 * MINUTE,
        share_left: null,
      });
    incident.mendedAt = now - 12 * MINUTE;
    incident.canary = {
      at: now - 11 * MINUTE,
      is_success: true,
      latency_ms: 212,
      http_status: 200,
      cause: null,
      failure: null,
    };
    if (stage === "closed")
      for (const copy of world.radius.copies.values())
        if (copy.lamp === "reauth_required")
          [copy.lamp, copy.state] = ["active", { kind: "works", at: now - 9 * MINUTE }];
    const { waits } = reckon(world, []);
    const able = workflows.filter((one) => !waits.has(one.id));
    const seen = stage === "closed" ? workflows : able.slice(0, Math.ceil(able.length / 2));
    for (const workflow of seen) incident.ticked.set(workflow.id, now - 4 * MINUTE);
    if (stage === "closed") {
      incident.closedAt = now - 2 * MINUTE;
      incident.note = "The password was changed this morning; every workflow was run once and looked at.";
    }
  }

  one(id: string): Incident {
    const found = this.all.find((incident) => incident.id === id);
    if (found === undefined) throw new BackendError("bad_input", "No incident of this id.");
    this.#look(found, reckon(this.world, []));
    return found;
  }

  /** The one that is open, or a new one; its id. */
  open(source: string): string {
    const open = this.all.find((one) => one.source === source && one.closedAt === null);
    if (open !== undefined) return open.id;
    const users = reckon(this.world, []).bySource.get(source);
    if (users === undefined) throw new BackendError("connection_gone", "No connection of this id.");
    const incident: Incident = {
      id: `inc_${this.all.length + 1}`,
      source,
      cause: causeOf(this.world, source),
      openedAt: this.world.now(),
      lastGood: null,
      firstBad: null,
      workflows: [...users],
      ticked: new Map(),
      canary: null,
      mendedAt: null,
      closedAt: null,
      note: null,
    };
    this.all.push(incident);
    return incident.id;
  }

  /** Mended is what works again. */
  #look(incident: Incident, reckoned: Reckoned): void {
    if (incident.mendedAt === null && reckoned.sources.get(incident.source)?.isDead === false)
      incident.mendedAt = this.world.now();
  }

  failed(incident: Incident, workflow: string): RunView[] {
    const runs = this.world.radius.workflows.get(workflow)?.failedRuns ?? [];
    return runs.filter((run) => run.at >= incident.openedAt);
  }

  row(incident: Incident, reckoned: Reckoned): IncidentRowView {
    this.#look(incident, reckoned);
    const source = reckoned.sources.get(incident.source);
    const workflows = incident.workflows.flatMap((id) => reckoned.workflows.get(id) ?? []);
    return {
      id: incident.id,
      source:
        source === undefined
          ? { id: incident.source, name: "A connection", account: null, platform_name: null }
          : sourceName(source),
      provider_tag: source?.node.provider_tag ?? "",
      lamp: source?.node.lamp ?? "disconnected",
      state: incident.closedAt !== null ? "closed" : incident.mendedAt !== null ? "mended" : "open",
      cause: incident.cause,
      opened_at: incident.openedAt,
      mended_at: incident.mendedAt,
      closed_at: incident.closedAt,
      workflow_count: workflows.length,
      customer_count: new Set(workflows.map((one) => one.customer)).size,
      failed_run_count: incident.workflows.reduce((total, id) => total + this.failed(incident, id).length, 0),
      validated_count: incident.ticked.size,
      next_failing_run_at:
        incident.mendedAt !== null
          ? null
          : workflows.reduce<number | null>(
              (least, one) =>
                one.state.kind === "paused" ||
                one.next_run_at === null ||
                (least !== null && least < one.next_run_at)
                  ? least
                  : one.next_run_at,
              null,
            ),
    };
  }

  view(id: string): IncidentView {
    const incident = this.one(id);
    const reckoned = reckon(this.world, []);
    const row = this.row(incident, reckoned);
    const workflows = incident.workflows
      .flatMap((it): AffectedWorkflowView[] => {
        const node = reckoned.workflows.get(it);
        const known = this.world.radius.workflows.get(it);
        if (node === undefined || known === undefined) return [];
        const other = node.waits_for.find((source) => source !== incident.source);
        const waiting = other === undefined ? undefined : reckoned.sources.get(other);
        return [
          {
            id: it,
            name: node.name,
            platform: node.platform,
            customer: node.customer,
            owner: node.owner,
            state: node.state,
            next_run_at: node.next_run_at,
            failed_runs: this.failed(incident, it).slice(0, 10),
            failed_run_count: this.failed(incident, it).length,
            can_be_paused: node.can_be_paused,
            has_page: node.has_page,
            validated_at: incident.ticked.get(it) ?? null,
            proved_by_run: null,
            waits_for: waiting === undefined ? null : sourceName(waiting),
            replay: replayOf(this.world, it, incident.openedAt),
          },
        ];
      })
      .sort((a, b) => (a.next_run_at ?? Infinity) - (b.next_run_at ?? Infinity));
    const paused = workflows.filter((one) => one.state.kind === "paused").map((one) => one.name);
    const points: OpenPointView[] = [];
    if (incident.mendedAt === null) points.push({ kind: "not_mended" });
    else if (incident.canary?.is_success !== true) points.push({ kind: "canary_missing" });
    if (incident.ticked.size < workflows.length)
      points.push({ kind: "not_validated", count: workflows.length - incident.ticked.size });
    if (paused.length > 0) points.push({ kind: "still_paused", count: paused.length, names: paused });
    const node = reckoned.sources.get(incident.source)?.node;
    return {
      row,
      last_good: incident.lastGood,
      first_bad: incident.firstBad,
      repaired:
        incident.mendedAt === null
          ? null
          : { at: incident.mendedAt, by: "sign_in", words: null, http_status: 200, provider_code: null },
      way:
        node?.platform === null || node === undefined
          ? "reconnect"
          : node.platform.kind === "n8n"
            ? "push_grant"
            : "open_page",
      canary: incident.canary,
      workflows,
      others: [
        ...new Map(workflows.flatMap((one) => one.waits_for ?? []).map((one) => [one.id, one])).values(),
      ],
      note: incident.note,
      open_points: points,
    };
  }
}

function causeOf(world: DemoWorld, source: string): CauseView | null {
  const reason = world.connections.get(source)?.row.status.reason;
  return reason !== undefined && "cause" in reason ? reason.cause : null;
}

export function incidentAnswers(world: DemoWorld): Answers {
  const { incidents } = world;
  const changed = (id: string): IncidentView => {
    world.tell("incident_changed", id);
    return incidents.view(id);
  };
  return {
    list_incidents: () => {
      const reckoned = reckon(world, []);
      return incidents.all
        .map((incident) => incidents.row(incident, reckoned))
        .sort(
          (a, b) =>
            Number(a.state === "closed") - Number(b.state === "closed") ||
            b.workflow_count - a.workflow_count,
        );
    },
    incident: ({ id }) => incidents.view(id),
    run_canary: ({ id }) => {
      const incident = incidents.one(id);
      const isFine = incident.mendedAt !== null;
      incident.canary = {
        at: world.now(),
        is_success: isFine,
        latency_ms: 212,
        http_status: isFine ? 200 : 401,
        cause: null,
        failure: null,
      };
      return changed(id);
    },
    tick_validation: ({ id, workflow, is_ticked: isTicked }) => {
      const incident = incidents.one(id);
      if (isTicked) incident.ticked.set(workflow, world.now());
      else incident.ticked.delete(workflow);
      return changed(id);
    },
    close_incident: ({ id, note }) => {
      const incident = incidents.one(id);
      incident.closedAt = world.now();
      incident.note = note;
      return changed(id);
    },
    open_incident: ({ id }) => {
      const opened = incidents.open(id);
      world.tell("incident_changed", opened);
      return opened;
    },
    incident_report: ({ id }) => ({
      markdown: report(incidents.view(id), world.now()),
      file_name: `incident-${id}.md`,
    }),
    save_incident_report: ({ id }) => `/home/mira/Downloads/incident-${id}.md`,
  };
}

function report(view: IncidentView, now: number): string {
  const on = (time: number): Date => new Date(time - new Date(time).getTimezoneOffset() * MINUTE);
  const short = (time: number): string => on(time).toISOString().slice(11, 16);
  const day = (time: number): string => on(time).toISOString().slice(0, 10);
  const offset = (time: number): string => {
    const minutes = -new Date(time).getTimezoneOffset();
    const two = (part: number): string => String(Math.trunc(Math.abs(part))).padStart(2, "0");
    return `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
  };
  const at = (time: number | null): string =>
    time === null ? "not known" : `${day(time)} ${short(time)} ${offset(time)}`;
  const { row } = view;
  const name =
    row.source.platform_name === null ? row.source.name : `${row.source.name} in ${row.source.platform_name}`;
  const down = (row.mended_at ?? now) - (view.first_bad?.at ?? row.opened_at);
  const customers = [...new Set(view.workflows.flatMap((one) => one.customer ?? []))].sort();
  const states: Record<typeof row.state, string> = {
    open: "The connection is still dead.",
    mended: "The connection works again; not everything was seen running.",
    closed: `Closed on ${at(row.closed_at)}.`,
  };
  return [
    `# Incident: ${name}`,
    "",
    `${states[row.state]} Times are those of ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`,
    "",
    "| | |",
    "| --- | --- |",
    `| Incident | ${row.id} |`,
    `| Cause | ${row.cause === null ? "not known" : row.cause.cause.replaceAll("_", " ")} |`,
    `| Last good call | ${at(view.last_good?.at ?? null)} |`,
    `| First bad call | ${at(view.first_bad?.at ?? null)} |`,
    `| Noticed | ${at(row.opened_at)} |`,
    `| Repaired | ${at(row.mended_at)} |`,
    `| Canary call | ${view.canary === null ? "none" : `${view.canary.is_success ? "worked" : "failed"}, ${at(view.canary.at)}`} |`,
    `| Dead for | ${down < DAY ? `${Math.round(down / MINUTE)} min` : `${Math.round(down / DAY)} d`} |`,
    `| Workflows | ${view.workflows.length} |`,
    `| Failed runs that were seen | ${view.workflows.reduce((sum, one) => sum + one.failed_run_count, 0)} |`,
    `| Customers | ${customers.length === 0 ? "none named" : customers.join(", ")} |`,
    "",
    "## Workflows",
    "",
    `Times are of ${day(row.opened_at)}, ${offset(row.opened_at)}, where no day is named.`,
    "",
    "| Workflow | Platform | Customer | Failed runs | Paused | Resumed | Run again | Validated |",
    "| --- | --- | --- | ---: | --- | --- | --- | --- |",
    ...view.workflows.map(
      (one) =>
        `| ${one.name} | ${one.platform.name} | ${one.customer ?? "–"} | ${one.failed_run_count} | ${one.state.kind === "paused" ? short(one.state.since) : "–"} | – | – | ${one.validated_at === null ? "–" : short(one.validated_at)} |`,
    ),
    ...(view.note === null ? [] : ["", "## Note", "", view.note]),
    "",
    `Written on ${at(now)}.`,
    "",
  ].join("\n");
}
