/** Platforms under the hands: added, read, imported, joined, removed [A3, D2]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";
import { addable, kinds } from "../words/platforms";

async function open(
  options: DemoOptions = {},
): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  location.hash = "#/platforms";
  const backend = new DemoBackend({ count: 14, nodes: 50, isSteppedByHand: true, ...options });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /platform/ });
  return { backend, app, user: userEvent.setup() };
}
const asked = (backend: DemoBackend, command: string): unknown[] =>
  backend.asked.filter((one) => one.command === command).map((one) => one.args);

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("platforms", () => {
  it("lists each with its counts, its age and what a person should know of it", async () => {
    await open();

    const n8n = screen.getByRole("listitem", { name: "n8n" });
    expect(n8n).toHaveTextContent(/read 9 min ago over its API/);
    expect(n8n).toHaveTextContent(
      /The key lacks credential:list: connections that no workflow uses stay unseen\./,
    );
    expect(n8n).toHaveTextContent(/1 dead/);
    const zapier = screen.getByRole("listitem", { name: "Zapier" });
    expect(zapier).toHaveTextContent(/from a file, taken/);
    expect(
      within(zapier).queryByRole("button", { name: /^Read now: Zapier/ }),
      "a file is not read again",
    ).toBeNull();
  });

  it("says why a reading failed, and that what was read before stands", async () => {
    await open({ isOldReading: true });

    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(
      "n8n could not be read; what is known of it is old.",
    );
    expect(
      screen.getByText(/failed: n8n does not answer: connection refused\. What was read before stands/),
    ).toBeInTheDocument();
  });

  it("shows how far a reading is, and cancels it", async () => {
    let readOn = (): void => undefined;
    const isCancelled = new Promise<void>((resolve) => (readOn = resolve));
    const { backend, user } = await open({ readsOn: () => isCancelled });

    await user.click(await screen.findByRole("button", { name: "Read now: n8n" }));

    const bar = await screen.findByRole("progressbar", { name: "Reading n8n" });
    expect(bar).toBeInTheDocument();
    await user.click(
      within(screen.getByRole("listitem", { name: "n8n" })).getByRole("button", { name: "Cancel" }),
    );
    await waitFor(() => expect(asked(backend, "cancel_reading")).toEqual([{ id: "pla_n8n" }]));
    readOn();
    await waitFor(() => expect(screen.queryByRole("progressbar")).toBeNull());
    expect(screen.getByRole("listitem", { name: "n8n" })).toHaveTextContent(/read 9 min ago/);
  });

  it("says that a platform is not read by itself once that is switched off", async () => {
    const { app } = await open();

    await app.platforms.setAutomatic("pla_n8n", false);

    await waitFor(() =>
      expect(screen.getByRole("listitem", { name: "n8n" })).toHaveTextContent(/; not by itself/),
    );
  });

  it("opens one incident of a dead copy, however often it is asked for", async () => {
    const { app } = await open();
    const dead = app.platforms.connections?.find((one) => one.lamp === "reauth_required");

    const first = await app.incidents.openFor(dead?.id ?? "");

    expect(first).not.toBeNull();
    expect(await app.incidents.openFor(dead?.id ?? "")).toBe(first);
  });

  it("sends a key once, and keeps it nowhere in the page", async () => {
    const { backend, user } = await open();
    await user.click(screen.getByRole("button", { name: "Add a platform…" }));
    const dialog = await screen.findByRole("dialog", { name: "Add a platform" });

    await user.type(within(dialog).getByLabelText("Address"), "https://n8n.example.com");
    const field = within(dialog).getByLabelText("API key");
    expect(field, "it is not shown").toHaveAttribute("type", "password");
    await user.type(field, "wrong");
    await user.click(within(dialog).getByRole("button", { name: "Add n8n" }));

    expect(await within(dialog).findByRole("alert")).toHaveTextContent("n8n does not accept the key.");
    expect(field, "it was cleared before the answer came").toHaveValue("");
    await user.type(field, "k-1234");
    await user.click(within(dialog).getByRole("button", { name: "Add n8n" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked(backend, "add_platform")).toHaveLength(2);
    expect(document.body.innerHTML).not.toContain("k-1234");
    await waitFor(() => expect(asked(backend, "read_platform"), "it is read at once").toHaveLength(1));
  });

  it("imports what is dropped, and leaves all as it was where it is no export", async () => {
    const { backend, user } = await open();

    backend.drop("/home/mira/picture.png");

    const dialog = await screen.findByRole("dialog", { name: "Import workflows" });
    expect(within(dialog).getByLabelText("File")).toHaveValue("/home/mira/picture.png");
    await user.click(within(dialog).getByRole("button", { name: "Import" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent(
      /picture\.png cannot be read\..*Nothing was changed\./,
    );
    await user.clear(within(dialog).getByLabelText("File"));
    await user.type(within(dialog).getByLabelText("File"), "/home/mira/zapfile.json");
    await user.click(within(dialog).getByRole("button", { name: "Import" }));
    const done = await screen.findByRole("dialog", { name: "Zapier is read" });
    expect(done).toHaveTextContent("9,998 new");
    expect(done).toHaveTextContent("2 entries could not be read; the first: line 41: no workflow name.");
  });

  it("names what an overlapping list would put aside, and asks before anything is taken", async () => {
    const { backend, user } = await open();
    backend.drop("/home/mira/overlapping list.csv");
    const dialog = await screen.findByRole("dialog", { name: "Import workflows" });
    await user.click(within(dialog).getByRole("button", { name: "Import" }));

    const asks = await within(dialog).findByRole("alert");
    expect(asks).toHaveTextContent("By hand holds 2 workflows that this file does not.");
    expect(asks).toHaveTextContent("Nightly invoices and Weekly report");
    expect(within(dialog).getByRole("button", { name: "Replace By hand" })).toBeEnabled();
    await user.click(within(dialog).getByRole("button", { name: "Keep both: add “overlapping list”" }));

    await screen.findByRole("dialog", { name: /is read$/ });
    expect(asked(backend, "import_workflows").at(-1)).toMatchObject({
      platform: null,
      name: "overlapping list",
    });
  });

  it("joins a platform's connection to one of ours, and confirms what was only likely", async () => {
    const { backend, user } = await open();
    const grid = screen.getByRole("grid", { name: "Platform connections" });
    const likely = within(grid).getByRole("row", { name: /^Slack in n8n/ });
    expect(likely).toHaveTextContent("likely, 92 of 100");

    await user.click(within(likely).getByRole("button", { name: "Confirm: Slack for Slack in n8n" }));

    await waitFor(() =>
      expect(within(grid).getByRole("row", { name: /^Slack in n8n/ })).toHaveTextContent("as you said"),
    );
    await user.click(within(grid).getByRole("button", { name: "Join…: HubSpot in Make" }));
    const dialog = await screen.findByRole("dialog", { name: "Which of yours is the same account?" });
    await user.click(within(dialog).getByRole("radio", { name: /None of mine/ }));
    await user.click(within(dialog).getByRole("button", { name: "None it is" }));
    await waitFor(() => expect(asked(backend, "join_platform_connection")).toHaveLength(2));
    expect(asked(backend, "join_platform_connection")[1]).toMatchObject({ connection: null });
  });

  it("offers every platform whose API the engine reads, and says what its key needs", () => {
    expect(addable).toEqual(["n8n", "make", "zapier", "activepieces", "node_red", "airtable"]);
    expect(kinds.zapier.key?.hint).toMatch(/zap:all and connection:read/);
    expect(kinds.airtable.key?.hint).toMatch(/schema\.bases:read/);
  });

  it("says whose a grant is that was handed over, and which run proved it", async () => {
    const { backend, user } = await open();
    const grid = screen.getByRole("grid", { name: "Platform connections" });
    const dead = within(grid).getByRole("row", { name: /^HubSpot in n8n/ });
    await user.click(within(dead).getByRole("button", { name: "Mend in n8n" }));
    const waiting = await screen.findByRole("dialog", { name: "Waiting for your browser: HubSpot in n8n" });
    expect(waiting).toHaveTextContent("The grant goes to n8n; none of it stays here.");

    const sent = asked(backend, "push_grant");
    expect(sent).toHaveLength(1);
    const [begun] = await backend.call("list_sign_ins", {});
    backend.finish(begun?.id ?? "");

    const told = await screen.findByRole("dialog", { name: "HubSpot in n8n holds a grant of its own" });
    expect(told).toHaveTextContent("Proved by a run: Lead handover ran again, and went well.");
    expect(told).toHaveTextContent(/Run 1042 at n8n/);
    expect(told).toHaveTextContent(/keeps a grant of its own/);
    await user.click(within(told).getByRole("button", { name: "Done" }));
    await waitFor(() =>
      expect(within(grid).getByRole("row", { name: /^HubSpot in n8n: active/ })).toBeInTheDocument(),
    );
  });

  /** A4: a file that holds a grant goes as soon as it was taken in; whose grant stays here is named as it is called. */
  it("deletes the file that an old n8n has taken in, and says where it is when it cannot", async () => {
    const { backend, user } = await open({ isOldPlatform: true });
    const grid = screen.getByRole("grid", { name: "Platform connections" });
    const dead = within(grid).getByRole("row", { name: /^HubSpot in n8n/ });
    await user.click(within(dead).getByRole("button", { name: "Write a file for n8n" }));
    await screen.findByRole("dialog", { name: "Waiting for your browser: HubSpot in n8n" });
    const [begun] = await backend.call("list_sign_ins", {});
    backend.finish(begun?.id ?? "");

    const told = await screen.findByRole("dialog", { name: "A grant for HubSpot in n8n is in a file" });
    expect(told, "no other connection's name").toHaveTextContent(
      "Your HubSpot connection here keeps a grant",
    );
    backend.failNext(new BackendError("file_not_written", "denied"), "delete_grant_file");
    await user.click(within(told).getByRole("button", { name: "Delete the file" }));
    expect(await within(told).findByRole("alert")).toHaveTextContent(
      /^It could not be deleted; delete it by hand: .*HubSpot in n8n\.json$/,
    );

    await user.click(within(told).getByRole("button", { name: "Delete the file" }));
    expect(await within(told).findByText("The file is deleted.")).toBeInTheDocument();
    expect(asked(backend, "delete_grant_file")).toEqual([{ id: begun?.id }, { id: begun?.id }]);
  });

  it("names what is forgotten before a platform is removed", async () => {
    const { backend, app, user } = await open();
    app.platforms.removing = app.platforms.list?.find((one) => one.name === "Make") ?? null;

    const question = await screen.findByRole("alertdialog", { name: "Remove Make?" });
    expect(question).toHaveTextContent(/forgets 8 workflows and 3 connections/);
    await user.click(within(question).getByRole("button", { name: "Remove and forget 8 workflows" }));

    await waitFor(() => expect(asked(backend, "remove_platform")).toEqual([{ id: "pla_make" }]));
    await waitFor(() => expect(screen.queryByRole("listitem", { name: "Make" })).toBeNull());
  });

  it("shows hostile names as text", async () => {
    const { backend, app } = await open();
    const list = await backend.call("list_platforms", {});
    const first = list[0];
    expect(first).toBeDefined();
    app.platforms.list = list.map((one, index) =>
      index === 0 ? { ...one, name: "<img src=x onerror=alert(1)>" } : one,
    );

    expect(await screen.findByRole("listitem", { name: "<img src=x onerror=alert(1)>" })).toBeInTheDocument();
    expect(document.querySelector("img"), "no markup came of it").toBeNull();
  });
});
