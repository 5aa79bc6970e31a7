/** The reconnect queue's sentences [E3]. */

import { describe, expect, it } from "vitest";
import type { QueueSumView, QueueTurnView, ReconnectQueueView } from "../backend/backend";
import {
  cutAccount,
  firstFailure,
  namesakes,
  queueSentence,
  restOf,
  stoppedWords,
  turnFailure,
  turnWords,
  type Whereabouts,
} from "./queue";

const now = new Date(2026, 10, 17, 10, 42).getTime();
const none: QueueSumView = { total: 0, mended: 0, skipped: 0, handed_over: 0, failed: 0, gone: 0, left: 0 };

function view(change: Partial<ReconnectQueueView>): ReconnectQueueView {
  return {
    course: { state: "idle" },
    pass: null,
    began_at: null,
    ended_at: null,
    turns: [],
    sum: none,
    damage: { workflow_count: 0, customer_count: 0, first_run_at: null },
    needing_count: 0,
    sign_in: null,
    ...change,
  };
}

function turn(state: QueueTurnView["state"]): QueueTurnView {
  return {
    id: "con_1",
    name: "Gmail",
    provider_name: "Google",
    provider_tag: "Gm",
    account: "mira@fjordstudio.example",
    customer: null,
    cause: "grant_revoked",
    workflow_count: 7,
    customers: [],
    first_run_at: null,
    state,
    settled_at: null,
    other_account: null,
  };
}

describe("the queue's sentence", () => {
  it("says how many, what stands still and what the click does", () => {
    const said = queueSentence(
      view({
        sum: { ...none, total: 30, left: 30 },
        damage: { workflow_count: 41, customer_count: 7, first_run_at: now + 3_600_000 },
      }),
      now,
    );

    expect(said.sentence).toBe("30 connections need a sign-in.");
    expect(said.detail).toMatch(/^41 workflows stand still for 7 customers; the next run that fails is at /);
    expect(said.detail).toMatch(/the next opens by itself\.$/);
  });

  it("names the account that the browser waits for", () => {
    const open = turn({ state: "open", since: now - 41_000 });
    const running = view({
      course: { state: "running" },
      turns: [open],
      sum: { ...none, total: 3, mended: 2, left: 1 },
    });

    expect(queueSentence(running, now).sentence).toBe(
      "Sign in to Google as mira@fjordstudio.example, in your browser.",
    );
    expect(queueSentence(running, now).detail).toMatch(/^2 of 3 are back\./);
    expect(turnWords(open, now, false)).toBe("in your browser, 41 s");
  });

  it("ends with what came of it", () => {
    const ended = { course: { state: "ended" as const }, began_at: now - 840_000, ended_at: now };

    expect(queueSentence(view({ ...ended, sum: { ...none, total: 30, mended: 30 } }), now)).toEqual({
      sentence: "All 30 are back in 14 min.",
      detail: "Nothing else needs a sign-in.",
    });
    const rest = { ...none, total: 4, mended: 1, skipped: 1, handed_over: 1, failed: 1 };
    expect(queueSentence(view({ ...ended, sum: rest, needing_count: 3 }), now)).toEqual({
      sentence: "1 of 4 is back in 14 min; 1 skipped, 1 handed over and 1 came to nothing.",
      detail: "Three connections need a sign-in still.",
    });
    expect(restOf(none)).toEqual([]);
  });

  it("says that nobody is there, and that nothing is spent while the keychain is locked", () => {
    const paused = (why: Extract<ReconnectQueueView["course"], { state: "paused" }>["why"]) =>
      queueSentence(view({ course: { state: "paused", why }, sum: { ...none, total: 2, left: 2 } }), now);

    expect(paused({ kind: "nobody_signed_in" }).sentence).toMatch(/^Nobody signed in within ten minutes/);
    expect(paused({ kind: "ours", error: { code: "keychain_locked", message: "" } }).detail).toMatch(
      /no turn is spent\.$/,
    );
  });

  it("says of one that is back no more that anything stands still", () => {
    const broken = { ...turn({ state: "waiting" }), first_run_at: now };
    expect([stoppedWords(broken), firstFailure(broken)]).toEqual(["7 workflows", now]);
    for (const state of [{ state: "reconnected", took_ms: 4_000 }, { state: "came_back" }] as const) {
      const back = { ...broken, state };
      expect([stoppedWords(back), firstFailure(back)]).toEqual(["–", null]);
    }
  });

  it("names the account that signed in instead", () => {
    const why = { kind: "cause", cause: "wrong_tenant_or_account" } as const;
    const wrong = { ...turn({ state: "failed", why }), other_account: "jonas@fjordstudio.example" };
    expect(turnWords(wrong, now, false)).toBe("jonas@fjordstudio.example, refused");
    expect(turnFailure(why, "Google", wrong.other_account).long).toMatch(
      /^jonas@fjordstudio\.example, another account,/,
    );
  });

  it("tells another account from another cause, and cuts an account in its middle", () => {
    expect(turnFailure({ kind: "cause", cause: "wrong_tenant_or_account" }, "Google").short).toBe(
      "another account, refused",
    );
    expect(turnFailure({ kind: "cause", cause: "user_denied_consent" }, "Google").long).toMatch(/Google/);
    const long = `${"office.".repeat(12)}desk@brightwater.example`;
    expect(cutAccount(long)).toMatch(/^office\..*…@brightwater\.example$/);
    expect(cutAccount(long)).toHaveLength(44);
  });
});

/** E3: whoever signs in knows which of two rows that are called the same is meant. */
describe("two that a row would show alike", () => {
  const called = (id: string, name: string, account: string | null): QueueTurnView => ({
    ...turn({ state: "waiting" }),
    id,
    name,
    account,
  });

  const nowhere = (): null => null;

  it("are told apart by their accounts, or by the provider where those are the same", () => {
    const found = namesakes(
      [
        called("a", "A mailbox whose name is long, for sales", "sales@a.example"),
        called("b", "A mailbox whose name is long, for support", "support@a.example"),
        called("c", "Shared drive", "ops@a.example"),
        { ...called("d", "Shared drive", "ops@a.example"), provider_name: "Microsoft" },
        called("e", "Gmail", "ops@a.example"),
      ],
      nowhere,
    );

    expect([...found]).toEqual([
      ["a", ""],
      ["b", ""],
      ["c", "Google"],
      ["d", "Microsoft"],
    ]);
  });

  it("are told apart by what the board tells of them where provider and account are the same", () => {
    const places: Record<string, Whereabouts> = {
      a: { workspace: "Fjord", environment: "production" },
      b: { workspace: "Halden", environment: "production" },
      c: { workspace: "Halden", environment: "staging" },
    };
    const found = namesakes(
      ["a", "b", "c"].map((id) => called(id, "Slack", null)),
      (id) => places[id] ?? null,
    );

    expect([...found]).toEqual([
      ["a", "Fjord"],
      ["b", "Halden, production"],
      ["c", "Halden, staging"],
    ]);
  });

  it("are told apart by the customer, the end of the name, and at last by what the command line calls them", () => {
    const found = namesakes(
      [
        { ...called("con_a", "Gmail", null), customer: "Halden" },
        called("con_b", "Gmail", null),
        called("con_c", "Gmail", null),
        called("con_d", "The mailbox of the office, sales", null),
        called("con_e", "The mailbox of the office, support", null),
      ],
      nowhere,
    );

    expect(Object.fromEntries(found)).toEqual({
      con_a: "Halden",
      con_b: "no customer, con_b",
      con_c: "no customer, con_c",
      con_d: "…office, sales",
      con_e: "…office, support",
    });
    expect(new Set(found.values()).size, "no two rows say the same").toBe(5);
  });
});
