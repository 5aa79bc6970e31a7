/** The first start: three ways in, the tour on the practice provider, and the page with one of everything [A2, C1, E1]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";
import { tourSteps, tourWords } from "../words/tour";

interface Opened {
  backend: DemoBackend;
  app: App;
  user: ReturnType<typeof userEvent.setup>;
}

async function open(options: DemoOptions = {}): Promise<Opened> {
  const backend = new DemoBackend({ count: 0, isSteppedByHand: true, ...options });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup() };
}

const tour = (): HTMLElement => screen.getByRole("region", { name: "Tour" });
const step = async (name: keyof typeof tourWords): Promise<void> => {
  await waitFor(() => expect(tour()).toHaveTextContent(tourWords[name].text));
};

/** The person signs in at the practice provider. */
async function signIn({ app, backend, user }: Opened): Promise<void> {
  await user.click(within(tour()).getByRole("button", { name: /sign-in page|Reconnect/ }));
  await waitFor(() => expect(app.signIns.byId.size).toBe(1));
  const [id = ""] = app.signIns.byId.keys();
  expect(tour()).toHaveTextContent("Waiting for your browser");
  backend.finish(id);
}

async function takeTo(opened: Opened, last: keyof typeof tourWords): Promise<void> {
  const { user } = opened;
  const press = (name: string): Promise<void> => user.click(within(tour()).getByRole("button", { name }));
  await user.click(screen.getByRole("button", { name: "Take the tour" }));
  for (const one of tourSteps) {
    await step(one);
    if (one === last) return;
    if (one === "connect" || one === "mend") await signIn(opened);
    else await press(tourWords[one].label);
    opened.app.signIns.dismiss();
  }
}

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("the empty board", () => {
  it("offers three ways, each with what it needs and takes, and one primary button", async () => {
    const { user, app } = await open();

    for (const name of ["Connect a provider", "Bring what you have", "Practise on this machine"]) {
      const way = screen.getByRole("heading", { level: 2, name }).closest("section");
      expect(way).toHaveTextContent(/Needs .* Takes /);
    }
    const primary = (): (string | null)[] =>
      [...document.querySelectorAll(".btn.primary")].map((one) => one.textContent);
    expect(primary(), "a dead copy comes before a first connection").toHaveLength(1);
    app.tour.takeUp();
    await waitFor(() =>
      expect(primary(), "whoever takes the tour is at its step").toEqual(["Open the sign-in page"]),
    );
    app.tour.leave();
    await user.click(screen.getByRole("button", { name: "Read a platform…" }));
    expect(app.navigation.screen).toEqual({ name: "platforms" });
  });
});

describe("the tour", () => {
  it("connects, breaks, explains, mends and proves a connection, and removes it at the end", async () => {
    const opened = await open();
    const { backend, app, user } = opened;
    await takeTo(opened, "end");
    const commands = backend.asked.map((one) => one.command);
    for (const command of [
      "start_practice",
      "do_practice_deed",
      "diagnose",
      "begin_reconnect",
      "run_test_call",
    ])
      expect(commands).toContain(command);
    expect(backend.ids()).toHaveLength(1);

    await user.click(within(tour()).getByRole("button", { name: "Remove it and end" }));

    await waitFor(() => expect(screen.queryByRole("region", { name: "Tour" })).toBeNull());
    expect(backend.ids()).toEqual([]);
    expect(app.navigation.screen).toEqual({ name: "board" });
    expect(localStorage.getItem("patchbay.tour")).toBeNull();
  });

  it("can be left, is taken up by another start of the window, and keeps its connection if wanted", async () => {
    const opened = await open();
    const { backend, user } = opened;
    await takeTo(opened, "notice");
    await user.click(within(tour()).getByRole("button", { name: "Leave tour" }));
    expect(screen.queryByRole("region", { name: "Tour" })).toBeNull();
    cleanup();

    const app = new App(backend);
    render(AppWindow, { app });
    await screen.findByRole("heading", { level: 1, name: /\./ });
    expect(screen.queryByRole("region", { name: "Tour" })).toBeNull();
    app.navigation.open({ name: "practice" });
    await user.click(await screen.findByRole("button", { name: "Go on with the tour" }));
    await step("notice");

    app.tour.keepConnection();
    await waitFor(() => expect(screen.queryByRole("region", { name: "Tour" })).toBeNull());
    expect(backend.ids()).toHaveLength(1);
  });

  it("is over when its connection was forgotten elsewhere, and leaves other practice connections alone", async () => {
    const opened = await open({ count: 14 });
    const { backend, app } = opened;
    const before = backend.ids();
    app.tour.begin();
    await step("connect");
    await signIn(opened);
    app.signIns.dismiss();
    await step("break");
    const id = app.tour.row?.id ?? "";
    expect(before).not.toContain(id);

    await backend.call("disconnect", { id });
    await backend.call("forget_connection", { id });

    await waitFor(() => expect(app.tour.isUnderWay).toBe(false), { timeout: 10_000 });
    expect(backend.ids()).toEqual(before);
  });
});

describe("the gallery", () => {
  it("is offered once a switch in Settings says so, and draws everything in all four themes", async () => {
    const { app, user } = await open();
    app.navigation.open({ name: "settings", section: "developers" });
    await user.click(await screen.findByRole("switch", { name: "Offer the gallery" }));
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("combobox", { name: "Find or do" }), "gallery of");
    await user.click(await screen.findByRole("option", { name: /Gallery of controls/ }));

    await screen.findByRole("region", { name: "Light theme" }, { timeout: 20_000 });
    await user.click(screen.getByRole("radio", { name: "All four" }));

    for (const name of ["Light", "Dark", "High contrast, light", "High contrast, dark"]) {
      const sheet = screen.getByRole("region", { name: `${name} theme` });
      for (const lamp of ["active", "reauth_required", "unproved", "active, stale", "active, working"])
        expect(within(sheet).getAllByRole("img", { name: lamp }).length).toBeGreaterThan(0);
    }
  });
});

describe("settings", () => {
  it("are found section by section with Find or do, also by words that are not in the head", async () => {
    const { app, user } = await open({ count: 3 });
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("combobox", { name: "Find or do" }), "dark theme look");
    await user.click(await screen.findByRole("option", { name: "Settings: Look" }));

    expect(app.navigation.screen).toEqual({ name: "settings", section: "look" });
    expect(await screen.findByRole("region", { name: "Keys: On the board" })).toHaveTextContent(
      "Into the filter",
    );
    for (const link of within(screen.getByRole("navigation", { name: "Sections of Settings" })).getAllByRole(
      "link",
    ))
      expect(document.getElementById(link.getAttribute("href")?.split("/").pop() ?? "")).not.toBeNull();
  });
});
