/** Programs at the door under the hands: asked about once, allowed, taken back, seen, waiting [D1, F2, F3, S147]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

async function open(
  at: string,
  options: DemoOptions,
): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  location.hash = at;
  const backend = new DemoBackend({ count: 14, isSteppedByHand: true, ...options });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\w/ });
  return { backend, app, user: userEvent.setup() };
}
const asked = (backend: DemoBackend, command: string): unknown[] =>
  backend.asked.filter((one) => one.command === command).map((one) => one.args);

/** Opens the menu of that name, and chooses in it. */
async function choose(
  user: ReturnType<typeof userEvent.setup>,
  menu: RegExp | string,
  label: RegExp,
): Promise<void> {
  screen.getByRole("button", { name: menu }).focus();
  await user.keyboard("{Enter}");
  const item = await waitFor(() => {
    const items = [...document.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
    const found = items.find((one) => label.test(one.textContent));
    expect(found, String(label)).toBeDefined();
    return found;
  });
  item?.focus();
  await user.keyboard("{Enter}");
}

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("programs", () => {
  it("asks about one over the board, with four answers, and no more once it is answered", async () => {
    const { backend, user } = await open("#/board", { asking: 1 });
    const strip = await screen.findByRole("region", { name: "A program asks" });
    expect(strip).toHaveTextContent(/Allow backup\.py to use .+\?/);
    expect(
      within(strip)
        .getAllByRole("button")
        .map((one) => one.textContent.trim()),
    ).toEqual(["Once", "Always", "For 7 days", "Never"]);

    await user.click(within(strip).getByRole("button", { name: /^Always: let backup\.py use/ }));

    await waitFor(() => expect(screen.queryByRole("region", { name: "A program asks" })).toBeNull());
    expect(asked(backend, "answer_program")).toEqual([expect.objectContaining({ answer: "always" })]);
  });

  it("answers one question with a double click, not the one that comes into its place", async () => {
    const { backend, user } = await open("#/programs", { asking: 3 });
    const questions = within(await screen.findByRole("list", { name: "Questions" }));
    const first = questions.getAllByRole("button", { name: /^Always: let/ })[0];
    expect(first).toBeDefined();

    await user.dblClick(first ?? document.body);

    await waitFor(() => expect(questions.getAllByRole("listitem")).toHaveLength(2));
    expect(asked(backend, "answer_program")).toHaveLength(1);
  });

  it("tells of several as a list, and of each what it is", async () => {
    const { user } = await open("#/board", { asking: 3 });
    const strip = await screen.findByRole("region", { name: "Programs ask" });
    await user.click(within(strip).getByRole("button", { name: "Answer" }));

    const questions = within(await screen.findByRole("list", { name: "Questions" })).getAllByRole("listitem");
    expect(questions).toHaveLength(3);
    expect(questions[0]).toHaveTextContent(/\/srv\/jobs\/backup\.py/);
    expect(questions[0]).toHaveTextContent(/run by \/usr\/bin\/python3\.11/);
    expect(questions[0]).toHaveTextContent(/started by cron/);
    expect(questions[1]).toHaveTextContent(/Replaced since you decided about it/);
    expect(questions[2]).toHaveTextContent(/It stands for every Python program of yours/);
    expect(questions[0]).not.toHaveTextContent(/It stands for/);
    expect(screen.queryByText(/found no room/)).toBeNull();
  });

  it("says how many more asked than there was room for", async () => {
    await open("#/programs", { asking: 16 });

    await screen.findByText("4 more programs asked and found no room; they come up when these are answered.");
  });

  it("shows a question that comes while the window is open", async () => {
    const { backend } = await open("#/board", {});
    expect(screen.queryByRole("region", { name: "A program asks" })).toBeNull();

    backend.ask(backend.ids()[0] ?? "");

    await screen.findByRole("region", { name: "A program asks" });
  });

  it("lists who may, and takes it back", async () => {
    const { backend, user } = await open("#/programs", { hasPrograms: true });
    const table = await screen.findByRole("table", { name: "Who may" });
    expect(within(table).getAllByRole("row")).toHaveLength(4);

    await choose(user, /^What nightly\.py may/, /Take it back/);

    await waitFor(() => expect(within(table).getAllByRole("row")).toHaveLength(3));
    expect(asked(backend, "revoke_program")).toHaveLength(1);
  });

  it("lists programs that were seen with how often they run, renames and forgets them", async () => {
    const { backend, user } = await open("#/programs", { hasPrograms: true });
    const table = await screen.findByRole("table", { name: "Seen at the door" });
    expect(table).toHaveTextContent(/about daily/);
    expect(table).toHaveTextContent(/about hourly, 82 % of the time/);
    expect(table).toHaveTextContent(/no rhythm known yet/);

    await choose(user, "More for nightly.py", /another name/);
    const field = await screen.findByRole("textbox", { name: "Name" });
    await user.clear(field);
    await user.type(field, "Nightly export");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(table).toHaveTextContent("Nightly export"));

    await choose(user, "More for Nightly export", /Forget/);
    await waitFor(() => expect(table).not.toHaveTextContent("Nightly export"));
    expect(asked(backend, "forget_learned_program")).toEqual([{ path: "/srv/jobs/nightly.py" }]);
  });

  it("tells which run waits for what, on the board and on the page of the connection, until it goes on", async () => {
    const { backend, app } = await open("#/board", { blocked: 1, revoked: 1 });
    const strip = await screen.findByRole("region", { name: "Runs that wait" });
    expect(strip).toHaveTextContent(/nightly\.py waits for .+ since /);

    const need = app.programs.view?.blocked[0]?.needs[0]?.connection ?? "";
    app.navigation.open({ name: "connection", id: need });
    await screen.findByText(/nightly\.py waits for it since .+ goes on by itself/);
    backend.goOn(1);

    await waitFor(() => expect(screen.queryByText(/waits for it since/)).toBeNull());
  });

  it("says what is done with those that nobody was asked about, and why a change failed", async () => {
    const { backend, user } = await open("#/programs", {});
    expect(await screen.findByText(/They get nothing until you answer/)).toBeVisible();
    backend.failNext(new BackendError("store_unavailable", "The disk is full."), "set_unasked");

    await user.click(screen.getByRole("radio", { name: "Serve them" }));
    await screen.findByText(/The disk is full/);
    await user.click(screen.getByRole("radio", { name: "Serve them" }));

    await screen.findByText(/They get the tokens they ask for/);
  });
});
