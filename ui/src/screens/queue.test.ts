/** The reconnect queue: begun with one click, gone through one tab at a time, told afterwards; and what is taken back [E3]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

type User = ReturnType<typeof userEvent.setup>;

async function open(
  revoked: number,
  hash = "#/queue",
): Promise<{ backend: DemoBackend; app: App; user: User }> {
  location.hash = hash;
  const backend = new DemoBackend({ count: 40, nodes: 0, isQuiet: true, isSteppedByHand: true, revoked });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup() };
}

/** The consent is given: what is open comes back. */
async function consent(backend: DemoBackend, app: App): Promise<void> {
  const id = app.queue.view?.sign_in ?? "";
  expect(id, "a sign-in is open").not.toBe("");
  backend.finish(id);
  await waitFor(() => expect(app.queue.view?.sign_in).not.toBe(id));
}

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("the reconnect queue", () => {
  it("says that nothing needs a sign-in, and what it is for", async () => {
    await open(0);

    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("No connection needs a sign-in.");
    expect(screen.getByText(/one click here brings them back/)).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: /^Start with/ })).toBeNull();
  });

  it("shows no two rows alike: what the board tells of two of one name and account stands in both", async () => {
    const { backend, app } = await open(3);
    await waitFor(() => expect(app.queue.view?.turns).toHaveLength(3));
    const [one, other] = app.queue.view?.turns ?? [];
    for (const [id, workspace] of [
      [one?.id ?? "", "Fjord"],
      [other?.id ?? "", "Halden"],
    ] as const)
      backend.change(id, ({ row }) =>
        Object.assign(row, {
          name: "Shared drive",
          account: "ops@fjord.example",
          provider_name: "Google",
          workspace,
          environment: "production",
        }),
      );

    const grid = await screen.findByRole("grid");
    for (const workspace of ["Fjord", "Halden"])
      expect(
        await within(grid).findByRole("row", {
          name: new RegExp(`Shared drive, ${workspace}, ops@fjord\\.example`),
        }),
      ).toHaveTextContent(workspace);
  });

  it("is offered on the board, and counted in the navigation", async () => {
    const { user, app } = await open(5, "#/board");

    expect(screen.getByRole("link", { name: /Reconnect queue 5/ })).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Queue of 5" }));

    expect(app.navigation.screen).toEqual({ name: "queue" });
    expect(
      await screen.findByRole("heading", { level: 1, name: "Five connections need a sign-in." }),
    ).toBeInTheDocument();
  });

  it("brings all back with one click, each tab by itself, and tells it once", async () => {
    const { user, backend, app } = await open(4);
    const first = app.queue.view?.turns[0]?.name ?? "";

    await user.click(await screen.findByRole("button", { name: `Start with ${first}` }));
    await screen.findByRole("heading", { level: 1, name: /^Sign in to .*, in your browser\.$/ });
    for (let consents = 0; consents < 4; consents++) await consent(backend, app);

    expect(await screen.findByRole("heading", { level: 1, name: /^All 4 are back/ })).toBeInTheDocument();
    expect(backend.asked.filter((one) => one.command === "start_queue")).toHaveLength(1);
    expect(
      backend.asked.some((one) => one.command === "begin_reconnect"),
      "no other click",
    ).toBe(false);
    expect(app.notices.list, "thirty toasts are a wall").toHaveLength(0);
  });

  it("skips one by letter, and takes that back with Ctrl+Z", async () => {
    const { user, backend, app } = await open(3);
    await user.click(await screen.findByRole("button", { name: /^Start with/ }));
    await screen.findByRole("heading", { level: 1, name: /^Sign in to/ });
    const first = app.queue.view?.turns[0];

    await user.keyboard("s");

    expect((await screen.findAllByText(`${first?.name ?? ""} is skipped.`)).length).toBeGreaterThan(0);
    await waitFor(() => expect(app.queue.view?.turns[1]?.state.state, "the next opens").toBe("open"));
    await user.keyboard("{Control>}z{/Control}");
    await waitFor(() => expect(app.queue.view?.turns[0]?.state.state).toBe("waiting"));
    for (let consents = 0; consents < 3; consents++) await consent(backend, app);
    expect(await screen.findByRole("heading", { level: 1, name: /^All 3 are back/ })).toBeInTheDocument();
  });

  it("says that a click came too late, and leaves what was told", async () => {
    const { user, backend, app } = await open(2);
    await user.click(await screen.findByRole("button", { name: /^Start with/ }));
    await waitFor(() => expect(app.queue.view?.sign_in).not.toBeNull());
    const first = app.queue.view?.turns[0];
    backend.step(app.queue.view?.sign_in ?? "", { state: "refused", revoked: true, left_because: null });

    await app.queue.skip(first?.id ?? "", first?.name ?? "");

    expect(
      (await screen.findAllByText(`The sign-in of ${first?.name ?? ""} was over already.`)).length,
    ).toBeGreaterThan(0);
    expect(app.queue.view?.turns.map((turn) => turn.state.state)).toEqual(["failed", "open"]);
  });

  it("makes a text for somebody else, and leaves it to them", async () => {
    const { user, app } = await open(3);
    await user.click(await screen.findByRole("button", { name: /^Start with/ }));
    await screen.findByRole("heading", { level: 1, name: /^Sign in to/ });
    const first = app.queue.view?.turns[0];

    await user.keyboard("e");

    const dialog = await screen.findByRole("dialog", { name: /^Someone else has to sign in/ });
    const text = within(dialog).getByRole("textbox", { name: "The text" });
    expect((text as HTMLTextAreaElement).value).toContain(first?.account);
    await user.click(within(dialog).getByRole("button", { name: "Leave it to them" }));
    await waitFor(() => expect(app.queue.view?.turns[0]?.state.state).toBe("handed_over"));
    expect(screen.getAllByText(`${first?.name ?? ""} is handed over.`).length).toBeGreaterThan(0);
  });

  it("goes on when a sign-in comes to nothing, says why, and opens it again", async () => {
    const { user, backend, app } = await open(2);
    await user.click(await screen.findByRole("button", { name: /^Start with/ }));
    await waitFor(() => expect(app.queue.view?.sign_in).not.toBeNull());

    backend.step(app.queue.view?.sign_in ?? "", { state: "refused", revoked: true, left_because: null });
    await waitFor(() => expect(app.queue.view?.turns[1]?.state.state).toBe("open"));
    await consent(backend, app);

    expect(
      await screen.findByRole("heading", { level: 1, name: /^1 of 2 is back.*; 1 came to nothing\.$/ }),
    ).toBeInTheDocument();
    expect(screen.getByText("another account, refused")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Open again" }));
    await waitFor(() => expect(app.queue.view?.sign_in).not.toBeNull());
    await consent(backend, app);
    expect(await screen.findByRole("heading", { level: 1, name: /^All 2 are back/ })).toBeInTheDocument();
  });

  it("waits where nobody answers, and goes on when told", async () => {
    const { user, backend, app } = await open(2);
    await user.click(await screen.findByRole("button", { name: /^Start with/ }));
    await waitFor(() => expect(app.queue.view?.sign_in).not.toBeNull());

    backend.step(app.queue.view?.sign_in ?? "", { state: "timed_out" });

    expect(
      await screen.findByRole("heading", { level: 1, name: /^Nobody signed in within ten minutes/ }),
    ).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: /^Go on with/ }));
    await screen.findByRole("heading", { level: 1, name: /^Sign in to/ });
  });

  it("ends with a record to read and to save, and keeps it", async () => {
    const { user, backend, app } = await open(2);
    await user.click(await screen.findByRole("button", { name: /^Start with/ }));
    await waitFor(() => expect(app.queue.view?.sign_in).not.toBeNull());
    for (let consents = 0; consents < 2; consents++) await consent(backend, app);

    await user.click(await screen.findByRole("button", { name: "Record…" }));
    const dialog = await screen.findByRole("dialog", { name: "The record" });
    expect(dialog).toHaveTextContent("2 of 2 were brought back.");
    await user.click(within(dialog).getByRole("button", { name: "Save as CSV" }));
    await waitFor(() =>
      expect(backend.asked.find((one) => one.command === "save_pass_record")?.args).toMatchObject({
        file: "csv",
      }),
    );
    await user.click(within(dialog).getByRole("button", { name: "Done" }));
    await user.click(screen.getByRole("button", { name: "Done" }));
    expect(await screen.findByRole("button", { name: /^Record of / })).toBeInTheDocument();
  });

  it("is walked by arrows, and Enter opens the one in hand next", async () => {
    const { user, app } = await open(4);
    await user.click(await screen.findByRole("button", { name: /^Start with/ }));
    await waitFor(() => expect(app.queue.view?.sign_in).not.toBeNull());
    const rows = within(screen.getByRole("grid")).getAllByRole("row");

    rows[1]?.focus();
    await user.keyboard("{ArrowDown}{ArrowDown}");
    await waitFor(() =>
      expect(document.activeElement).toHaveAttribute("aria-label", expect.stringMatching(/^3, /)),
    );
    await user.keyboard("s");

    await waitFor(() => expect(app.queue.view?.turns[2]?.state.state).toBe("skipped"));
    expect(app.queue.view?.turns[0]?.state.state, "what is open stays open").toBe("open");
  });
});

describe("what can be taken back", () => {
  it("puts a name and a customer back", async () => {
    const { app } = await open(0, "#/board");
    const row = app.connections.board?.rows[0];
    if (row === undefined) throw new Error("there is one");

    await app.connections.label(row.id, "Renamed", "Somebody", row.environment);
    await waitFor(() => expect(app.connections.row(row.id)?.name).toBe("Renamed"));
    expect(app.notices.list.at(-1)?.action?.label).toBe("Undo");
    await app.undo.back();

    await waitFor(() => expect(app.connections.row(row.id)?.name).toBe(row.name));
    expect(app.connections.row(row.id)?.customer).toBe(row.customer);
    expect(app.undo.last, "it is taken back once").toBeNull();
  });

  it("puts a dependant back", async () => {
    const { app, backend } = await open(0, "#/board");
    const id = backend.ids()[0] ?? "";
    app.connections.show(id);
    await app.connections.addDependant(id, { workflow: "Letters", place: "n8n", step: null, owner: "Mira" });
    await waitFor(() =>
      expect(app.connections.open?.dependants.some((one) => one.workflow === "Letters")).toBe(true),
    );
    const made = app.connections.open?.dependants.find((one) => one.workflow === "Letters");

    await app.connections.removeDependant(id, made?.id ?? "");
    await waitFor(() =>
      expect(app.connections.open?.dependants.some((one) => one.workflow === "Letters")).toBe(false),
    );
    await app.undo.back();

    await waitFor(() =>
      expect(app.connections.open?.dependants.find((one) => one.workflow === "Letters")?.owner).toBe("Mira"),
    );
  });

  it("says so where there is nothing", async () => {
    const { app, user } = await open(0, "#/board");

    await user.keyboard("{Control>}z{/Control}");

    expect(app.notices.spoken).toBe("There is nothing to undo.");
  });
});

describe("notices", () => {
  it("show one where the window is too low for more, and say how many wait [E1]", async () => {
    const { app, user } = await open(0, "#/board");
    const usual = globalThis.innerHeight;
    try {
      globalThis.innerHeight = 300;
      globalThis.dispatchEvent(new Event("resize"));
      for (const number of [1, 2]) app.notices.show({ tone: "bad", title: `Failure ${number}.` });

      expect(await screen.findByRole("button", { name: "1 more in Activity" })).toBeInTheDocument();
      expect(screen.getAllByRole("group", { name: /Failure/ })).toHaveLength(1);
      await user.click(screen.getByRole("button", { name: "Close notice" }));
      expect(await screen.findByRole("group", { name: "Failure 1." })).toBeInTheDocument();
    } finally {
      globalThis.innerHeight = usual;
      globalThis.dispatchEvent(new Event("resize"));
    }
  });

  it("show three at most, say the same once, and keep the rest in Activity", async () => {
    const { app, user } = await open(0, "#/board");

    for (let times = 0; times < 5; times++) app.notices.show({ tone: "bad", title: "The same again." });
    for (const number of [1, 2, 3, 4]) app.notices.show({ tone: "bad", title: `Failure ${number}.` });

    await waitFor(() => expect(screen.getAllByRole("group", { name: /Failure/ })).toHaveLength(3));
    expect(
      app.notices.list.map((one) => one.count),
      "five times the same is one",
    ).toEqual([5, 1, 1, 1, 1]);
    await user.click(screen.getByRole("button", { name: "2 more in Activity" }));
    await user.click(await screen.findByRole("radio", { name: "Notices" }));
    expect(await screen.findByText("5 times")).toBeInTheDocument();
    expect(screen.getByRole("cell", { name: /Failure 1\./ })).toBeInTheDocument();

    await user.click(screen.getByRole("button", { name: "Close all" }));
    expect(screen.queryAllByRole("group", { name: /Failure/ })).toHaveLength(0);
  });
});
