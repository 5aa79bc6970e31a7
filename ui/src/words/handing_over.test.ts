/** What is said of a grant that a platform was given. */

import { describe, expect, it } from "vitest";
import { handedOverTitle, handedOverWords } from "./handing_over";
import { signInFailure } from "./sign_in";

const keeper = { id: "pco_1", name: "HubSpot", platform_name: "n8n" };

describe("a grant that was handed over", () => {
  it("claims no more than was seen", () => {
    expect(handedOverTitle(keeper, { state: "unproved" })).toBe("HubSpot in n8n holds a grant of its own");
    const words = handedOverWords(keeper, { state: "unproved" }, 0);
    expect(words.proof).toBe("It was written; nothing has shown yet that it works.");
    expect(words.detail).toMatch(/^n8n takes a grant without trying it/);
  });

  it("names the run without a workflow that is known", () => {
    const words = handedOverWords(keeper, { state: "proved", at: 0, workflow: null, run: "7" }, 1_000);
    expect(words.proof).toBe("Proved by a run: the one that had failed ran again, and went well.");
    expect(words.detail).toMatch(/^Run 7 at n8n, /);
  });

  it("says of a file that it holds the grant", () => {
    const outcome = { state: "file", path: "/p/g.json", command: "n8n import:credentials" } as const;
    expect(handedOverTitle(keeper, outcome)).toBe("A grant for HubSpot in n8n is in a file");
    expect(handedOverWords(keeper, outcome, 0).detail).toMatch(/then delete the file: it holds the grant/);
  });

  it("says why a platform did not take it, and that it was taken back", () => {
    const failure = {
      kind: "right_missing",
      platform: "n8n",
      what: "change a credential",
      right: "credential:update",
    } as const;
    const words = signInFailure({ kind: "not_taken", failure, left_because: null }, "HubSpot", true);
    expect(words.title).toBe("The key for n8n may not change a credential.");
    expect(words.advice).toMatch(/^It lacks credential:update/);
    expect(words.meaning).toMatch(/HubSpot has revoked it/);
  });
});
