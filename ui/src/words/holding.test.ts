/** Checklists in words: how many hold, what cannot be tried, what a new one is called [E4]. */

import { describe, expect, it } from "vitest";
import type { MemberView, RehearsalRowView } from "../backend/backend";
import { suggestedName } from "../checklists/draft";
import { notTriedNote, resultWords } from "./checklists";
import { holdOf } from "./rehearsal";

const NOW = Date.UTC(2026, 10, 21, 10, 42);
const run = (holding: number, members: number, state: "under_way" | "partly"): RehearsalRowView =>
  ({
    holding_count: holding,
    member_count: members,
    outcome: { state },
    end: "stopped",
  }) as RehearsalRowView;
const step = (why: "not_ours" | null): Pick<MemberView, "steps" | "questions"> => ({
  questions: [],
  steps: [{ step: { kind: "account" }, is_chosen: true, why_not: why }],
});
const member = { customer: null } as MemberView;
const template = (id: string, name: string) => ({ id, name, members: [], signs_out_first: true });

describe("how many hold", () => {
  it("is said of several by number, and of a single one without", () => {
    expect(holdOf(2, 5)).toBe("two of five hold");
    expect(holdOf(1, 5)).toBe("one of five holds");
    expect(holdOf(0, 5)).toBe("none of five hold");
    expect(holdOf(0, 1)).toBe("it is not proved");
    expect(holdOf(1, 1)).toBe("it holds");
  });

  it("is never none of one, nor no of five", () => {
    expect(resultWords(run(0, 1, "partly"), NOW).line).toBe("it is not proved");
    expect(resultWords(run(0, 5, "under_way"), NOW).detail).toBe("none of five hold");
  });
});

describe("what stands under the steps", () => {
  it("counts those that cannot be tried, and is not there where all can", () => {
    expect(notTriedNote([step(null)])).toBeNull();
    expect(notTriedNote([step("not_ours"), step(null)])).toMatch(/^1 step cannot be tried: /);
    expect(notTriedNote([step("not_ours"), step("not_ours")])).toMatch(/^2 steps cannot be tried: /);
  });
});

describe("a new checklist", () => {
  it("is named after its template, as a sentence can carry it", () => {
    expect(suggestedName([member], template("notion", "Notion"))).toBe("Notion check");
    expect(suggestedName([member], template("everything", "Everything that can be tried"))).toBe(
      "Everything that can be tried",
    );
  });
});
