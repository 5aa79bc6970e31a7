/** What fails in a dialog is said in that dialog, which stays as it was filled in: a notice would lie beneath it [E1]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError, type CommandName } from "../backend/backend";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

interface Opened {
  app: App;
  backend: DemoBackend;
  user: ReturnType<typeof userEvent.setup>;
  first: string;
  second: string;
}

async function open(hash = "#/board"): Promise<Opened> {
  location.hash = hash;
  const backend = new DemoBackend({
    count: 14,
    nodes: 50,
    isSteppedByHand: true,
    checklists: 4,
    hasPrograms: true,
  });
  const app = new App(backend);
  render(AppWindow, { app });
  await waitFor(() => expect(app.connections.board?.rows.length).toBeGreaterThan(1));
  const [first = "", second = ""] = backend.ids();
  return { app, backend, user: userEvent.setup(), first, second };
}

const cases: {
  what: string;
  command: CommandName;
  title: RegExp;
  ask: (opened: Opened) => void;
  fill?: (dialog: HTMLElement, opened: Opened) => Promise<void>;
  press: RegExp;
}[] = [
  {
    what: "naming a connection",
    command: "label_connection",
    title: /^Name and labels/,
    ask: ({ app, first }) => app.ask("label", first),
    fill: async (dialog, { user }) => user.type(within(dialog).getByLabelText("Customer"), "Halden"),
    press: /^Save/,
  },
  {
    what: "adding a dependant",
    command: "add_dependant",
    title: /^Add a dependant/,
    ask: ({ app, first }) => app.ask("dependant", first),
    fill: async (dialog, { user }) => user.type(within(dialog).getByLabelText("Workflow"), "Letters"),
    press: /^Add$/,
  },
  {
    what: "forgetting a connection",
    command: "forget_connection",
    title: /^Forget /,
    ask: ({ app, first }) => app.ask("forget", first),
    press: /^Forget it/,
  },
  {
    what: "merging two",
    command: "merge_connections",
    title: /^Merge two/,
    ask: ({ app, first, second }) => (app.question = { kind: "merge", id: first, other: second }),
    press: /^Disconnect .* and keep /,
  },
  {
    what: "disconnecting one",
    command: "disconnect",
    title: /^Disconnect /,
    ask: ({ app, first }) => app.ask("disconnect", first),
    press: /^Disconnect/,
  },
  {
    what: "naming a program",
    command: "rename_learned_program",
    title: /^Name of /,
    ask: ({ app }) => (app.programs.renaming = app.programs.view?.learned[0] ?? null),
    press: /^Save/,
  },
];

/** Dialogs that write a file, from where each is opened. */
const writing: { what: string; command: CommandName; at: string; open: RegExp; press: RegExp }[] = [
  {
    what: "a text to hand over",
    command: "save_handing_over_note",
    at: "#/queue",
    open: /^Someone else…/,
    press: /^Save as a file/,
  },
  {
    what: "a rehearsal’s report",
    command: "save_rehearsal_report",
    at: "#/rehearsal/chk_1",
    open: /^Report…/,
    press: /^Save as HTML/,
  },
  {
    what: "an incident’s report",
    command: "save_incident_report",
    at: "#/incident/inc_1",
    open: /^Close…/,
    press: /^Save as Markdown/,
  },
];

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("a dialog", () => {
  it.each(cases)(
    "of $what says what failed, holds while it is tried, and goes on",
    async ({ command, title, ask, fill, press }) => {
      const opened = await open(command === "rename_learned_program" ? "#/programs" : "#/board");
      const { app, backend, user } = opened;
      if (command === "rename_learned_program")
        await waitFor(() => expect(app.programs.view?.learned.length).toBeGreaterThan(0));
      ask(opened);
      const find = async (): Promise<HTMLElement> =>
        screen.findByRole(/^(Forget|Disconnect) /.test(title.source.slice(1)) ? "alertdialog" : "dialog", {
          name: title,
        });
      const dialog = await find();
      await fill?.(dialog, opened);
      const button = (): HTMLElement => within(dialog).getByRole("button", { name: press });
      await waitFor(() => expect(button()).toBeEnabled());

      const answer = backend.holdNext(command);
      backend.failNext(new BackendError("store_unavailable", "the disk is full"), command);
      await user.click(button());
      await user.keyboard("{Escape}");
      expect(await find(), "it is on its way").toBeVisible();
      answer();
      const refusal = await within(dialog).findByRole("alert");
      expect(refusal).toHaveTextContent(/cannot be written/);
      expect(refusal).toHaveFocus();
      expect(app.notices.list, "nothing beneath it").toHaveLength(0);

      await user.click(button());
      await waitFor(() => expect(screen.queryByRole(dialog.getAttribute("role") ?? "")).toBeNull());
      expect(backend.asked.filter((one) => one.command === command)).toHaveLength(2);
    },
  );

  it.each(writing)("that writes $what says where it is, or why there is none", async (one) => {
    const { backend, user } = await open(one.at);
    const [opener] = await screen.findAllByRole("button", { name: one.open });
    await user.click(opener as HTMLElement);
    const dialog = await screen.findByRole("dialog");
    const button = await within(dialog).findByRole("button", { name: one.press });

    backend.failNext(new BackendError("file_not_written", "the folder is read-only"), one.command);
    await user.click(button);
    const refusal = await within(dialog).findByRole("alert");
    expect(refusal).toHaveTextContent(/could not be written.*The folder is read-only\./);
    expect(refusal).not.toHaveTextContent(/Details/);

    await user.click(button);
    expect(await within(dialog).findByText(/^Written to \//)).toBeVisible();
    expect(within(dialog).queryByRole("alert")).toBeNull();
  });
});
