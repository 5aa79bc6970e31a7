/** The demo's platforms as commands: added, read with progress, joined, tested, paused [D2, D6]. */

import { BackendError, type CommandName } from "./backend";
import type {
  Commands,
  PausedWorkflowView,
  PlatformConnectionView,
  PlatformView,
  ReadingNoteView,
} from "./bindings";
import { type DemoCopy, platformOf } from "./demo_platform_seeds";
import { demoNode, demoRadiusView } from "./demo_radius";
import { reckon, verdictOf } from "./demo_radius_reckoning";
import { countPlatforms } from "./demo_radius_world";
import { signIn } from "./demo_sign_ins";
import type { DemoWorld } from "./demo_world";

type Own =
  | "blast_radius"
  | "radius_node"
  | "export_radius"
  | "list_platforms"
  | "add_platform"
  | "remove_platform"
  | "read_platform"
  | "set_automatic_reading"
  | "cancel_reading"
  | "choose_workflow_file"
  | "import_workflows"
  | "save_workflow_template"
  | "list_platform_connections"
  | "join_platform_connection"
  | "test_platform_connection"
  | "open_platform_page"
  | "pause_workflows"
  | "resume_workflows"
  | "push_grant";
type Answers = {
  [C in Own & CommandName]: (args: Commands[C][0]) => Commands[C][1] | Promise<Commands[C][1]>;
};

const names: Record<PlatformView["kind"], string> = {
  n8n: "n8n",
  make: "Make",
  zapier: "Zapier",
  activepieces: "Activepieces",
  node_red: "Node-RED",
  power_automate: "Power Automate",
  airtable: "Airtable",
  mcp_client: "MCP client",
  programs: "Programs",
  by_hand: "By hand",
};

export function platformAnswers(world: DemoWorld): Answers {
  const cancelled = new Set<string>();
  const list = (): PlatformView[] => {
    countPlatforms(world.radius);
    return world.radius.platforms;
  };
  const one = (id: string): PlatformView => {
    const found = list().find((platform) => platform.id === id);
    if (found === undefined) throw new BackendError("bad_input", "No platform of this id.");
    return found;
  };
  const copyOf = (id: string): DemoCopy => {
    const found = world.radius.copies.get(id);
    if (found === undefined) throw new BackendError("bad_input", "No platform connection of this id.");
    return found;
  };

  /** Counts up as the engine would; false: it was cancelled. */
  async function read(id: string, all: number, notes: ReadingNoteView[]): Promise<boolean> {
    cancelled.delete(id);
    const parts = 12;
    for (let part = 0; part <= parts; part++) {
      if (cancelled.has(id)) {
        world.tell("platform_reading_changed", { id, read: 0, all, state: "cancelled", notes: [] });
        return false;
      }
      const count = Math.round((all * part) / parts);
      world.tell("platform_reading_changed", {
        id,
        read: count,
        all: part === 0 ? null : all,
        state: part === parts ? "writing" : "reading",
        notes: part > 3 ? notes : [],
      });
      await world.readsOn();
    }
    world.tell("platform_reading_changed", { id, read: all, all, state: "done", notes });
    return true;
  }

  return {
    blast_radius: ({ question }) => demoRadiusView(world, question),
    radius_node: ({ id }) => demoNode(world, id),
    export_radius: ({ file }) => `/home/mira/Downloads/Patchbay blast radius.${file.kind}`,
    list_platforms: list,
    add_platform: ({ form }) => {
      if (form.key === "wrong")
        return { state: "failed", failure: { kind: "key_refused", platform: form.name ?? names[form.kind] } };
      const now = world.now();
      const isApi = !["zapier", "by_hand", "power_automate", "mcp_client"].includes(form.kind);
      const platform = platformOf(
        {
          id: `pla_${world.next++}`,
          kind: form.kind,
          name: form.name ?? names[form.kind],
          address: form.address,
          way: isApi ? "api" : form.kind === "by_hand" ? "by_hand" : "file",
        },
        now,
      );
      Object.assign(platform, {
        customer: form.customer,
        space: form.space,
        added_at: now,
        read_at: null,
        changes: null,
        notes: [],
      });
      world.radius.platforms.push(platform);
      world.tell("platform_changed", platform.id);
      return { state: "read", platform };
    },
    remove_platform: ({ id }) => {
      const { radius } = world;
      radius.platforms = radius.platforms.filter((platform) => platform.id !== id);
      const gone = new Set<string>();
      for (const workflow of radius.workflows.values())
        if (workflow.platform.id === id) gone.add(workflow.id);
      for (const copy of radius.copies.values()) if (copy.platform.id === id) gone.add(copy.id);
      for (const it of gone) {
        radius.workflows.delete(it);
        radius.copies.delete(it);
      }
      radius.steps = radius.steps.filter((step) => !gone.has(step.workflow) && !gone.has(step.source));
      world.tell("platform_changed", null);
      return null;
    },
    read_platform: async ({ id }) => {
      const platform = one(id);
      platform.reading = { read: 0, all: null };
      try {
        if (!(await read(id, Math.max(12, platform.workflow_count), platform.notes)))
          return { state: "failed", failure: { kind: "cancelled" } };
      } finally {
        platform.reading = null;
      }
      Object.assign(platform, { read_at: world.now(), failed: null, is_stale: false });
      platform.changes = { added: 0, changed: 0, same: platform.workflow_count, gone: [] };
      for (const copy of world.radius.copies.values())
        if (copy.platform.id === id) copy.seen = { ...copy.seen, at: world.now() };
      world.tell("platform_changed", id);
      return { state: "read", platform };
    },
    set_automatic_reading: ({ id, on }) => {
      Object.assign(one(id), { reads_itself: on, next_reading_at: on ? world.now() + 15 * 60_000 : null });
      world.tell("platform_changed", id);
      return null;
    },
    cancel_reading: ({ id }) => {
      cancelled.add(id);
      return null;
    },
    choose_workflow_file: () => "/home/mira/Downloads/zapfile.json",
    import_workflows: async ({ path, reading, kind, platform: into, name, customer }) => {
      const file = path.split("/").at(-1) ?? path;
      if (/\.(png|pdf)$/.test(path))
        return {
          state: "failed",
          failure: {
            kind: "unreadable",
            platform: file,
            words: "it is neither JSON nor CSV; the first bytes are those of a picture",
          },
        };
      if (!(await read(reading, 10_000, [{ kind: "skipped", count: 2, first: "line 41: no workflow name" }])))
        return { state: "failed", failure: { kind: "cancelled" } };
      if (path.includes("overlapping") && into === null && name === null)
        return {
          state: "would_replace",
          platform: "pla_hand",
          name: "By hand",
          gone: ["Nightly invoices", "Weekly report"],
        };
      const platform = platformOf(
        {
          id: `pla_${world.next++}`,
          kind: kind ?? "zapier",
          name: name ?? "Zapier",
          address: file,
          way: "file",
        },
        world.now(),
      );
      Object.assign(platform, {
        customer,
        read_at: world.now(),
        notes: [{ kind: "skipped", count: 2, first: "line 41: no workflow name" }],
        changes: { added: 9_998, changed: 0, same: 0, gone: [] },
      });
      world.radius.platforms.push(platform);
      world.tell("platform_changed", platform.id);
      return { state: "read", platform };
    },
    save_workflow_template: () => "/home/mira/Downloads/Patchbay workflows.csv",
    list_platform_connections: () => {
      const all = reckon(world, []);
      return [...world.radius.copies.values()].map((copy) => copyView(world, copy, all));
    },
    join_platform_connection: ({ id, connection }) => {
      const copy = copyOf(id);
      copy.joined = connection;
      copy.isConfirmed = true;
      world.tell("platform_changed", copy.platform.id);
      return null;
    },
    test_platform_connection: ({ id }) => {
      const copy = copyOf(id);
      copy.seen = { ...copy.seen, at: world.now() };
      if (copy.state.kind === "works") copy.state = { kind: "works", at: world.now() };
      world.tell("platform_changed", copy.platform.id);
      return {
        outcome: "tested",
        state: copy.state,
        worth: copy.platform.kind === "make" ? "proves" : "only_says_whether_connected",
      };
    },
    open_platform_page: () => null,
    pause_workflows: ({ ids }) => {
      const done = ids.map((id): PausedWorkflowView => {
        const workflow = world.radius.workflows.get(id);
        const platform = world.radius.platforms.find((it) => it.id === workflow?.platform.id);
        const of = { id, name: workflow?.name ?? id };
        if (workflow === undefined || platform?.abilities.pauses !== true)
          return { ...of, outcome: { state: "not_offered" } };
        if (workflow.pausedAt !== null || !workflow.isActive)
          return { ...of, outcome: { state: "as_it_was" } };
        workflow.pausedAt = world.now();
        return { ...of, outcome: { state: "paused" } };
      });
      world.tell("platform_changed", null);
      world.tell("incident_changed", null);
      return done;
    },
    resume_workflows: ({ ids, as_saved }) => {
      const all = reckon(world, []);
      for (const id of ids)
        for (const step of all.byWorkflow.get(id) ?? []) {
          const source = all.sources.get(step.source);
          if (source === undefined || !source.isDead) continue;
          return {
            state: "canary_failed",
            source: {
              id: source.node.id,
              name: source.node.name,
              account: source.node.account,
              platform_name: source.node.platform?.name ?? null,
            },
            canary: {
              at: world.now(),
              is_success: false,
              latency_ms: 240,
              http_status: 401,
              cause: null,
              failure: null,
            },
            only_a_run_proves:
              source.node.platform === null || source.node.platform.kind === "make"
                ? null
                : {
                    platform_name: source.node.platform.name,
                    words: "Unable to sign without access token",
                    since: source.node.dies_at,
                  },
          };
        }
      const workflows = ids.map((id): PausedWorkflowView => {
        const workflow = world.radius.workflows.get(id);
        if (workflow === undefined || workflow.pausedAt === null)
          return { id, name: workflow?.name ?? id, outcome: { state: "as_it_was" } };
        const isEdited = world.editedWhilePaused.has(id);
        if (isEdited && !as_saved) return { id, name: workflow.name, outcome: { state: "edited_since" } };
        workflow.pausedAt = null;
        return { id, name: workflow.name, outcome: { state: isEdited ? "resumed_as_saved" : "resumed" } };
      });
      world.tell("platform_changed", null);
      world.tell("incident_changed", null);
      return { state: "resumed", workflows };
    },
    push_grant: ({ id }) => {
      const copy = copyOf(id);
      const all = [...world.connections.values()];
      const beside =
        all.find(({ row }) => row.id === copy.joined) ??
        all.find(({ row }) => row.provider_name.startsWith(copy.provider));
      const keeper = { id, name: copy.name, platform_name: copy.platform.name };
      return Object.assign(
        signIn(world, beside?.row.provider_id ?? copy.provider.toLowerCase(), copy.provider, null),
        {
          keeper,
        },
      );
    },
  };
}

function copyView(world: DemoWorld, copy: DemoCopy, all: ReturnType<typeof reckon>): PlatformConnectionView {
  const node = all.sources.get(copy.id)?.node;
  const platform = world.radius.platforms.find((it) => it.id === copy.platform.id);
  const own = typeof copy.joined === "string" ? world.connections.get(copy.joined)?.row : undefined;
  return {
    id: copy.id,
    platform_id: copy.platform.id,
    platform_name: copy.platform.name,
    platform_kind: copy.platform.kind,
    name: copy.name,
    kind: copy.kind,
    provider_id: null,
    provider_name: copy.provider,
    provider_tag: copy.tag,
    account: copy.account,
    owner: "Mira",
    customer: copy.customer,
    lamp: copy.lamp,
    state: copy.state,
    good_run_at: null,
    is_stale: platform?.is_stale ?? false,
    workflow_count: node?.workflow_count ?? 0,
    stopped_count: copy.lamp === "reauth_required" ? (node?.stopped_count ?? 0) : 0,
    next_run_at: node?.next_run_at ?? null,
    has_page: true,
    test_worth: platform?.abilities.tests_connections ?? null,
    takes_grants: platform?.abilities.takes_grants ?? false,
    seen: copy.seen,
    joined:
      copy.joined === undefined
        ? null
        : {
            connection_id: copy.joined,
            connection_name: own?.name ?? null,
            percent: copy.isConfirmed ? 100 : 92,
            is_confirmed: copy.isConfirmed,
          },
    candidates: [...world.connections.values()]
      .filter(({ row }) => row.customer === copy.customer || row.account === copy.account)
      .slice(0, 4)
      .map(({ row }, index) => ({
        connection_id: row.id,
        connection_name: row.name,
        account: row.account,
        percent: row.account === copy.account ? 92 : 40 - index * 5,
        because: row.account === copy.account ? "same_account" : "same_provider",
      })),
    verdict: verdictOf(world, copy),
  };
}
