/** What failed while nobody looked: on the board, in Activity, until it is read [B12, F4]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import type { FailedReadingView, TroubleView, UnreadView } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";
import { clockTime } from "../words/times";
import { readingLine, readingState, troubleLine, troubleSpan, unreadSentence } from "../words/unread";

const NOW = Date.UTC(2026, 10, 17, 9, 0);

async function open(options: DemoOptions = {}): Promise<{
  backend: DemoBackend;
  app: App;
  user: ReturnType<typeof userEvent.setup>;
}> {
  const backend = new DemoBackend({ count: 14, isSteppedByHand: true, ...options });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup() };
}

const away = (): HTMLElement | null => screen.queryByRole("region", { name: "While you were away" });

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("failures that nobody saw", () => {
  it("stand on the board with since when and what still stands, and nowhere when there are none", async () => {
    await open();
    expect(away()).toBeNull();
    cleanup();

    await open({ isAway: true });

    expect(await screen.findByRole("region", { name: "While you were away" })).toHaveTextContent(
      /^(Two|Three|Four|Five) things failed while you were away, since .*; \d still stands?\./,
    );
  });

  it("say in Activity what happened and what is next, and mend it from there", async () => {
    const { user, backend } = await open({ isAway: true });
    await user.click(
      within(await screen.findByRole("region", { name: "While you were away" })).getByText("Show"),
    );

    const list = await screen.findByRole("region", { name: "While you were away" });
    expect(list).toHaveTextContent("Gmail");
    expect(list).toHaveTextContent("reauth_required set, grant revoked");
    expect(list).toHaveTextContent("9 failures in all");
    expect(list).toHaveTextContent(/over (at|yesterday at)/);
    await user.click(within(list).getByRole("button", { name: "Reconnect Gmail" }));

    expect(backend.asked.some((one) => one.command === "begin_reconnect")).toBe(true);
  });

  it("name a platform that could not be read, since when its picture is old, and read it from there", async () => {
    const { user, backend } = await open({ isAway: true, nodes: 50 });
    await user.click(
      within(await screen.findByRole("region", { name: "While you were away" })).getByText("Show"),
    );

    const list = await screen.findByRole("region", { name: "While you were away" });
    expect(list).toHaveTextContent(/Could not be read: it does not answer; 6 readings in a row/);
    expect(list).toHaveTextContent(/what is known of it is of .* · It is read again by itself/);
    await user.click(within(list).getByRole("button", { name: /^Read now: / }));

    expect(backend.asked.some((one) => one.command === "read_platform")).toBe(true);
  });

  it("are gone once they are marked as read, up to what was shown", async () => {
    const { user, backend, app } = await open({ isAway: true });
    const mark = await screen.findByRole("button", { name: "Mark as read" });
    const until = app.unread.view?.as_of;
    expect(until).toBeDefined();
    await user.click(mark);

    await waitFor(() => expect(away()).toBeNull());
    expect(backend.asked.find((one) => one.command === "mark_read")?.args).toEqual({ until });
  });

  it("are counted from touches: at most one a minute is told", async () => {
    const { backend, app } = await open();
    const told = (): number => backend.asked.filter((one) => one.command === "attend").length;
    const before = told();
    // Whole, so that a minute later is a minute later.
    const start = Math.round(performance.now()) + 120_000;

    await app.unread.touched(start);
    await app.unread.touched(start + 59_000);
    await app.unread.touched(start + 60_000);

    expect(told()).toBe(before + 2);
  });
});

describe("the words", () => {
  const trouble = (over: Partial<TroubleView> = {}): TroubleView => ({
    kind: "grant",
    first_at: NOW - 7 * 3_600_000,
    last_at: NOW - 7 * 3_600_000,
    count: 1,
    over_at: null,
    event: {
      id: 1,
      at: NOW,
      connection_id: "con_1",
      connection_name: "Gmail",
      kind: "refresh_failed",
      http_status: 503,
      latency_ms: null,
      token_version: null,
      token_fingerprint: null,
      token_age_seconds: null,
      endpoint: null,
      request_id: null,
      attempt: null,
      reason: null,
      lateness_ms: null,
      at_risk_us: null,
      cause: null,
      subject: null,
    },
    ...over,
  });
  const view = (...troubles: TroubleView[]): UnreadView => ({
    as_of: NOW,
    since: NOW - 14 * 3_600_000,
    troubles,
    readings: [],
  });

  it("count in words, and never call over what stands", () => {
    expect(unreadSentence(view(trouble()), NOW)).toBe(
      `One thing failed while you were away, since yesterday at ${clockTime(NOW - 14 * 3_600_000)}; it still stands.`,
    );
    expect(unreadSentence(view(trouble(), trouble({ over_at: NOW })), NOW)).toMatch(/; 1 still stands\.$/);
    expect(unreadSentence(view(trouble({ over_at: NOW }), trouble({ over_at: NOW })), NOW)).toMatch(
      /; all are over\.$/,
    );
  });

  it("count a platform that was not read among what stands, and say who can help", () => {
    const reading: FailedReadingView = {
      platform_id: "plt_1",
      platform_name: "n8n",
      last_at: NOW,
      count: 1,
      words: "n8n does not accept the key",
      needs_person: true,
      read_at: null,
    };
    expect(unreadSentence({ ...view(trouble({ over_at: NOW })), readings: [reading] }, NOW)).toMatch(
      /^Two things failed .*; 1 still stands\.$/,
    );
    expect(readingLine(reading)).toBe("Could not be read: n8n does not accept the key");
    expect(readingState(reading, NOW)).toEqual({
      state: "nothing is known of it yet",
      next: "Its key has to be mended.",
    });
  });

  it("say how often and from when to when", () => {
    const often = trouble({ count: 9, last_at: NOW - 6 * 3_600_000 });
    expect(troubleLine(often)).toBe("Refresh failed, 503; 9 failures in all");
    expect(troubleSpan(often, NOW)).toBe(
      `${clockTime(NOW - 7 * 3_600_000)} to ${clockTime(NOW - 6 * 3_600_000)}`,
    );
    expect(troubleSpan(trouble(), NOW)).toBe(clockTime(NOW - 7 * 3_600_000));
  });
});
