/** What comes in from outside the window, and how it is closed [F4, S111]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "../state/app.svelte";
import { Preferences } from "../state/preferences.svelte";

async function open(): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  const backend = new DemoBackend({ count: 14, isSteppedByHand: true });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup() };
}

const asked = (backend: DemoBackend, command: string): unknown[] =>
  backend.asked.filter((one) => one.command === command).map((one) => one.args);
const idOf = (name: RegExp): string => screen.getByRole("row", { name }).dataset.row ?? "";

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("a link", () => {
  it("asks before a sign-in begins, and begins none when it is declined", async () => {
    const { backend, user } = await open();
    const id = idOf(/^Gmail/);

    backend.arrive({ ask: "reconnect", id });
    const dialog = await screen.findByRole("dialog", { name: "Reconnect Gmail?" });
    expect(dialog).toHaveTextContent("You followed a link.");
    await user.click(within(dialog).getByRole("button", { name: /Not now/ }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked(backend, "begin_reconnect")).toEqual([]);
    expect(location.hash).toBe(`#/connection/${id}`);

    backend.arrive({ ask: "reconnect", id });
    const again = await screen.findByRole("dialog", { name: "Reconnect Gmail?" });
    await user.click(within(again).getByRole("button", { name: "Reconnect" }));
    await waitFor(() => expect(asked(backend, "begin_reconnect")).toEqual([{ id }]));
  });

  it("to nothing says so and moves nothing", async () => {
    const { backend } = await open();

    backend.arrive({ ask: "unknown_link" });

    expect(await screen.findByRole("group", { name: "The link names nothing on this board." })).toBeVisible();
    expect(location.hash).toBe("");
  });
});

describe("a click outside the window", () => {
  it("leads to the platforms, of a message about a key that is refused", async () => {
    const { backend } = await open();

    backend.arrive({ ask: "platforms" });

    await waitFor(() => expect(location.hash).toBe("#/platforms"));
  });

  it("begins what mends the connection", async () => {
    const { backend } = await open();
    const id = idOf(/^Gmail/);

    backend.arrive({ ask: "mend", id });

    await waitFor(() => expect(asked(backend, "begin_reconnect")).toEqual([{ id }]));
    expect(location.hash).toBe(`#/connection/${id}`);
  });
});

describe("closing", () => {
  it("is asked once, in words that say what goes on", async () => {
    const { backend, user } = await open();

    backend.arrive({ ask: "closing", has_tray: true });
    const dialog = await screen.findByRole("alertdialog", { name: "Keep Patchbay running?" });
    expect(dialog).toHaveTextContent(/keeps \d+ connections alive and stays in the tray/);
    await user.click(within(dialog).getByRole("button", { name: "Keep running" }));

    expect(asked(backend, "answer_closing")).toEqual([{ answer: "keep_running" }]);
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  });

  it("without a tray offers to minimise, and Escape stays", async () => {
    const { backend, user } = await open();

    backend.arrive({ ask: "closing", has_tray: false });
    await screen.findByRole("button", { name: "Minimise" });
    await user.keyboard("{Escape}");

    await waitFor(() => expect(asked(backend, "answer_closing")).toEqual([{ answer: "stay" }]));
  });

  it("Ctrl+Q quits", async () => {
    const { backend, user } = await open();

    await user.keyboard("{Control>}q{/Control}");

    expect(asked(backend, "quit")).toEqual([{}]);
  });

  /** WCAG 1.4.4: by keys, as in a browser, and in the settings; kept for the next start. */
  it("draws everything larger and smaller", async () => {
    const { backend, app, user } = await open();

    await user.keyboard("{Control>}+={/Control}");
    expect(asked(backend, "draw_at")).toEqual([{ percent: 125 }, { percent: 150 }]);
    await user.keyboard("{Control>}0{/Control}");
    await user.keyboard("{Control>}---{/Control}");
    expect(asked(backend, "draw_at").slice(2)).toEqual([100, 80].map((percent) => ({ percent })));

    app.navigation.open({ name: "settings" });
    await user.click(await screen.findByRole("radio", { name: "200 %" }));
    expect(asked(backend, "draw_at").at(-1)).toEqual({ percent: 200 });
    expect(new Preferences().size).toBe(200);
  });
});

describe("the settings", () => {
  it("switch messages, quiet hours, closing, login and links", async () => {
    const { backend, app, user } = await open();
    app.navigation.open({ name: "settings" });

    await user.click(await screen.findByRole("switch", { name: "Quiet hours" }));
    await screen.findByRole("combobox", { name: /^Quiet from/ });
    await user.click(screen.getByRole("switch", { name: "Links in mail" }));
    await screen.findByText("http://127.0.0.1:24816/reconnect/…");
    await user.click(screen.getByRole("radio", { name: "Quit" }));
    await user.click(screen.getByRole("switch", { name: "Start at login" }));
    await user.click(screen.getByRole("switch", { name: "Desktop messages" }));

    await waitFor(() =>
      expect(asked(backend, "change_desk")).toEqual([
        { change: { what: "quiet", hours: { from: "22:00", until: "07:00" } } },
        { change: { what: "mail_links", on: true } },
        { change: { what: "closing", wish: "quit" } },
        { change: { what: "starts_at_login", on: true } },
        { change: { what: "alerts", on: false } },
      ]),
    );
    expect(screen.getByText(/Closing the window ends Patchbay/)).toBeVisible();
  });
});
