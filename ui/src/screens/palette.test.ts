/** Find or do: deeds on connections by name, workflows, incidents, checklists, quitting [E1]. */

import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

type User = ReturnType<typeof userEvent.setup>;

async function open(): Promise<{ backend: DemoBackend; app: App; user: User }> {
  const backend = new DemoBackend({ count: 30, nodes: 50, isSteppedByHand: true, checklists: 4 });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup({ pointerEventsCheck: 0 }) };
}

async function type(user: User, words: string): Promise<void> {
  await user.keyboard("{Control>}k{/Control}");
  const field = await screen.findByRole("combobox", { name: "Find or do" });
  await user.clear(field);
  await user.type(field, words);
}

const options = (): string[] => screen.queryAllByRole("option").map((one) => one.textContent.trim());

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("the palette on the board", () => {
  it("reconnects a connection by its name", async () => {
    const { user, app, backend } = await open();
    const row = app.connections.board?.rows.find((one) => one.status.lamp === "active");
    await type(user, `reconnect ${row?.name ?? ""} ${row?.account ?? ""}`);

    await user.click(
      await screen.findByRole("option", { name: new RegExp(`^Reconnect ${row?.name ?? ""}`) }),
    );

    await waitFor(() =>
      expect(backend.asked.filter((one) => one.command === "begin_reconnect").map((one) => one.args)).toEqual(
        [{ id: row?.id }],
      ),
    );
  });

  it("knows each deed by the words people have for it", async () => {
    const { user } = await open();
    for (const [words, label] of [
      ["disconnect", /^Disconnect /],
      ["label", /^Name and labels of /],
      ["rename gmail", /^Name and labels of Gmail/],
      ["test call gmail", /^Test call on Gmail/],
      ["refresh now drive", /^Refresh Google Drive/],
      ["rehears", /^Rehearse /],
      ["report", /^Last rehearsal of /],
      ["report", /^Incident of /],
      ["quit", /^Quit Patchbay/],
    ] as const) {
      await type(user, words);
      await waitFor(() =>
        expect(
          options().some((one) => label.test(one)),
          `${words}: ${options().join("; ")}`,
        ).toBe(true),
      );
      await user.keyboard("{Escape}");
      await waitFor(() => expect(screen.queryByRole("combobox", { name: "Find or do" })).toBeNull());
    }
  });

  it("asks before it disconnects", async () => {
    const { user } = await open();
    await type(user, "disconnect drive");

    await user.click(
      (await screen.findAllByRole("option", { name: /^Disconnect Google Drive/ }))[0] as HTMLElement,
    );

    expect(await screen.findByRole("alertdialog", { name: /^Disconnect Google Drive/ })).toBeInTheDocument();
  });

  it("finds a workflow, and opens what it hangs on", async () => {
    const { user, app, backend } = await open();
    const question = {
      focus: null,
      filter: { state: null, customer: null, platform: null, text: "" },
      expanded: [],
      simulated: [],
      is_whole: true,
    };
    const flow = (await backend.call("blast_radius", { question })).right.flatMap((group) => group.nodes)[0];
    await type(user, flow?.name ?? "");

    await user.click(
      (
        await screen.findAllByRole("option", { name: new RegExp(`^${flow?.name ?? ""}, in `) })
      )[0] as HTMLElement,
    );

    expect(app.navigation.screen.name).toBe("radius");
  });

  it("does to the ticked rows what their bar does", async () => {
    const { user, app, backend } = await open();
    const ids = (app.connections.board?.rows ?? [])
      .filter((row) => row.status.lamp === "active")
      .slice(0, 2)
      .map((row) => row.id);
    app.selection.choose(ids);
    await type(user, "test selected");

    await user.click(await screen.findByRole("option", { name: "Test call on the 2 selected" }));

    await waitFor(() =>
      expect(backend.asked.filter((one) => one.command === "run_test_call")).toHaveLength(2),
    );
  });
});
