/** Grants in the window: asking for more, duplicates merged, a disconnect that tells what was seen [A7, A8, A10, C4]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

async function open(
  id: string,
  backend: DemoBackend,
): Promise<{ app: App; user: ReturnType<typeof userEvent.setup> }> {
  const app = new App(backend);
  render(AppWindow, { app });
  const user = userEvent.setup();
  await waitFor(() => expect(app.connections.board).not.toBeNull());
  app.navigation.open({ name: "connection", id });
  await screen.findByRole("list", { name: "Four answers" });
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
    const { user } = await open(id, backend);
    expect(screen.getByText(/3 of 4 granted: cannot write a spreadsheet\./)).toBeInTheDocument();

    await user.click(screen.getByRole("button", { name: "Ask for more…" }));
    const dialog = await screen.findByRole("dialog", { name: "Ask for more: Google Drive" });
    expect(dialog).toHaveTextContent("Google keeps what was granted before");
    const refused = within(dialog).getByRole("checkbox", { name: /Write a spreadsheet/ });
    expect(refused).toBeChecked();
    await user.click(refused);
    await user.click(within(dialog).getByRole("checkbox", { name: /Send mail/ }));
    await user.click(within(dialog).getByRole("button", { name: "Open browser" }));

    await screen.findByRole("dialog", { name: /Waiting for your browser/ });
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
    const { user } = await open(keep.id, backend);

    await user.click(await screen.findByRole("button", { name: `Merge with ${gone.name}` }));
    const dialog = await screen.findByRole("dialog", { name: "Merge two connections" });
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
    await screen.findByText(new RegExp(`is merged into ${keep.name}`));
  });

  it("says before a disconnect that a token works on, and after it what was seen", async () => {
    const backend = new DemoBackend({ count: 14, isSteppedByHand: true });
    const { app, user } = await open(await idOf(backend, "Outlook"), backend);

    app.ask("disconnect", await idOf(backend, "Outlook"));
    const dialog = await screen.findByRole("alertdialog", { name: /^Disconnect Outlook/ });
    await waitFor(() => expect(dialog).toHaveTextContent("can go on using it until"));
    await user.click(within(dialog).getByRole("button", { name: /^Disconnect/ }));

    await screen.findByText("Outlook is disconnected here; Microsoft has not ended all of it.");
    expect(screen.getByText(/Seen: the access token still works, until/)).toBeInTheDocument();
  });
});
