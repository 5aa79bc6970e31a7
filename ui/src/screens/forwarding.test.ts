/** Destinations of events under the hands: added, tested, switched, removed, and how far each is [F5, A3, S127]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

async function open(
  options: DemoOptions = {},
): Promise<{ backend: DemoBackend; user: ReturnType<typeof userEvent.setup> }> {
  location.hash = "#/forwarding";
  const backend = new DemoBackend({ count: 14, isSteppedByHand: true, ...options });
  render(AppWindow, { app: new App(backend) });
  await screen.findByRole("heading", { level: 1, name: /event/i });
  return { backend, user: userEvent.setup() };
}
const asked = (backend: DemoBackend, command: string): unknown[] =>
  backend.asked.filter((one) => one.command === command).map((one) => one.args);

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("forwarding", () => {
  it("says what a destination can be where there is none, and adds a file by a folder that is chosen", async () => {
    const { backend, user } = await open();
    expect(screen.getByText(/Vector and Filebeat read it/)).toBeVisible();

    await user.click(screen.getByRole("button", { name: /Add a destination/ }));
    const dialog = await screen.findByRole("dialog", { name: "Add a destination" });
    await user.click(within(dialog).getByRole("button", { name: "Choose…" }));
    await waitFor(() =>
      expect(within(dialog).getByLabelText("Folder")).toHaveValue("/home/mira/patchbay-events"),
    );
    await user.click(within(dialog).getByRole("checkbox", { name: /what happened before/ }));
    await user.click(within(dialog).getByRole("button", { name: "Add File" }));

    const one = await screen.findByRole("listitem", { name: "file" });
    expect(one).toHaveTextContent(/File · \/home\/mira\/patchbay-events\/patchbay-events\.jsonl/);
    expect(asked(backend, "add_event_destination")).toEqual([
      {
        form: {
          name: null,
          target: { kind: "file", folder: "/home/mira/patchbay-events", largest_mib: 10, kept: 5 },
          wanted: "all",
          with_accounts: true,
          from_start: true,
        },
      },
    ]);
  });

  it("says in the dialog why no folder could be chosen, and why nothing was added, and keeps what was typed", async () => {
    const { backend, user } = await open();
    await user.click(screen.getByRole("button", { name: /Add a destination/ }));
    const dialog = await screen.findByRole("dialog", { name: "Add a destination" });
    backend.failNext(new BackendError("unexpected", "no portal answers"), "choose_event_folder");
    await user.click(within(dialog).getByRole("button", { name: "Choose…" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent(/No portal answers\./);

    await user.type(within(dialog).getByLabelText("Folder"), "/var/log/patchbay");
    backend.failNext(new BackendError("bad_input", "the name is taken"), "add_event_destination");
    await user.click(within(dialog).getByRole("button", { name: "Add File" }));
    await waitFor(() => expect(within(dialog).getByRole("alert")).toHaveTextContent(/The name is taken\./));
    expect(within(dialog).getByRole("alert")).toHaveFocus();
    expect(within(dialog).getByLabelText("Folder")).toHaveValue("/var/log/patchbay");
    await user.click(within(dialog).getByRole("button", { name: "Add File" }));
    expect(await screen.findByRole("listitem", { name: "file" })).toBeVisible();
  });

  it("calls a destination that is gone a destination", async () => {
    const { backend, user } = await open({ hasReceivers: true });
    backend.failNext(new BackendError("connection_gone", "there is no place otlp"), "test_event_destination");
    await user.click(await screen.findByRole("button", { name: "Test otlp" }));
    const notices = within(screen.getByRole("region", { name: "Notices" }));
    await notices.findByText("This destination is no longer here.");
  });

  it("sends Sentry trouble alone unless told otherwise, and keeps nothing of its DSN", async () => {
    const { backend, user } = await open();
    await user.click(screen.getByRole("button", { name: /Add a destination/ }));
    (await screen.findByRole("combobox", { name: /^Kind/ })).focus();
    await user.keyboard("sen");
    expect(screen.getByRole("radio", { name: "Trouble" })).toBeChecked();
    await user.type(screen.getByLabelText("DSN"), "https://hush-hush@o1.ingest.sentry.io/42");
    await user.click(screen.getByRole("button", { name: "Add Sentry" }));

    const one = await screen.findByRole("listitem", { name: "sentry" });
    expect(one).toHaveTextContent(/https:\/\/o1\.ingest\.sentry\.io, project 42/);
    expect(one).toHaveTextContent(/Trouble alone and accounts as marks/);
    expect(asked(backend, "add_event_destination")).toMatchObject([
      { form: { wanted: "trouble", with_accounts: false } },
    ]);
    expect(document.body.innerHTML).not.toContain("hush-hush");
  });

  it("says how far each is, what stands in the way, and what was left out", async () => {
    await open({ hasReceivers: true });
    const otlp = await screen.findByRole("listitem", { name: "otlp" });
    expect(otlp).toHaveTextContent(/Takes nothing, tried 27 times, first 5 h ago; 1,181 events behind/);
    expect(otlp).toHaveTextContent(/Nothing listens at that address and port\./);
    expect(otlp).toHaveTextContent(/Tried again at/);
    expect(screen.getByRole("listitem", { name: "file" })).toHaveTextContent(
      /48,211 events taken.*12 events were thinned out or forgotten before they could be sent/,
    );
    expect(screen.getByRole("listitem", { name: "sentry" })).toHaveTextContent(
      /2 events were refused for ever/,
    );
  });

  it("tests a destination, and says what came of it", async () => {
    const { user } = await open({ hasReceivers: true });
    await user.click(await screen.findByRole("button", { name: "Test otlp" }));
    const notices = within(screen.getByRole("region", { name: "Notices" }));
    await notices.findByText("otlp did not take the trial.");
    await user.click(screen.getByRole("button", { name: "Test file" }));
    await notices.findByText("file can be written to.");
  });

  it("switches one off, and removes it once that is confirmed", async () => {
    const { backend, user } = await open({ hasReceivers: true });
    await user.click(await screen.findByRole("switch", { name: "otlp is on" }));
    await waitFor(() =>
      expect(screen.getByRole("listitem", { name: "otlp" })).toHaveTextContent(
        /Off; what happens waits; 1,181 events behind/,
      ),
    );

    screen.getByRole("button", { name: "More for otlp" }).focus();
    await user.keyboard("{Enter}");
    await user.keyboard("{Enter}");
    const dialog = await screen.findByRole("alertdialog", { name: "Remove otlp?" });
    expect(dialog).toHaveTextContent(/1,181 events that wait are not sent/);
    await user.click(within(dialog).getByRole("button", { name: "Remove it" }));

    await waitFor(() => expect(screen.queryByRole("listitem", { name: "otlp" })).toBeNull());
    expect(asked(backend, "remove_event_destination")).toHaveLength(1);
  });
});
