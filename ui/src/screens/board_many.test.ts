/** The board with many rows, many ticks, and time ahead: horizon, bulk deeds, filters, shortcuts, notes [B11, B14, D3, E1]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import AppWindow from "../App.svelte";
import type { CommandName } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

async function open(
  options: DemoOptions = {},
): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  const backend = new DemoBackend({ count: 14, isSteppedByHand: true, ...options });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup({ pointerEventsCheck: 0 }) };
}

/** Chooses from a menu. Where nothing is laid out a menu is never placed, and so never visible. */
async function choose(
  user: ReturnType<typeof userEvent.setup>,
  button: HTMLElement,
  words: RegExp,
): Promise<void> {
  await user.click(button);
  const item = await waitFor(() => {
    const items = [...document.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
    const found = items.find((one) => words.test(one.textContent.trim()));
    if (found === undefined) throw new Error(`no entry ${words} in the menu`);
    return found;
  });
  await user.click(item);
}

/** Keeps the answers of test calls back until each is let go. */
function hold(backend: DemoBackend): { id: string; go: () => void }[] {
  const held: { id: string; go: () => void }[] = [];
  const call = backend.call.bind(backend);
  vi.spyOn(backend, "call").mockImplementation(async (command, args) => {
    if (command === "run_test_call")
      await new Promise<void>((go) => held.push({ id: (args as { id: string }).id, go }));
    return call(command, args);
  });
  return held;
}

/** What the list shows from top to bottom, by id. */
const shownIds = (): string[] =>
  screen
    .getAllByRole("row")
    .flatMap((row) => (row.dataset.row?.startsWith("con_") === true ? [row.dataset.row] : []));
const lineOf = (id: string): HTMLElement => {
  const line = document.querySelector<HTMLElement>(`[data-row="${id}"]`);
  if (line === null) throw new Error(`${id} is not shown`);
  return line;
};

const asked = (backend: DemoBackend, command: CommandName): unknown[] =>
  backend.asked.filter((one) => one.command === command).map((one) => one.args);
const ticked = (): string[] =>
  screen.queryAllByRole("row", { selected: true }).map((row) => row.getAttribute("aria-label") ?? "");

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("the horizon", () => {
  it("says the first run that fails, in the sentence and as a mark", async () => {
    await open({ nodes: 50 });

    expect(
      await screen.findByRole("heading", { level: 1, name: /the first run that fails is .*, at / }),
    ).toBeVisible();
    const axis = screen.getByRole("toolbar", { name: /^Marks from now on/ });
    const [first] = within(axis).getAllByRole("button", { name: /1 workflow fails/ });
    expect(first).toHaveAccessibleName(/fails: Gmail/);
  });

  it("is one stop for Tab, and arrows step through its marks", async () => {
    const { user } = await open({ nodes: 50 });
    const axis = await screen.findByRole("toolbar", { name: /^Marks from now on/ });
    const marks = within(axis).getAllByRole("button");
    expect(marks.filter((mark) => mark.tabIndex === 0)).toHaveLength(1);

    marks[0]?.focus();
    await user.keyboard("{ArrowRight}{ArrowRight}");
    expect(document.activeElement).toBe(marks[2]);
    expect(marks.filter((mark) => mark.tabIndex === 0)).toEqual([marks[2]]);
    await user.keyboard("{End}");
    expect(document.activeElement).toBe(marks[marks.length - 1]);
  });

  it("reaches nearer with a key, and asks the engine for that", async () => {
    const { user, backend } = await open({ nodes: 50 });
    const axis = await screen.findByRole("toolbar", { name: /^Marks from now on/ });
    within(axis).getAllByRole("button")[0]?.focus();

    await user.keyboard("+");

    expect(
      await screen.findByRole("button", { name: "Next 30 days: how far the horizon reaches" }),
    ).toBeVisible();
    expect(asked(backend, "horizon").at(-1)).toEqual({ reach: "month" });
  });

  it("has all of it as a list", async () => {
    const { user, app } = await open({ nodes: 50 });
    await screen.findByRole("toolbar", { name: /^Marks from now on/ });
    await choose(user, screen.getByRole("button", { name: /how far the horizon reaches$/ }), /As a list/);

    const dialog = await screen.findByRole("dialog", { name: "What breaks in the next 90 days" });
    const runs = (app.horizon.view?.runs ?? []).flatMap((mark) => mark.named);
    const ends = app.horizon.view?.ends.length ?? 0;
    const links = (): number => within(dialog).getAllByRole("link").length;
    expect(links()).toBe(runs.filter((run) => run.is_first).length + ends);

    await user.click(within(dialog).getByRole("button", { name: /repeated runs too/ }));
    expect(links()).toBe(runs.length + ends);
  });

  it("says until when nothing breaks", async () => {
    await open({ nodes: 0, isQuiet: true });
    const quiet = await screen.findByRole("region", { name: /^Horizon/ });
    expect(quiet).toHaveTextContent(/Nothing breaks before|Nothing is known to break/);
    cleanup();

    await open({ nodes: 0 });
    const broken = await screen.findByRole("region", { name: /^Horizon/ });
    expect(broken, "something is broken already").toHaveTextContent("No run that fails has a known time.");
  });

  it("is laid out anew when the clock is set back", async () => {
    const { app, backend } = await open({ nodes: 50 });
    await waitFor(() => expect(app.horizon.view).not.toBeNull());
    const before = asked(backend, "horizon").length;

    app.horizon.follow((app.horizon.view?.from ?? 0) - 3_600_000);

    await waitFor(() => expect(asked(backend, "horizon").length).toBe(before + 1));
  });
});

describe("many at once", () => {
  it("are ticked from the keyboard: Space, Shift with arrows, all, and none", async () => {
    const { user } = await open();
    screen.getByRole("row", { name: /^Gmail/ }).focus();

    await user.keyboard(" ");
    expect(ticked()).toHaveLength(1);
    await user.keyboard("{Shift>}{ArrowDown}{ArrowDown}{/Shift}");
    expect(ticked()).toHaveLength(3);
    await user.keyboard("{Control>}a{/Control}");
    expect(await screen.findByRole("toolbar", { name: "14 selected of 14" })).toBeVisible();
    await user.keyboard("{Escape}");
    expect(ticked()).toEqual([]);
    expect(screen.queryByRole("toolbar", { name: /selected/ })).toBeNull();
  });

  it("are tested a few at once, told row by row, and the failed can be chosen", async () => {
    const { user, app, backend } = await open();
    const living = (app.connections.board?.rows ?? []).filter((row) => row.status.lamp !== "disconnected");
    const ids = living.map((row) => row.id).sort();
    const atEach = new Map<string, number>();
    for (const row of living) atEach.set(row.provider_id, (atEach.get(row.provider_id) ?? 0) + 1);
    const room = Math.min(
      8,
      [...atEach.values()].reduce((sum, count) => sum + Math.min(2, count), 0),
    );
    expect(room, "not all at once").toBeLessThan(ids.length);
    const held = hold(backend);
    screen.getByRole("row", { name: /^Gmail/ }).focus();
    await user.keyboard("{Control>}a{/Control}");

    await user.keyboard("t");

    await waitFor(() => expect(held).toHaveLength(room));
    const [first] = held;
    if (first === undefined) throw new Error("there is one");
    const begun = new Set(held.map((one) => one.id));
    for (const id of ids)
      if (begun.has(id)) expect(lineOf(id)).toHaveTextContent("testing");
      else expect(within(lineOf(id)).getByRole("img", { name: "waiting" })).toBeInTheDocument();
    first.go();
    await waitFor(() => expect(held, "one place was free").toHaveLength(room + 1));
    const told = /^(done|failed: .+)$/;
    expect(within(lineOf(first.id)).getByRole("img", { name: told }), "told at once").toBeInTheDocument();
    expect(
      held.slice(1, room).map((one) => within(lineOf(one.id)).queryByRole("img", { name: told })),
    ).toEqual(Array.from({ length: room - 1 }, () => null));

    for (let at = 1; at < ids.length; at++) {
      await waitFor(() => expect(held.length).toBeGreaterThan(at));
      held[at]?.go();
    }
    expect(await screen.findByText(new RegExp(`^${ids.length} tested: `))).toBeVisible();
    expect(held.map((one) => one.id).sort(), "all that are not disconnected, each once").toEqual(ids);
    expect(screen.getByRole("row", { name: /^Gmail/ })).toHaveTextContent("grant revoked");
    expect(screen.queryByText(/^Gmail: /), "no toast for each").toBeNull();
    const failed = ids.filter((id) => within(lineOf(id)).queryByRole("img", { name: /^failed/ }) !== null);
    expect(failed.length).toBeGreaterThan(0);
    await user.click(screen.getByRole("button", { name: /^Choose the (one|\d+) that failed$/ }));
    expect([...app.selection.ids].sort(), "those, and no other").toEqual(failed);
  });

  it("have their dead copies on platforms mended from here, and those that cannot be named with their page", async () => {
    const { user, app, backend } = await open({ nodes: 50 });
    await waitFor(() => expect(app.platforms.copies.size).toBeGreaterThan(0));
    const hubspot = app.platforms.connections?.find((one) => one.verdict.way === "push_grant");
    await app.platforms.join(hubspot?.id ?? "", app.connections.board?.rows[0]?.id ?? "");
    const isBeside = (): boolean =>
      [...app.platforms.copies.values()].flat().some((one) => one.id === hubspot?.id);
    await waitFor(() => expect(isBeside()).toBe(true));
    const dead = [...app.platforms.copies].filter(([, all]) => all.some((one) => one.verdict.way !== null));
    app.selection.choose(dead.map(([id]) => id));
    const of = dead.flatMap(([, all]) => all).filter((one) => one.verdict.way !== null);

    await choose(
      user,
      await screen.findByRole("button", { name: "More for all selected" }),
      /^Mend \d+ cop(y|ies) on platforms…$/,
    );

    const dialog = await screen.findByRole("dialog", { name: "Copies on platforms" });
    expect(within(dialog).getAllByRole("listitem")).toHaveLength(of.length);
    expect(dialog).toHaveTextContent(/mended from here/);
    const [first] = within(dialog).getAllByRole("listitem");
    await user.click(within(first as HTMLElement).getByRole("button", { name: "Mend in n8n: HubSpot" }));
    await waitFor(() => expect(asked(backend, "push_grant")).toEqual([{ id: hubspot?.id }]));
  });

  it("are labelled together, and that is undone", async () => {
    const { user, app } = await open();
    for (const name of [/^Slack/, /^Gmail/]) {
      screen.getAllByRole("row", { name })[0]?.focus();
      await user.keyboard(" ");
    }
    const ids = [...app.selection.ids];
    expect(ids).toHaveLength(2);
    const customers = (): (string | null | undefined)[] =>
      ids.map((id) => app.connections.byId.get(id)?.customer);
    const before = customers();
    expect(before).not.toContain("Solvang");

    await user.click(screen.getByRole("button", { name: "Label…" }));
    const dialog = await screen.findByRole("dialog", { name: "Customer of 2 connections" });
    const field = within(dialog).getByRole("combobox", { name: "Customer" });
    await user.clear(field);
    await user.type(field, "Solvang");
    await user.click(within(dialog).getByRole("button", { name: "Label 2" }));
    await waitFor(() => expect(customers()).toEqual(["Solvang", "Solvang"]));

    await user.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => expect(customers()).toEqual(before));
  });

  it("give their labels back by Ctrl+Z as well, and lose none by Enter in an empty field", async () => {
    const { user, app } = await open();
    const rows = (app.connections.board?.rows ?? []).filter((row) => row.customer !== null);
    const [one, other] = [rows[0], rows.find((row) => row.customer !== rows[0]?.customer)];
    if (one === undefined || other === undefined) throw new Error("two customers there are");
    const customers = (): (string | null | undefined)[] =>
      [one, other].map((row) => app.connections.byId.get(row.id)?.customer);
    app.selection.choose([one.id, other.id]);

    await user.click(await screen.findByRole("button", { name: "Label…" }));
    const dialog = await screen.findByRole("dialog", { name: "Customer of 2 connections" });
    await user.type(within(dialog).getByRole("combobox", { name: "Customer" }), "{Enter}");
    expect(customers(), "Enter takes nothing away").toEqual([one.customer, other.customer]);
    await user.click(within(dialog).getByRole("button", { name: "Take the labels away" }));
    await waitFor(() => expect(customers()).toEqual([null, null]));
    await waitFor(() => expect(document.activeElement, "back on the list").toHaveAttribute("data-row"));

    await screen.findByText("2 connections are labelled no customer.");
    await user.keyboard("{Control>}z{/Control}");
    await waitFor(() => expect(customers()).toEqual([one.customer, other.customer]));
  });

  it("are what letters act on, wherever on the board the keyboard stands", async () => {
    const { user, app, backend } = await open({ revoked: 3 });
    const rows = app.connections.board?.rows ?? [];
    const dead = rows.filter((row) => row.status.lamp === "reauth_required")[1];
    const well = rows.find((row) => row.status.lamp === "active");
    if (dead === undefined || well === undefined) throw new Error("there are such");
    expect(rows[0]?.id, "the headline's is another").not.toBe(dead.id);
    app.selection.choose([dead.id, well.id]);
    await screen.findByRole("toolbar", { name: "Two selected of 14" });
    (document.activeElement as HTMLElement | null)?.blur();

    await user.keyboard("t");
    await user.click(await screen.findByRole("button", { name: "Choose the one that failed" }));
    expect(asked(backend, "run_test_call")).toEqual([{ id: dead.id }, { id: well.id }]);
    await waitFor(() => expect(document.activeElement).toHaveAttribute("data-row", dead.id));
    (document.activeElement as HTMLElement | null)?.blur();
    await user.keyboard("r");

    await waitFor(() => expect(asked(backend, "start_queue")).toEqual([{ ids: [dead.id] }]));
    expect(asked(backend, "begin_reconnect"), "the headline's stays as it is").toEqual([]);
  });

  it("are what letters act on while the last sum still stands, and never the row in hand", async () => {
    const { user, app, backend } = await open();
    const living = (app.connections.board?.rows ?? []).filter((row) => row.status.lamp === "active");
    const [first, second, inHand] = living.map((row) => row.id);
    app.selection.choose([first ?? "", second ?? ""]);
    const row = document.querySelector<HTMLElement>(`[data-row="${inHand ?? ""}"]`);
    row?.focus();
    await user.keyboard("t");
    await screen.findByText("2 tested: 2 work.");

    await user.keyboard("f");

    await waitFor(() => expect(asked(backend, "refresh_now")).toEqual([{ id: first }, { id: second }]));
  });

  it("leave the letters to the row in hand while the filter shows none of them", async () => {
    const { user, app, backend } = await open({ revoked: 3 });
    const rows = app.connections.board?.rows ?? [];
    const slack = rows.filter((row) => row.name.startsWith("Slack")).map((row) => row.id);
    const inHand = rows.find((row) => row.status.lamp === "active" && row.name.startsWith("Airtable"));
    if (slack.length === 0 || inHand === undefined) throw new Error("there are such");
    app.selection.choose(slack);
    await user.type(screen.getByRole("searchbox", { name: "Filter connections" }), inHand.name);
    await waitFor(() => expect(screen.queryByRole("row", { name: /^Slack/ })).toBeNull());
    const bar = await screen.findByRole("toolbar", { name: /selected of 14$/ });
    expect(bar).toHaveTextContent(`${slack.length} selected, none shown`);
    for (const name of [/^Test call/, /^Refresh now/, /^Reconnect/, /^Label/])
      expect(within(bar).getByRole("button", { name }), "it would act on nothing").toBeDisabled();

    document.querySelector<HTMLElement>(`[data-row="${inHand.id}"]`)?.focus();
    await user.keyboard("t");
    await waitFor(() => expect(asked(backend, "run_test_call")).toEqual([{ id: inHand.id }]));
    await user.keyboard("d");
    expect(
      await screen.findByRole("alertdialog", { name: new RegExp(`^Disconnect ${inHand.name}`) }),
    ).toBeVisible();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());

    const says = within(screen.getByRole("region", { name: "What needs you" }));
    expect(says.getByRole("button", { name: /^Reconnect/ }), "and names its letter").toHaveTextContent(/R$/);
    (document.activeElement as HTMLElement | null)?.blur();
    await user.keyboard("r");
    await waitFor(() => expect(asked(backend, "begin_reconnect"), "as its button says").toHaveLength(1));
    expect(asked(backend, "start_queue"), "none of the hidden ones").toEqual([]);
    expect([...app.selection.ids], "they stay ticked").toEqual(slack);
  });

  it("are disconnected by D together, after one question about all of them", async () => {
    const { user, app, backend } = await open();
    const living = (app.connections.board?.rows ?? []).filter((row) => row.status.lamp !== "disconnected");
    screen.getByRole("row", { name: /^Gmail/ }).focus();
    app.selection.choose(living.slice(0, 3).map((row) => row.id));
    await screen.findByRole("toolbar", { name: "Three selected of 14" });

    await user.keyboard("d");

    const dialog = await screen.findByRole("alertdialog", { name: "Disconnect 3 connections?" });
    await waitFor(() => expect(asked(backend, "plan_disconnect")).toHaveLength(3));
    await user.click(within(dialog).getByRole("button", { name: /^Keep them/ }));
    app.selection.choose(living.slice(1, 2).map((row) => row.id));
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());

    await user.keyboard("d");
    expect(
      await screen.findByRole("alertdialog", { name: new RegExp(`^Disconnect ${living[1]?.name ?? ""}`) }),
      "a single one by its name, with all that hangs on it",
    ).toBeVisible();
  });

  it("are disconnected only after the loss is named", async () => {
    const { user, app, backend } = await open();
    app.selection.choose(app.connections.board?.rows.slice(0, 3).map((row) => row.id) ?? []);
    await choose(user, await screen.findByRole("button", { name: "More for all selected" }), /^Disconnect…/);

    const dialog = await screen.findByRole("alertdialog", { name: "Disconnect 3 connections?" });
    const button = await within(dialog).findByRole("button", { name: /^Disconnect 3 and strand \d+$/ });
    expect(asked(backend, "plan_disconnect")).toHaveLength(3);
    expect(asked(backend, "disconnect"), "nothing yet").toEqual([]);
    await user.click(button);

    expect(await screen.findByText(/^3 disconnected: /)).toBeVisible();
    expect(asked(backend, "disconnect")).toHaveLength(3);
  });

  it("stay in their order while somebody reads, and move when asked", async () => {
    const { user, app, backend } = await open();
    app.preferences.grouping = "none";
    await waitFor(() => expect(screen.getAllByRole("row")[1]).toHaveAccessibleName(/^Gmail/));
    const order = (): string[] => screen.getAllByRole("row").map((row) => row.dataset.row ?? "");
    screen.getByRole("row", { name: /^Gmail/ }).focus();
    const before = order();
    const last = before[before.length - 1] ?? "";

    backend.change(last, (view) => (view.row.status = { ...view.row.status, lamp: "reauth_required" }));

    await waitFor(() => expect(screen.getByRole("button", { name: "Sort again" })).toBeVisible());
    expect(order(), "no row moved under the hands").toEqual(before);
    await user.click(screen.getByRole("button", { name: "Sort again" }));
    const needing = new Set(
      (app.connections.board?.rows ?? [])
        .filter((row) => row.status.lamp === "reauth_required")
        .map((row) => row.id),
    );
    await waitFor(() =>
      expect(shownIds().indexOf(last), "among those that need you").toBeLessThan(needing.size),
    );
    expect(new Set(shownIds().slice(0, needing.size))).toEqual(needing);
    expect(shownIds().sort(), "none came or went").toEqual(
      [...before].filter((id) => id.startsWith("con_")).sort(),
    );
  });
});

describe("finding", () => {
  it("narrows by status and by typing, says by what, and shows all again", async () => {
    const { user, app } = await open({ count: 30, nodes: 50 });
    const rows = app.connections.board?.rows ?? [];
    const top = (): string[] => shownIds().slice(0, 12);
    const before = top();
    const isWhole = async (): Promise<void> => {
      expect(await screen.findByText("30 connections")).toBeVisible();
      await waitFor(() => expect(top(), "as they stood").toEqual(before));
    };
    const idsOf = (is: (row: (typeof rows)[number]) => boolean): string[] =>
      rows.filter(is).map((row) => row.id);
    const dead = idsOf((row) => row.status.lamp === "reauth_required");
    expect(dead.length).toBeGreaterThan(0);
    await choose(user, screen.getByRole("button", { name: /^Only: by status/ }), /^needs you$/);
    await waitFor(() => expect(shownIds().sort()).toEqual([...dead].sort()));
    expect(screen.getByText(new RegExp(`^${dead.length} of 30 connections$`))).toBeVisible();

    await user.click(screen.getByRole("button", { name: "Show all again, not only needs you" }));
    await isWhole();

    const airtables = idsOf((row) => row.name.startsWith("Airtable"));
    expect(airtables.length).toBeGreaterThan(0);
    await user.type(screen.getByRole("searchbox", { name: "Filter connections" }), "airtable");
    await waitFor(() => expect(shownIds().sort()).toEqual([...airtables].sort()));
    expect(screen.getByText(new RegExp(`^${airtables.length} of 30 connections$`))).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Clear filter" }));
    await isWhole();
  });

  it("sorts by a column's head, and turns it round", async () => {
    const { user, app } = await open();
    app.preferences.grouping = "none";
    await user.click(await screen.findByRole("button", { name: "Connection and account" }));
    const names = (): string[] => shownIds().map((id) => app.connections.byId.get(id)?.name ?? "");
    const byName = new Intl.Collator("en");
    const up = names();
    expect(up).toHaveLength(14);
    expect(up).toEqual([...up].sort((one, other) => byName.compare(one, other)));
    expect(screen.getAllByRole("columnheader")[0]).toHaveAttribute("aria-sort", "ascending");

    await user.click(screen.getByRole("button", { name: "Connection and account" }));
    expect(names()).toEqual([...up].reverse());
    expect(screen.getAllByRole("columnheader")[0]).toHaveAttribute("aria-sort", "descending");
  });
});

describe("shortcuts", () => {
  it("are listed by ?, and not while a person types", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("searchbox", { name: "Filter connections" }));
    await user.keyboard("?");
    expect(screen.queryByRole("dialog")).toBeNull();
    await user.clear(screen.getByRole("searchbox", { name: "Filter connections" }));

    screen.getByRole("row", { name: /^Gmail/ }).focus();
    await user.keyboard("?");

    const dialog = await screen.findByRole("dialog", { name: "Shortcuts" });
    expect(dialog).toHaveTextContent("Tick the row");
    for (const does of [
      "Undo what was done last",
      "Quit",
      "Open the browser tab again",
      "Skip",
      "Someone else",
    ])
      expect(dialog).toHaveTextContent(does);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });
});

describe("what a person says of a connection", () => {
  it("is written, kept and undone", async () => {
    const { user, app, backend } = await open();
    screen.getByRole("row", { name: /^Gmail/ }).focus();
    await user.keyboard("{Enter}");
    await user.click(await screen.findByRole("button", { name: "Write one" }));

    await user.type(screen.getByLabelText("Who answers for it"), "Mira");
    await user.type(screen.getByLabelText(/^Note/), "Ask Jonas first.");
    await user.click(screen.getByRole("button", { name: "Save" }));

    expect(await screen.findByText("Ask Jonas first.")).toBeVisible();
    expect(asked(backend, "note_connection")).toEqual([
      { id: app.connections.openId, note: "Ask Jonas first.", owner: "Mira" },
    ]);
    await user.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() => expect(screen.queryByText("Ask Jonas first.")).toBeNull());
  });

  it("is taken back before an older deed", async () => {
    const { user, app } = await open();
    screen.getByRole("row", { name: /^Gmail/ }).focus();
    await user.keyboard("{Enter}");
    await screen.findByRole("button", { name: "Write one" });
    const row = app.connections.open?.row;
    if (row === undefined) throw new Error("it is open");
    await app.connections.label(row.id, "Front desk", row.customer, row.environment);
    await waitFor(() => expect(app.connections.open?.row.name).toBe("Front desk"));

    await user.click(await screen.findByRole("button", { name: "Write one" }));
    await user.type(screen.getByLabelText("Who answers for it"), "Mira");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(app.connections.open?.owner).toBe("Mira"));
    expect(app.undo.last?.title).toBe("The note on Front desk is saved.");
    await user.keyboard("{Control>}z{/Control}");

    await waitFor(() => expect(app.connections.open?.owner).toBeNull());
    expect(app.connections.open?.row.name, "the older deed stands").toBe("Front desk");
  });

  it("narrows its timeline to what went wrong", async () => {
    const { user } = await open();
    screen.getByRole("row", { name: /^Gmail/ }).focus();
    await user.keyboard("{Enter}");
    const aside = await screen.findByRole("complementary", { name: "Lineage and timeline" });
    const lines = (): number => aside.querySelectorAll("li .line").length;
    await waitFor(() => expect(lines()).toBeGreaterThan(3));
    const all = lines();

    await choose(
      user,
      within(aside).getByRole("button", { name: /what the timeline shows$/ }),
      /^what went wrong/,
    );

    await waitFor(() => expect(lines()).toBeLessThan(all));
    expect(lines(), "some did").toBeGreaterThan(0);
    for (const line of aside.querySelectorAll("li:has(.line)"))
      expect(line.querySelector("svg.fail, svg.part"), line.textContent).not.toBeNull();
  });
});
