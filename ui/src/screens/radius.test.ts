/** The blast radius under the hands: its sentence, both its forms, what-if, filters and keys [D1, D3, D4, D6]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import type { RadiusQuestion, RadiusView } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { sceneOf } from "../blast_radius/layout";
import { App } from "../state/app.svelte";

async function open(
  hash = "#/radius",
  options: DemoOptions = {},
): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  location.hash = hash;
  const backend = new DemoBackend({
    count: 14,
    nodes: 50,
    isSteppedByHand: true,
    ...options,
  });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup() };
}

const lastQuestion = (backend: DemoBackend): RadiusQuestion => {
  const asked = backend.asked.filter((one) => one.command === "blast_radius");
  return (asked[asked.length - 1]?.args as { question: RadiusQuestion }).question;
};
const left = (): HTMLElement => screen.getByRole("tree", { name: "Accounts and connections" });
const right = (): HTMLElement => screen.getByRole("tree", { name: "Workflows by customer" });

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("the blast radius", () => {
  it("says what stops, for how many customers, from when, and what to mend first", async () => {
    await open();

    const head = screen.getByRole("heading", { level: 1 });
    expect(head).toHaveTextContent(/^Two dead connections stop 7 workflows for 3 customers/);
    expect(head).toHaveTextContent(/mend Gmail first and 6 heal\.$/);
  });

  it("stands in the navigation, with how many incidents and platforms there are", async () => {
    await open();

    const nav = screen.getByRole("navigation", { name: "Screens" });
    expect(await within(nav).findByRole("link", { name: /^Incidents ?2$/ })).toBeInTheDocument();
    expect(await within(nav).findByRole("link", { name: /^Platforms ?4$/ })).toBeInTheDocument();
    expect(within(nav).getByRole("link", { name: "Blast radius" })).toHaveAttribute("aria-current", "page");
  });

  it("draws two trees: connections by account, workflows by customer", async () => {
    await open();

    expect(
      within(left()).getByRole("treeitem", { name: /^Gmail, reauth_required, 8 workflows$/ }),
    ).toBeInTheDocument();
    expect(
      within(left()).getByRole("treeitem", { name: /^HubSpot in n8n, reauth_required/ }),
    ).toBeInTheDocument();
    expect(
      within(right()).getByRole("treeitem", { name: /^Brightwater Dental 3 of 7 stop$/ }),
    ).toBeInTheDocument();
    expect(
      within(right()).getByRole("treeitem", { name: /^Recall letters .*, stopped$/ }),
    ).toBeInTheDocument();
  });

  it("gives the repair order with what each step heals, and what waits", async () => {
    await open();

    const panel = screen.getByRole("complementary", { name: "Repair order" });
    const steps = within(panel).getAllByRole("listitem");
    expect(steps[0]).toHaveTextContent(/1 Gmail 6 heal; one waits for step 2/);
    expect(steps[1]).toHaveTextContent(/2 HubSpot in n8n Lead handover, before/);
    expect(within(panel).getByRole("button", { name: "Mend in n8n: HubSpot in n8n" })).toBeInTheDocument();
    expect(panel, "what to validate follows").toHaveTextContent(
      "Then validate 7, ticked off in the incident",
    );
  });

  it("opens one with Enter and goes along its wire with the right arrow", async () => {
    const { user, app } = await open();
    within(left())
      .getByRole("treeitem", { name: /^Gmail/ })
      .focus();

    await user.keyboard("{ArrowRight}");
    await waitFor(() =>
      expect(right(), "the keyboard is in the other column").toContainElement(
        document.activeElement as HTMLElement,
      ),
    );
    expect(document.activeElement).toHaveAccessibleName(/^Recall letters .*, stopped$/);
    await user.keyboard("{ArrowLeft}");
    await waitFor(() => expect(document.activeElement).toHaveAccessibleName(/^Gmail/));
    await user.keyboard("{Enter}");

    expect(app.navigation.screen).toMatchObject({ name: "radius" });
    await waitFor(() =>
      expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(
        /^Gmail stops 7 workflows for 3 customers, from .* on; mend it first and 6 heal\.$/,
      ),
    );
    expect(screen.getByText(/Lead handover also waits for HubSpot in n8n\./)).toBeInTheDocument();
  });

  it("shows what would happen if a working one died, and takes it back", async () => {
    const { user, backend } = await open();
    within(left())
      .getByRole("treeitem", { name: /^Xero in Make/ })
      .focus();

    await user.keyboard("w");

    await waitFor(() => expect(lastQuestion(backend).simulated).toHaveLength(1));
    expect(
      await within(left()).findByRole("treeitem", { name: /^Xero in Make what if, active, taken for dead/ }),
    ).toBeInTheDocument();
    expect(
      within(right()).getByRole("treeitem", { name: /^Supplier prices .*, would stop$/ }),
    ).toBeInTheDocument();
    expect(
      screen.queryByRole("button", { name: /until mended/ }),
      "nothing is paused for what is only supposed",
    ).toBeNull();
    await user.click(screen.getByRole("button", { name: /^End what if/ }));
    await waitFor(() => expect(within(right()).queryByRole("treeitem", { name: /would stop/ })).toBeNull());
  });

  it("asks the engine anew for each filter, and says how many it hides", async () => {
    const { user, backend } = await open();

    await user.type(screen.getByRole("searchbox", { name: "Search connections and workflows" }), "gmail");

    await waitFor(() => expect(lastQuestion(backend).filter.text).toBe("gmail"));
    await waitFor(() => expect(screen.getByText(/8 workflows of 30/)).toBeInTheDocument());
    await user.click(screen.getByRole("button", { name: "Show all" }));
    await waitFor(() => expect(lastQuestion(backend).filter.text).toBe(""));
  });

  it("has every fact of the picture as a table, with nothing folded", async () => {
    const { user, backend } = await open();

    await user.click(screen.getByRole("radio", { name: "List" }));

    const grid = await screen.findByRole("treegrid", { name: "Workflows by customer" });
    await waitFor(() => expect(lastQuestion(backend).is_whole, "the list asks for all of it").toBe(true));
    const row = within(grid).getByRole("row", { name: "Recall letters, stopped" });
    expect(row).toHaveTextContent("Gmail and Airtable");
    await user.click(screen.getByRole("radio", { name: "Connections" }));
    const other = await screen.findByRole("treegrid", { name: "Connections by account" });
    expect(within(other).getByRole("row", { name: "HubSpot in n8n, reauth_required" })).toBeInTheDocument();
  });

  it("pauses what waits, where it can be, and offers no more than that", async () => {
    const { user, backend } = await open();

    await user.click(screen.getByRole("button", { name: "Pause 5 of 7 until mended" }));

    expect((await screen.findAllByText("5 workflows are paused until it is mended."))[0]).toBeInTheDocument();
    const asked = backend.asked.find((one) => one.command === "pause_workflows");
    expect((asked?.args as { ids: string[] }).ids, "the two by hand are not asked for").toHaveLength(5);
  });

  it("offers no pause where no platform can be told to", async () => {
    const { app } = await open();
    const view = app.radius.view;
    if (view === null) throw new Error("nothing was asked");

    app.radius.view = {
      ...view,
      validation: view.validation.map((one) => ({ ...one, can_be_paused: false })),
    };

    await waitFor(() => expect(screen.queryByRole("button", { name: /until mended$/ })).toBeNull());
    expect(screen.getByRole("button", { name: "Copy as text" })).toBeInTheDocument();
    app.radius.view = {
      ...view,
      validation: view.validation.map((one) => ({ ...one, can_be_paused: true })),
    };
    expect(await screen.findByRole("button", { name: "Pause all 7 until mended" })).toBeInTheDocument();
  });

  /** D1: the sentence, the groups, what is drawn and what is folded say the same, and so does the list. */
  it.each([50, 500, 5000])("adds up with %d nodes", async (nodes) => {
    const backend = new DemoBackend({ count: 14, nodes, isSteppedByHand: true });
    const ask = (isWhole: boolean): Promise<RadiusView> =>
      backend.call("blast_radius", {
        question: {
          focus: null,
          filter: { state: null, customer: null, platform: null, text: "" },
          expanded: [],
          simulated: [],
          is_whole: isWhole,
        },
      });
    const [picture, list] = [await ask(false), await ask(true)];

    for (const view of [picture, list]) {
      const scene = sceneOf(view);
      const folds = [...scene.left.lines, ...scene.right.lines].filter((line) => line.kind === "fold");
      const sum = (side: "left" | "right"): { all: number; bad: number } =>
        folds
          .filter((line) => line.side === side)
          .reduce((total, line) => ({ all: total.all + line.count, bad: total.bad + line.bad }), {
            all: 0,
            bad: 0,
          });
      const workflows = view.right.flatMap((group) => group.nodes);
      const stopped = workflows.filter((one) => one.state.kind === "stopped").length;
      const sources = view.left.flatMap((group) => group.nodes);
      const dead = sources.filter((one) => ["reauth_required", "disconnected"].includes(one.lamp)).length;
      if (view.headline.state !== "stops") throw new Error(view.headline.state);

      expect(workflows.length + sum("right").all).toBe(view.totals.workflow_count);
      expect(stopped + sum("right").bad).toBe(view.headline.damage.workflow_count);
      expect(view.right.reduce((total, group) => total + group.stopped_count, 0)).toBe(
        view.totals.stopped_count,
      );
      expect(view.validation).toHaveLength(view.totals.stopped_count);
      expect(sources.length + sum("left").all).toBe(
        view.totals.connection_count + view.totals.platform_connection_count,
      );
      expect(dead + sum("left").bad).toBe(view.headline.dead_count + view.headline.idle_dead_count);
    }
    for (const side of ["left", "right"] as const) {
      const ids = (view: RadiusView): string[] =>
        sceneOf(view)[side].lines.flatMap((line) =>
          line.kind === "source" || line.kind === "workflow" ? [line.key] : [],
        );
      const drawn = new Set(ids(picture));
      expect(
        ids(list).filter((id) => drawn.has(id)),
        `${side} stands as in the list`,
      ).toEqual(ids(picture));
    }
  });

  it("folds what is well on a big board, and unfolds on demand", async () => {
    const { user, backend } = await open("#/radius", { nodes: 5000 });

    const folded = await within(right()).findByRole("treeitem", { name: /: show all of Grue Regnskap$/ });
    expect(within(right()).getAllByRole("treeitem").length, "only what is in view is drawn").toBeLessThan(80);
    await user.click(folded);
    await waitFor(() => expect(lastQuestion(backend).expanded).toEqual(["customer:Grue Regnskap"]));
    expect(lastQuestion(backend).is_whole, "the picture never asks for everything").toBe(false);
  });

  it("says how old it is where a platform could not be read", async () => {
    await open("#/radius", { isOldReading: true });

    expect(
      screen.getByText(/n8n could not be read .* connection refused\. What stands here is of/),
    ).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Read it now" })).toBeInTheDocument();
  });

  it("begins with the ways in where nothing is known", async () => {
    const { user, app } = await open("#/radius", { nodes: 0 });

    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("No workflow is known yet.");
    await user.click(screen.getByRole("button", { name: "Add a platform…" }));
    expect(app.navigation.screen.name).toBe("platforms");
    expect(await screen.findByRole("dialog", { name: "Add a platform" })).toBeInTheDocument();
  });

  it("heals when the connection does", async () => {
    const { backend } = await open();
    const { rows } = await backend.call("board", {});
    const gmail = rows.find((row) => row.name === "Gmail")?.id ?? "";

    backend.change(gmail, (view) => (view.row.status = { ...view.row.status, lamp: "active" }));

    await waitFor(() =>
      expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(
        /^One dead connection stops 1 workflow/,
      ),
    );
  });
});

describe("both planes on the board", () => {
  it("hangs a copy under the connection it stands beside, and says the verdict of a dead one", async () => {
    await open("#/board");

    const copy = await screen.findByRole("row", {
      name: /^Slack in n8n, fjordstudio\.slack\.example: active$/,
    });
    expect(copy).toHaveTextContent("in n8n");
    const dead = screen.getByRole("row", { name: /^HubSpot in n8n/ });
    expect(dead).toHaveTextContent(/n8n’s copy has been dead since .*\. It can be mended from here\./);
    expect(within(dead).getByRole("button", { name: "Mend in n8n: HubSpot in n8n" })).toBeInTheDocument();
  });

  it("opens a copy's radius with Enter", async () => {
    const { user, app } = await open("#/board");
    (await screen.findByRole("row", { name: /^Slack in n8n/ })).focus();

    await user.keyboard("{Enter}");

    expect(app.navigation.screen).toEqual({ name: "radius", id: "pco_4" });
  });
});
