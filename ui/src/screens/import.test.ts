/** Importing: a preview first, nothing ticked, nothing taken unticked, secrets as fingerprints [A1, A3, A8]. */

import { cleanup, render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "../state/app.svelte";
import { importFiles, importTools } from "../words/imports";

async function open(): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  const backend = new DemoBackend({ count: 3, isSteppedByHand: true });
  const app = new App(backend);
  render(AppWindow, { app });
  app.navigation.open({ name: "import" });
  await screen.findByRole("heading", { level: 1, name: "Take over what another tool holds." });
  return { backend, app, user: userEvent.setup() };
}

const asked = (backend: DemoBackend, command: string): unknown[] =>
  backend.asked.filter((one) => one.command === command).map((one) => one.args);

async function preview(
  user: ReturnType<typeof userEvent.setup>,
  path = "/tmp/credentials.json",
): Promise<void> {
  await user.type(screen.getByLabelText("File"), path);
  await user.click(screen.getByRole("button", { name: "Preview" }));
}

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("the import screen", () => {
  it("says which file of which tool is understood, and has the file chosen as the one thing to do", async () => {
    await open();

    const table = screen.getByRole("table");
    for (const { tool, file } of importFiles) {
      const name = new RegExp(`^${tool} ${file.replaceAll(/[.*]/g, "\\$&")}`);
      expect(within(table).getByRole("row", { name })).toBeInTheDocument();
    }
    expect(
      importFiles.map(({ tool }) => tool),
      "each of those that can be chosen, and no other",
    ).toEqual(importTools.filter(({ id }) => id !== "auto").map(({ label }) => label));
    expect([...document.querySelectorAll(".btn.primary")].map((one) => one.textContent)).toEqual([
      "Choose file…",
    ]);
  });

  it("shows what is there with nothing ticked, and says why something cannot be taken", async () => {
    const { user, backend } = await open();

    await preview(user);

    expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent(
      "5 finds in a file of n8n. Nothing is taken yet.",
    );
    expect(asked(backend, "preview_import")).toEqual([{ path: "/tmp/credentials.json", format: null }]);
    expect(screen.getByRole("button", { name: "Take" })).toBeDisabled();
    const lab = screen.getByRole("listitem", { name: "Lab IdP" });
    expect(lab).toHaveTextContent("No known provider is at idp.lab.example.");
    expect(within(lab).getByRole("checkbox")).toBeDisabled();
    expect(screen.getByRole("listitem", { name: "Bases" })).toHaveTextContent(
      "n8n still holds this refresh token; whoever refreshes first ends the other’s.",
    );
  });

  it("takes what is ticked and says what became of it", async () => {
    const { user, backend } = await open();
    await preview(user);

    await user.click(await screen.findByRole("checkbox", { name: "Take Sheets prod" }));
    await user.click(screen.getByRole("button", { name: "Take 1" }));

    const list = await screen.findByRole("list", { name: "What became of it" });
    expect(list).toHaveTextContent("Connected as mira@fjordstudio.example.");
    expect(asked(backend, "take_import")).toEqual([
      { id: "imp_demo", numbers: [1], environment: "production" },
    ]);
    expect(asked(backend, "drop_import"), "the secrets of the rest are dropped at once").toEqual([
      { id: "imp_demo" },
    ]);
  });

  it("puts what is taken where the person says", async () => {
    const { user, backend, app } = await open();
    await user.click(screen.getByRole("button", { name: "Choose file…" }));
    await user.click(await screen.findByRole("checkbox", { name: "Take Sheets prod" }));

    expect(screen.getByRole("combobox", { name: "Environment: production" })).toBeInTheDocument();
    // Its list opens in a real window only: tests/e2e/import.spec.ts chooses there.
    app.imports.environment = "staging";
    await screen.findByRole("combobox", { name: "Environment: staging" });
    await user.click(screen.getByRole("button", { name: "Take 1" }));

    await screen.findByRole("list", { name: "What became of it" });
    expect(asked(backend, "take_import")).toEqual([{ id: "imp_demo", numbers: [1], environment: "staging" }]);
  });

  it("previews a file that was chosen in the system's dialog, knowing its path alone", async () => {
    const { user, backend } = await open();

    await user.click(screen.getByRole("button", { name: "Choose folder…" }));

    await screen.findByRole("listitem", { name: "Bases" });
    expect(asked(backend, "choose_import")).toEqual([{ is_folder: true }]);
    expect(asked(backend, "preview_import")).toEqual([{ path: "/home/mira/.config/gcloud", format: null }]);
  });

  it("previews a file that is dropped onto the window", async () => {
    const { backend } = await open();

    backend.drop("/home/mira/rclone.conf");

    await screen.findByRole("listitem", { name: "Bases" });
    expect(asked(backend, "preview_import")).toEqual([{ path: "/home/mira/rclone.conf", format: null }]);
  });

  it("ticks all that can be taken, and only that", async () => {
    const { user } = await open();
    await preview(user);

    await user.click(await screen.findByRole("checkbox", { name: /All that can be taken: 3 of 5/ }));

    expect(screen.getByRole("button", { name: "Take 3" })).toBeEnabled();
  });

  it("says what is wrong with a file, and where", async () => {
    const { user } = await open();

    await preview(user, "/tmp/broken.json");

    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("That file cannot be imported.");
    expect(alert).toHaveTextContent("line 12, column 3");
  });

  it("forgets what it read when the screen is left", async () => {
    const { user, backend, app } = await open();
    await preview(user);
    await screen.findByRole("listitem", { name: "Bases" });

    app.navigation.open({ name: "board" });

    await screen.findByRole("heading", { level: 1, name: /Gmail/ });
    expect(asked(backend, "drop_import")).toEqual([{ id: "imp_demo" }]);
  });
});
