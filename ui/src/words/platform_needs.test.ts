/** What needs somebody at the platforms is told in the board's sentence [A8, D4, E1]. */

import { describe, expect, it } from "vitest";
import type {
  CopyNeedView,
  HeadlineView,
  IncidentNeedView,
  PlatformNeedsView,
  UnreadNeedView,
} from "../backend/backend";
import { usual } from "./circumstances";
import { headline } from "./headline";
import { noNeeds } from "./platform_needs";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const gmail: CopyNeedView = {
  id: "pco_1",
  name: "Gmail",
  platform_name: "n8n",
  since: NOW - 60_000,
  waiting_count: 3,
  incident: "inc_1",
};
const drive = (stands: IncidentNeedView["stands"]): IncidentNeedView => ({
  id: "inc_2",
  name: "Drive",
  stands,
});
const oneCopy: PlatformNeedsView = { ...noNeeds, copy_count: 1, first_copy: gmail };
const n8n: UnreadNeedView = { id: "pla_1", name: "n8n", read_at: NOW - 60_000 };
const unread: PlatformNeedsView = { ...noNeeds, unread_count: 1, first_unread: n8n };
const five: HeadlineView = {
  state: "platforms_need_you",
  connection_count: 5,
  unproved_count: 0,
  next_end: null,
};

describe("the board's sentence, where a platform needs somebody", () => {
  it("names the copy that is dead and what waits for it, and then says that our own work", () => {
    const words = headline(five, oneCopy, NOW, usual, {
      run: "Halden, Recall letters, at 14:00",
      because: { id: "pc_1", name: "HubSpot" },
    });

    expect(words.sentence).toBe("Gmail in n8n needs you: 3 workflows wait for it.");
    expect(words.detail).toMatch(
      /^Its own sign-in there is dead since .*\. The first run that fails is Halden, Recall letters, at 14:00\. All 5 connections of your own work\.$/,
    );
  });

  it("names the one to mend first of several, and an incident beside them", () => {
    const needs = {
      ...noNeeds,
      copy_count: 2,
      first_copy: gmail,
      incident_count: 1,
      first_incident: drive(null),
    };
    const words = headline({ ...five, unproved_count: 1 }, needs, NOW);

    expect(words.sentence).toBe("Two connections at platforms need you; mend Gmail in n8n first.");
    expect(words.detail).toBe(
      "The incident of Drive is still open; nothing stands against closing it. Of your own 5 connections 1 is not proved yet.",
    );
  });

  it.each([
    [drive({ kind: "broken" }), "The incident of Drive is still open; no call has shown that it works."],
    [drive({ kind: "paused", count: 1 }), "The incident of Drive is still open; 1 workflow is paused."],
    [
      drive({ kind: "unvalidated", count: 2 }),
      "The incident of Drive is still open; 2 workflows were not seen running again.",
    ],
  ])("says what an incident waits for", (first_incident, sentence) => {
    expect(headline(five, { ...noNeeds, incident_count: 1, first_incident }, NOW).sentence).toBe(sentence);
  });

  it("says that a platform cannot be read, since what is shown of it gets old", () => {
    const words = headline(five, unread, NOW);
    expect(words.sentence).toBe("n8n needs you: it cannot be read, and what is shown of it gets old.");
    expect(words.detail).toBe("All 5 connections of your own work.");
    const both = headline(five, { ...unread, copy_count: 1, first_copy: gmail }, NOW);
    expect(both.sentence, "what stands still goes before it").toMatch(/^Gmail in n8n needs you/);
    expect(both.detail).toContain("n8n needs you: it cannot be read");
    const two = headline(five, { ...unread, unread_count: 2 }, NOW);
    expect(two.sentence).toBe("Two platforms need you: they cannot be read, n8n for the longest.");
    const never = headline(five, { ...unread, first_unread: { ...n8n, read_at: null } }, NOW);
    expect(never.sentence).toBe("n8n needs you: it cannot be read.");
  });

  it("tells of our own first, and of the copies after them", () => {
    const first = {
      id: "a",
      name: "Slack",
      cause: null,
      action: "reconnect" as const,
      still_works: false,
      dependant_count: 0,
      since: NOW,
      unopened_file: null,
    };
    const own = headline({ state: "needs_you", count: 1, first, next_end: null }, oneCopy, NOW);
    expect(own.sentence).toBe("One connection needs you: Slack.");
    expect(own.detail).toContain("Gmail in n8n needs you too: 3 workflows wait for it.");
    const endless = headline(
      { state: "needs_you", count: 1, first: { ...first, name: "x".repeat(4_000) }, next_end: null },
      oneCopy,
      NOW,
    );
    expect(endless.detail.indexOf("Gmail in n8n"), "no name pushes it out of sight").toBeLessThan(200);
    const unsaved = headline({ state: "unsaved", count: 1, name: "Slack" }, oneCopy, NOW);
    expect(unsaved.detail).toBe("Gmail in n8n needs you too: 3 workflows wait for it.");
  });
});
