/** The page of one connection: sentence, answers, test call, practice [A6, E2, D1]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import AppWindow from "../App.svelte";
import type { CauseView, TestCallView } from "../backend/backend";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

async function openNamed(
  name: RegExp,
  count = 14,
): Promise<{ backend: DemoBackend; user: ReturnType<typeof userEvent.setup>; id: string }> {
  const backend = new DemoBackend({ count, isSteppedByHand: true });
  render(AppWindow, { app: new App(backend) });
  const user = userEvent.setup();
  const row = await screen.findByRole("row", { name });
  const id = row.dataset.row ?? "";
  await user.click(row);
  await screen.findByRole("list", { name: "Four answers" });
  return { backend, user, id };
}

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("a connection's page", () => {
  it("answers four questions apart", async () => {
    await openNamed(/^Google Drive/);

    const answers = within(screen.getByRole("list", { name: "Four answers" })).getAllByRole("listitem");
    expect(answers).toHaveLength(4);
    expect(answers[3]).toHaveTextContent("3 of 4 scopes");
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(
      /^Works now; the grant ends on \w+day at/,
    );
  });

  it("agrees with itself while the keychain is locked, and again once it is not [A3, A6]", async () => {
    const { backend, user } = await openNamed(/^Google Drive/);
    await user.click(screen.getByRole("button", { name: /^Test call/ }));
    await screen.findByRole("region", { name: "Test call result" });
    const page = (): string => document.querySelector("main, .main")?.textContent ?? "";
    const usable = (): HTMLElement => {
      const list = screen.getByRole("list", { name: "Four answers" });
      return within(list).getByText("Usable now").closest("li") as HTMLElement;
    };
    expect(usable()).toHaveTextContent("yes");

    backend.lockKeychain(true);
    await screen.findByRole("heading", { level: 1, name: /^It cannot be used just now/ });

    expect(usable()).toHaveTextContent("no the keychain is locked");
    expect(screen.getByRole("region", { name: "Token clock" })).toHaveTextContent(
      "Nothing can renew it just now: the keychain is locked.",
    );
    for (const promise of [
      "refreshed by itself",
      "Nothing for you to do",
      "tries again",
      "Works now",
      "It works",
    ])
      expect(page()).not.toContain(promise);
    const head = screen.getByRole("region", { name: "Connection" });
    expect(within(head).getByRole("img", { name: /, stale$/ }), "no lamp is believed").toHaveClass(
      "unreadable",
    );
    expect(head).toHaveTextContent("not readable");
    const foot = screen.getByRole("status", { name: "Engine" });
    expect(foot).toHaveTextContent("Refreshes wait for the keychain");
    expect(foot).not.toHaveTextContent("next at");

    backend.lockKeychain(false);
    await waitFor(() => expect(usable()).toHaveTextContent("yes"));
    expect(page()).not.toContain("keychain is locked");
  });

  it("shows what a test call found", async () => {
    const { user } = await openNamed(/^Google Drive/);

    await user.click(screen.getByRole("button", { name: /^Test call/ }));

    const result = await screen.findByRole("region", { name: "Test call result" });
    expect(result).toHaveTextContent("It works: 200 in 212 ms as ops@haldenoptik.example.");
    expect(result).toHaveTextContent("req_8f1c-22ab");
    expect(result).toHaveTextContent("GET https://accounts.google.com/userinfo");
  });

  it("tries the provider's harmless calls on a click, each with its result", async () => {
    const { user, backend } = await openNamed(/^Google Drive/);
    const checks = screen.getByRole("region", { name: "Checks" });
    expect(within(checks).getAllByRole("listitem")).toHaveLength(3);
    expect(
      backend.asked.some((one) => one.command === "run_checks"),
      "nothing by itself",
    ).toBe(false);

    await user.click(within(checks).getByRole("button", { name: "Run checks" }));

    expect(await within(checks).findByText(/200 in 143 ms/)).toBeInTheDocument();
    const lines = within(checks).getAllByRole("listitem");
    expect(lines[1]).toHaveTextContent("not tried: calendar.readonly is not granted");
    expect(lines[2]).toHaveTextContent("accessNotConfigured, HTTP 403");
    expect(within(checks).getByRole("status")).toHaveTextContent("1 of 3 calls failed");
  });

  it("says what the grant is bound to, to be copied", async () => {
    await openNamed(/^Google Drive/);

    const facts = screen.getByRole("region", { name: "What it rests on" });
    expect(facts).toHaveTextContent("not bound to a key");
    expect(facts).toHaveTextContent("the provider decides which APIs the tokens are for");
    expect(within(facts).getByRole("button", { name: "Copy client id" })).toBeInTheDocument();
  });

  it("says the cause and the next step when a test call fails", async () => {
    const { user } = await openNamed(/^Gmail/);

    await user.click(screen.getByRole("button", { name: /^Test call/ }));

    const result = await screen.findByRole("region", { name: "Test call result" });
    expect(result).toHaveTextContent("Google has ended this grant.");
    expect(result).toHaveTextContent("Reconnect, with the same account.");
    expect(result).toHaveTextContent("invalid_grant, HTTP 400");
  });

  it("tells both answers of a call that no refresh could mend, the one that decides first [E2, C1]", async () => {
    const { backend, user } = await openNamed(/^Gmail/);
    const call = backend.call.bind(backend);
    vi.spyOn(backend, "call").mockImplementation(async (command, args) => {
      const answer = await call(command, args);
      if (command !== "run_test_call") return answer;
      const refused: CauseView = {
        cause: "access_token_invalid",
        action: "refresh",
        provider_code: "invalid_token",
        http_status: 401,
      };
      return { ...(answer as TestCallView), http_status: 401, refused };
    });

    await user.click(screen.getByRole("button", { name: /^Test call/ }));

    const result = await screen.findByRole("region", { name: "Test call result" });
    const answers = within(within(result).getByRole("list", { name: "Answers" })).getAllByRole("listitem");
    expect(answers.map((one) => one.textContent.replace(/\s+/g, " ").trim())).toEqual([
      "400 invalid_grant to the refresh that was to renew the token decides",
      "401 invalid_token to the call itself, before that",
    ]);
    expect(result, "no status stands above what decides").not.toHaveTextContent("HTTP status");
  });

  it("says beside a disabled Refresh why it is", async () => {
    await openNamed(/^Slack, fjordstudio/);

    expect(screen.getByRole("button", { name: "Refresh now" })).toBeDisabled();
    expect(screen.getByRole("button", { name: "Refresh now" })).toHaveAccessibleDescription(
      "no refresh token",
    );
  });

  it("takes a dependant entered by hand, and removes it again", async () => {
    const { user } = await openNamed(/^GitHub, fjordstudio-bot/);

    await user.click(screen.getByRole("button", { name: "Add by hand…" }));
    const dialog = await screen.findByRole("dialog", { name: "Add a dependant of GitHub" });
    await user.type(within(dialog).getByRole("textbox", { name: "Workflow" }), "Release notes");
    await user.click(within(dialog).getByRole("button", { name: "Add" }));

    expect(await screen.findByRole("cell", { name: "Release notes" })).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Remove Release notes" }));
    await waitFor(() => expect(screen.queryByRole("cell", { name: "Release notes" })).toBeNull());
  });

  it("has the practice switches on a practice connection alone, and a deed turns the lamp", async () => {
    const { user, backend } = await openNamed(/^Practice/);
    const panel = await screen.findByRole("region", { name: "Practice provider" });

    await user.click(within(panel).getByRole("switch", { name: "Outage" }));
    await waitFor(() => expect(within(panel).getByRole("switch", { name: "Outage" })).toBeChecked());
    await user.click(within(panel).getByRole("button", { name: "Revoke the grant" }));
    await waitFor(() => expect(backend.asked.some((one) => one.command === "do_practice_deed")).toBe(true));
    await waitFor(() => expect(screen.getByRole("button", { name: /^Test call/ })).toBeEnabled());
    await user.click(screen.getByRole("button", { name: /^Test call/ }));

    expect(
      await screen.findByRole("heading", { level: 1, name: /Practice provider has ended this grant/ }),
    ).toBeInTheDocument();
  });

  it("goes back to the board with Escape, to the row it came from", async () => {
    const { user, id } = await openNamed(/^GitHub, fjordstudio-bot/);

    await user.keyboard("{Escape}");

    await screen.findByRole("treegrid", { name: "Connections" });
    await waitFor(() => expect((document.activeElement as HTMLElement | null)?.dataset.row).toBe(id));
  });
});
