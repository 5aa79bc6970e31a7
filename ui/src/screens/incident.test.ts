/** An incident from the first bad call to its report [D4, D5, D6]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { DemoBackend } from "../backend/demo_backend";
import { reportBlocks } from "../incidents/report_blocks";
import { App } from "../state/app.svelte";

async function open(
  hash: string,
): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  location.hash = hash;
  const backend = new DemoBackend({ count: 14, nodes: 50, isSteppedByHand: true });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup() };
}

async function mendGmail(backend: DemoBackend): Promise<void> {
  const { rows } = await backend.call("board", {});
  const gmail = rows.find((row) => row.name === "Gmail")?.id ?? "";
  backend.change(gmail, (view) => (view.row.status = { ...view.row.status, lamp: "active" }));
}

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("incidents", () => {
  it("lists what is open, and opens one", async () => {
    const { user, app } = await open("#/incidents");

    expect(
      await screen.findByRole("heading", { level: 1, name: "Two incidents are open." }),
    ).toBeInTheDocument();
    await user.click(screen.getByRole("link", { name: "Open Gmail" }));

    await waitFor(() => expect(app.navigation.screen).toEqual({ name: "incident", id: "inc_1" }));
    expect(
      await screen.findByRole("heading", { level: 1, name: /^Gmail is dead and stops 7 workflows/ }),
    ).toBeInTheDocument();
  });

  it("tells the last good and the first bad call apart", async () => {
    await open("#/incident/inc_1");

    expect(screen.getByText("Last good call").parentElement).toHaveTextContent(
      /refresh, token endpoint \(200\)/,
    );
    expect(screen.getByText("First bad call").parentElement).toHaveTextContent(/\(400 invalid_grant\)/);
  });

  it("lets nothing be ticked off while the connection is dead", async () => {
    await open("#/incident/inc_1");

    expect(screen.getByRole("checkbox", { name: "Recall letters runs well" })).toBeDisabled();
    expect(screen.getByText(/0 of 7 workflows validated; opens when it is mended/)).toBeInTheDocument();
  });

  /** D4 */
  it("says of a workflow that needs another one besides what is to be done for it", async () => {
    await open("#/incident/inc_1");

    const row = await screen.findByRole("row", { name: /Lead handover/ });
    expect(row).toHaveTextContent("mend HubSpot in n8n as well");
  });

  it("names what is still paused, and closes nothing before that is resumed", async () => {
    const { user, backend } = await open("#/incident/inc_1");
    await user.click(screen.getByRole("button", { name: "Pause 5 of 7 until mended" }));
    expect(await screen.findByText(/5 workflows are paused at n8n\./)).toBeInTheDocument();
    await mendGmail(backend);

    await user.click(await screen.findByRole("button", { name: "Close…" }));

    const dialog = await screen.findByRole("dialog", { name: "Close the incident" });
    expect(dialog).toHaveTextContent(
      /and 3 more are still paused: resume them before you close it, once the connection works\./,
    );
    expect(within(dialog).queryByRole("button", { name: /Close it/ }), "it would be refused").toBeNull();
    await user.click(within(dialog).getByRole("button", { name: "Resume 5 workflows" }));
    await waitFor(() => expect(backend.asked.some((one) => one.command === "resume_workflows")).toBe(true));
  });

  it("goes over mend and canary to validated and closed", async () => {
    const { user, backend, app } = await open("#/incident/inc_1");
    await waitFor(() => expect(app.incidents.rows).toHaveLength(2));

    await mendGmail(backend);
    expect(
      await screen.findByRole("heading", { level: 1, name: /^Gmail works again; 7 of 7 workflows wait/ }),
    ).toBeInTheDocument();
    await user.click(await screen.findByRole("button", { name: "Make the call" }));
    expect(await screen.findByText(/^Worked .* in 212 ms\.$/)).toBeInTheDocument();

    await user.click(screen.getByRole("checkbox", { name: "Recall letters runs well" }));
    expect(await screen.findByText(/1 of 7 workflows validated/)).toBeInTheDocument();
    expect(
      screen.getByRole("checkbox", { name: "Lead handover runs well" }),
      "what waits for another connection is not well yet",
    ).toBeDisabled();

    await user.click(screen.getByRole("button", { name: "Close…" }));
    const dialog = await screen.findByRole("dialog", { name: "Close the incident" });
    expect(dialog, "what is open is named").toHaveTextContent(/6 workflows are not validated/);
    await within(dialog).findByRole("article", { name: "Report" });
    await user.type(within(dialog).getByLabelText("Note for the report"), "Told all three.");
    await user.click(within(dialog).getByRole("button", { name: "Close it all the same" }));

    expect(await screen.findByRole("dialog", { name: "The report" })).toHaveTextContent("Told all three.");
    await waitFor(() => expect(app.incidents.live).toHaveLength(1));
  });

  it("resumes nothing on a connection that does not work", async () => {
    const { user, backend } = await open("#/incident/inc_1");
    await user.click(screen.getByRole("button", { name: "Pause 5 of 7 until mended" }));
    await mendGmail(backend);

    await user.click(await screen.findByRole("button", { name: "Resume 5" }));

    expect(
      await screen.findByText("Nothing has proved HubSpot in n8n yet, so all stay paused."),
      "one of the five waits for it",
    ).toBeInTheDocument();
  });

  /** D6: an unfinished edit is started by a person's word alone. */
  it("asks for a person's word where only an edit can be started", async () => {
    const { user, backend } = await open("#/incident/inc_1");
    const of = async (): Promise<string[]> => {
      const { workflows } = await backend.call("incident", { id: "inc_1" });
      return workflows.flatMap((one) => (one.state.kind === "paused" ? [one.id] : []));
    };
    await user.click(screen.getByRole("button", { name: "Pause 5 of 7 until mended" }));
    await mendGmail(backend);
    backend.mendCopies();
    const paused = await waitFor(async () => {
      const ids = await of();
      expect(ids).toHaveLength(5);
      return ids;
    });
    const [kept = ""] = paused;
    backend.editWhilePaused(kept);

    await user.click(await screen.findByRole("button", { name: "Resume 5" }));

    expect(
      await screen.findByText(/was edited while paused, and the edit alone can be started/),
    ).toBeVisible();
    expect(screen.getByRole("button", { name: "Start it as edited" })).toBeEnabled();
    await user.click(screen.getByRole("button", { name: "Close…" }));
    const dialog = await screen.findByRole("dialog", { name: "Close the incident" });
    expect(dialog, "what keeps it open is said here too").toHaveTextContent(/was edited while paused/);
    await user.click(within(dialog).getByRole("button", { name: "Start it as edited" }));
    await user.keyboard("{Escape}");

    expect(await screen.findByText("Nothing is paused.")).toBeVisible();
    const asked = backend.asked.filter((one) => one.command === "resume_workflows");
    expect(asked.map((one) => one.args)).toEqual([
      { ids: paused, as_saved: false },
      { ids: [kept], as_saved: true },
    ]);
  });

  it("prints and saves the report", async () => {
    const { user, backend } = await open("#/incident/inc_1");
    let printed = 0;
    window.print = () => void printed++;

    await user.click(screen.getByRole("button", { name: "Close…" }));
    await user.click(await screen.findByRole("button", { name: "Print…" }));
    await user.click(screen.getByRole("button", { name: "Save as Markdown" }));

    expect(printed).toBe(1);
    await waitFor(() =>
      expect(backend.asked.some((one) => one.command === "save_incident_report")).toBe(true),
    );
  });
});

describe("the report", () => {
  it("is read as blocks of text, whatever stands in it", () => {
    const blocks = reportBlocks(
      "# A <b>name</b>\n\nOne\ntwo.\n\n- a\n- b\n\n| x | y |\n| --- | --- |\n| 1 \\| 2 | <i> |\n",
    );

    expect(blocks).toEqual([
      { kind: "head", level: 1, text: "A <b>name</b>" },
      { kind: "text", text: "One two." },
      { kind: "list", items: ["a", "b"] },
      { kind: "table", head: ["x", "y"], rows: [["1 | 2", "<i>"]] },
    ]);
  });
});
