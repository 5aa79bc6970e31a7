/** The lifecycle engine as a person sees it: forecast, chain of tokens, figures, switch, held tokens, clock [A5, B9, B11, B14, C9, S154]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

const PASSPHRASE = "four words keep it 4711";

async function open(
  options: DemoOptions = {},
): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  const backend = new DemoBackend({ count: 14, isSteppedByHand: true, ...options });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup() };
}

async function openNamed(
  name: RegExp,
  options: DemoOptions = {},
): Promise<Awaited<ReturnType<typeof open>> & { id: string }> {
  const opened = await open(options);
  const row = screen.getByRole("row", { name });
  const id = row.dataset.row ?? "";
  await opened.user.click(row);
  await screen.findByRole("list", { name: "Four answers" });
  return { ...opened, id };
}

const asked = (backend: DemoBackend, command: string): unknown[] =>
  backend.asked.filter((one) => one.command === command).map((one) => one.args);

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("the grant's clock", () => {
  it("says when, how sure and why, and writes a calendar file", async () => {
    const { user, backend, id } = await openNamed(/^Google Drive/);
    const clock = screen.getByRole("region", { name: "Grant clock" });

    expect(clock).toHaveTextContent(/Ends on \w+day at .*, in 2 d 5 h\.|Ends on .*, in 2 d 6 h\./);
    expect(clock).toHaveTextContent("documented");
    expect(clock).toHaveTextContent("Google ends it 7 days after consent while the client is in testing.");
    await user.click(within(clock).getByRole("button", { name: "Add to calendar" }));

    expect(asked(backend, "export_calendar")).toEqual([{ id }]);
    expect(await screen.findByRole("group", { name: "The calendar file is written." })).toHaveTextContent(
      "/home/mira/Downloads/Patchbay grants.ics",
    );
  });

  it("offers the fix of a fragile one beside it", async () => {
    const { user, backend, id } = await openNamed(/^Microsoft Teams/);
    const clock = screen.getByRole("region", { name: "Grant clock" });
    expect(clock).toHaveTextContent("fragile");

    await user.click(within(clock).getByRole("button", { name: "Reconnect with offline access" }));

    await waitFor(() => expect(asked(backend, "begin_reconnect")).toEqual([{ id }]));
  });

  it("says when it is used so that it does not die unused", async () => {
    await openNamed(/^Airtable, recalls/);

    expect(screen.getByRole("region", { name: "Grant clock" })).toHaveTextContent(
      /ends it after 60 days without use\. Patchbay refreshes it on .* at the latest/,
    );
  });
});

describe("the token's clock", () => {
  it("is green only for what was seen to work", async () => {
    const { backend, id } = await openNamed(/^Google Drive/);
    const ring = (): string =>
      screen.getByRole("region", { name: "Token clock" }).querySelector(".left")?.getAttribute("class") ?? "";
    expect(ring()).toContain("ok");

    backend.change(id, (view) => {
      view.answers.usable_now = { ...view.answers.usable_now, mark: "no" };
    });

    await waitFor(() => expect(ring(), "a refused token is not green").toContain("quiet"));
  });
});

describe("the lineage", () => {
  it("says of each version why it came, and shows the broken link by word and shape", async () => {
    await openNamed(/^Salesforce/);
    const aside = screen.getByRole("complementary", { name: "Lineage and timeline" });

    expect(aside).toHaveTextContent(/broken at v113: probably spent/);
    expect(aside).toHaveTextContent("by hand");
    expect(aside.querySelectorAll(".cross"), "one knot is crossed and hangs on nothing").toHaveLength(1);
  });

  it("draws an unbroken chain without a cross", async () => {
    await openNamed(/^Google Drive/);

    const aside = screen.getByRole("complementary", { name: "Lineage and timeline" });
    expect(aside.querySelectorAll(".cross")).toHaveLength(0);
    expect(aside).toHaveTextContent("in use");
  });
});

describe("a test call's result", () => {
  it("stands at the foot of the page, after everything it could push down", async () => {
    const { user } = await openNamed(/^Google Drive/);

    await user.click(screen.getByRole("button", { name: /^Test call/ }));

    const result = await screen.findByRole("region", { name: "Test call result" });
    const figures = screen.getByRole("region", { name: "Figures" });
    expect(
      figures.compareDocumentPosition(result) & Node.DOCUMENT_POSITION_FOLLOWING,
      "nothing comes after it",
    ).toBeTruthy();
  });
});

describe("figures", () => {
  it("of one connection say what they count and since when, and follow the span", async () => {
    const { user, backend } = await openNamed(/^Gmail/);
    const figures = await screen.findByRole("region", { name: "Figures" });

    await waitFor(() => expect(figures).toHaveTextContent("Grant refused"));
    expect(figures).toHaveTextContent(/since \d+ \w+/);
    expect(figures).toHaveTextContent("1 mended, 1 open");
    expect(within(figures).getByText(/nowhere durable/), "the time at risk is explained").toBeInTheDocument();
    await user.click(within(figures).getByRole("radio", { name: "7 days" }));

    await waitFor(() => expect(asked(backend, "health")).toContainEqual({ days: 7 }));
  });

  it("of the whole board stand on Activity, by provider and by connection", async () => {
    const { user, app } = await open();
    app.navigation.open({ name: "activity" });

    expect(await screen.findByRole("group", { name: "Figures of the whole board" })).toHaveTextContent(
      "At risk for",
    );
    await user.click(screen.getByRole("radio", { name: "Providers" }));
    const providers = await screen.findByRole("table", { name: "Figures by provider" });
    expect(within(providers).getByRole("cell", { name: "Google" })).toBeInTheDocument();
    await user.click(screen.getByRole("radio", { name: "Connections" }));
    const connections = await screen.findByRole("table", { name: "Figures by connection" });
    expect(within(connections).getByRole("link", { name: /^Gmail, mira/ })).toBeInTheDocument();
  });

  it("draw only what is in view of three thousand", async () => {
    const { user, app } = await open({ count: 3_000 });
    app.navigation.open({ name: "activity" });
    await screen.findByRole("group", { name: "Figures of the whole board" });
    await user.click(screen.getByRole("radio", { name: "Connections" }));

    const table = await screen.findByRole("table", { name: "Figures by connection" });
    expect(table).toHaveAttribute("aria-rowcount", "3001");
    expect(within(table).getAllByRole("row").length, "a screenful, not the lot").toBeLessThan(80);
  });

  it("say so when there is nothing to count", async () => {
    const { app } = await open({ count: 0 });
    app.navigation.open({ name: "activity" });

    expect(
      await screen.findByRole("heading", { level: 1, name: "Nothing has happened yet." }),
    ).toBeInTheDocument();
    expect(screen.queryByRole("radiogroup", { name: "Show" })).toBeNull();
  });
});

describe("the switch", () => {
  it("offers four in Settings, each with what it does, and says so everywhere", async () => {
    const { user, app, backend } = await open();
    app.navigation.open({ name: "settings" });
    const group = await screen.findByRole("radiogroup", { name: "Refreshing" });
    expect(within(group).getAllByRole("radio")).toHaveLength(4);

    const paused = within(group).getByRole("radio", { name: /^Paused/ });
    expect(paused).toHaveAccessibleDescription("Nothing by itself; a click and a script still refresh.");
    await user.click(paused);

    await waitFor(() => expect(asked(backend, "set_refresh_mode")).toEqual([{ mode: "paused" }]));
    await waitFor(() => expect(paused).toBeChecked());
    expect(screen.getByRole("status", { name: "Engine" })).toHaveTextContent("Refreshing is paused");
    app.navigation.open({ name: "board" });
    const banner = await screen.findByRole("status", { name: /^Refreshing is paused since / });
    await user.click(within(banner).getByRole("button", { name: "Turn on" }));
    await waitFor(() => expect(screen.queryByRole("status", { name: /^Refreshing is paused/ })).toBeNull());
  });

  it("is in the palette", async () => {
    const { user, backend } = await open();

    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("combobox", { name: "Find or do" }), "pause");
    await user.keyboard("{Enter}");

    await waitFor(() => expect(asked(backend, "set_refresh_mode")).toEqual([{ mode: "paused" }]));
  });

  it("says why a token that is over was not refreshed, and makes Refresh the button", async () => {
    await openNamed(/^Google Calendar/, { mode: "paused" });

    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(
      /^Its token ended (yesterday )?at .*; refreshing is paused\.$/,
    );
    expect(screen.getByRole("button", { name: "Refresh now" })).toHaveClass("primary");
  });

  it("tells a lost network from a switch", async () => {
    await open({ isNetworkDown: true });

    expect(screen.getByRole("status", { name: /^No provider has answered since/ })).toHaveTextContent(
      "Refreshes wait and go on by themselves",
    );
    expect(screen.getByRole("status", { name: "Engine" })).toHaveTextContent("Network down since");
  });
});

describe("a token that the keychain would not take", () => {
  it("is shouted about before anything else, and says whether quitting is safe", async () => {
    await open({ held: "open", keychain: "locked" });

    expect(
      screen.getByRole("alert", {
        name: "A new token for Practice could not be saved: the keychain is locked.",
      }),
    ).toHaveTextContent("Do not quit before it is saved or exported.");
    cleanup();
    await open({ held: "sealed" });
    expect(screen.getByRole("alert")).toHaveTextContent("It lies sealed on the disk; quitting is safe.");
  });

  it("is exported with a passphrase typed twice, of which nothing stays in the page", async () => {
    const { user, backend } = await open({ held: "open" });
    await user.click(screen.getByRole("button", { name: "Export encrypted…" }));
    const dialog = await screen.findByRole("dialog", { name: "Export held tokens, encrypted" });
    const first = within(dialog).getByLabelText<HTMLInputElement>("Passphrase");
    const again = within(dialog).getByLabelText<HTMLInputElement>("Once more");
    const send = within(dialog).getByRole("button", { name: "Export" });

    await user.type(first, "short");
    expect(send).toBeDisabled();
    expect(dialog).toHaveTextContent("At least 12 characters.");
    await user.clear(first);
    await user.type(first, PASSPHRASE);
    await user.type(again, "another one that differs");
    expect(dialog).toHaveTextContent("The two do not match yet.");
    expect(send).toBeDisabled();
    await user.clear(again);
    await user.type(again, PASSPHRASE);
    await user.click(send);

    expect(asked(backend, "export_held")).toEqual([{ passphrase: PASSPHRASE }]);
    expect(await within(dialog).findByText("/home/mira/Downloads/patchbay-held-tokens.age")).toBeVisible();
    expect(first.value + again.value, "both fields are empty").toBe("");
    expect(document.documentElement.outerHTML, "nowhere in the page").not.toContain(PASSPHRASE);
  });

  it("leaves no passphrase behind when the export is refused", async () => {
    const { user, backend } = await open({ held: "open" });
    await user.click(screen.getByRole("button", { name: "Export encrypted…" }));
    const dialog = await screen.findByRole("dialog", { name: "Export held tokens, encrypted" });
    const first = within(dialog).getByLabelText<HTMLInputElement>("Passphrase");
    await user.type(first, PASSPHRASE);
    await user.type(within(dialog).getByLabelText("Once more"), PASSPHRASE);
    backend.failNext(new BackendError("store_unavailable", "No space left on device."), "export_held");

    await user.click(within(dialog).getByRole("button", { name: "Export" }));

    expect(await within(dialog).findByRole("alert")).toHaveTextContent("No space left on device.");
    expect(first.value).toBe("");
  });
});

describe("the clock", () => {
  it("is compared host by host, and says what being off means", async () => {
    const { app } = await open({ clockAheadMs: 600_000 });
    app.navigation.open({ name: "settings" });

    expect(await screen.findByText("This machine's clock is 10 min ahead.")).toBeInTheDocument();
    const hosts = screen.getByRole("table", { name: "Servers' clocks" });
    expect(
      within(hosts).getByRole("row", { name: /oauth2\.googleapis\.com 10 min ahead/ }),
    ).toBeInTheDocument();
    expect(screen.getByRole("status", { name: "Engine" })).toHaveTextContent("Clock 10 min ahead");
  });
});
