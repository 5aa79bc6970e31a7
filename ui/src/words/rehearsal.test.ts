/** A rehearsal's headline names what failed, and claims no more of a removal than was seen [E4]. */

import { describe, expect, it } from "vitest";
import type { CertificateView, RehearsalView, ToMendView, TrialActView } from "../backend/backend";
import { certificateWords, notTriedWords } from "./rehearsal";

const now = new Date(2026, 10, 17, 10, 42).getTime();

const view: RehearsalView = {
  id: "1",
  checklist_id: "chk_1",
  name: "Halden Optik demo",
  customer: null,
  started_at: now - 60_000,
  ended_at: now,
  end: "ended",
  progress: {
    done_count: 7,
    left_out_count: 0,
    step_count: 7,
    failed_count: 1,
    holding_count: 0,
    member_count: 1,
    left_ms: null,
  },
  columns: [],
  members: [],
  log: [],
  sign_in: null,
  certificate: null,
  hold_minutes: 60,
  hold_until: null,
  after_failure: "go_on",
  signs_out_first: false,
  writes: [],
  previous: null,
  left_objects: [],
  has_unread_removal: false,
};

function mend(act: TrialActView | null): CertificateView {
  const one: ToMendView = {
    member_id: "con_1",
    is_own: true,
    name: "Vendor notes",
    platform_name: null,
    step: { kind: "object" },
    act,
    cause: null,
    seen: "",
    way: "diagnose",
  };
  return { state: "mend", mend: one, failing_count: 1, holding_count: 0 };
}

describe("the headline", () => {
  it.each([
    ["create", "making an object"],
    ["read", "reading the object back"],
    ["change", "changing the object"],
    ["remove", "removing the object"],
  ] as const)("of a failure to %s names it", (act, words) => {
    expect(certificateWords(view, mend(act), now).sentence).toBe(`Mend Vendor notes: it fails at ${words}.`);
  });

  it("names no act where none is known", () => {
    expect(certificateWords(view, mend(null), now).sentence).toBe(
      "Mend Vendor notes: it fails at making, changing or removing an object.",
    );
  });
});

describe("what stayed behind", () => {
  it("is nothing only where that was seen", () => {
    const said = (unread: boolean): string =>
      certificateWords({ ...view, has_unread_removal: unread }, mend("change"), now).detail;

    expect(said(false)).toMatch(/nothing left behind\.$/);
    expect(said(true)).toMatch(/removed by its provider’s word, and was not read again\.$/);
    expect(said(true)).not.toMatch(/nothing left/);
  });
});

it("says that a grant which is over makes the rest pointless", () => {
  expect(notTriedWords("grant_over", null)).toBe("its grant is over");
});
