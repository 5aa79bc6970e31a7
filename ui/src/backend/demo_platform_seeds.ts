/** What the demo's platforms, connections and workflows are made of [D2]. */

import type {
  AccessView,
  LampView,
  PlatformConnectionStateView,
  PlatformKindView,
  PlatformNameView,
  PlatformView,
  RunView,
  ScheduleView,
  SeenView,
} from "./bindings";
import { DAY, HOUR, MINUTE } from "./demo_times";

/** A connection that a platform owns. */
export interface DemoCopy {
  id: string;
  platform: PlatformNameView;
  name: string;
  kind: string;
  provider: string;
  tag: string;
  account: string | null;
  customer: string | null;
  lamp: LampView;
  state: PlatformConnectionStateView;
  seen: SeenView;
  /** Ours beside it; `undefined`: nobody has said. */
  joined: string | null | undefined;
  isConfirmed: boolean;
}

export interface DemoWorkflow {
  id: string;
  name: string;
  platform: PlatformNameView;
  customer: string | null;
  owner: string | null;
  isActive: boolean;
  pausedAt: number | null;
  lacksScope: boolean;
  schedule: ScheduleView;
  nextRunAt: number | null;
  runsPerDay: number | null;
  lastRun: RunView | null;
  failedRuns: RunView[];
  startedBy: string | null;
  seen: SeenView;
}

export interface DemoStep {
  workflow: string;
  source: string;
  name: string;
  place: number;
  access: AccessView;
  isEnabled: boolean;
}

export interface DemoRadius {
  platforms: PlatformView[];
  copies: Map<string, DemoCopy>;
  workflows: Map<string, DemoWorkflow>;
  steps: DemoStep[];
}

interface PlatformSeed {
  id: string;
  kind: PlatformKindView;
  name: string;
  address: string | null;
  way: PlatformView["way"];
}

export const seeds: Record<string, PlatformSeed> = {
  n8n: { id: "pla_n8n", kind: "n8n", name: "n8n", address: "https://n8n.fjordstudio.example", way: "api" },
  make: { id: "pla_make", kind: "make", name: "Make", address: "eu1.make.com", way: "api" },
  zapier: { id: "pla_zapier", kind: "zapier", name: "Zapier", address: "zapfile.json", way: "file" },
  programs: { id: "pla_programs", kind: "programs", name: "Programs", address: null, way: "token_door" },
};

export function platformOf(seed: PlatformSeed, now: number): PlatformView {
  const isApi = seed.way === "api";
  const readAt =
    seed.way === "file" ? now - 7 * DAY : seed.way === "token_door" ? now - 22 * MINUTE : now - 9 * MINUTE;
  return {
    id: seed.id,
    kind: seed.kind,
    name: seed.name,
    address: seed.address,
    space: seed.kind === "make" ? "Team Fjordstudio" : null,
    customer: null,
    way: seed.way,
    abilities: {
      reads: isApi,
      lists_runs: isApi,
      tests_connections:
        seed.kind === "n8n" ? "only_says_whether_connected" : seed.kind === "make" ? "proves" : null,
      pauses: isApi,
      takes_grants: seed.kind === "n8n",
      repeats_runs: seed.kind === "n8n",
    },
    added_at: now - 40 * DAY,
    read_at: readAt,
    failed: null,
    is_stale: false,
    changes: { added: 0, changed: 1, same: 14, gone: seed.kind === "make" ? ["Old price list"] : [] },
    notes:
      seed.kind === "make"
        ? [{ kind: "unknown_modules", name: "acme-crm:pushLead", count: 3 }]
        : seed.kind === "n8n"
          ? [
              {
                kind: "missing_right",
                right: "credential:list",
                without_it: "connections that no workflow uses stay unseen",
              },
            ]
          : [],
    workflow_count: 0,
    active_count: 0,
    connection_count: 0,
    dead_count: 0,
    unjoined_count: 0,
    reads_itself: true,
    next_reading_at: null,
    reading: null,
  };
}

export const nameOf = (seed: PlatformSeed): PlatformNameView => ({
  id: seed.id,
  name: seed.name,
  kind: seed.kind,
});

export type PlatformKey = "n8n" | "make" | "zapier" | "programs";

export const steps = ["Send mail", "Read rows", "Write rows", "List files", "Post message", "Update contact"];
export const owners = ["Mira", "Jonas", "Ida"];

export function copyOf(
  id: string,
  platform: PlatformNameView,
  told: Pick<DemoCopy, "name" | "account" | "customer" | "provider" | "tag" | "lamp">,
  now: number,
  way: PlatformKey,
): DemoCopy {
  return {
    id,
    platform,
    ...told,
    kind: `${told.provider.toLowerCase()}OAuth2Api`,
    state:
      told.lamp === "reauth_required"
        ? { kind: "dead", since: now - 3 * HOUR, words: `${told.provider} answered invalid_grant` }
        : told.lamp === "unproved"
          ? { kind: "unknown" }
          : { kind: "works", at: now - 22 * MINUTE },
    seen: seenOf(way, now),
    joined: undefined,
    isConfirmed: false,
  };
}

export function seenOf(platform: PlatformKey, now: number): SeenView {
  const by = platform === "zapier" ? "file" : platform === "programs" ? "token_door" : "api";
  return { by, at: now - (by === "file" ? 7 * DAY : by === "api" ? 9 * MINUTE : 5 * HOUR), gone_at: null };
}

export function runOf(id: string, at: number, outcome: RunView["outcome"]): RunView {
  const isBad = outcome !== "succeeded" && outcome !== "running";
  return {
    id: `run_${id}`,
    at,
    outcome,
    failed_step: isBad ? "Send mail" : null,
    words: isBad ? "401: the token is not valid" : null,
  };
}
