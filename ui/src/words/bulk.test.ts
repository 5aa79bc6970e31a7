/** What a deed done to many came to, as a sentence [E1]. */

import { describe, expect, it } from "vitest";
import { bulkProgress, bulkSum } from "./bulk";

describe("the sum of a deed done to many", () => {
  it("says what worked and what did not", () => {
    expect(bulkSum("test_call", 12, 2, 0)).toBe("12 tested: 10 work, 2 do not.");
    expect(bulkSum("disconnect", 3, 1, 0)).toBe("3 disconnected: 2 are gone, 1 needs a look.");
  });

  it("says in full what did not work, where nothing did", () => {
    expect(bulkSum("test_call", 4, 4, 5)).toBe("4 of 9 tested: none works; 5 not begun.");
    expect(bulkSum("test_call", 1, 1, 0)).toBe("1 tested: it does not work.");
    expect(bulkSum("disconnect", 2, 2, 0)).toBe("2 disconnected: all need a look.");
  });

  it("says so where none was begun", () => {
    expect(bulkSum("test_call", 0, 0, 5)).toBe("None tested; 5 not begun.");
  });

  it("groups thousands", () => {
    expect(bulkSum("test_call", 10_010, 0, 0)).toBe("10,010 tested: 10,010 work.");
    expect(bulkProgress("test_call", 1_200, 10_010)).toBe("Testing, 1,200 of 10,010");
  });
});
