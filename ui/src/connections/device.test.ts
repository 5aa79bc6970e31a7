/** What a person sees of a sign-in on another device [A2]. */

import { render, screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { demoDevicePrompt } from "../backend/demo_device";
import { timedOutWords } from "../words/sign_in";
import DevicePanel from "./DevicePanel.svelte";

describe("a code for another device", () => {
  /** A2 */
  it("shows the code, the address, the time left, and a square for each dark module", () => {
    const { container } = render(DevicePanel, {
      prompt: demoDevicePrompt,
      left: "14 minutes",
      onopen: vi.fn(),
    });

    expect(screen.getByText("WDJB-MJHT")).toBeTruthy();
    expect(screen.getByText("https://www.google.com/device")).toBeTruthy();
    expect(screen.getByText(/14 minutes/)).toBeTruthy();
    const runs = container.querySelector("svg[role=img] path")?.getAttribute("d")?.match(/M/g)?.length;
    expect(runs).toBe(demoDevicePrompt.qr.flatMap((row) => row.match(/1+/g) ?? []).length);
  });

  /** A2 */
  it("says that it was the code that ran out", () => {
    expect(timedOutWords({ device: demoDevicePrompt })).toContain("WDJB-MJHT expired");
    expect(timedOutWords({ device: null })).toContain("listener is closed");
  });
});
