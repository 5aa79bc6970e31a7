/** The lines of the board: narrowed, sorted, grouped, and in the order in which they were shown [E1]. */

import { describe, expect, it } from "vitest";
import type { ConnectionRowView } from "../backend/backend";
import { demoConnections } from "../backend/demo_connections";
import { noFilter } from "../state/board_place.svelte";
import { boardLines, groupBy, groupNote, inHeldOrder, isMatch, isWanted, sorted } from "./rows";

const NOW = Date.UTC(2026, 10, 21, 10, 42);
const rows = demoConnections(30, NOW).map((view) => view.row);
const onN8n = rows[3]?.id ?? "";
const platformsOf = (id: string): string[] => (id === onN8n ? ["Make", "n8n"] : []);
const names = (of: readonly ConnectionRowView[]): string[] => of.map((row) => row.name);

describe("what is typed", () => {
  it("is looked for in all that a row shows, and in the names of its platforms", () => {
    expect(names(rows.filter((row) => isMatch(row, ["halden", "drive"])))).toContain("Google Drive");
    expect(rows.filter((row) => isMatch(row, ["n8n"], platformsOf)).map((row) => row.id)).toEqual([onN8n]);
  });

  it("may name a column", () => {
    const wanted = rows.filter((row) => isMatch(row, ["status:expiring"]));
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.every((row) => row.status.lamp === "expiring")).toBe(true);
    expect(rows.filter((row) => isMatch(row, ["platform:make"], platformsOf))).toHaveLength(1);
    expect(
      rows.some((row) => isMatch(row, ["unknown:thing"])),
      "a word with a colon is a word",
    ).toBe(false);
  });
});

describe("what alone is shown", () => {
  it("is every filter at once", () => {
    const only = { ...noFilter, status: "needs_you" as const, provider: "Google" };
    const wanted = rows.filter((row) => isWanted(row, only, platformsOf));
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.every((row) => row.status.needs_person && row.provider_name === "Google")).toBe(true);
    expect(rows.filter((row) => isWanted(row, { ...noFilter, platform: "" }, platformsOf))).toHaveLength(29);
  });
});

describe("the order", () => {
  it("is the engine's until a person chooses another", () => {
    expect(sorted(rows, "need", false, new Map())).toBe(rows);
  });

  it("puts what has no value last, whichever way round", () => {
    const needs = new Map([
      [rows[5]?.id ?? "", NOW + 60_000],
      [rows[9]?.id ?? "", NOW + 30_000],
    ]);
    const soonest = sorted(rows, "next_run", false, needs);
    expect(soonest.slice(0, 2)).toEqual([rows[9], rows[5]]);
    const latest = sorted(rows, "next_run", true, needs);
    expect(latest.slice(0, 2)).toEqual([rows[5], rows[9]]);
    expect(latest[29], "the others keep the engine's order").toBe(rows[29]);
  });

  it("stays while it is held, and new rows stand where the engine puts them", () => {
    const held = rows.slice(0, 5).map((row) => row.id);
    const [first, second, third, fourth, fifth, sixth] = rows;
    if (!first || !second || !third || !fourth || !fifth || !sixth) throw new Error("too few");
    const moved = [fifth, first, sixth, third, fourth];

    expect(inHeldOrder(moved, held)).toEqual([first, sixth, third, fourth, fifth]);
  });

  it("is kept for ten thousand by looking at each a few times, not at all for each", () => {
    const COUNT = 10_000;
    let looks = 0;
    const many = Array.from({ length: COUNT }, (_, index) => {
      const row = rows[index % rows.length];
      if (row === undefined) throw new Error("too few");
      const of = { ...row, id: `con_${index}` };
      return Object.defineProperty(of, "id", { get: () => (looks++, `con_${index}`) });
    });
    // Every tenth came since, every hundredth of the others is gone.
    const came = many.filter((_, index) => index % 10 === 9);
    const stayed = many.filter((_, index) => index % 10 !== 9);
    const gone = Array.from({ length: COUNT / 100 }, (_, index) => `gone_${index}`);
    const ids = stayed.map((row) => row.id);
    const held = new Proxy([...gone, ...ids], {
      get: (of, key, self) => {
        if (typeof key === "string" && /^\d+$/.test(key)) looks++;
        return Reflect.get(of, key, self) as unknown;
      },
    });
    const now = [...stayed].reverse().concat(came);
    looks = 0;

    const inOrder = inHeldOrder(now, held);

    expect(looks, "each of both a few times").toBeLessThan(COUNT * 6);
    expect(looks, "what is counted is looked at").toBeGreaterThan(COUNT);
    // Behind the one that the engine put before them: the last of those it turned round.
    const [first, ...others] = stayed;
    expect(inOrder).toEqual([first, ...came, ...others]);
  });
});

describe("groups", () => {
  it("are those of the platforms on which copies stand, each row once", () => {
    const lines = boardLines(rows, groupBy("platform", platformsOf), new Set());
    const heads = lines.flatMap((line) => (line.kind === "group" ? [line.label] : []));
    expect(heads).toEqual(["Make and n8n", "On no platform"]);
    expect(lines.filter((line) => line.kind === "row")).toHaveLength(30);
  });

  it("have no head where nobody has a customer", () => {
    const bare = rows.map((row) => ({ ...row, customer: null }));
    const lines = boardLines(bare, groupBy("customer", platformsOf), new Set());
    expect(lines.every((line) => line.kind === "row")).toBe(true);
  });
});

describe("the head of a group", () => {
  const lamps = (...of: ConnectionRowView["status"]["lamp"][]): ConnectionRowView[] =>
    of.flatMap((lamp) => {
      const [row] = rows;
      return row === undefined ? [] : [{ ...row, status: { ...row.status, lamp } }];
    });

  it("says how many are dead, also where all of them are", () => {
    expect(groupNote(lamps("active", "active"))).toBe("2 connections");
    expect(groupNote(lamps("active", "reauth_required"))).toBe("2 connections, 1 reauth_required");
    expect(groupNote(lamps("reauth_required", "reauth_required"))).toBe("2 connections, all reauth_required");
    expect(groupNote(lamps("reauth_required"))).toBe("1 connection, reauth_required");
  });

  it("groups its thousands", () => {
    expect(groupNote(lamps(...Array.from({ length: 2_000 }, () => "active" as const)))).toBe(
      "2,000 connections",
    );
  });
});
