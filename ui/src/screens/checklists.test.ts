/** Checklists from a template to a certificate, and from a withdrawn one back to a run that holds [E4]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";
import { clockTime, moment, span } from "../words/times";

async function open(
  hash: string,
  options: DemoOptions = {},
): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  location.hash = hash;
  const backend = new DemoBackend({ count: 14, nodes: 50, isSteppedByHand: true, checklists: 4, ...options });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup({ pointerEventsCheck: 0 }) };
}

/** Steps a run to its end; whoever has to sign in does. */
async function rehearse(backend: DemoBackend, checklist: string): Promise<void> {
  for (;;) {
    while (backend.stepRehearsal(checklist));
    const run = await backend.call("rehearsal", { id: checklist, run: null });
    if (run?.sign_in === null || run?.sign_in === undefined) return;
    backend.finish(run.sign_in.sign_in.id);
  }
}

/** Chooses from a menu. Where nothing is laid out a menu is never placed, and so never visible. */
async function choose(
  user: ReturnType<typeof userEvent.setup>,
  button: HTMLElement,
  words: string,
): Promise<void> {
  await user.click(button);
  const item = await waitFor(() => {
    const items = [...document.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
    const found = items.find((one) => one.textContent.trim() === words);
    if (found === undefined) throw new Error(`no entry ${words} in the menu`);
    return found;
  });
  await user.click(item);
}

const heading = (name: RegExp | string): Promise<HTMLElement> =>
  screen.findByRole("heading", { level: 1, name });

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("the list of checklists", () => {
  it("says first what does not hold, then until when the others do", async () => {
    const { user } = await open("#/checklists");

    await heading("Brightwater hand-over does not hold: mend Gmail.");
    const rows = screen.getAllByRole("row").slice(1);
    expect(rows[0], "what needs a person stands on top").toHaveTextContent(/mend Gmail.*grant revoked/);
    expect(rows[1]).toHaveTextContent(/Halden Optik demo.*holds until/);
    expect(rows[2], "what is over is not said to hold").toHaveTextContent(/held until yesterday/);
    expect(rows[3]).toHaveTextContent("never rehearsed");

    await user.click(screen.getByRole("link", { name: "Show what to mend" }));
    await heading(/^Mend Gmail: grant revoked/);
  });

  it("begins with templates where there is none, and says what each one needs", async () => {
    const { user, app } = await open("#/checklists", { checklists: 0 });

    await heading("Know before the demo that every connection holds.");
    const templates = await screen.findByRole("list", { name: "Templates" });
    await waitFor(() => expect(within(templates).getAllByRole("listitem")).toHaveLength(7));
    expect(templates).toHaveTextContent(/Slack.*Needs a channel that the app is in/);

    await user.click(within(templates).getByRole("button", { name: "Use it: Google Drive and Docs" }));
    expect(app.navigation.screen).toEqual({ name: "checklist", id: "new-google" });
  });

  it("takes a removal back, with the record of its rehearsals", async () => {
    const { user, backend, app } = await open("#/checklists");
    await choose(user, await screen.findByRole("button", { name: "More for Halden Optik demo" }), "Remove…");
    await user.click(await screen.findByRole("button", { name: "Remove the checklist" }));
    await waitFor(() => expect(screen.queryByRole("link", { name: "Halden Optik demo" })).toBeNull());

    await user.click(await screen.findByRole("button", { name: "Undo" }));

    expect(await screen.findByRole("link", { name: "Halden Optik demo" })).toBeInTheDocument();
    expect((await backend.call("rehearsals_of", { id: "chk_1" })).length).toBe(10);
    expect(app.undo.last, "it is taken back once").toBeNull();
  });

  it("offers to connect what a template lacks", async () => {
    await open("#/checklists", { checklists: 0, count: 0, nodes: 0 });

    expect(await screen.findByRole("button", { name: "Connect… for Notion" })).toBeEnabled();
    expect(screen.getByRole("button", { name: "Add a platform…" })).toBeEnabled();
    expect(screen.queryByRole("button", { name: /^Use it/ }), "there is nothing to use it on").toBeNull();
  });
});

describe("the form of a checklist", () => {
  it("goes from a template over its connections to a run", async () => {
    const { user, backend } = await open("#/checklist/new-google");

    const dialog = await screen.findByRole("dialog", { name: "Add connections" });
    const fitting = await within(dialog).findByRole("list", { name: "Fit “Google Drive and Docs”" });
    expect(within(fitting).getAllByRole("checkbox", { checked: true }).length).toBeGreaterThan(1);
    await user.click(within(dialog).getByRole("button", { name: /^Add \d/ }));

    const name = screen.getByLabelText("Name");
    await user.clear(name);
    await user.type(name, "Monday demo");
    await user.click(screen.getByRole("button", { name: "Save and rehearse" }));

    await screen.findByRole("progressbar", { name: "Checks done" });
    const list = (await backend.call("checklists", {})).find((one) => one.name === "Monday demo");
    expect(list?.under_way, "it runs").not.toBeNull();
    backend.stepRehearsal(list?.id ?? "");
    await heading(/waits in your browser: sign in as /);
  });

  it("says why a step of a platform's copy cannot be tried", async () => {
    const { user } = await open("#/checklist/chk_1");
    const copy = (await screen.findAllByRole("rowheader")).find((one) => / in /.test(one.textContent));
    const label = copy?.querySelector(".strong")?.textContent.trim() ?? "";
    expect(label).toMatch(/ in (n8n|Make)$/);
    const row = copy?.closest("tr");
    expect(row).toHaveTextContent(/cannot be tried: (n8n|Make) owns it/);

    await user.click(screen.getByRole("button", { name: `Details of ${label}` }));
    const details = await screen.findByRole("group", { name: `Details of ${label}` });
    expect(details).toHaveTextContent(/Signed in again, create, read, update and two at once: \w+ owns it\./);
  });

  it("asks first what a trial object needs to be told", async () => {
    const { user, app } = await open("#/checklist/new-notion");
    await user.click(await screen.findByRole("button", { name: /^Add (it|\d)/ }));

    const [ask] = await screen.findAllByRole("button", { name: /^Say first: page that it is made in/ });
    expect(ask).toBeDefined();
    await user.click(ask as HTMLElement);
    const before = screen.getByRole("heading", { level: 1 }).textContent;
    await user.type(await screen.findByLabelText(/^Page that it is made in/), "1a2b");

    expect(screen.getByRole("heading", { level: 1 }).textContent, "one check more").not.toBe(before);
    await user.click(screen.getByRole("link", { name: /^Board/ }));
    await waitFor(() => expect(app.checklists.drafts.get("new-notion")?.members.length).toBeGreaterThan(0));
    app.navigation.open({ name: "checklist", id: "new-notion" });
    expect(await screen.findByText(/^\d+ checks? on/), "what was written is still there").toBeInTheDocument();
  });

  it("expects an account or a domain where one is said", async () => {
    const { user, backend } = await open("#/checklist/chk_2");
    const [details] = await screen.findAllByRole("button", { name: /^Details of / });
    await user.click(details as HTMLElement);
    await user.click(await screen.findByRole("radio", { name: "Anybody of a domain" }));
    const domain = screen.getByLabelText(/^Domain of /);
    await user.clear(domain);
    await user.type(domain, "haldenoptik.example");
    await user.click(screen.getByRole("button", { name: "Save" }));

    await waitFor(async () => {
      const list = (await backend.call("checklists", {})).find((one) => one.id === "chk_2");
      expect(list?.members[0]?.expected.account).toEqual({
        kind: "of_domain",
        domain: "haldenoptik.example",
      });
    });
  });

  it("takes a call of one's own with the answer that it has to get", async () => {
    const { user, backend } = await open("#/checklist/chk_2");
    const [details] = await screen.findAllByRole("button", { name: /^Details of / });
    await user.click(details as HTMLElement);
    await user.click(await screen.findByRole("button", { name: "Add a call…" }));
    const dialog = await screen.findByRole("dialog", { name: "Add a call of your own" });
    const add = within(dialog).getByRole("button", { name: "Add the call" });
    expect(add).toBeDisabled();
    await user.type(within(dialog).getByLabelText("Name"), "Orders can be read");
    await user.type(within(dialog).getByLabelText("Call"), "https://api.example.com/orders");
    await user.type(within(dialog).getByLabelText("have the status"), "20");
    expect(dialog).toHaveTextContent("Status: three digits");
    await user.type(within(dialog).getByLabelText("have the status"), "0");
    await user.click(within(dialog).getByRole("button", { name: "A value at a place in the answer" }));
    await user.type(within(dialog).getByLabelText("have at"), "/total");
    await user.type(within(dialog).getByLabelText("Value at /total"), "3");
    await user.click(add);
    await user.click(await screen.findByRole("button", { name: "Save" }));

    await waitFor(async () => {
      const list = (await backend.call("checklists", {})).find((one) => one.id === "chk_2");
      expect(list?.members[0]?.own_calls).toEqual([
        {
          name: "Orders can be read",
          method: "GET",
          url: "https://api.example.com/orders",
          body: null,
          expected_status: 200,
          expected_text: null,
          expected_values: [{ pointer: "/total", value: "3" }],
        },
      ]);
    });
  });

  it("changes a call of one's own, before and after it is saved", async () => {
    const { user, backend } = await open("#/checklist/chk_2");
    const [details] = await screen.findAllByRole("button", { name: /^Details of / });
    await user.click(details as HTMLElement);
    await user.click(await screen.findByRole("button", { name: "Add a call…" }));
    const added = await screen.findByRole("dialog", { name: "Add a call of your own" });
    await user.type(within(added).getByLabelText("Name"), "Orders");
    await user.type(within(added).getByLabelText("Call"), "https://api.example.com/orders");
    await user.click(within(added).getByRole("button", { name: "A value at a place in the answer" }));
    await user.type(within(added).getByLabelText("have at"), "/total");
    await user.click(within(added).getByRole("button", { name: "Add the call" }));

    await user.click(await screen.findByRole("button", { name: "Change Orders" }));
    const first = await screen.findByRole("dialog", { name: "Change Orders" });
    await user.type(within(first).getByLabelText("Value at /total"), "3");
    await user.click(within(first).getByRole("button", { name: "Cancel" }));
    await user.click(await screen.findByRole("button", { name: "Change Orders" }));
    const again = await screen.findByRole("dialog", { name: "Change Orders" });
    expect(within(again).getByLabelText("Value at /total"), "what was cancelled changed nothing").toHaveValue(
      "",
    );
    await user.type(within(again).getByLabelText("Value at /total"), "4");
    await user.click(within(again).getByRole("button", { name: "Keep it" }));
    await user.click(await screen.findByRole("button", { name: "Save" }));

    await waitFor(async () => {
      const list = (await backend.call("checklists", {})).find((one) => one.id === "chk_2");
      expect(list?.members[0]?.own_calls[0]?.expected_values).toEqual([{ pointer: "/total", value: "4" }]);
    });
    await user.click(await screen.findByRole("button", { name: "Change Orders" }));
    expect(await screen.findByRole("dialog", { name: "Change Orders" })).toBeInTheDocument();
  });

  it("says what is wrong beside the form, and keeps what was written", async () => {
    const { user } = await open("#/checklist/chk_2");
    const name = await screen.findByLabelText("Name");
    await user.clear(name);
    await user.type(name, "Halden Optik demo");
    await user.click(screen.getByRole("button", { name: "Save" }));

    expect(await screen.findByRole("alert")).toHaveTextContent("Another checklist has this name.");
    expect(name).toHaveFocus();
    expect(name).toHaveValue("Halden Optik demo");
  });

  it("says so when it cannot be saved", async () => {
    const { user, backend } = await open("#/checklist/chk_2");
    await user.type(await screen.findByLabelText("Name"), " two");
    backend.failNext(new BackendError("store_unavailable", "database is locked"), "save_checklist");
    await user.click(screen.getByRole("button", { name: "Save" }));

    expect(await screen.findByRole("alert")).not.toBeEmptyDOMElement();
    expect(screen.getByLabelText("Name")).toHaveValue("Brightwater hand-over two");
  });
});

describe("a rehearsal", () => {
  it("asks for the sign-in by name, goes on by itself, and ends in until when all of it holds", async () => {
    const { user, backend } = await open("#/checklist/chk_1", { isQuiet: true });
    await user.click(await screen.findByRole("button", { name: "Rehearse" }));
    while (backend.stepRehearsal("chk_1"));

    await heading(/^\w.* waits in your browser: sign in as .*@.*\.$/);
    await user.click(screen.getByRole("button", { name: "Open the browser again" }));
    expect(backend.asked.some((one) => one.command === "open_sign_in_page")).toBe(true);

    await rehearse(backend, "chk_1");
    await heading(/^All five connections hold until /);
    expect(screen.getByText(/25 checks, none failed, nothing left behind\./)).toBeInTheDocument();
    expect(screen.getByRole("region", { name: "What each stands on" })).toHaveTextContent(
      /token to .*then refresh, proved/,
    );
    expect(screen.getByRole("complementary", { name: "Limits" })).toHaveTextContent(
      /Each is tested every 5 minutes until/,
    );
  });

  it("shows each check as it comes, newest first", async () => {
    const { user, backend } = await open("#/checklist/chk_2");
    await user.click(await screen.findByRole("button", { name: "Rehearse" }));
    for (let at = 0; at < 5; at++) backend.stepRehearsal("chk_2");

    const log = await screen.findByRole("region", { name: "As it happens" });
    await waitFor(() => expect(within(log).getAllByRole("listitem").length).toBeGreaterThanOrEqual(3));
    expect(within(log).getAllByRole("listitem")[0]).toHaveTextContent(/making an object/);
    expect(screen.getByRole("progressbar", { name: "Checks done" })).toHaveAttribute("aria-valuenow", "2");
    expect(screen.getByRole("img", { name: /^Scopes: passed, \d of \d/ })).toBeInTheDocument();
  });

  it("holds until the time that a person says, and is run again until then", async () => {
    const { user, backend, app } = await open("#/checklists", { isQuiet: true });
    const now = app.clock.now;
    await choose(
      user,
      await screen.findByRole("button", { name: "More for Halden Optik demo" }),
      "Rehearse until…",
    );
    const dialog = await screen.findByRole("dialog", { name: "Rehearse Halden Optik demo until…" });
    const field = within(dialog).getByLabelText("To hold until");
    expect(field, "a round time is proposed").not.toHaveValue("");
    const start = within(dialog).getByRole("button", { name: /^Rehearse/ });

    await user.clear(field);
    await user.type(field, "teatime");
    expect(start).toBeDisabled();
    expect(dialog).toHaveTextContent("No time of a day: say 16:40.");
    const wished = new Date(now + 3 * 60 * 60_000);
    wished.setSeconds(0, 0);
    const said = moment(wished.getTime(), now).replaceAll("\u00a0", " ");
    await user.clear(field);
    await user.type(field, clockTime(wished.getTime()));
    expect(dialog).toHaveTextContent(`in ${span(wished.getTime() - app.clock.now)}.`);
    await user.keyboard("{Enter}");

    const asked = backend.asked.find((one) => one.command === "start_rehearsal");
    expect(asked?.args).toEqual({ id: "chk_1", hold_minutes: null, until: wished.getTime() });
    await screen.findByRole("progressbar", { name: "Checks done" });
    expect(screen.getByRole("complementary", { name: "This rehearsal" })).toHaveTextContent(`until ${said}`);
    await rehearse(backend, "chk_1");
    await heading(`All five connections hold until ${moment(wished.getTime(), now)}.`);

    await user.click(screen.getByRole("button", { name: "Rehearse again" }));
    await rehearse(backend, "chk_1");
    await heading(`All five connections hold until ${moment(wished.getTime(), now)}.`);
  });

  it("offers the same from the certificate and the palette", async () => {
    const { user } = await open("#/rehearsal/chk_2");
    await choose(
      user,
      await screen.findByRole("button", { name: "Other ways to rehearse" }),
      "Rehearse until…",
    );
    await screen.findByRole("dialog", { name: "Rehearse Brightwater hand-over until…" });
    await user.keyboard("{Escape}");

    await user.keyboard("{Control>}k{/Control}");
    await user.keyboard("hand-over until");
    await user.click(await screen.findByRole("option", { name: "Rehearse Brightwater hand-over until…" }));
    await screen.findByRole("dialog", { name: "Rehearse Brightwater hand-over until…" });
  });

  it("counts what was tried as done, and not what a failure left out", async () => {
    const { backend } = await open("#/rehearsal/chk_2");

    await heading(/^Mend Gmail/);
    const run = await backend.call("rehearsal", { id: "chk_2", run: null });
    const { done_count: done, left_out_count: leftOut, step_count: all } = run?.progress ?? {};
    expect(leftOut).toBeGreaterThan(0);
    expect((done ?? 0) + (leftOut ?? 0)).toBe(all);
    expect(screen.getByText(new RegExp(`${done} of ${all} checks, one failed`))).toBeInTheDocument();
  });

  it("is stopped by Escape, and then claims no more than was proved", async () => {
    const { user, backend } = await open("#/checklist/chk_1", { isQuiet: true });
    await user.click(await screen.findByRole("button", { name: "Rehearse" }));
    while (backend.stepRehearsal("chk_1"));
    await heading(/waits in your browser/);

    await user.keyboard("{Escape}");

    await heading("Stopped: none of five hold, and of the rest nothing is known.");
    expect(screen.getByRole("button", { name: "Rehearse again" })).toHaveClass("primary");
  });

  it("ends in the one thing to mend, and offers the run again once that works", async () => {
    const { user, backend, app } = await open("#/rehearsal/chk_2");

    await heading(/^Mend Gmail: grant revoked, seen at the account\.$/);
    expect(screen.getByText(/^.*Three of four hold\./)).toBeInTheDocument();
    const mend = screen.getByRole("button", { name: "Reconnect Gmail" });
    expect(mend, "the one thing to do").toHaveClass("primary");
    await user.click(mend);
    const [signIn] = [...app.signIns.byId.values()];
    backend.finish(signIn?.id ?? "");

    expect(await screen.findByText(/^Gmail works again, proved/)).toBeInTheDocument();
    const again = screen.getByRole("button", { name: "Rehearse again" });
    expect(again).toHaveClass("primary");
    await user.click(again);
    await screen.findByRole("progressbar", { name: "Checks done" });
    await rehearse(backend, "chk_2");
    await heading(/^All four connections hold until /);
  });

  it("takes its certificate back when a later test fails", async () => {
    const { backend } = await open("#/rehearsal/chk_1");
    await heading(/^All five connections hold until /);

    backend.withdraw("chk_1", "");

    await heading(/^Withdrawn at .*: .*, grant revoked\.$/);
    expect(screen.getByRole("region", { name: "Certificate" })).toHaveTextContent(/It was good until/);
    expect(screen.getByRole("button", { name: /^Reconnect / })).toHaveClass("primary");
  });

  it("tells what ended out of sight", async () => {
    const { backend } = await open("#/checklists");
    await backend.call("start_rehearsal", { id: "chk_2", hold_minutes: null, until: null });
    await screen.findByRole("progressbar", { name: "Brightwater hand-over, checks done" });

    await rehearse(backend, "chk_2");

    expect(await screen.findByText("Brightwater hand-over: mend Gmail.")).toBeInTheDocument();
  });

  it("keeps its history, each run with what it came to", async () => {
    const { user } = await open("#/rehearsal/chk_1");

    const history = await screen.findByRole("list", { name: "Rehearsals" });
    expect(within(history).getAllByRole("listitem")).toHaveLength(6);
    await user.click(screen.getByRole("button", { name: "All 10 rehearsals" }));
    const runs = within(history).getAllByRole("link");
    expect(runs).toHaveLength(10);
    await user.click(runs[3] as HTMLElement);

    await heading(/^All five connections held until /);
    expect(screen.queryByRole("button", { name: /^Reconnect/ }), "what is past is not mended").toBeNull();
  });

  it("writes its report as Markdown and HTML, and prints it", async () => {
    const { user, backend } = await open("#/rehearsal/chk_1");
    let printed = 0;
    window.print = () => void printed++;
    await heading(/^All five/);

    await user.click(screen.getByRole("button", { name: "Report…" }));
    const dialog = await screen.findByRole("dialog", { name: "Report" });
    await within(dialog).findByRole("article", { name: "Report" });
    await user.click(within(dialog).getByRole("button", { name: "Save as Markdown" }));
    await user.click(within(dialog).getByRole("button", { name: "Save as HTML" }));
    await user.click(within(dialog).getByRole("button", { name: "Print or save as PDF…" }));

    expect(printed).toBe(1);
    const saved = backend.asked.filter((one) => one.command === "save_rehearsal_report");
    expect(saved.map((one) => (one.args as { format: string }).format)).toEqual(["markdown", "html"]);
  });

  it("tells of what it could not remove until that is gone", async () => {
    const { user, backend } = await open("#/checklists");
    backend.leaveBehind({
      id: "obj_1",
      connection_id: backend.ids()[0] ?? "",
      connection_name: "Google Drive",
      provider_name: "Google",
      object: "a text file in My Drive",
      tag: "Patchbay check 2026-11-21 10:00 1f2e",
      made_at: Date.now(),
      can_be_removed: true,
      seen: "503 backendError",
    });

    const left = await screen.findByRole("region", { name: "Left behind" });
    expect(left).toHaveTextContent(/One object is left at a provider.*503 backendError/);
    await user.click(within(left).getByRole("button", { name: "Remove it" }));

    await waitFor(() => expect(screen.queryByRole("region", { name: "Left behind" })).toBeNull());
    expect(backend.asked.some((one) => one.command === "remove_left_object")).toBe(true);
  });

  it("says so where none was ever run, and offers one", async () => {
    await open("#/rehearsal/chk_4");

    await heading("Fjord Studio, own tools was never rehearsed.");
    expect(screen.getByRole("button", { name: "Rehearse" })).toHaveClass("primary");
  });

  it("is found and started from the palette", async () => {
    const { user } = await open("#/board");
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("combobox", { name: "Find or do" }), "rehearse nordlys");
    await user.keyboard("{Enter}");

    await screen.findByRole("progressbar", { name: "Checks done" });
  });
});
