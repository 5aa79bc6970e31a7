/** The board under the hands: keyboard, filter, live changes [B1, E1, E2]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError, type BoardView, type ConnectionRowView } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

async function open(
  options: DemoOptions = {},
): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  const backend = new DemoBackend({ count: 3, isSteppedByHand: true, ...options });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup() };
}

const asked = (backend: DemoBackend, command: string): unknown[] =>
  backend.asked.filter((one) => one.command === command).map((one) => one.args);

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("the board", () => {
  it("says the sentence, offers the button, and shows the evidence", async () => {
    await open();

    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("One connection needs you: Gmail.");
    expect(screen.getByRole("button", { name: /^Reconnect Gmail R$/ })).toBeEnabled();
    const row = screen.getByRole("row", { name: "Gmail, mira@fjordstudio.example: reauth_required" });
    expect(row).toHaveTextContent("Google has ended this grant. 7 workflows wait for it.");
    expect(within(row).getByRole("img", { name: "reauth_required" })).toBeInTheDocument();
    expect(within(row).getByRole("button", { name: "Reconnect Gmail" })).toBeInTheDocument();
  });

  it("opens the text for the administrator from the row itself, and no other page [C8]", async () => {
    const { backend, app, user } = await open();
    const call = backend.call.bind(backend);
    vi.spyOn(backend, "call").mockImplementation(async (command, args) => {
      const answer = await call(command, args);
      if (command !== "board") return answer;
      const { rows } = answer as BoardView;
      const asks = (row: ConnectionRowView): ConnectionRowView =>
        row.name === "Gmail" ? { ...row, status: { ...row.status, action: "ask_admin" } } : row;
      return { ...(answer as BoardView), rows: rows.map(asks) };
    });
    await app.connections.reload();
    const row = screen.getByRole("row", { name: /^Gmail/ });

    await user.click(await within(row).findByRole("button", { name: "Text for the administrator: Gmail" }));

    const dialog = await screen.findByRole("dialog", { name: "Text for the administrator" });
    expect(within(dialog).getByRole<HTMLTextAreaElement>("textbox").value).toContain("Please allow the app");
    expect(app.navigation.screen.name, "the board stays").toBe("board");
    expect(asked(backend, "letter_to_admin")).toEqual([{ id: row.dataset.row }]);
    expect(asked(backend, "diagnose"), "nothing is asked of the provider").toEqual([]);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("tells of a platform's dead connection though all of our own work, and leads to its incident [A8, D4]", async () => {
    const { app, user, backend } = await open({ count: 14, nodes: 50, isQuiet: true });

    const head = screen.getByRole("heading", { level: 1 });
    expect(head).toHaveTextContent(/^HubSpot in n8n needs you: \d+ workflows? waits? for it\.$/);
    expect(document.body).toHaveTextContent(/All 1\d connections of your own work\./);
    expect(document.body).not.toHaveTextContent("Nothing needs you");
    const nav = screen.getByRole("navigation", { name: "Screens" });
    expect(within(nav).getByRole("link", { name: /^Board ?1 need you$/ })).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Open the incident of HubSpot in n8n" }));
    expect(app.navigation.screen).toEqual({ name: "incident", id: "inc_1" });

    app.navigation.open({ name: "board" });
    await backend.call("close_incident", { id: "inc_1", note: null });
    await waitFor(() =>
      expect(
        screen.getByRole("button", { name: "See what waits for HubSpot in n8n" }),
        "a change of an incident or a platform is one of the board",
      ).toBeEnabled(),
    );
  });

  it("tells of a platform that cannot be read any more, and leads to it [D2]", async () => {
    const { app, user, backend } = await open({ count: 14, nodes: 50, isQuiet: true });
    backend.mendCopies();
    const name = backend.refuseKey();

    await screen.findByRole("heading", {
      level: 1,
      name: `${name} needs you: it cannot be read, and what is shown of it gets old.`,
    });
    expect(document.body).toHaveTextContent(/All 1\d connections of your own work\./);
    const nav = screen.getByRole("navigation", { name: "Screens" });
    expect(within(nav).getByRole("link", { name: /^Board ?1 need you$/ })).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: `See why ${name} cannot be read` }));
    expect(app.navigation.screen).toEqual({ name: "platforms" });
  });

  it("keeps a working row quiet", async () => {
    await open();

    const row = screen.getByRole("row", { name: /^Slack/ });
    expect(row).toHaveTextContent(/active/);
    expect(
      within(row).queryByRole("button", { name: /Reconnect/ }),
      "no visible button on a quiet row",
    ).toBeNull();
  });

  it("shows what was asked for and not granted", async () => {
    await open();

    expect(screen.getByRole("row", { name: /^Google Drive/ })).toHaveTextContent("3/4 scopes");
  });

  it("moves with arrows, Home and End, and opens with Enter", async () => {
    const { user, app } = await open();
    screen.getByRole("row", { name: /^Gmail/ }).focus();

    await user.keyboard("{End}");
    await waitFor(() => expect(document.activeElement).toHaveAttribute("role", "row"));
    const last = document.activeElement;
    await user.keyboard("{ArrowUp}");
    await waitFor(() => expect(document.activeElement).not.toBe(last));
    await user.keyboard("{Home}");
    await waitFor(() =>
      expect(document.activeElement, "the first line is a group's head").toHaveAttribute(
        "aria-expanded",
        "true",
      ),
    );
    await user.keyboard("{ArrowDown}");
    await waitFor(() => expect(document.activeElement).toHaveAccessibleName(/^Gmail/));
    await user.keyboard("{Enter}");

    expect(app.navigation.screen.name).toBe("connection");
    expect(
      await screen.findByRole("heading", { level: 1, name: "Google has ended this grant. Reconnect Gmail." }),
    ).toBeInTheDocument();
  });

  it("closes and opens a group from the keyboard", async () => {
    const { user } = await open();
    const head = screen.getByRole("row", { name: /^Halden Optik/ });
    head.focus();

    await user.keyboard("{ArrowLeft}");
    expect(screen.queryByRole("row", { name: /^Google Drive/ })).toBeNull();
    await user.keyboard("{ArrowRight}");
    expect(await screen.findByRole("row", { name: /^Google Drive/ })).toBeInTheDocument();
  });

  it("acts on the row in hand with single letters, and not once they are turned off", async () => {
    const { user, backend, app } = await open();
    const row = screen.getByRole("row", { name: /^Slack/ });
    row.focus();

    await user.keyboard("t");
    await waitFor(() => expect(asked(backend, "run_test_call")).toEqual([{ id: row.dataset.row }]));
    await screen.findByText(/Slack: It works: 200 in 212 ms/, { selector: ".toast *" });

    app.preferences.letters = false;
    row.focus();
    await user.keyboard("f");
    expect(asked(backend, "refresh_now"), "letters are off").toEqual([]);
  });

  it("never acts on a letter typed into the filter", async () => {
    const { user, backend } = await open();

    await user.type(screen.getByRole("searchbox", { name: "Filter connections" }), "drt");

    expect(asked(backend, "begin_reconnect")).toEqual([]);
    expect(asked(backend, "run_test_call")).toEqual([]);
    expect(screen.getByText("No connection matches “drt”.")).toBeInTheDocument();
  });

  it("filters as one types, over name, account and customer", async () => {
    const { user } = await open({ count: 14 });

    await user.type(screen.getByRole("searchbox", { name: "Filter connections" }), "brightwater air");

    expect(screen.getByText("1 of 14 connections")).toBeInTheDocument();
    expect(screen.getByRole("row", { name: /^Airtable, recalls@brightwater/ })).toBeInTheDocument();
  });

  it("keeps the focus on its row when the board changes beneath it", async () => {
    const { backend, user } = await open();
    const row = screen.getByRole("row", { name: /^Slack/ });
    const id = row.dataset.row ?? "";
    row.focus();

    backend.change(id, (view) => {
      view.row.status = { ...view.row.status, lamp: "reauth_required", reason: { kind: "token_over" } };
    });

    await screen.findByRole("row", { name: /^Slack.*reauth_required/ });
    expect((document.activeElement as HTMLElement).dataset.row, "the same connection has focus").toBe(id);
    await user.keyboard("r");
    await waitFor(() => expect(asked(backend, "begin_reconnect")).toEqual([{ id }]));
  });

  it("draws only what is in view of three thousand", async () => {
    await open({ count: 3_000 });

    expect(screen.getByRole("treegrid", { name: "Connections" })).toHaveAttribute(
      "aria-rowcount",
      expect.stringMatching(/^30\d\d$/),
    );
    expect(screen.getAllByRole("row").length, "a screenful, not the lot").toBeLessThan(80);
  });

  /** A3 */
  it("says what a locked keychain means, and has the desktop ask for its password", async () => {
    const { user, backend } = await open({ keychain: "locked" });

    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(/: the keychain is locked\.$/);
    expect(screen.getByText(/^No token can be read or stored, so nothing is refreshed\./)).toHaveTextContent(
      "Unlock it, and everything goes on by itself.",
    );
    expect(screen.getByRole("alert", { name: "The keychain is locked." })).toBeInTheDocument();
    expect(document.querySelectorAll(".btn.primary")).toHaveLength(1);
    await user.click(screen.getByRole("button", { name: "Unlock…" }));

    await waitFor(() => expect(screen.queryByRole("button", { name: "Unlock…" })).toBeNull());
    expect(asked(backend, "unlock_keychain")).toHaveLength(1);
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(/needs you.*Gmail/);
    expect(await screen.findByText("The keychain is open again.")).toBeInTheDocument();
  });

  /** A3: the desktop's question can be closed; that is neither an error of ours nor silence. */
  it("says that the keychain is still locked when its password was not given", async () => {
    const { user, backend } = await open({ keychain: "locked" });
    backend.refusePassword();

    await user.click(screen.getByRole("button", { name: "Unlock…" }));

    const notice = await screen.findByRole("group", { name: "The keychain is still locked." });
    expect(notice).toHaveTextContent("Your desktop's question was closed or not answered");
    expect(screen.getByRole("button", { name: "Unlock…" }), "it can be asked again").toBeEnabled();
    backend.lockKeychain(false);
    await waitFor(() =>
      expect(screen.queryByRole("group", { name: "The keychain is still locked." })).toBeNull(),
    );
  });

  /** A3: wherever one is. */
  it("offers to unlock the keychain on other screens in the banner", async () => {
    const { user, backend } = await open({ keychain: "locked" });
    await user.click(screen.getByRole("link", { name: /^Activity/ }));

    const banner = (): HTMLElement => screen.getByRole("alert", { name: "The keychain is locked." });
    await waitFor(() => expect(banner()).toHaveTextContent("so nothing is refreshed"));
    await user.click(within(banner()).getByRole("button", { name: "Unlock…" }));

    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
    expect(asked(backend, "unlock_keychain")).toHaveLength(1);
  });

  /** E1, S161: no sign-in can be done without a network. */
  it("offers what helps without a network, and no sign-in", async () => {
    const { user, backend } = await open({ isNetworkDown: true });

    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(/^No provider has answered since/);
    expect(screen.getByText(/^Refreshes wait and go on by themselves/)).toHaveTextContent(
      "Gmail needs you after that. 7 workflows hang on Gmail",
    );
    expect(screen.getAllByText(/^No provider has answered since/), "once to read, once to hear").toHaveLength(
      2,
    );
    expect([...document.querySelectorAll(".btn.primary")].map((one) => one.textContent)).toEqual([
      "Find out why",
    ]);
    await user.click(screen.getByRole("button", { name: "Find out why" }));
    await waitFor(() => expect(asked(backend, "diagnose")).toHaveLength(1));
  });

  /** E1, B14: nor while a person has switched it off. */
  it("offers to go online again where no request leaves by choice", async () => {
    const { user, backend } = await open({ mode: "offline" });

    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(/^Offline.*: no request leaves\.$/);
    expect([...document.querySelectorAll(".btn.primary")].map((one) => one.textContent)).toEqual(["Turn on"]);
    await user.click(screen.getByRole("button", { name: "Turn on" }));

    await waitFor(() => expect(asked(backend, "set_refresh_mode")).toEqual([{ mode: "on" }]));
    expect(await screen.findByRole("button", { name: /^Reconnect Gmail R$/ })).toHaveClass("primary");
  });

  it("offers three ways when nothing is connected", async () => {
    const { user, backend } = await open({ count: 0 });

    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Nothing is connected yet");
    expect(screen.getByText("patchbay provider show google")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Start practice" }));
    await waitFor(() => expect(asked(backend, "start_practice")).toHaveLength(1));
  });

  it("says in words why something could not be done", async () => {
    const { user, backend } = await open();
    const row = screen.getByRole("row", { name: /^Slack/ });
    backend.failNext(
      new BackendError("keychain_locked", "org.freedesktop.secrets is locked"),
      "run_test_call",
    );
    row.focus();

    await user.keyboard("t");

    const notice = await screen.findByRole("group", { name: "The keychain is locked." });
    expect(notice).toHaveTextContent("Unlock it in your system's password settings, then try again.");
    expect(
      within(notice).getByText("org.freedesktop.secrets is locked").closest("details"),
      "the message hides under Details",
    ).not.toBeNull();
  });

  it("names what a disconnect strands before it does so", async () => {
    const { user, backend } = await open();
    screen.getByRole("row", { name: /^Google Drive/ }).focus();

    await user.keyboard("d");
    const dialog = await screen.findByRole("alertdialog", {
      name: "Disconnect Google Drive, ops@haldenoptik.example?",
    });
    const confirm = await within(dialog).findByRole("button", { name: "Disconnect and strand 2" });
    expect(dialog).toHaveTextContent("The grant is revoked at Google, and that cannot be undone");
    expect(asked(backend, "disconnect"), "nothing before the yes").toEqual([]);
    await user.click(confirm);

    await waitFor(() => expect(asked(backend, "disconnect")).toHaveLength(1));
    expect(await screen.findByRole("group", { name: "Google Drive is disconnected." })).toBeInTheDocument();
  });
});
