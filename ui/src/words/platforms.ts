/** Platforms in words: their kinds, what a key needs, readings, failures, joins and tests [D2]. */

import type {
  JoinBecauseView,
  PlatformConnectionView,
  PlatformFailureView,
  PlatformKindView,
  PlatformTestView,
  PlatformView,
  ReadingChangesView,
  ReadingNoteView,
  ReadingProgressView,
} from "../backend/backend";
import { counted, listed } from "./numbers";
import { seenWords } from "./radius";
import { ago, moment, momentInSentence } from "./times";

export interface KindWords {
  /** The platform's own name. */
  name: string;
  tag: string;
  /** What it calls a workflow, for the one sentence that explains ours. */
  calls: string;
  /** How most of them are read: over an API, or from files. */
  way: "api" | "file" | "none";
  address?: { label: string; placeholder: string };
  space?: { label: string; placeholder: string };
  key?: { label: string; hint: string };
  /** What is read of it, or how it comes here. */
  hint: string;
  /** The same of its API, where most come by a file. */
  overApi?: string;
}

export const kinds: Record<PlatformKindView, KindWords> = {
  n8n: {
    name: "n8n",
    tag: "n8",
    calls: "workflow",
    way: "api",
    address: { label: "Address", placeholder: "https://n8n.example.com" },
    key: {
      label: "API key",
      hint: "Settings, n8n API, Create an API key. It needs workflow:list, workflow:read, execution:list; credential:list shows connections that nothing uses, workflow:update pauses, credential:update takes new grants.",
    },
    hint: "Reads workflows, what runs of them, schedules, runs and connections.",
  },
  make: {
    name: "Make",
    tag: "Mk",
    calls: "scenario",
    way: "api",
    address: { label: "Zone", placeholder: "eu1.make.com" },
    space: { label: "Team", placeholder: "its number, from the address bar" },
    key: {
      label: "API token",
      hint: "Profile, API, Add token, with scenarios:read, connections:read, teams:read; connections:write tests, scenarios:write pauses.",
    },
    hint: "Reads workflows, schedules, runs that are incomplete, and connections with their own test.",
  },
  zapier: {
    name: "Zapier",
    tag: "Za",
    calls: "Zap",
    way: "file",
    key: {
      label: "Access token",
      hint: "Of the Workflow API, which Zapier opens to partners: with zap:all and connection:read; zap:runs shows runs. Without one, import the account’s export.",
    },
    hint: "Read from the account’s export (Settings, Data, Export). Whether its connections work is not visible.",
    overApi: "Reads Zaps, the connections of their steps and whether they have expired, and runs.",
  },
  activepieces: {
    name: "Activepieces",
    tag: "Ap",
    calls: "flow",
    way: "api",
    address: { label: "Address", placeholder: "https://cloud.activepieces.com" },
    space: { label: "Project", placeholder: "its id" },
    key: { label: "API key", hint: "Platform admin, Security, API keys." },
    hint: "Reads workflows and connections with their state.",
  },
  node_red: {
    name: "Node-RED",
    tag: "NR",
    calls: "flow",
    way: "api",
    address: { label: "Address", placeholder: "http://127.0.0.1:1880" },
    key: { label: "Access token", hint: "Only where its admin API asks for one; flows.read is enough." },
    hint: "Reads its tabs and the configuration nodes they use; flows.json will do as well.",
  },
  power_automate: {
    name: "Power Automate",
    tag: "PA",
    calls: "flow",
    way: "file",
    hint: "Read from a solution’s or a flow’s export.",
  },
  airtable: {
    name: "Airtable",
    tag: "At",
    calls: "automation",
    way: "file",
    key: {
      label: "Personal access token",
      hint: "Builder hub, Personal access tokens: with schema.bases:read and user.email:read.",
    },
    hint: "Its automations are not visible from outside: list them in the template.",
    overApi:
      "Reads whose the token is and which bases it sees. Automations it shows nobody: list them in the template.",
  },
  mcp_client: {
    name: "MCP client",
    tag: "MC",
    calls: "agent",
    way: "file",
    hint: "The configuration of Claude Desktop, Cursor or VS Code.",
  },
  programs: {
    name: "Programs",
    tag: "Pr",
    calls: "script",
    way: "none",
    hint: "Enter by themselves: whatever takes a token here, or asks before it runs.",
  },
  by_hand: {
    name: "By hand",
    tag: "Hd",
    calls: "workflow",
    way: "file",
    hint: "A CSV or JSON after the template.",
  },
};

/** What is read over an API, with a key. */
export const addable = (Object.keys(kinds) as PlatformKindView[]).filter(
  (kind) => kinds[kind].key !== undefined,
);
export const importable = (Object.keys(kinds) as PlatformKindView[]).filter((kind) => kind !== "programs");

export function failureWords(failure: PlatformFailureView): { title: string; detail: string } {
  switch (failure.kind) {
    case "unreachable":
      return {
        title: `${failure.platform} does not answer.`,
        detail: `${sentence(failure.words)} Check the address and the network. What was read before stands.`,
      };
    case "key_refused":
      return {
        title: `${failure.platform} does not accept the key.`,
        detail: "It may be mistyped, expired or deleted there. Make a new one and add it again.",
      };
    case "right_missing":
      return {
        title: `The key for ${failure.platform} may not ${failure.what}.`,
        detail: `It lacks ${failure.right}. Add that right to the key, or make one that has it.`,
      };
    case "rate_limited":
      return {
        title: `${failure.platform} asks to wait.`,
        detail: "It limits how often it is read. What was read before stands.",
      };
    case "refused":
      return {
        title: `${failure.platform} refused.`,
        detail: `It answered ${failure.status}. ${sentence(failure.words)}`,
      };
    case "unreadable":
      return {
        title: `${failure.platform} cannot be read.`,
        detail: `${sentence(failure.words)} Nothing was changed.`,
      };
    case "unsupported":
      return { title: `${failure.platform} cannot do that.`, detail: "This version of it has no way to." };
    case "cancelled":
      return { title: "The reading was cancelled.", detail: "Everything is as it was before." };
  }
}

function sentence(words: string): string {
  const trimmed = words.trim();
  if (trimmed === "") return "";
  const head = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(head) ? head : `${head}.`;
}

export function noteWords(note: ReadingNoteView): string {
  switch (note.kind) {
    case "unknown_modules":
      return `${counted(note.count, "step")} of a kind nobody knows, ${note.name}; kept under its own name.`;
    case "further_modules":
      return `And ${counted(note.kinds, "more kind")} that nobody knows, ${counted(note.count, "step")} in all; kept under their own names.`;
    case "missing_right":
      return `The key lacks ${note.right}: ${note.without_it}.`;
    case "skipped":
      return `${counted(note.count, "entry", "entries")} could not be read; the first: ${note.first}.`;
    case "unknown_version":
      return `Written by version ${note.version}, which is not known; read as the last one that is.`;
    case "duplicate_id":
      return `The id ${note.id} stands there twice; the later one counts.`;
    case "further_duplicates":
      return `And ${counted(note.count, "more id")} that ${note.count === 1 ? "stands" : "stand"} there twice.`;
    case "cycle":
      return `${listed(note.names)} start each other.`;
    case "further_cycles":
      return `And ${counted(note.count, "more round")} of workflows that start each other.`;
  }
}

/** What is not shown of many notes, by what it is: "and 2,996 more kinds that nobody knows, and 1 more note". */
export function moreNotes(left: readonly ReadingNoteView[]): string {
  let kinds = 0;
  let others = 0;
  for (const note of left)
    if (note.kind === "unknown_modules") kinds++;
    else if (note.kind === "further_modules") kinds += note.kinds;
    else if (note.kind === "further_duplicates" || note.kind === "further_cycles") others += note.count;
    else others++;
  const parts = [
    kinds > 0 ? `${counted(kinds, "more kind")} that nobody knows` : "",
    others > 0 ? counted(others, "more note") : "",
  ];
  return `and ${parts.filter((one) => one !== "").join(", and ")}`;
}

/** "3 new, 1 changed, 14 as before; gone: Old price list". */
export function changesWords(changes: ReadingChangesView): string {
  const parts: string[] = [];
  if (changes.added > 0) parts.push(counted(changes.added, "new", "new"));
  if (changes.changed > 0) parts.push(counted(changes.changed, "changed", "changed"));
  if (parts.length === 0 && changes.gone.length === 0) return "nothing changed";
  if (changes.same > 0) parts.push(counted(changes.same, "as before", "as before"));
  const gone =
    changes.gone.length === 0 ? "" : `${parts.length > 0 ? "; " : ""}gone: ${listed(changes.gone)}`;
  return `${parts.join(", ")}${gone}`;
}

export function progressWords(reading: ReadingProgressView): string {
  if (reading.all === null)
    return reading.read === 0 ? "Reading" : `Reading, ${counted(reading.read, "workflow")} so far`;
  return `${reading.read.toLocaleString("en-GB")} of ${counted(reading.all, "workflow")}`;
}

/** How old it is, and why, in one line. */
/** When it is read again, where that is known. */
export function againLine(platform: PlatformView, now: number): string | null {
  if (!platform.abilities.reads) return null;
  if (!platform.reads_itself) return "not by itself";
  return platform.next_reading_at === null || platform.next_reading_at <= now
    ? null
    : `again ${momentInSentence(platform.next_reading_at, now)}`;
}

export function readLine(platform: PlatformView, now: number): string {
  if (platform.read_at === null) {
    if (platform.failed !== null) return "never read whole";
    return platform.workflow_count + platform.connection_count > 0 ? "from files of a part" : "not read yet";
  }
  const when = ago(platform.read_at, now);
  switch (platform.way) {
    case "api":
      return platform.is_stale ? `last read ${when}` : `read ${when} over its API`;
    case "file":
      return `from a file, taken ${moment(platform.read_at, now)}`;
    case "by_hand":
      return `entered by hand ${when}`;
    case "token_door":
      return `last seen ${when}`;
  }
}

export function failedLine(platform: PlatformView, now: number): string | null {
  if (platform.failed === null) return null;
  return `The reading ${momentInSentence(platform.failed.at, now)} failed: ${platform.failed.words}. What was read before stands, and is old.`;
}

export function readWords(platform: PlatformView): string {
  return `${platform.name} was read: ${platform.changes === null ? counted(platform.workflow_count, "workflow") : changesWords(platform.changes)}.`;
}

export const becauseWords: Record<JoinBecauseView, string> = {
  same_account: "same account",
  account_in_label: "its label names the account",
  same_workspace: "same workspace",
  only_one_of_provider: "the only one of that provider",
  same_provider: "same provider",
};

/** How a join came to be, beside the name it names. */
export function joinWords(one: PlatformConnectionView): string {
  if (one.joined === null) return "beside which of yours, nobody has said";
  if (one.joined.connection_id === null) return "beside none of yours, as you said";
  return one.joined.is_confirmed ? "as you said" : `likely, ${one.joined.percent} of 100`;
}

export function stateWords(one: Pick<PlatformConnectionView, "state" | "good_run_at">, now: number): string {
  switch (one.state.kind) {
    case "unknown":
      return one.good_run_at === null
        ? "not visible"
        : `not proved; a workflow with it ran well ${ago(one.good_run_at, now)}`;
    case "works":
      return `works, proved ${ago(one.state.at, now)}`;
    case "dead":
      return `dead since ${moment(one.state.since, now)}`;
    case "never_connected":
      return "never signed in";
    case "missing":
      return "not there: deleted";
  }
}

/** What the words of its state rest on, for whoever points at them. */
export function stateNote(one: PlatformConnectionView, now: number): string {
  if (one.state.kind === "dead") return one.state.words;
  if (one.state.kind === "unknown" && one.good_run_at !== null)
    return "That a run ended well does not show that it called with this connection, and was answered.";
  return seenWords(one.seen, now);
}

export function testedWords(
  one: PlatformConnectionView,
  tested: PlatformTestView,
): { tone: "good" | "plain"; title: string; detail: string } {
  const name = `${one.name} in ${one.platform_name}`;
  if (tested.outcome === "failed") return { tone: "plain", ...failureWords(tested.failure) };
  switch (tested.state.kind) {
    case "works":
      return tested.worth === "proves"
        ? { tone: "good", title: `${name} works.`, detail: `${one.platform_name} asked the provider.` }
        : {
            tone: "plain",
            title: `${name} is connected.`,
            detail: `${one.platform_name} says so of dead grants too: a run proves it.`,
          };
    case "dead":
      return { tone: "plain", title: `${name} is dead.`, detail: tested.state.words };
    case "never_connected":
      return { tone: "plain", title: `${name} was never signed in.`, detail: "" };
    case "missing":
      return {
        tone: "plain",
        title: `${one.platform_name} has none of that id.`,
        detail: "It was deleted there; steps still name it.",
      };
    case "unknown":
      return { tone: "plain", title: `${name}: the test proves nothing.`, detail: "" };
  }
}

/** What a list is called that stands for itself: its file's name. */
export function listName(path: string): string {
  const file = path.trim().split(/[/\\]/).at(-1) ?? "";
  return file.replace(/\.[a-z0-9]{1,5}$/i, "") || file;
}

/** Before anything of an earlier list is gone. */
export function wouldReplaceWords(view: { name: string; gone: readonly string[] }): {
  title: string;
  detail: string;
} {
  return {
    title: `${view.name} holds ${counted(view.gone.length, "workflow")} that this file does not.`,
    detail: `Replaced by it, ${view.gone.length === 1 ? "this one" : "these"} would be gone: ${listed(view.gone, 6)}. Nothing was taken yet.`,
  };
}
