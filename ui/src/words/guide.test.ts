/** What is to be pasted stands apart from what is to be read [C5]. */

import { describe, expect, it } from "vitest";
import { stepParts } from "./guide";

const guide = { redirect_uri: "http://localhost:1/cb", scopes: "a b" };

describe("a step of the guide", () => {
  it("has a part to copy where an address or scopes stand in it", () => {
    expect(stepParts("Paste http://localhost:1/cb there", guide, "a b")).toEqual([
      { text: "Paste ", copies: null },
      { text: "http://localhost:1/cb", copies: "redirect URI" },
      { text: " there", copies: null },
    ]);
  });

  it("names the scopes that were chosen in the place of the usual ones", () => {
    expect(stepParts("Tick: a b", guide, "a b c").at(-1)).toEqual({ text: "a b c", copies: "scopes" });
    expect(stepParts("Tick: a b", guide, ""), "and none where none is chosen").toEqual([
      { text: "Tick: ", copies: null },
    ]);
  });

  it("is read as it is where nothing is to be pasted", () => {
    expect(stepParts("Open the console.", { redirect_uri: "", scopes: "" }, "")).toEqual([
      { text: "Open the console.", copies: null },
    ]);
  });
});
