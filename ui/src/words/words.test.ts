/** Every code has words, and the words say the fact [B1, C1, C2]. */

import { describe, expect, it } from "vitest";
import type {
  CauseLabel,
  CauseView,
  ConnectionRowView,
  EngineView,
  ErrorCode,
  EventView,
  ForecastReasonView,
  GrantClockView,
  LadderView,
  NextStepView,
  PausedWorkflowView,
  PauseOutcomeView,
  RefreshTokenWayView,
  StatusReasonView,
  StatusView,
  CopyWayView,
  TwoVerdictsView,
} from "../backend/backend";
import { demoConnections } from "../backend/demo_connections";
import { demoEvent } from "../backend/demo_events";
import { DemoWorld } from "../backend/demo_world";
import { fourAnswers } from "./answers";
import { copiesSum } from "./bulk";
import { actionWords, causeCode, causeWords, refusalShort } from "./causes";
import { errorWords, refusalWords } from "./errors";
import { eventLine, eventWords } from "./events";
import { pausedSentence, resumedSentence } from "./incidents";
import { lessonGroups, lessons } from "./learn/lessons";
import { stagings } from "./staging";
import { sureness, verdictSentence } from "./ladder";
import { isReconnect, mendNamed, stepWords } from "./next_step";
import { disconnectButton, disconnected, revocationPlan } from "./farewell";
import { duration, rate, spread } from "./figures";
import { confidenceWords, durabilityWords, forecastReason, grantWords } from "./grant_clock";
import { unreadableWhy, usual, type Circumstances } from "./circumstances";
import { clockDifference, headline, inTheWay } from "./headline";
import { noNeeds } from "./platform_needs";
import { heldBanner } from "./held";
import { keychainBanner, selfCheckLine, selfCheckParts } from "./keychain";
import { refreshReasonWords, tokenVersionStateWords } from "./lineage";
import { moreNotes, noteWords } from "./platforms";
import { practiceSentence, switchGroups, switchWords } from "./practice";
import { runLabel } from "./horizon";
import { engineFoot, modeBanner, modeWords, pausedWhy } from "./refresh_modes";
import { refreshTokenWay } from "./refresh_token";
import { clockWords } from "./server_clock";
import { comparison, refusing, signInFailure, signInTitle } from "./sign_in";
import { shortfall } from "./scopes";
import { budget } from "./budget";
import { defectWords, tokenClock } from "./token_clock";
import {
  connectionSentence,
  grantEnd,
  hasSecondLine,
  nextRefresh,
  proof,
  rowAction,
  secondLine,
  statusDetail,
} from "./status";
import { refreshOutcome } from "./test_call";
import { ago, clockTime, dayNote, moment, momentInSentence, shortMoment, span } from "./times";
import { demoClients } from "../backend/demo_providers";
import { secretWords } from "./clients";
import { judged } from "../backend/demo_status";

const NOW = Date.UTC(2026, 10, 17, 10, 42);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const revoked: CauseView = {
  cause: "grant_revoked",
  action: "reconnect",
  provider_code: "invalid_grant",
  http_status: 400,
};

function row(
  reason: StatusReasonView,
  lamp: ConnectionRowView["status"]["lamp"] = "active",
): ConnectionRowView {
  const [view] = demoConnections(1, NOW);
  if (view === undefined) throw new Error("the demo invents at least one");
  return {
    ...view.row,
    status: judged({
      lamp,
      reason,
      since: NOW - 11 * MINUTE,
      over_since: null,
      share_left: null,
      is_stale: false,
    }),
  };
}

const everyReason: Record<StatusReasonView["kind"], StatusReasonView> = {
  kept_alive: { kind: "kept_alive" },
  refreshed_on_need: { kind: "refreshed_on_need", since: NOW - 10 * MINUTE },
  never_expires: { kind: "never_expires" },
  no_end_known: { kind: "no_end_known" },
  holds_until: { kind: "holds_until", at: NOW + 30 * DAY },
  no_refresh_token: { kind: "no_refresh_token", at: NOW + DAY },
  refresh_switched_off: { kind: "refresh_switched_off", at: NOW + HOUR },
  last_call_failed: {
    kind: "last_call_failed",
    cause: {
      cause: "insufficient_scope",
      action: "reconnect_with_more_scopes",
      provider_code: null,
      http_status: 403,
    },
  },
  grant_ends: { kind: "grant_ends", at: NOW + 2 * DAY },
  client_secret_ends: { kind: "client_secret_ends", at: NOW + 9 * DAY },
  refresh_paused: { kind: "refresh_paused", why: "paused", since: NOW - HOUR },
  refresh_failing: {
    kind: "refresh_failing",
    cause: revoked,
    failure_count: 3,
    is_repeated: false,
    usable_until: NOW + HOUR,
    retry_at: NOW + MINUTE,
  },
  grant_ended: { kind: "grant_ended", cause: revoked },
  token_over: { kind: "token_over" },
  outcome_unknown: { kind: "outcome_unknown", usable_until: NOW + HOUR },
  held_unopened: { kind: "held_unopened", usable_until: NOW + HOUR },
  bundle_held: { kind: "bundle_held", usable_until: NOW + HOUR },
  secret_missing: { kind: "secret_missing" },
  never_proved: { kind: "never_proved" },
  disconnected_by_person: { kind: "disconnected_by_person" },
};

const sentence = /^[A-Z0-9].*[.?]$/s;
const forbidden = /please|oops|!|undefined|null|NaN/i;

describe("codes have words", () => {
  it.each(Object.entries(causeWords))("cause %s says who, what and what it means", (_, words) => {
    expect(words.sentence("Google"), "a sentence").toMatch(sentence);
    expect(words.sentence("Google"), "names the provider").toContain("Google");
    expect(words.meaning, "a sentence").toMatch(sentence);
    expect(words.short.length, "fits a column").toBeLessThanOrEqual(22);
    expect(`${words.sentence("X")} ${words.meaning}`, "house words").not.toMatch(forbidden);
  });

  it.each(Object.entries(lessons))(
    "cause %s has a page: why, prevention, paragraphs, sources",
    (_, lesson) => {
      expect(lesson.why).toMatch(/^[A-Z].*\.$/);
      expect(lesson.prevention.every((line) => /^[A-Z].*\.$/.test(line))).toBe(true);
      expect(lesson.paragraphs.length).toBeGreaterThanOrEqual(2);
      expect(lesson.paragraphs.length, "short").toBeLessThanOrEqual(4);
      expect(lesson.paragraphs.every((paragraph) => paragraph.length < 360)).toBe(true);
      expect(lesson.sources.length).toBeGreaterThan(0);
      expect(lesson.sources.every((source) => URL.canParse(source.url) && source.title !== "")).toBe(true);
      expect(new Set(lesson.sources.map((source) => source.url)).size, "each once").toBe(
        lesson.sources.length,
      );
    },
  );

  it("every cause is listed once on the pages", () => {
    const listed = lessonGroups.flatMap((group) => group.causes);
    expect([...listed].sort()).toEqual(Object.keys(causeWords).sort());
  });

  it.each(Object.entries(stagings))("staged, %s says what to do and what is seen", (_, then) => {
    expect(then).toMatch(/^[A-Z][^:]+(: .+)?\.$/);
  });

  it.each(Object.entries(actionWords))("action %s says what its button does", (_, words) => {
    expect(words.does).toMatch(/^[A-Z].*\.$/);
  });

  it.each(Object.entries(actionWords))("action %s advises", (_, words) => {
    expect(words.advice).toMatch(sentence);
  });

  it.each(Object.entries(errorWords))("error %s has a title and advice", (_, words) => {
    expect(words.title).toMatch(sentence);
    expect(words.advice).toMatch(sentence);
    expect(`${words.title} ${words.advice}`).not.toMatch(forbidden);
  });

  it.each(Object.keys(errorWords) as ErrorCode[])(
    "in a form %s points to no details: they stand there",
    (code) => {
      const { title, detail } = refusalWords({ code, message: "the folder is read-only" }, "channel");
      expect(detail).toMatch(/The folder is read-only\.$/);
      expect(detail).not.toMatch(/Details/);
      expect(title).not.toMatch(/^This connection /);
    },
  );

  it.each(Object.keys(eventWords) as EventView["kind"][])("event %s is one line, bare or full", (kind) => {
    const subject = row(everyReason.kept_alive);
    const bare = eventLine(demoEvent(subject, NOW, { kind }));
    const full = eventLine(
      demoEvent(subject, NOW, {
        kind,
        http_status: 400,
        latency_ms: 212,
        token_version: 4,
        attempt: 2,
        cause: revoked,
        subject: "x",
      }),
    );

    expect(bare.length, "says something").toBeGreaterThan(5);
    expect(full, "holds no gap").not.toMatch(forbidden);
  });

  it("covers keychain, self-check, revocation, defects, durability, practice and sign-in", () => {
    const said = [
      ...Object.values(keychainBanner).flatMap((words) =>
        words === null ? [] : [words.title, words.meaning, words.advice],
      ),
      ...Object.values(selfCheckParts),
      ...Object.values(revocationPlan).map((words) => words("Google")),
      ...Object.values(defectWords),
      ...Object.values(durabilityWords),
      ...Object.values(switchWords).flatMap((words) => [words.label, words.effect]),
      ...Object.values(signInTitle).map((words) => words("Gmail")),
    ];

    for (const words of said) expect(words, "never empty, never odd").toMatch(/\S{3}/);
    expect(keychainBanner.open, "an open keychain needs no banner").toBeNull();
    expect(
      switchGroups.flatMap((group) => group.switches).sort(),
      "every switch is in exactly one group",
    ).toEqual(Object.keys(switchWords).sort());
  });
});

describe("a row", () => {
  it.each(Object.entries(everyReason))("with reason %s says a whole sentence on its page", (_, reason) => {
    const words = connectionSentence(row(reason), NOW);

    expect(words.sentence).toMatch(sentence);
    expect(words.advice).toMatch(sentence);
    expect(`${words.sentence} ${words.advice}`).not.toMatch(forbidden);
  });

  it("is quiet when well", () => {
    expect(secondLine(row(everyReason.kept_alive), NOW)).toBeNull();
    expect(statusDetail(row(everyReason.kept_alive), NOW)).toBe("");
  });

  it.each(Object.entries(everyReason))(
    "with reason %s has room for its second line, and no more",
    (_, reason) => {
      for (const lamp of ["active", "expiring", "reauth_required", "unproved", "disconnected"] as const)
        for (const keychain of ["open", "locked"] as const) {
          const [one, around] = [row(reason, lamp), { ...usual, keychain }];
          expect(hasSecondLine(one, around), `${lamp}, ${keychain}`).toBe(
            secondLine(one, NOW, around) !== null,
          );
        }
    },
  );

  it("says what happened and what it costs when only a person helps", () => {
    const dead = row(everyReason.grant_ended, "reauth_required");

    expect(secondLine(dead, NOW)).toBe("Google has ended this grant. 7 workflows wait for it.");
    expect(statusDetail(dead, NOW)).toBe("11 min");
  });

  it("says why the last call was refused, and what to do about it", () => {
    expect(secondLine(row(everyReason.last_call_failed, "unproved"), NOW)).toBe(
      "Google accepts the token, but it lacks a scope this call needs. Reconnect, and leave every box on the consent page ticked.",
    );
  });

  it("says how long is left when expiring, and as of when a stale proof is", () => {
    expect(statusDetail(row({ kind: "grant_ends", at: NOW + 2 * DAY + 6 * HOUR }, "expiring"), NOW)).toBe(
      "2 d 6 h left",
    );
    const stale = row(everyReason.kept_alive);
    stale.status.is_stale = true;
    stale.proof = { at: NOW - 3.5 * HOUR, by: "refresh", is_success: true };
    expect(statusDetail(stale, NOW)).toMatch(/^as of /);
  });

  it("says since when it does not work and why, never what is left of the past", () => {
    const outage: CauseView = { ...revoked, cause: "provider_outage", action: "wait_and_retry" };
    const down = row(
      {
        kind: "refresh_failing",
        cause: outage,
        failure_count: 30,
        is_repeated: false,
        usable_until: null,
        retry_at: NOW + HOUR,
      },
      "expiring",
    );
    down.status.over_since = NOW - 36 * HOUR;

    expect(statusDetail(down, NOW)).toBe("down 1 d");
    expect(secondLine(down, NOW)).toMatch(
      /^Does not work since .*: Google has a failure of its own\. .*tries again/,
    );
    const said = connectionSentence(down, NOW);
    expect(`${said.sentence} ${said.advice}`).not.toMatch(/works until|left/i);
  });

  it("says of a lost answer until when the token in hand works, and asks for nothing yet", () => {
    const unknown = row(everyReason.outcome_unknown, "expiring");

    expect(statusDetail(unknown, NOW)).toBe("1 h left");
    expect(connectionSentence(unknown, NOW).sentence).toMatch(/the token in hand works until /);
    expect(secondLine({ ...unknown, dependant_count: 0 }, NOW)).toMatch(/Nothing to do yet/);
  });

  it("promises no token that is over: the next call refreshes it", () => {
    const over = row(everyReason.refreshed_on_need);

    expect(connectionSentence(over, NOW).sentence).toMatch(/is over since .*; the next call refreshes it\.$/);
    expect(statusDetail(over, NOW)).toBe("refreshed on need");
  });

  it("tells three kinds of not knowing apart", () => {
    expect(grantEnd({ state: "no_end_known" }, NOW)).toBe("no end known");
    expect(proof(null, NOW)).toBe("never");
    expect(grantEnd({ state: "kept_alive", idle_ms: 60 * DAY }, NOW)).toBe("kept alive, 60 d");
    expect(grantEnd({ state: "kept_alive", idle_ms: 12 * HOUR }, NOW)).toBe("kept alive, 12 h");
    expect(grantEnd({ state: "ends_at", at: NOW + 41 * DAY, may_move: true }, NOW)).toBe("28 Dec, may move");
  });
});

describe("a refresh token that did not come", () => {
  it("is advised about by what was asked for and granted, never by what was done already", () => {
    const fragile = row({ kind: "no_refresh_token", at: NOW + HOUR }, "expiring");
    const advice = (way: RefreshTokenWayView): string =>
      connectionSentence({ ...fragile, refresh_token_way: way }, NOW).advice;

    expect(advice("ask_for_offline_access")).toContain("was not asked for");
    expect(advice("allow_offline_access")).toContain("asked for and not granted");
    expect(advice("granted_in_vain")).toContain("Offline access was granted, yet no refresh token came");
    for (const way of ["client_setting", "new_consent", "not_offered"] as const)
      expect(advice(way), "it would not help").not.toMatch(/offline access/i);
    for (const words of Object.values(refreshTokenWay)) {
      expect(words.advice("Google"), "a sentence").toMatch(sentence);
      expect(words.advice("Google"), "house words").not.toMatch(forbidden);
    }
  });

  it("is advised about alike after a click on Refresh, and on the grant's clock", () => {
    const fragile = {
      ...row({ kind: "no_refresh_token", at: NOW + HOUR }, "expiring"),
      refresh_token_way: "granted_in_vain",
    } as const;
    const vain = refreshTokenWay.granted_in_vain.advice("Google");

    expect(refreshOutcome({ state: "no_refresh_token" }, fragile, NOW).detail).toContain(vain);
    expect(
      grantWords({ state: "no_end_known" }, grantClock, "fragile", "Google", NOW, "granted_in_vain").then,
    ).toBe(vain);
  });
});

const grantClock: GrantClockView = {
  granted_at: NOW - 12 * HOUR,
  ends_at: NOW + HOUR,
  idle_ms: null,
  confidence: "stated",
  reason: "refresh_token_ends",
  keep_alive_at: null,
  may_move: false,
};

describe("the grant's clock", () => {
  const says = (clock: Partial<GrantClockView>) =>
    grantWords(
      { state: "no_end_known" },
      { ...grantClock, ...clock },
      "durable",
      "Google",
      NOW,
      "new_consent",
    );

  it("says that a keep-alive may move a stated end, and when it is tried", () => {
    expect(says({ may_move: true }).then).toBe("A refresh may move that; the first one shows it.");
    expect(says({ may_move: true, keep_alive_at: NOW + 30 * MINUTE }).then).toMatch(
      /^A refresh may move that; Patchbay tries one at .*, to keep it alive\.$/,
    );
    expect(says({}).then).toBe("A refresh cannot move that.");
  });

  it("says which refresh comes next, and none where nothing is refreshed", () => {
    const clock = { ...grantClock, may_move: true, keep_alive_at: NOW + 2 * DAY };
    const then = (refreshAt: number | null, mode: "on" | "paused" = "on"): string =>
      grantWords({ state: "no_end_known" }, clock, "durable", "Google", NOW, "new_consent", {
        refreshAt,
        mode,
      }).then;
    expect(then(NOW + HOUR)).toMatch(/the next one is at /);
    expect(then(null)).toMatch(/Patchbay tries one on Thursday at .*, to keep it alive/);
    expect(then(null, "paused")).toBe("A refresh may move that; the first one shows it.");
    const endless = grantWords(
      { state: "no_end_known" },
      { ...clock, ends_at: null },
      "durable",
      "Google",
      NOW,
      "new_consent",
    );
    expect(`${endless.end} ${endless.then}`, "what nobody knows is not promised").not.toContain("holds");
  });

  it("knows lives of less than a day", () => {
    const idle = says({ ends_at: null, idle_ms: 12 * HOUR, reason: "idle_life" });
    expect(idle.reason).toBe("Google ends it after 12 h without use.");
    expect(says({ reason: "absolute_life" }).reason).toBe(
      "Google ends such grants 13 h after consent, used or not.",
    );
  });
});

describe("what is current", () => {
  it("says on the practice page what runs there and who is waited for", () => {
    const { practice } = new DemoWorld({ count: 0, now: () => NOW });

    expect(practiceSentence({ ...practice, is_running: false }, false)).toBe(
      "The practice provider is not running.",
    );
    expect(practiceSentence(practice, true)).toBe("The practice provider runs, and waits for your sign-in.");
    expect(practiceSentence(practice, false)).toBe("The practice provider runs; no grant lives there.");
    expect(practiceSentence({ ...practice, live_grant_count: 2 }, false)).toBe(
      "The practice provider runs, with 2 live grants.",
    );
  });

  it("says since when a switch stands", () => {
    for (const mode of ["metered", "paused", "offline"] as const) {
      expect(modeBanner(mode, NOW - 2 * DAY, NOW)?.title).toMatch(/ since Sun /);
      expect(modeBanner(mode, null, NOW)?.title, "where nobody knows").not.toContain("since");
    }
  });

  it("says when a refresh that failed is tried again, while the token in hand still works", () => {
    const outage: CauseView = { ...revoked, cause: "provider_outage", action: "wait_and_retry" };
    const failing = (retry_at: number | null) =>
      connectionSentence(
        row(
          {
            kind: "refresh_failing",
            cause: outage,
            failure_count: 2,
            is_repeated: false,
            usable_until: NOW + HOUR,
            retry_at,
          },
          "expiring",
        ),
        NOW,
      ).advice;

    expect(failing(NOW + 5 * MINUTE)).toMatch(/Nothing to do: Patchbay tries again at .*\.$/);
    expect(failing(null)).toContain(actionWords.wait_and_retry.advice);
  });

  it("names no percentile of a few refreshes", () => {
    expect(spread({ count: 1, median_us: 184_000, p99_us: null })).toEqual({
      main: "184 ms",
      small: "1 measured",
    });
    expect(spread({ count: 20, median_us: 184_000, p99_us: 930_000 }).small).toBe("99 of 100 within 930 ms");
  });
});

describe("the headline", () => {
  const needing = {
    state: "needs_you",
    count: 2,
    first: {
      id: "a",
      name: "Gmail",
      cause: revoked,
      action: "reconnect",
      still_works: false,
      dependant_count: 7,
      since: NOW - 11 * MINUTE,
      unopened_file: null,
    },
    next_end: null,
  } as const;

  it("names what to mend first, what hangs on it, and of several why that one", () => {
    const words = headline(needing, noNeeds, NOW);

    expect(words.sentence).toBe("Two connections need you; reconnect Gmail first.");
    expect(words.detail, "D4: and why it is the first").toMatch(
      /^None of them stops more: 7 workflows hang on Gmail, down since .* \(grant revoked\)\.$/,
    );
    const first = { ...needing.first, dependant_count: 0 };
    expect(headline({ ...needing, first }, noNeeds, NOW).detail).toMatch(
      /^No workflow is known to hang on any of them; Gmail is down since .* \(grant revoked\)\.$/,
    );
    expect(
      headline({ ...needing, count: 1 }, noNeeds, NOW).detail,
      "one alone is compared with none",
    ).toMatch(/^7 workflows hang on Gmail/);
  });

  /** E1, S161: what the sentence begins with is what is in the way, and no button beside it cannot work. */
  it("begins with the network that is gone, or the switch, before what a sign-in would mend", () => {
    const cut: Circumstances = { ...usual, networkDownSince: NOW - 38 * MINUTE };
    const lost = headline(needing, noNeeds, NOW, cut);
    expect(lost.sentence).toMatch(/^No provider has answered since .*\.$/);
    expect(lost.detail).toMatch(
      /^Refreshes wait .* Two connections need you after that\. None of them stops more: 7 workflows hang on Gmail/,
    );
    const off: Circumstances = { ...cut, mode: "offline", modeSince: NOW - HOUR };
    expect(headline(needing, noNeeds, NOW, off).sentence).toMatch(/^Offline since .*: no request leaves\.$/);

    expect(inTheWay(needing, cut)).toBe("network");
    expect(inTheWay(needing, off)).toBe("switch");
    expect(inTheWay(needing, usual)).toBeNull();
    const unreadable = { state: "unreadable", count: 2 } as const;
    expect(inTheWay(unreadable, { ...off, keychain: "locked" }), "no token at all comes first").toBe(
      "keychain",
    );
    expect(inTheWay({ state: "unsaved", count: 1, name: "Gmail" }, cut), "it may be lost").toBeNull();
  });

  /** E1: the button beside it mends the first, so no run of another's stands in the same breath. */
  it("tells whose run fails first where that is not the one to mend first", () => {
    const first = {
      id: "a",
      name: "Gmail",
      cause: revoked,
      action: "reconnect",
      still_works: false,
      dependant_count: 7,
      since: NOW - 11 * MINUTE,
      unopened_file: null,
    } as const;
    const run = "Nordlys, Travel alerts, at 10:54";
    const said = (id: string, name: string) =>
      headline({ state: "needs_you", count: 31, first, next_end: null }, noNeeds, NOW, usual, {
        run,
        because: { id, name },
      });

    expect(said("a", "Gmail").sentence, "and for whom the button is").toBe(
      `31 connections need you; the first run that fails is ${run}, for Gmail.`,
    );
    expect(said("a", "Gmail").detail).not.toContain(run);
    expect(said("b", "Airtable").sentence).toBe("31 connections need you; reconnect Gmail first.");
    expect(said("b", "Airtable").detail).toContain(`The first run that fails is ${run}, for Airtable.`);
  });

  /** E1: a name of four thousand letters pushes nothing out of sight. */
  it("lets no name hide what is said of it", () => {
    const name = "Quarterly reconciliation ".repeat(160);
    const first = {
      id: "a",
      name,
      cause: revoked,
      action: "reconnect",
      still_works: false,
      dependant_count: 7,
      since: NOW - 11 * MINUTE,
      unopened_file: null,
    } as const;
    for (const count of [1, 2]) {
      const { sentence } = headline({ state: "needs_you", count, first, next_end: null }, noNeeds, NOW);
      expect(sentence.length).toBeLessThan(100);
    }
    expect(headline({ state: "unsaved", count: 1, name }, noNeeds, NOW).sentence.length).toBeLessThan(100);
  });

  it("says who does not work just now, since when, why and who tries again", () => {
    const outage: CauseView = { ...revoked, cause: "provider_outage", action: "wait_and_retry" };
    const reason: StatusReasonView = {
      kind: "refresh_failing",
      cause: outage,
      failure_count: 30,
      is_repeated: false,
      usable_until: null,
      retry_at: NOW + HOUR,
    };
    const first = { id: "a", name: "Gmail", provider_name: "Google", reason, since: NOW - 36 * HOUR };
    const words = headline({ state: "some_down", count: 1, first, next_end: null }, noNeeds, NOW);

    expect(words.sentence).toBe("One connection does not work just now: Gmail.");
    expect(words.detail).toMatch(
      /^Gmail is down since .* \(provider down\)\. Nothing for you to do but wait: /,
    );
  });

  it("never calls an unproved connection working", () => {
    const words = headline(
      { state: "all_well", connection_count: 3, unproved_count: 1, next_end: null },
      noNeeds,
      NOW,
    );

    expect(words.sentence).toBe("Nothing needs you; 1 of 3 connections not proved yet.");
  });

  it("says on which side the clock is", () => {
    const three = { is_off: false, is_disputed: false, servers: servers("a", "b", "c") };
    expect(clockDifference({ ...three, ahead_ms: -400 })).toBe("Clock agrees");
    expect(clockDifference({ ...three, ahead_ms: -4_400 })).toBe("Clock 4 s behind");
    expect(clockDifference({ ...three, ahead_ms: 600_000 })).toBe("Clock 10 min ahead");
    expect(clockDifference({ ...three, ahead_ms: null })).toBeNull();
    expect(clockDifference(null)).toBeNull();
  });

  it("names one server's word as that, and concludes nothing from two that disagree", () => {
    const one = { ahead_ms: 600_000, is_off: false, is_disputed: true, servers: servers("a") };
    expect(clockDifference(one)).toBe("Clock 10 min ahead, by one server");
    expect(clockWords(one).meaning).toMatch(/^By that server/);
    expect(clockWords({ ...one, is_off: true, is_disputed: false }).verdict).toMatch(
      /^According to one server/,
    );
    const two = { ahead_ms: 0, is_off: false, is_disputed: true, servers: servers("a", "b") };
    expect(clockDifference(two)).toBe("Servers’ clocks disagree");
    expect(clockWords(two).verdict).toContain("nothing can be concluded");
  });
});

describe("what holds for the whole board", () => {
  const kept = row({ kind: "kept_alive" });
  const locked: Circumstances = { ...usual, keychain: "locked" };

  it("calls nothing well while the keychain cannot be read [A3]", () => {
    const page = connectionSentence(kept, NOW, locked);
    expect(page.sentence).not.toContain("Works");
    expect(page.advice).toContain("The keychain is locked.");
    expect(statusDetail(kept, NOW, locked)).toBe("not readable");
    const ended = row({ kind: "grant_ended", cause: revoked }, "reauth_required");
    expect(connectionSentence(ended, NOW, locked), "nothing of it is in the keychain").toEqual(
      connectionSentence(ended, NOW),
    );
    const words = headline({ state: "unreadable", count: 2 }, noNeeds, NOW, locked);
    expect(words.sentence).toBe("Two connections cannot be used just now: the keychain is locked.");
    expect(words.detail).toBe(
      "No token can be read or stored, so nothing is refreshed. Lamps show what was last proved. Unlock it, and everything goes on by itself.",
    );
    const seen = headline({ state: "unreadable", count: 2 }, noNeeds, NOW, { ...locked, keychainSince: NOW });
    expect(seen.detail).toContain(`Seen so since ${moment(NOW, NOW)}.`);
    const well = [{ part: "keychain", is_well: true, found: "open", advice: null }] as const;
    expect(selfCheckLine(well, locked)).toBe("1 part of Patchbay needs a look.");
    expect(selfCheckLine(well, usual)).toBe("All of Patchbay’s own parts are well.");
  });

  it("has one word on every part of a page whose token cannot be read [A3, A6]", () => {
    const why = unreadableWhy(kept, locked);
    expect(why).toBe("the keychain is locked");
    expect(unreadableWhy(kept, usual)).toBeNull();
    const ended = row({ kind: "grant_ended", cause: revoked }, "reauth_required");
    expect(unreadableWhy(ended, locked), "nothing of it is in the keychain").toBeNull();
    const states = ["locked", "absent", "different", "not_answering"] as const;
    for (const keychain of states)
      expect(unreadableWhy(kept, { ...usual, keychain }), keychain).toMatch(/^[a-z].*[a-z]$/);
  });

  it("calls nothing well while a new token is not saved [S154]", () => {
    const held: Circumstances = { ...usual, unsaved: [kept.id] };
    expect(connectionSentence(kept, NOW, held).sentence).toBe("Its new token is not saved yet.");
    expect(connectionSentence({ ...kept, id: "con_other" }, NOW, held).sentence).toContain("Works now");
    const { sentence } = headline({ state: "unsaved", count: 1, name: "Orders" }, noNeeds, NOW, held);
    expect(sentence).toBe("A new token for Orders is not saved yet.");
    expect(selfCheckLine([], held)).not.toContain("well");
  });

  it("does not say that a token without a known end is renewed ahead of it [B7]", () => {
    const endless = connectionSentence({ ...kept, token_expiry: { state: "unknown" } }, NOW, usual);
    expect(`${endless.sentence} ${endless.advice}`).not.toMatch(/stays so by itself|ahead of time/);
    expect(endless.sentence).toContain("when it is next needed");
  });

  it("promises nothing that a switch keeps from happening [B14]", () => {
    const outage: CauseView = { ...revoked, cause: "provider_outage", action: "wait_and_retry" };
    const retry_at = NOW + 5 * MINUTE;
    const failing = (usable_until: number | null): ConnectionRowView =>
      row(
        {
          kind: "refresh_failing",
          cause: outage,
          failure_count: 2,
          is_repeated: false,
          usable_until,
          retry_at,
        },
        "expiring",
      );
    const over = failing(null);
    const down = { ...over, status: { ...over.status, over_since: NOW - HOUR } };
    const first = { ...down, reason: down.status.reason, since: NOW - HOUR };
    for (const mode of ["paused", "metered", "offline"] as const) {
      const switched: Circumstances = { ...usual, mode };
      const { sentence, advice } = connectionSentence(kept, NOW, switched);
      expect(`${sentence} ${advice}`, mode).not.toMatch(/stays so by itself|ahead of time/);
      expect(sentence, mode).toContain(pausedWhy[mode].short);
      const said = [
        connectionSentence(failing(NOW + HOUR), NOW, switched).advice,
        connectionSentence(down, NOW, switched).advice,
        secondLine(down, NOW, switched),
        headline({ state: "some_down", count: 1, first, next_end: null }, noNeeds, NOW, switched).detail,
        refreshOutcome({ state: "failed", cause: outage, retry_at }, down, NOW, mode).detail,
      ];
      for (const line of said) {
        expect(line, mode).toContain("not tried again");
        expect(line, mode).not.toMatch(/tries again|Tried again by itself/);
      }
    }
    const token = {
      version: 1,
      issued_at: NOW,
      expiry: { state: "known", at: NOW + HOUR },
      refresh_at: null,
    } as const;
    const clock = (mode: "paused" | "offline"): string =>
      tokenClock(
        { ...token, last_refresh_at: null, last_refresh_ms: null, defects: [] },
        token.expiry,
        true,
        true,
        NOW,
        mode,
      );
    expect(clock("offline")).toContain("nothing renews it");
    expect(clock("paused")).toContain("when it is next needed");
  });
});

function servers(...hosts: string[]): { host: string; ahead_ms: number; measured_at: number }[] {
  return hosts.map((host) => ({ host, ahead_ms: 0, measured_at: NOW }));
}

describe("the engine's words", () => {
  const engine = {
    watched_count: 3,
    next_refresh_at: NOW,
    mode: "on",
    mode_since: null,
    network_down_since: null,
    held: [],
  } satisfies EngineView;

  it("covers modes, reasons, states, forecasts and pauses", () => {
    const clock = {
      granted_at: NOW - DAY,
      ends_at: NOW + DAY,
      idle_ms: 60 * DAY,
      keep_alive_at: null,
      may_move: false,
    };
    const reasons: ForecastReasonView[] = [
      "no_refresh_token",
      "refresh_token_ends",
      "absolute_life",
      "idle_life",
      "testing_mode",
      "earlier_grants",
      "nothing_known",
    ];
    const said = [
      ...Object.values(modeWords).map((words) => words.effect),
      ...Object.values(refreshReasonWords).map((words) => words.meaning),
      ...Object.values(tokenVersionStateWords).map((words) => words.meaning),
      ...Object.values(confidenceWords).map((words) => words.meaning),
      ...Object.values(pausedWhy).map((words) => words.way),
      ...reasons.map((reason) => forecastReason({ ...clock, confidence: "stated", reason }, "Google")),
    ];

    for (const words of said) {
      expect(words, "a sentence").toMatch(sentence);
      expect(words, "house words").not.toMatch(forbidden);
    }
  });

  it("says at the foot what presses most", () => {
    const held = [
      { connection_id: "a", connection_name: "Gmail", since: NOW, is_sealed: false, held_by: null },
    ];

    expect(engineFoot(engine, NOW)).toEqual({ line: "Engine running", isCalm: true });
    expect(engineFoot(engine, NOW, "locked")).toEqual({
      line: "Refreshes wait for the keychain",
      isCalm: false,
    });
    expect(engineFoot({ ...engine, network_down_since: NOW }, NOW).line).toMatch(/^Network down since /);
    expect(engineFoot({ ...engine, network_down_since: NOW - DAY }, NOW).line).toMatch(/ since yesterday /);
    expect(engineFoot({ ...engine, mode: "paused", network_down_since: NOW }, NOW).line).toBe(
      "Refreshing is paused",
    );
    expect(engineFoot({ ...engine, mode: "paused", held }, NOW).line).toBe("A token waits for the keychain");
  });

  it("names who would be lost when only some held tokens are sealed", () => {
    const one = { connection_id: "a", connection_name: "Gmail", since: NOW, is_sealed: false, held_by: null };
    const words = heldBanner([one, { ...one, connection_name: "Xero", is_sealed: true }], "open", NOW);

    expect(words?.title).toBe(
      "2 new tokens for Gmail and Xero could not be saved: the keychain refused them.",
    );
    expect(words?.quitting).toBe("Do not quit: Gmail is not sealed on the disk.");
    const elsewhere = heldBanner([{ ...one, held_by: "process 4711 (patchbay)" }], "open", NOW);
    expect(elsewhere?.quitting).toBe("Do not end process 4711 (patchbay): it alone has the token of Gmail.");
    expect(heldBanner([], "open", NOW), "nothing held, nothing said").toBeNull();
  });

  it("reads microseconds as a person does", () => {
    expect([640, 5_240, 184_000, 1_840_000, 240_000_000].map(duration)).toEqual([
      "640 µs",
      "5.2 ms",
      "184 ms",
      "1.8 s",
      "4 min",
    ]);
    expect(rate(5, 702)).toBe("0.7 %");
    expect(rate(1, 100_000)).toBe("under 0.1 %");
  });

  it("says when a workflow stops, never a bare then", () => {
    const failing = row(everyReason.refresh_failing, "expiring");
    expect(secondLine({ ...failing, dependant_count: 1 }, NOW)).toMatch(
      / 1 workflow stops at [^.]+ if it lasts\.$/,
    );
    const ending = row(
      {
        kind: "refresh_failing",
        cause: revoked,
        failure_count: 3,
        is_repeated: false,
        usable_until: NOW + HOUR,
        retry_at: null,
      },
      "expiring",
    );
    const said = secondLine({ ...ending, dependant_count: 1 }, NOW);
    expect(said).toMatch(/ 1 workflow stops at [^.]+\.$/);
    expect(said, "nobody tries it again").not.toContain("if it lasts");
    const unknown = row({
      kind: "refresh_failing",
      cause: revoked,
      failure_count: 3,
      is_repeated: false,
      usable_until: null,
      retry_at: NOW,
    });
    unknown.status.lamp = "expiring";
    expect(secondLine({ ...unknown, dependant_count: 1 }, NOW)).toMatch(/ 1 workflow hangs on it\.$/);
  });

  // A5
  it("says of a refresh token that was sent twice in vain that nobody sends it by itself", () => {
    const cause: CauseView = {
      cause: "refresh_token_reused",
      action: "reconnect",
      provider_code: null,
      http_status: null,
      has_lost_answers: true,
    };
    for (const lamp of ["expiring", "reauth_required"] as const) {
      const lost = row(
        {
          kind: "refresh_failing",
          cause,
          failure_count: 2,
          is_repeated: false,
          usable_until: lamp === "expiring" ? NOW + HOUR : null,
          retry_at: null,
        },
        lamp,
      );
      const { sentence, advice } = connectionSentence(lost, NOW);
      const told = `${sentence} ${advice}`;
      expect(told).toContain("Two requests to Google went without a usable answer");
      expect(told).toMatch(
        /does not send it again by itself.*Refresh it by hand to try once more, or reconnect\.$/,
      );
      expect(told).not.toMatch(/refuses|tries again/);
    }
  });

  it("tells a refusal without a reason as that, and asks a person for nothing before it was repeated", () => {
    const guess: CauseView = {
      cause: "admin_policy_restriction",
      action: "ask_admin",
      provider_code: null,
      http_status: 403,
      is_guess: true,
    };
    const failing = (is_repeated: boolean, lamp: StatusView["lamp"]) =>
      row(
        {
          kind: "refresh_failing",
          cause: guess,
          failure_count: 3,
          is_repeated,
          usable_until: lamp === "expiring" ? NOW + HOUR : null,
          retry_at: NOW + MINUTE,
        },
        lamp,
      );

    const once = connectionSentence(failing(false, "expiring"), NOW);
    expect(once.advice).toMatch(
      /^Google refused with 403 and gave no reason; perhaps blocked by policy\. Nothing to do: Patchbay tries again /,
    );
    expect(secondLine(failing(false, "expiring"), NOW)).not.toMatch(/administrator/i);
    const told = connectionSentence(failing(true, "reauth_required"), NOW);
    expect(told.advice).toMatch(/gave no reason; perhaps .* Patchbay tries again /);
    expect(told.advice).toContain(actionWords.ask_admin.advice);
    expect(refusalShort(guess)).toBe("no reason given");
    expect(refusalShort(revoked)).toBe(causeWords.grant_revoked.short);
  });

  it("advises no reconnect where nothing was ever connected", () => {
    const denied: CauseView = { ...revoked, cause: "user_denied_consent", action: "reconnect" };

    expect(signInFailure({ kind: "cause", cause: denied, detail: null }, "Google", true).advice).toBe(
      "Try again when you want to; nothing was stored.",
    );
    // Each sign-in sends another request: what is at fault may not be in the next one.
    const pkce: CauseView = { ...denied, cause: "pkce_failure", action: "fix_request" };
    for (const isFirst of [true, false])
      expect(signInFailure({ kind: "cause", cause: pkce, detail: null }, "Google", isFirst).advice).toMatch(
        /^Try again once\./,
      );
    expect(signInFailure({ kind: "cause", cause: denied, detail: null }, "Google").advice).toBe(
      actionWords.reconnect.advice,
    );
  });
});

describe("times", () => {
  it("name a day within a line as its head does: only today and yesterday in small letters", () => {
    const noon = new Date(2026, 10, 21, 12).getTime();
    expect(dayNote(noon, noon)).toBe("today");
    expect(dayNote(noon - 86_400_000, noon)).toBe("yesterday");
    expect(dayNote(noon - 3 * 86_400_000, noon)).toMatch(/^Wednesday,? 18 November$/);
  });

  it("are relative under a day, a weekday under a week, a date after", () => {
    expect(ago(NOW - 4 * MINUTE, NOW)).toBe("4 min ago");
    expect(ago(NOW - 2_000, NOW)).toBe("just now");
    expect(moment(NOW + 2 * DAY, NOW)).toMatch(/^Thu /);
    expect(moment(NOW + 41 * DAY, NOW)).toBe("28 Dec");
    expect(span(2 * DAY + 6 * HOUR)).toBe("2 d 6 h");
    expect(span(0), "never zero").toBe("1 s");
  });

  /** E1: a bare hour is today's. */
  it("have their day wherever it is not today, however near", () => {
    const evening = new Date(2026, 10, 17, 22, 30).getTime();
    const atNight = evening + 3 * HOUR;
    expect(shortMoment(evening + HOUR, evening)).toBe(clockTime(evening + HOUR));
    expect(shortMoment(atNight, evening)).toBe(`Wed ${clockTime(atNight)}`);
    expect(shortMoment(evening - 23 * HOUR, evening)).toBe(`Mon ${clockTime(evening - 23 * HOUR)}`);
    expect(nextRefresh(evening + HOUR, evening)).toBe(`next at ${clockTime(evening + HOUR)}`);
    expect(nextRefresh(atNight, evening)).toBe(`next tomorrow at ${clockTime(atNight)}`);
    expect(runLabel({ at: atNight, first_count: 1, again_count: 0, named: [] }, evening)).toMatch(/^Wed /);
  });
});

describe("other sentences", () => {
  it("names the loss on the button that brings it about", () => {
    const [view] = demoConnections(1, NOW);
    const plan = {
      revocation: "ends_this_grant",
      stranded: view?.dependants.slice(0, 2) ?? [],
      siblings: [],
    } as const;

    expect(
      disconnectButton({
        ...plan,
        access_token: { state: "ends_too" },
        stranded: [...plan.stranded],
        siblings: [],
      }),
    ).toBe("Disconnect and strand 2");
    expect(disconnectButton(null)).toBe("Disconnect");
  });

  it("says when a revocation did not happen there", () => {
    const words = disconnected(
      {
        revocation: { state: "failed", http_status: 503 },
        access_token: { state: "not_seen", until: null },
        siblings: [],
        stranded_count: 0,
      },
      "Xero",
      "Xero Ltd",
      NOW,
    );

    expect(words.title).toBe("Xero is disconnected here, not at Xero Ltd.");
    expect(words.detail).toContain("HTTP 503");
  });

  /** C5: where the provider names a page that mends it, no sign-in is offered. */
  it("offers the page that the provider names, and no reconnect", () => {
    const status = { needs_person: true, lamp: "active", action: "open_mending_page" } as StatusView;

    expect(rowAction(status)).toBe("open_mending_page");
    expect(isReconnect("open_mending_page")).toBe(false);
    expect(mendNamed("open_mending_page", "GitHub")).toBe("Open the page that the provider names: GitHub");
  });

  /** D2: what is cut is counted. */
  it("says how many notes of a reading it does not show", () => {
    const kind = { kind: "unknown_modules", name: "acme", count: 3 } as const;
    const rest = { kind: "further_modules", kinds: 2951, count: 4000 } as const;

    expect(noteWords(rest)).toBe(
      "And 2,951 more kinds that nobody knows, 4,000 steps in all; kept under their own names.",
    );
    expect(moreNotes([kind, rest])).toBe("and 2,952 more kinds that nobody knows");
    expect(moreNotes([kind, { kind: "duplicate_id", id: "w1" }])).toBe(
      "and 1 more kind that nobody knows, and 1 more note",
    );
  });

  /** D6: a platform that can test nothing is proved by a run, and its own words say what is wrong. */
  it("says what a platform answered and what proves its copy where no call can", () => {
    const source = { id: "pco_1", name: "Drive", account: null, platform_name: "n8n" };
    const canary = {
      at: NOW,
      is_success: false,
      latency_ms: null,
      http_status: null,
      cause: null,
      failure: null,
    };
    const copy = { platform_name: "n8n", words: "Unable to sign without access token", since: NOW };

    const words = resumedSentence({ state: "canary_failed", source, canary, only_a_run_proves: copy }, 0);

    expect(words.title).toBe("Nothing has proved Drive in n8n yet, so all stay paused.");
    expect(words.detail).toContain("n8n last said: “Unable to sign without access token”.");
    expect(words.detail).toContain("run one of its workflows in n8n by hand, read n8n again, then resume");
    expect(
      resumedSentence({ state: "canary_failed", source, canary, only_a_run_proves: null }, 0).detail,
    ).toBe("The canary call was refused.");
  });

  /** D6: what was not resumed as it ran, and what nobody answered, is not called resumed or failed. */
  it("tells what became of each workflow that was to be resumed or paused", () => {
    const failure = { kind: "unreachable", platform: "n8n", words: "no answer in time" } as const;
    const workflow = (name: string, outcome: PauseOutcomeView): PausedWorkflowView => ({
      id: name,
      name,
      outcome,
    });

    const words = resumedSentence(
      {
        state: "resumed",
        workflows: [
          workflow("Orders", { state: "resumed_as_saved" }),
          workflow("Invoices", { state: "runs_already" }),
          workflow("Mails", { state: "edited_since" }),
          workflow("Leads", { state: "unanswered", failure }),
        ],
      },
      NOW,
    );
    const paused = pausedSentence([workflow("Leads", { state: "unanswered", failure })]);

    expect(words.title).toBe("1 workflow runs again.");
    expect(words.detail).toContain("As saved there now, and not as when paused: Orders.");
    expect(words.detail).toContain("Switched on there already, and left so: Invoices.");
    expect(words.detail).toContain("Edited while paused, so left off: Mails.");
    expect(words.detail).toContain("Probably running again, without an answer: Leads.");
    expect(paused.detail).toContain("Probably paused, without an answer: Leads.");
  });

  /** D6: a newer version that somebody published while it was paused is not overtaken without a word. */
  it("tells of a newer version that does not run", () => {
    const behind = (name: string, newer_saved_at: number | null): PausedWorkflowView => ({
      id: name,
      name,
      outcome: { state: "resumed_before_newer", newer_saved_at },
    });
    const well: PausedWorkflowView = { id: "Mails", name: "Mails", outcome: { state: "resumed" } };
    const saved = NOW - 26 * 60 * 60 * 1000;

    const words = resumedSentence(
      { state: "resumed", workflows: [behind("Orders", saved), behind("Leads", null), well] },
      NOW,
    );

    expect(words.title).toBe("3 workflows run again.");
    expect(words.detail).toBe(
      `As when paused, while a newer version is there and does not run: Orders (saved ${momentInSentence(saved, NOW)}) and Leads. Publish it there to run it instead.`,
    );
  });

  /** A10: a refresh token that may live on is no revoked grant. */
  it("never says revoked of a grant whose refresh token may live on", () => {
    const words = disconnected(
      {
        revocation: { state: "access_token_alone" },
        access_token: { state: "dead" },
        siblings: [],
        stranded_count: 0,
      },
      "Alerts",
      "Slack",
      NOW,
    );

    expect(words.title).toBe("Alerts is disconnected here; its refresh token may live on at Slack.");
    expect(words.detail).toContain("may go on working until you remove the access");
    expect(words.detail).not.toContain("revoked the grant");
    expect(refusing({ why: "access_token_alone" })).toContain("its refresh token may go on working");
  });

  it("puts a failure's code last", () => {
    expect(causeCode(revoked)).toBe("invalid_grant, HTTP 400");
    expect(signInFailure({ kind: "cause", cause: revoked, detail: null }, "Google").title).toBe(
      "Google has ended this grant.",
    );
    expect(signInFailure({ kind: "ours", code: "keychain_locked", message: "m" }, "Google").title).toBe(
      errorWords.keychain_locked.title,
    );
    const lost = { kind: "not_stored", code: "store_unavailable", message: "m" } as const;
    expect(signInFailure({ ...lost, left_because: null }, "Google").meaning).toContain(
      "Google has revoked it",
    );
    expect(signInFailure({ ...lost, left_because: { why: "not_offered" } }, "Google").meaning).toContain(
      "still stands in the account's settings there. Remove it there",
    );
  });

  it("says that nothing is replaced before a yes", () => {
    const view = {
      old: { account: "a", subject: null, workspace: null, account_kind: null, domain: null },
      new: { account: "b", subject: null, workspace: null, account_kind: null, domain: null },
      is_other_account: true,
      is_other_workspace: false,
      is_other_kind: false,
      is_other_domain: false,
      is_identity_unknown: false,
      scopes_lost: ["drive"],
      scopes_gained: [],
      dependant_count: 2,
      refusal_leaves: null,
    };

    expect(comparison(view).sentence).toBe(
      "This is another account, 1 scope fewer. Nothing is replaced before you say so.",
    );
    const moved = { ...view, is_other_account: false, is_other_kind: true, is_other_domain: true };
    expect(comparison(moved).sentence).toContain("another kind of account, another domain, 1 scope fewer");
    expect(refusing(null)).toContain("revoked at the provider");
    expect(refusing({ why: "would_end", names: ["Gmail"] })).toContain("would end Gmail too");
  });

  /** A10: what was said and what was seen are two things. */
  it("tells a revocation that did nothing from one that worked", () => {
    const done = {
      revocation: { state: "revoked" as const },
      access_token: { state: "still_works" as const, until: NOW + HOUR },
      siblings: [{ name: "Gmail", state: "ended" as const }],
      stranded_count: 0,
    };

    const lying = disconnected(done, "Drive", "Google", NOW);
    expect(lying.title).toBe("Drive is disconnected here; Google has not ended all of it.");
    expect(lying.detail).toContain("the access token still works, until");
    expect(lying.detail).toContain("Gmail has ended with it.");
    const dead = disconnected({ ...done, access_token: { state: "dead" } }, "Drive", "Google", NOW);
    expect(dead.title).toBe("Drive is disconnected.");
    expect(dead.detail).toContain("Seen: the access token is refused.");
  });

  /** A8 */
  it("says before the browser opens what a consent would end", () => {
    const share = {
      account: "mira@x.example",
      connections: ["Drive", "Mail"],
      left_count: 0,
      is_spent: false,
    };
    const view = { client: "c", limit: 100, per: "account_and_client" as const, shares: [share] };

    const plenty = budget({ ...view, excess: "oldest_ends" }, "Google");
    expect(plenty.sentence).toContain("keeps 100 grants per account and client; this would be number 3");
    expect(plenty.warnings).toEqual([]);
    const left = budget({ ...view, shares: [{ ...share, left_count: 2 }], excess: "oldest_ends" }, "Google");
    expect(left.sentence).toContain("number 5");
    expect(left.sentence).toContain("2 of them are used by no connection any more");
    const one = {
      ...view,
      limit: 1,
      excess: "all_others_end" as const,
      shares: [{ ...share, is_spent: true }],
    };
    expect(budget(one, "Xero").warnings).toEqual(["Signing in as mira@x.example ends Drive and Mail."]);
  });

  /** C4 */
  it("names a partial grant by what it leaves undone", () => {
    expect(shortfall({ granted_count: 3, requested_count: 5, cannot: ["Send mail", "IMAP access"] })).toBe(
      "3 of 5 granted: cannot send mail and IMAP access.",
    );
  });

  it("keeps four answers four, in order", () => {
    const [view] = demoConnections(1, NOW);
    if (view === undefined) throw new Error("the demo invents at least one");

    expect(fourAnswers(view.answers, NOW).map((answer) => answer.question)).toEqual([
      "Signed in",
      "Authorised",
      "Usable now",
      "Allowed",
    ]);
    expect(tokenClock(view.token, { state: "never" }, true, true, NOW)).toContain("does not expire");
  });

  /** B2, B11: a grant's keep-alive is no token's refresh; a day is named where it is another. */
  it("says when a token is renewed by itself, and when only on need", () => {
    const [view] = demoConnections(1, NOW);
    if (view === undefined) throw new Error("the demo invents at least one");
    const token = { ...view.token, last_refresh_at: null };
    const says = (refresh_at: number | null, automatic: boolean) =>
      tokenClock({ ...token, refresh_at }, { state: "known", at: NOW + 5 * DAY }, automatic, true, NOW);

    expect(says(null, true)).toContain("is refreshed when it is next needed");
    expect(says(NOW + 4 * DAY, true)).toContain("refreshed by itself on Saturday at");
    expect(says(NOW + HOUR, true)).toContain("refreshed by itself at ");
    expect(says(null, false)).toContain(
      "by itself nothing renews it; a call that needs it or your click does",
    );
    expect(says(null, false)).not.toContain("when it is next needed");
  });
});

describe("a verdict's button", () => {
  const steps: Record<NextStepView["step"], NextStepView> = {
    reconnect: { step: "reconnect" },
    reconnect_with_scopes: { step: "reconnect_with_scopes", missing: ["https://scopes.example/mail.send"] },
    reconnect_other_account: { step: "reconnect_other_account" },
    refresh_now: { step: "refresh_now" },
    run_test_call: { step: "run_test_call" },
    open_provider_page: { step: "open_provider_page", provider: "google", page: "console" },
    open_mending_page: { step: "open_mending_page", shown: "console.example/apis" },
    check_client: { step: "check_client", client: "cli_1" },
    open_clock: { step: "open_clock" },
    wait_until: { step: "wait_until", at: NOW + 4 * MINUTE },
    ask_admin: { step: "ask_admin", text: "Hello." },
    share_resource: { step: "share_resource", steps: ["Open it."] },
    report_to_vendor: { step: "report_to_vendor" },
    nothing: { step: "nothing" },
  };
  const about = { name: "Gmail", provider: "Google", account: "mira@fjordstudio.example", dependantCount: 7 };

  it.each(Object.values(steps))("$step says what it does", (next) => {
    const words = stepWords(next, about, NOW);
    expect(words.does).toMatch(sentence);
    expect(`${words.label ?? ""} ${words.does}`).not.toMatch(forbidden);
    expect(words.label === null).toBe(next.step === "nothing");
  });

  it("says at whose page what is mended, where the provider names one [C5]", () => {
    const label = (cause: CauseLabel, provider: string): string | null =>
      stepWords(steps.open_mending_page, { ...about, provider, cause }, NOW).label;
    expect(label("sso_required", "GitHub")).toBe("Authorise for the organisation at GitHub");
    expect(label("api_not_enabled", "Google")).toBe("Switch the API on in Google's console");
    expect(stepWords(steps.open_mending_page, about, NOW).does).toContain("console.example/apis");
  });

  it("waits with a time, and runs again once that is past or nobody named one", () => {
    expect(stepWords(steps.wait_until, about, NOW).label).toBe(`Wait until ${moment(NOW + 4 * MINUTE, NOW)}`);
    expect(stepWords(steps.wait_until, about, NOW + HOUR).label).toBe("Run again");
    expect(stepWords({ step: "wait_until", at: null }, about, NOW).label).toBe("Run again");
  });

  it("never offers a reconnect where the sentence promises that it passes by itself", () => {
    const ladder: LadderView = {
      connection_id: "con_1",
      at: NOW,
      took_ms: 84,
      rungs: [],
      cause: { cause: "rate_limited", action: "wait_and_retry", provider_code: null, http_status: 429 },
      ruled_out: [],
      still_open: null,
      last_good: null,
      first_bad: null,
      next: steps.wait_until,
    };
    expect(verdictSentence(ladder, "Google", "Gmail")).toBe("Google asks to slow down; it passes by itself.");

    ladder.cause = {
      cause: "insufficient_scope",
      action: "ask_admin",
      provider_code: null,
      http_status: 403,
    };
    ladder.next = steps.ask_admin;
    expect(verdictSentence(ladder, "Google", "Gmail")).toMatch(/every scope that was asked for is granted/);
    expect(sureness({ ...ladder.cause, confidence: 0.4 }, 2)).toBe("low: 2 look-alikes ruled out below");
    expect(sureness(ladder.cause, 0), "nobody said").toBeNull();
  });
});

describe("a client's secret", () => {
  it("is said with its end, where the server named one", () => {
    const client = demoClients[0];
    if (client === undefined) throw new Error("the demo has clients");
    const said = (secret_ends_at: number | null): string => secretWords({ ...client, secret_ends_at }, NOW);

    expect(said(null)).toBe("in the keychain");
    expect(said(NOW + 9 * DAY)).toMatch(/^in the keychain, ends /);
    expect(said(NOW - DAY)).toMatch(/^in the keychain, ended /);
    expect(secretWords({ ...client, has_secret: false }, NOW)).toBe("none");
  });
});

describe("copies of many", () => {
  const copy = (way: CopyWayView | null): TwoVerdictsView => ({
    own: "fine",
    copy: way === null ? "fine" : "dead",
    platform_name: "n8n",
    since: null,
    way,
  });

  it("says how many are mended from here, and how many by somebody else", () => {
    expect(copiesSum([copy("push_grant"), copy("grant_file"), copy("open_page")])).toBe(
      "2 copies are mended from here, one after the other; 1 copy at the platform, on its own page.",
    );
    expect(copiesSum([copy("push_grant"), copy(null)])).toBe("1 copy is mended from here.");
    expect(copiesSum([copy(null), copy(null)])).toBe("All 2 copies are mended.");
  });
});
