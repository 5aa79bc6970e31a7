/** A diagnosis as a person sees it: the ladder, the verdict, the one button, the page that explains [C1, C2, C3, C4]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError, type LadderView, type NextStepView } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

interface Opened {
  backend: DemoBackend;
  app: App;
  user: ReturnType<typeof userEvent.setup>;
  id: string;
}

async function openDiagnosis(name: RegExp, options: DemoOptions = {}): Promise<Opened> {
  const backend = new DemoBackend({ count: 14, isSteppedByHand: true, ...options });
  const app = new App(backend);
  render(AppWindow, { app });
  const user = userEvent.setup();
  const id = (await screen.findByRole("row", { name })).dataset.row ?? "";
  app.navigation.open({ name: "diagnosis", id });
  await screen.findByRole("heading", { level: 1, name: /has not been diagnosed yet/ });
  return { backend, app, user, id };
}

/** Puts a verdict in place of the demo's, as the engine would have kept it. */
async function openVerdict(next: NextStepView, change: Partial<LadderView> = {}): Promise<Opened> {
  const opened = await openDiagnosis(/^Gmail/);
  await opened.user.click(screen.getByRole("button", { name: /^Run the probes/ }));
  await screen.findByRole("heading", { level: 1, name: /one reconnect/ });
  const { app, id } = opened;
  const ladder = app.diagnoses.last.get(id);
  if (ladder === null || ladder === undefined) throw new Error("it was just run");
  app.diagnoses.last.set(id, { ...ladder, ...change, next });
  return opened;
}

const asked = (backend: DemoBackend, command: string): unknown[] =>
  backend.asked.filter((one) => one.command === command).map((one) => one.args);
const h1 = (): HTMLElement => screen.getByRole("heading", { level: 1 });
const rungs = (): HTMLElement[] =>
  within(screen.getByRole("list", { name: "Ladder of probes" })).getAllByRole("listitem");

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("a diagnosis", () => {
  it("says that there was none, and asks the provider nothing by itself", async () => {
    const { backend } = await openDiagnosis(/^Gmail/);

    expect(rungs()).toHaveLength(8);
    expect(rungs()[0]).toHaveTextContent("Is its host found, reached and trusted?");
    expect(asked(backend, "diagnose"), "looking at the page runs nothing").toEqual([]);
  });

  it("asks before a run what it may do, and passes it on", async () => {
    const { backend, user, id } = await openDiagnosis(/^Slack, fjord/);

    await user.click(screen.getByRole("checkbox", { name: /Try a refresh too/ }));
    await user.type(screen.getByRole("textbox", { name: "Resource" }), " https://slack.com/api/x {Enter}");

    await screen.findByRole("heading", { level: 1, name: /^Every rung holds/ });
    expect(asked(backend, "diagnose")).toEqual([
      expect.objectContaining({
        id,
        may_refresh: true,
        may_write: false,
        resource: "https://slack.com/api/x",
      }),
    ]);
  });

  it("streams its rungs, and stops at the first that fails", async () => {
    const { user, app } = await openDiagnosis(/^Gmail/, { delay: 8 });
    const said: string[] = [];
    const say = app.notices.say.bind(app.notices);
    app.notices.say = (line) => {
      said.push(line);
      say(line);
    };

    await user.click(screen.getByRole("button", { name: /^Run the probes/ }));
    await waitFor(() => expect(h1()).toHaveTextContent(/rung [2-5] of 8/));
    expect(screen.getByRole("button", { name: "Cancel" })).toBeEnabled();
    await screen.findByRole("heading", {
      level: 1,
      name: /^Google has ended the Gmail grant; one reconnect/,
    });

    expect(rungs()[4]).toHaveTextContent("Credential obtainable: failed");
    expect(rungs()[4]).toHaveTextContent("400 invalid_grant Token has been expired or revoked.");
    expect(rungs()[5]).toHaveTextContent("Identity and tenant right: not run");
    expect(said[0], "a screen reader hears each rung once").toBe("Rung 1 of 8, Provider reachable: passed.");
    expect(said.at(-1)).toMatch(/^Google has ended the Gmail grant/);
  });

  it("can be cancelled, and shows the last whole one on request", async () => {
    const { user, backend, id } = await openDiagnosis(/^Gmail/);
    await user.click(screen.getByRole("button", { name: /^Run the probes/ }));
    await screen.findByRole("heading", { level: 1, name: /one reconnect/ });
    const run = backend.call.bind(backend);
    let release: () => void = () => undefined;
    backend.call = async (command: never, args: never) => {
      if (command === "diagnose") {
        await new Promise<void>((resolve) => (release = resolve));
        return null;
      }
      return run(command, args);
    };

    await user.click(screen.getByRole("button", { name: /^Run again/ }));
    await user.click(await screen.findByRole("button", { name: "Cancel" }));

    await screen.findByRole("heading", { level: 1, name: /was cancelled at rung 1 of 8/ });
    expect(asked(backend, "cancel_diagnosis")).toEqual([{ id }]);
    release();
    await user.click(screen.getByRole("button", { name: "Show the last run" }));
    expect(h1()).toHaveTextContent(/one reconnect brings it back/);
  });

  it("says that the keychain is locked, keeps what was seen, and can be tried again", async () => {
    const { user } = await openDiagnosis(/^Gmail/, { keychain: "locked" });

    await user.click(screen.getByRole("button", { name: /^Run the probes/ }));

    await screen.findByRole("heading", { level: 1, name: "The keychain is locked." });
    expect(rungs()[1]).toHaveTextContent("Clocks agree: passed");
    expect(rungs()[2]).toHaveTextContent("Stored token whole: not run");
    expect(screen.getByRole("button", { name: /^Try again/ })).toBeEnabled();
  });

  it("shows the last one at once when it is opened again", async () => {
    const { user, app, id, backend } = await openDiagnosis(/^Gmail/);
    await user.click(screen.getByRole("button", { name: /^Run the probes/ }));
    await screen.findByRole("heading", { level: 1, name: /one reconnect/ });
    app.navigation.open({ name: "board" });
    await screen.findByRole("treegrid");

    app.navigation.open({ name: "diagnosis", id });

    await screen.findByRole("heading", { level: 1, name: /one reconnect/ });
    expect(asked(backend, "diagnose"), "nothing was run anew").toHaveLength(1);
  });

  it("names the cause, how sure, what it is not, and what would have prevented it", async () => {
    const { user } = await openDiagnosis(/^Gmail/);
    await user.click(screen.getByRole("button", { name: /^Run the probes/ }));
    await screen.findByRole("heading", { level: 1, name: /one reconnect/ });

    const cause = screen.getByRole("region", { name: "Cause" });
    expect(cause).toHaveTextContent("grant revoked");
    expect(cause).toHaveTextContent("high: 6 look-alikes ruled out below");
    expect(cause).toHaveTextContent("or else account disabled");
    expect(cause).toHaveTextContent("What would have prevented it");
    expect(screen.getByRole("region", { name: "Ruled out" })).toHaveTextContent(
      /token superseded.*does not rotate/,
    );
    expect(screen.getByText("Still open:")).toBeInTheDocument();
    expect(screen.getByRole("img", { name: /^last good .*, first bad .*, now/ })).toBeInTheDocument();
  });

  it("shows the provider's words as text, and cuts a long code in the middle", async () => {
    const { app, id } = await openVerdict({ step: "reconnect" });
    const ladder = app.diagnoses.last.get(id);
    if (ladder === null || ladder === undefined) throw new Error("it was just run");
    const evil = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    const code = `invalid_${"very_".repeat(30)}grant`;
    app.diagnoses.last.set(id, {
      ...ladder,
      rungs: ladder.rungs.map((rung) => ({
        ...rung,
        says: rung.state === "failed" ? evil : rung.says,
        proof: rung.proof.map((line) => ({ ...line, words: evil, code })),
      })),
    });

    await waitFor(() => expect(rungs()[4]).toHaveTextContent(evil));
    expect(document.querySelector("img, script"), "markup is never made of it").toBeNull();
    const cut = within(rungs()[4] ?? document.body).getByTitle(code);
    expect(cut.querySelector(".tail")).toHaveTextContent(/grant$/);
  });
});

describe("the one button", () => {
  it.each([
    [{ step: "reconnect" }, /^Reconnect R$/, "begin_reconnect"],
    [{ step: "reconnect_other_account" }, /^Reconnect, other account/, "begin_reconnect"],
    [{ step: "reconnect_with_scopes", missing: ["mail.send"] }, /^Reconnect with more/, "begin_widening"],
    [{ step: "refresh_now" }, /^Refresh now/, "refresh_now"],
    [{ step: "run_test_call" }, /^Test call/, "run_test_call"],
    [
      { step: "open_provider_page", provider: "google", page: "status" },
      /^Open Google's status page/,
      "open_provider_page",
    ],
    [{ step: "check_client", client: "cli_fjord" }, /^Check the client/, "check_client"],
    [{ step: "wait_until", at: null }, /^Run again/, "diagnose"],
  ] satisfies [NextStepView, RegExp, string][])("of %o asks for it", async (next, name, command) => {
    const { backend, user } = await openVerdict(next);
    const before = asked(backend, command).length;

    const button = await screen.findByRole("button", { name });
    expect(button).toHaveClass("primary");
    expect(document.querySelectorAll("main .btn.primary"), "one primary a screen").toHaveLength(1);
    await user.click(button);

    await waitFor(() => expect(asked(backend, command).length).toBeGreaterThan(before));
  });

  it("opens the page that the provider names, and then offers to run again [C5]", async () => {
    const { user, backend, id } = await openVerdict(
      { step: "open_mending_page", shown: "github.com/orgs/fjord/sso" },
      { cause: { cause: "sso_required", action: "reconnect", provider_code: null, http_status: 403 } },
    );
    expect(asked(backend, "open_mending_page")).toEqual([]);
    const again = (): HTMLElement => screen.getByRole("button", { name: /^Run again/ });
    expect(again()).not.toHaveClass("primary");

    const button = await screen.findByRole("button", { name: "Authorise for the organisation at Google" });
    expect(button).toHaveClass("primary");
    await user.click(button);

    await waitFor(() => expect(again()).toHaveClass("primary"));
    expect(asked(backend, "open_mending_page"), "the window names no address").toEqual([{ id }]);
    expect(screen.getByText(/github\.com\/orgs\/fjord\/sso was opened in your browser/)).toBeInTheDocument();
    expect(document.querySelectorAll("main .btn.primary"), "one primary a screen").toHaveLength(1);
  });

  it("shows the text for the administrator exactly as it is copied, and sends nothing", async () => {
    const { user, backend } = await openVerdict({
      step: "ask_admin",
      text: "Hello, please let the app work.",
    });
    const button = await screen.findByRole("button", { name: "Text for the administrator…" });
    const before = backend.asked.length;

    await user.click(button);

    expect(await screen.findByRole("textbox", { name: "Text to copy" })).toHaveValue(
      "Hello, please let the app work.",
    );
    // What the window asks by itself, whatever was pressed.
    const byItself = ["attend", "list_duplicates"];
    const sent = backend.asked.slice(before).filter((one) => !byItself.includes(one.command));
    expect(sent).toEqual([]);
  });

  it("shows the steps to share an object", async () => {
    const { user } = await openVerdict({ step: "share_resource", steps: ["Open it.", "Share it."] });

    await user.click(await screen.findByRole("button", { name: "Show how to share it…" }));

    const dialog = await screen.findByRole("dialog", { name: "How to share it" });
    expect(
      within(dialog)
        .getAllByRole("listitem")
        .map((item) => item.textContent),
    ).toEqual(["Open it.", "Share it."]);
  });

  it("reports to the vendor with what was seen, and no more", async () => {
    const { user } = await openVerdict({ step: "report_to_vendor" });

    await user.click(await screen.findByRole("button", { name: "Report to the provider…" }));

    const box = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Text for the provider" });
    await waitFor(() => expect(box.value).toContain("What we ask of you"));
    expect(box.value).toContain("invalid_grant");
    expect(box.value).not.toContain("mira@fjordstudio.example");
    const dialog = screen.getByRole("dialog", { name: /^Report Gmail/ });
    expect(dialog, "it says what to try before").toHaveTextContent("Reconnect first.");
    expect(dialog).toHaveTextContent("Call them: When it ends again");
  });

  it("shows the bundle before it is written, and writes that very text", async () => {
    const { user, backend, id } = await openVerdict({ step: "reconnect" });
    await user.click(await screen.findByRole("button", { name: "Save failure bundle…" }));
    const box = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "What is written" });
    await waitFor(() => expect(box.value).toContain("# Failure of Gmail"));
    expect(box.value, "masked unless ticked").not.toContain("mira@fjordstudio.example");

    await user.click(screen.getByRole("checkbox", { name: /^Include the account/ }));
    await waitFor(() => expect(box.value).toContain("mira@fjordstudio.example"));
    await user.click(screen.getByRole("radio", { name: "JSON" }));
    expect(JSON.parse(box.value)).toMatchObject({ schema: 1, redaction: { account: "included" } });
    await user.click(screen.getByRole("button", { name: "Save both…" }));

    await screen.findByText(/^Both files are in \/home\/mira\/Downloads/);
    expect(asked(backend, "save_failure_bundle")).toEqual([{ id, includes_account: true }]);
    expect(screen.getByRole("button", { name: "Saved" })).toBeDisabled();
  });

  it("says why a bundle was not written, and can be tried again", async () => {
    const { user, backend } = await openVerdict({ step: "reconnect" });
    const call = backend.call.bind(backend);
    backend.call = async (command: never, args: never) => {
      if (command === "save_failure_bundle") throw new BackendError("bad_input", "the folder takes no file");
      return call(command, args);
    };
    await user.click(await screen.findByRole("button", { name: "Save failure bundle…" }));
    await user.click(await screen.findByRole("button", { name: "Save both…" }));

    await screen.findByText(/the folder takes no file/);
    expect(screen.getByRole("button", { name: "Save both…" })).toBeEnabled();
  });

  it("waits until the time it was told, and can be stopped", async () => {
    const { user, app, id, backend } = await openVerdict({ step: "wait_until", at: Date.now() + 3_600_000 });

    await user.click(await screen.findByRole("button", { name: /^Wait until/ }));

    expect(h1().parentElement).toHaveTextContent(/run again by themselves .*in (59|60) min|in 1 h/);
    await user.click(screen.getByRole("button", { name: "Stop waiting" }));
    expect(app.diagnoses.waits.has(id)).toBe(false);
    expect(asked(backend, "diagnose"), "nothing was asked early").toHaveLength(1);
  });

  it("is not there where nothing has to be done", async () => {
    await openVerdict({ step: "nothing" });

    await waitFor(() => expect(document.querySelector("main .btn.primary")).toBeNull());
    expect(screen.getByRole("button", { name: /^Run again/ })).toBeEnabled();
  });

  it("is to run again once somebody has signed in since", async () => {
    const { backend, id } = await openVerdict({ step: "reconnect" });

    backend.change(id, (view) => (view.connected_at = Date.now() + 60_000));

    await waitFor(() => expect(screen.getByRole("button", { name: /^Run again/ })).toHaveClass("primary"));
    expect(screen.queryByRole("button", { name: /^Reconnect/ })).toBeNull();
  });
});

describe("the way to a diagnosis", () => {
  it("leads from the page by its button and by G, from the board by G, and back by Escape", async () => {
    const { user, app, id } = await openDiagnosis(/^Gmail/);

    await user.keyboard("{Escape}");
    await screen.findByRole("list", { name: "Four answers" });
    await user.click(screen.getByRole("button", { name: /^Diagnose/ }));
    expect(app.navigation.screen).toEqual({ name: "diagnosis", id });
    await user.keyboard("{Escape}");
    await screen.findByRole("list", { name: "Four answers" });
    await user.keyboard("g");
    expect(app.navigation.screen).toEqual({ name: "diagnosis", id });
    app.navigation.open({ name: "board" });
    const row = await screen.findByRole("row", { name: /^Gmail/ });
    row.focus();
    await user.keyboard("g");

    expect(app.navigation.screen).toEqual({ name: "diagnosis", id });
    expect(app.connections.open?.row.id, "its connection stays in view").toBe(id);
  });

  it("leads from a failed test call, and runs at once", async () => {
    const { user, app, id, backend } = await openDiagnosis(/^Gmail/);
    app.navigation.open({ name: "connection", id });
    await user.click(await screen.findByRole("button", { name: /^Test call/ }));
    const result = await screen.findByRole("region", { name: "Test call result" });

    await user.click(within(result).getByRole("button", { name: "Diagnose" }));

    await screen.findByRole("heading", { level: 1, name: /one reconnect/ });
    expect(asked(backend, "diagnose")).toHaveLength(1);
  });

  it("leads from the palette, wherever one is", async () => {
    const { user, app } = await openDiagnosis(/^Gmail/);
    app.isPaletteOpen = true;
    await user.type(await screen.findByRole("combobox", { name: "Find or do" }), "diag drive");

    await user.click(await screen.findByRole("option", { name: /^Diagnose Google Drive/ }));

    await screen.findByRole("heading", { level: 1, name: "Google Drive has not been diagnosed yet." });
  });

  it("says the cause in short on the connection's page", async () => {
    const { app, id } = await openDiagnosis(/^Gmail/);
    app.navigation.open({ name: "connection", id });

    const note = await screen.findByRole("region", { name: "Cause" });
    expect(note).toHaveTextContent("grant revoked");
    expect(within(note).getByRole("link", { name: "Diagnose" })).toHaveAttribute("href", `#/diagnosis/${id}`);
    expect(within(note).getByRole("link", { name: "Why did this happen?" })).toHaveAttribute(
      "href",
      "#/why/grant_revoked",
    );
  });
});

describe("a missing scope", () => {
  it("is shown as needed, asked for and granted", async () => {
    const { user } = await openDiagnosis(/^Google Drive/);

    await user.click(screen.getByRole("button", { name: /^Run the probes/ }));
    await screen.findByRole("heading", { level: 1, name: /lacks a scope/ });

    const scopes = screen.getByRole("region", { name: "Scopes" });
    expect(scopes).toHaveTextContent("3 of 4 granted");
    const first = within(scopes).getAllByRole("row")[1];
    expect(first, "what is missing comes first").toHaveTextContent(/^spreadsheets ?Write a spreadsheet/);
    expect(within(first ?? scopes).getByRole("img", { name: "no" })).toBeInTheDocument();
  });
});

describe("why it happened", () => {
  it("is told with sources, and staged where the practice provider can", async () => {
    const { user, app, backend } = await openDiagnosis(/^Gmail/);
    app.navigation.open({ name: "why", cause: "rate_limited" });
    await screen.findByRole("heading", { level: 1, name: "The provider asks to slow down." });
    expect(screen.getByText("https://www.rfc-editor.org/rfc/rfc6585#section-4")).toBeInTheDocument();
    await user.click(screen.getByRole("link", { name: /^RFC 6585.*opens in your browser$/ }));
    await waitFor(() =>
      expect(asked(backend, "open_source")).toEqual([
        { url: "https://www.rfc-editor.org/rfc/rfc6585#section-4" },
      ]),
    );

    await user.click(await screen.findByRole("button", { name: "Stage it in the practice provider" }));

    await waitFor(() => expect(asked(backend, "stage_cause")).toEqual([{ cause: "rate_limited" }]));
    await screen.findByRole("list", { name: "Four answers" });
  });

  it("shows on the practice page what is staged, and ends it there", async () => {
    const { user, app, backend } = await openDiagnosis(/^Gmail/);
    app.navigation.open({ name: "why", cause: "sso_required" });
    await user.click(await screen.findByRole("button", { name: "Stage it in the practice provider" }));
    await screen.findByRole("list", { name: "Four answers" });
    app.navigation.open({ name: "practice" });
    await screen.findByRole("combobox", { name: "Stage a cause: single sign-on" });
    const panel = screen.getByRole("region", { name: "Practice provider" });
    expect(panel).toHaveTextContent(/wants the token authorised by single sign-on/);

    await user.click(screen.getByRole("button", { name: "End the staging" }));

    await screen.findByRole("combobox", { name: "Stage a cause: nothing staged" });
    expect(asked(backend, "stage_cause")).toEqual([{ cause: "sso_required" }, { cause: null }]);
  });

  it("falls back to the board for a cause that does not exist", async () => {
    const { app } = await openDiagnosis(/^Gmail/);

    location.hash = "#/why/toString";

    await waitFor(() => expect(app.navigation.screen).toEqual({ name: "board" }));
  });

  it("says that a connection could not be found", async () => {
    const { backend, app } = await openDiagnosis(/^Gmail/);
    backend.failNext(new BackendError("connection_gone", "No connection of this id."), "connection");

    app.navigation.open({ name: "diagnosis", id: "con_gone" });

    expect(await screen.findByRole("button", { name: "Back to the board" })).toBeEnabled();
  });
});
