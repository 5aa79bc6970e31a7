// Every screen of the window and the states worth looking at, as data: one line each. The pictures of docs/screens and the
// accessibility test walk this list; a new screen joins by a line.
import type { Pages } from "./pages.ts";

export type Screen = {
  /** Also the picture's name; what stands before the first dot is the screen. */
  readonly name: string;
  /** What the picture is of, for the index. */
  readonly shows: string;
  /** An address of the demo: its query says how many connections, what is broken, how names look. */
  readonly at: string;
  /** Seen once the screen is there. */
  readonly wait?: RegExp;
  /** What a person does to get there. */
  readonly act?: (pages: Pages) => Promise<void>;
};

/** Presses these, one after the other. */
const press =
  (...names: (string | RegExp)[]) =>
  async (pages: Pages): Promise<void> => {
    for (const name of names) await pages.press(name);
  };
/** Of a row of the board, to the connection's page or one beneath it. */
const connection =
  (name: RegExp, ...then: (string | RegExp)[]) =>
  async (pages: Pages): Promise<void> => {
    await press(name, ...then)(pages);
  };

export const screens: readonly Screen[] = [
  { name: "board.empty", shows: "The first start: three ways in", at: "?demo=0&nodes=0#/board" },
  {
    name: "board.tour",
    shows: "The tour on the practice provider, at its first step",
    at: "?demo=0#/board",
    act: press("Take the tour"),
    wait: /not real/,
  },
  { name: "board.3", shows: "Three connections", at: "?demo=3#/board" },
  { name: "board.30", shows: "Thirty connections", at: "?demo=30#/board" },
  { name: "board.3000", shows: "Three thousand connections", at: "?demo=3000#/board" },
  { name: "board.well", shows: "Nothing needs anybody", at: "?demo=30&nodes=0&quiet#/board" },
  {
    name: "board.dead",
    shows: "Five dead at once: what it costs, and which one first",
    at: "?demo=30&nodes=50&revoked=5#/board",
    wait: /Five connections need you/,
  },
  {
    name: "board.copies",
    shows: "Our own connections work, a platform's does not",
    at: "?demo=30&nodes=50&quiet#/board",
    wait: /need you|needs you/,
  },
  {
    name: "board.away",
    shows: "Failures that came while nobody looked",
    at: "?demo=30&away#/board",
    wait: /while you were away/,
  },
  { name: "board.long", shows: "Endless names", at: "?demo=30&names=long#/board" },
  { name: "board.rtl", shows: "Names from right to left", at: "?demo=30&names=rtl#/board" },
  { name: "board.offline", shows: "No network", at: "?demo=30&network=down#/board" },
  { name: "board.locked", shows: "The keychain is locked", at: "?demo=30&keychain=locked#/board" },
  {
    name: "connection.dead",
    shows: "A connection whose grant has ended",
    at: "?demo=14#/board",
    act: connection(/^Gmail(?! needs)/),
    wait: /^Lineage/m,
  },
  {
    name: "connection.ending",
    shows: "A connection whose grant ends on a known day",
    at: "?demo=14#/board",
    act: connection(/^Google Drive/),
    wait: /^Lineage/m,
  },
  {
    name: "connection.long",
    shows: "A connection with endless names",
    at: "?demo=3&names=long#/board",
    act: connection(/^Google Drive/),
    wait: /^Lineage/m,
  },
  {
    name: "connection.disconnect",
    shows: "What a disconnect would strand",
    at: "?demo=14#/board",
    act: connection(/^Google Drive/, /^More|^Menu|^Actions/, /^Disconnect/),
    wait: /Disconnect Google Drive/,
  },
  {
    name: "connect.providers",
    shows: "Connect: which provider",
    at: "?demo=3#/board",
    act: press("Connect…"),
    wait: /accounts\.google\.com/,
  },
  {
    name: "diagnosis.result",
    shows: "Why a connection is dead, by experiment",
    at: "?demo=14#/board",
    act: connection(/^Gmail(?! needs)/, /^Diagnose/, /^Run the probes/),
    wait: /one reconnect/,
  },
  { name: "why.cause", shows: "A cause explained", at: "?demo=3#/why/grant_revoked" },
  { name: "radius.empty", shows: "No workflows known", at: "?demo=3&nodes=0#/radius" },
  { name: "radius.5", shows: "A small blast radius", at: "?demo=3&nodes=5#/radius" },
  { name: "radius.50", shows: "A blast radius of fifty", at: "?demo=30&nodes=50#/radius" },
  { name: "radius.5000", shows: "A blast radius of five thousand", at: "?demo=30&nodes=5000#/radius" },
  { name: "radius.list", shows: "The same as a list", at: "?demo=30&nodes=50#/radius", act: press("List") },
  { name: "queue.empty", shows: "Nothing needs a sign-in", at: "?demo=30&quiet&nodes=0#/queue" },
  {
    name: "queue.30",
    shows: "Thirty revoked at once, by what they stop",
    at: "?demo=30&nodes=50&revoked=30#/queue",
  },
  {
    name: "queue.under-way",
    shows: "One sign-in at a time, the next by itself",
    at: "?demo=30&nodes=50&revoked=30#/queue",
    act: press(/^Start with/),
    wait: /Skip/,
  },
  { name: "queue.odd", shows: "The queue under odd names", at: "?demo=30&revoked=8&names=mixed#/queue" },
  { name: "checklists.empty", shows: "No checklist yet", at: "?demo=14&lists=0#/checklists" },
  {
    name: "checklists.list",
    shows: "Checklists, each with its last rehearsal",
    at: "?demo=14&nodes=50#/checklists",
  },
  { name: "checklist.edit", shows: "What a rehearsal tries", at: "?demo=14&nodes=50#/checklist/chk_1" },
  {
    name: "rehearsal.certificate",
    shows: "A certificate: until when all of them hold",
    at: "?demo=14&nodes=50#/rehearsal/chk_1",
  },
  {
    name: "rehearsal.failed",
    shows: "A rehearsal that came to one thing to mend",
    at: "?demo=14&nodes=50#/rehearsal/chk_2",
  },
  {
    name: "rehearsal.many",
    shows: "A rehearsal of forty connections under odd names",
    at: "?demo=30&nodes=50&members=40&names=mixed#/rehearsal/chk_1",
  },
  { name: "incidents.list", shows: "Incidents", at: "?demo=30&nodes=50#/incidents" },
  {
    name: "incident.open",
    shows: "One incident",
    at: "?demo=30&nodes=50#/incidents",
    act: press(/^Gmail/),
    wait: /What to do/,
  },
  {
    name: "incident.copy",
    shows: "An incident of a platform's own connection",
    at: "?demo=30&nodes=50#/incident/inc_2",
    wait: /What to do/,
  },
  {
    name: "incident.paused",
    shows: "What it stopped is paused until it is mended",
    at: "?demo=30&nodes=50&incident=paused#/incident/inc_1",
    wait: /What to do/,
  },
  {
    name: "incident.mended",
    shows: "Mended, and half of it seen running again",
    at: "?demo=30&nodes=50&incident=mended#/incident/inc_1",
    wait: /What to do/,
  },
  {
    name: "incident.closed",
    shows: "Closed",
    at: "?demo=30&nodes=50&incident=closed#/incident/inc_1",
    wait: /What to do/,
  },
  {
    name: "incident.report",
    shows: "The report on one page",
    at: "?demo=30&nodes=50&incident=closed#/incident/inc_1",
    act: press("Report"),
    wait: /Written on/,
  },
  {
    name: "platforms.handed-over",
    shows: "A grant for an old n8n, in a file with the command that takes it in",
    at: "?demo=30&nodes=50&oldplatform#/platforms",
    act: press(/^Write a file for n8n/),
    wait: /import:credentials/,
  },
  { name: "platforms.list", shows: "Platforms and their connections", at: "?demo=30&nodes=50#/platforms" },
  { name: "platforms.empty", shows: "No platform is read yet", at: "?demo=3&nodes=0#/platforms" },
  {
    name: "programs.asking",
    shows: "Two programs ask, one run waits, and who may",
    at: "?demo=30&nodes=50&asking=2&blocked=1#/programs",
    wait: /Waiting for your answer/,
  },
  {
    name: "programs.empty",
    shows: "No program has asked yet",
    at: "?demo=3&nodes=0#/programs",
    wait: /No program has asked/,
  },
  {
    name: "board.asking",
    shows: "A program asks for the first time, and a run waits for a dead connection",
    at: "?demo=30&nodes=50&asking=1&blocked=1&revoked=1#/board",
    wait: /waits for/,
  },
  {
    name: "alerts.list",
    shows: "Who hears of what needs a person: one works, one is refused, one is off",
    at: "?demo=30&nodes=50&receivers#/alerts",
    wait: /ot taken, tried/,
  },
  {
    name: "alerts.empty",
    shows: "No channel yet",
    at: "?demo=3&nodes=0#/alerts",
    wait: /What a channel can be/,
  },
  {
    name: "alerts.add",
    shows: "A new channel: where it leads, and what it tells",
    at: "?demo=30&nodes=50#/alerts",
    act: press(/Add a channel/),
    wait: /Signing secret/,
  },
  {
    name: "forwarding.list",
    shows: "Where every event goes, and how far each destination is",
    at: "?demo=30&nodes=50&receivers#/forwarding",
    wait: /events behind/,
  },
  {
    name: "forwarding.empty",
    shows: "Events are forwarded nowhere yet",
    at: "?demo=3&nodes=0#/forwarding",
    wait: /What a destination can be/,
  },
  {
    name: "forwarding.add",
    shows: "A new destination",
    at: "?demo=30#/forwarding",
    act: press(/Add a destination/),
    wait: /Which events/,
  },
  { name: "clients.list", shows: "Clients", at: "?demo=30#/clients" },
  { name: "clients.empty", shows: "No client yet", at: "?demo=0&clients=0#/clients" },
  { name: "activity.events", shows: "Everything that happened", at: "?demo=30#/activity" },
  {
    name: "activity.away",
    shows: "What failed while nobody looked, and what next",
    at: "?demo=30&away#/activity",
    wait: /while you were away/,
  },
  { name: "activity.empty", shows: "Nothing has happened yet", at: "?demo=0#/activity" },
  { name: "import.start", shows: "Import from another tool", at: "?demo=3#/import" },
  {
    name: "practice.provider",
    shows: "The practice provider and its faults",
    at: "?demo=14#/practice",
    wait: /Deeds and faults/,
  },
  { name: "settings.top", shows: "Settings", at: "?demo=30#/settings", wait: /keychain/i },
  {
    name: "settings.keys",
    shows: "Every key that acts",
    at: "?demo=30#/settings/keys",
    wait: /From row to row/,
  },
  { name: "palette.open", shows: "Find or do", at: "?demo=30#/board", act: press(/Find or do/) },
  {
    name: "gallery.one",
    shows: "One of every control, for whoever builds the window",
    at: "?demo=3#/gallery",
    wait: /computed/,
  },
];
