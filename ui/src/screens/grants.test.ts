/** Grants in the window: asking for more, duplicates merged, a disconnect that tells what was seen [A7, A8, A10, C4]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError } from "../backend/backend";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

/** Roles are slow to compute on a busy machine: an event is waited for, not a time. */
const PATIENCE = { timeout: 20_000 };

async function open(
  id: string,
  backend: DemoBackend,
): Promise<{ app: App; user: ReturnType<typeof userEvent.setup> }> {
  const app = new App(backend);
  render(AppWindow, { app });
  const user = userEvent.setup();
  await waitFor(() => expect(app.connections.board).not.toBeNull());
  app.navigation.open({ name: "connection", id });
  await screen.findByRole("list", { name: "Four answers" }, PATIENCE);
  // The pointer comes from somewhere: the first click of a session lands on nothing.
  await user.click(document.body);
  return { app, user };
}

async function idOf(backend: DemoBackend, name: string): Promise<string> {
  const board = await backend.call("board", {});
  return board.rows.find((row) => row.name === name)?.id ?? "";
}

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("grants", () => {
  it("asks for more by what one wants to do", async () => {
    const backend = new DemoBackend({ count: 14, isSteppedByHand: true });
    const id = await idOf(backend, "Google Drive");
    const { app, user } = await open(id, backend);
    expect(screen.getByText(/3 of 4 granted: cannot write a spreadsheet\./)).toBeInTheDocument();

    expect(screen.getByRole("button", { name: "Ask for more…" })).toBeEnabled();
    app.ask("more", id);
    const dialog = await screen.findByRole("dialog", { name: "Ask for more: Google Drive" }, PATIENCE);
    expect(dialog).toHaveTextContent("Google keeps what was granted before");
    const refused = within(dialog).getByRole("checkbox", { name: /Write a spreadsheet/ });
    expect(refused).toBeChecked();
    await user.click(refused);
    await user.click(within(dialog).getByRole("checkbox", { name: /Send mail/ }));
    await user.click(within(dialog).getByRole("button", { name: "Open browser" }));

    await screen.findByRole("dialog", { name: /Waiting for your browser/ }, PATIENCE);
    expect(backend.asked.findLast((one) => one.command === "begin_widening")?.args).toEqual({
      id,
      scopes: ["https://www.googleapis.com/auth/gmail.send"],
    });
  });

  it("previews a merge before it is done", async () => {
    const backend = new DemoBackend({ count: 14, isSteppedByHand: true, isRepeated: true });
    const [group] = await backend.call("list_duplicates", {});
    const [keep, gone] = group?.members ?? [];
    if (keep === undefined || gone === undefined) throw new Error("the demo repeats itself");
    const { app, user } = await open(keep.id, backend);

    expect(await screen.findByRole("button", { name: `Merge with ${gone.name}` }, PATIENCE)).toBeEnabled();
    app.askMerge(keep.id, gone.id);
    const dialog = await screen.findByRole("dialog", { name: "Merge two connections" }, PATIENCE);
    await waitFor(() => expect(dialog).toHaveTextContent(/grant is (not )?revoked/));
    expect(backend.asked.some((one) => one.command === "merge_connections")).toBe(false);
    const button = `Disconnect ${gone.name} and keep ${keep.name}`;
    await user.click(within(dialog).getByRole("button", { name: button }));

    await waitFor(() =>
      expect(backend.asked.findLast((one) => one.command === "merge_connections")?.args).toEqual({
        keep: keep.id,
        gone: gone.id,
      }),
    );
    expect(
      (await screen.findAllByText(new RegExp(`is merged into ${keep.name}`), {}, PATIENCE)).length,
    ).toBeGreaterThan(0);
  });

  it("says before a disconnect that a token works on, and after it what was seen", async () => {
    const backend = new DemoBackend({ count: 14, isSteppedByHand: true });
    const { app, user } = await open(await idOf(backend, "Outlook"), backend);

    app.ask("disconnect", await idOf(backend, "Outlook"));
    const dialog = await screen.findByRole("alertdialog", { name: /^Disconnect Outlook/ });
    await waitFor(() => expect(dialog).toHaveTextContent("can go on using it until"));
    await user.click(within(dialog).getByRole("button", { name: /^Disconnect/ }));

    await screen.findByText("Outlook is disconnected here; Microsoft has not ended all of it.", {}, PATIENCE);
    expect(screen.getAllByText(/Seen: the access token still works, until/)[0]).toBeInTheDocument();
  });

  it("says in the dialog why a disconnect was not done, and can be tried again there", async () => {
    const backend = new DemoBackend({ count: 14, isSteppedByHand: true });
    const id = await idOf(backend, "Outlook");
    const { app, user } = await open(id, backend);
    app.ask("disconnect", id);
    const dialog = await screen.findByRole("alertdialog", { name: /^Disconnect Outlook/ });
    const button = await within(dialog).findByRole("button", { name: /^Disconnect/ });
    await waitFor(() => expect(button).toBeEnabled());

    backend.failNext(new BackendError("keychain_locked", "org.freedesktop.secrets is locked"), "disconnect");
    await user.click(button);

    const why = await within(dialog).findByRole("alert", {}, PATIENCE);
    expect(why).toHaveTextContent("The keychain is locked.");
    expect(app.notices.list, "no notice behind the veil").toEqual([]);
    await user.click(button);
    await screen.findByText("Outlook is disconnected here; Microsoft has not ended all of it.", {}, PATIENCE);
  });
});
