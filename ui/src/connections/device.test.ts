/** What a person sees of a sign-in on another device [A2]. */

import { cleanup, render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import AppWindow from "../App.svelte";
import type { ConnectForm } from "../backend/backend";
import { DemoBackend } from "../backend/demo_backend";
import { demoDevicePrompt } from "../backend/demo_device";
import { App } from "../state/app.svelte";
import { timedOutWords } from "../words/sign_in";
import DevicePanel from "./DevicePanel.svelte";

afterEach(cleanup);

async function choose(typed: string, option: string) {
  const backend = new DemoBackend({ count: 3, isSteppedByHand: true });
  render(AppWindow, { app: new App(backend) });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "Connect…" }));
  await user.type(await screen.findByRole("combobox", { name: "Provider" }), typed);
  await user.click(await screen.findByRole("option", { name: option }));
  const sent = () => {
    const asked = backend.asked.findLast((one) => one.command === "begin_connect");
    return (asked?.args as { form: ConnectForm } | undefined)?.form;
  };
  return { user, sent };
}

describe("an MCP server's address", () => {
  /** A2 */
  it("is all there is to enter", async () => {
    const address = "https://mcp.example.com/mcp";
    const { user, sent } = await choose(address, `Use the MCP server ${address}`);
    const dialog = await screen.findByRole("dialog", { name: /^Connect / });
    expect(within(dialog).getByText(/Nothing to set up/)).toBeTruthy();
    expect(within(dialog).queryByRole("textbox", { name: "Client id" })).toBeNull();

    await user.click(within(dialog).getByRole("button", { name: /Open browser/ }));

    await screen.findByRole("dialog", { name: /Waiting for your browser/ });
    expect(sent()).toMatchObject({ provider: address, client: null, client_id: null, uses_device: false });
  });
});

describe("a code for another device", () => {
  /** A2 */
  it("is asked for in place of the browser, and nothing has to come back to this computer", async () => {
    const { user, sent } = await choose("google", "Google");
    const dialog = await screen.findByRole("dialog", { name: "Connect Google" });

    await user.click(within(dialog).getByRole("button", { name: "Use a code" }));

    const waiting = await screen.findByRole("dialog", { name: "Waiting for the code: Google" });
    expect(within(waiting).getByText("WDJB-MJHT")).toBeTruthy();
    expect(within(waiting).getByText("Type the code on any device")).toBeTruthy();
    expect(within(waiting).queryByText(/listens on/)).toBeNull();
    expect(sent()?.uses_device).toBe(true);
  });

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
