/** Connect and reconnect, from the form to the verdict; the secret passes once [A2, A3, A7, E1]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError, type ConnectForm } from "../backend/backend";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

const SECRET = "hush-4711-do-not-keep";

async function open(
  count = 3,
): Promise<{ backend: DemoBackend; app: App; user: ReturnType<typeof userEvent.setup> }> {
  const backend = new DemoBackend({ count, isSteppedByHand: true });
  const app = new App(backend);
  render(AppWindow, { app });
  await screen.findByRole("heading", { level: 1, name: /\./ });
  return { backend, app, user: userEvent.setup() };
}

async function fillNotion(user: ReturnType<typeof userEvent.setup>): Promise<HTMLElement> {
  await user.click(screen.getByRole("button", { name: "Connect…" }));
  await user.type(await screen.findByRole("combobox", { name: "Provider" }), "notion");
  await user.click(await screen.findByRole("option", { name: "Notion" }));
  const dialog = await screen.findByRole("dialog", { name: "Connect Notion" });
  await user.type(within(dialog).getByRole("textbox", { name: "Client id" }), "client-1");
  await user.type(within(dialog).getByLabelText("Client secret"), SECRET);
  return dialog;
}

function sentForm(backend: DemoBackend): ConnectForm {
  const sent = backend.asked.findLast((one) => one.command === "begin_connect");
  return (sent?.args as { form: ConnectForm }).form;
}

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("the form", () => {
  it("finds a provider by what people also call it", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name: "Connect…" }));

    await user.type(await screen.findByRole("combobox", { name: "Provider" }), "outlook");

    expect(screen.getAllByRole("option")).toEqual([screen.getByRole("option", { name: "Microsoft" })]);
  });

  it("offers an issuer's address, and says why one is refused", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name: "Connect…" }));

    await user.type(await screen.findByRole("combobox", { name: "Provider" }), "https://broken.example");
    await user.click(screen.getByRole("option", { name: "Use the issuer https://broken.example" }));

    expect(await screen.findByRole("alert")).toHaveTextContent(
      "That address does not describe an authorization server.",
    );
  });

  it("shows the exact redirect URI, and says what is missing beside the disabled button", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name: "Connect…" }));
    await user.click(await screen.findByRole("option", { name: "Notion" }));

    const dialog = await screen.findByRole("dialog", { name: "Connect Notion" });
    expect(dialog).toHaveTextContent("http://127.0.0.1:43117/callback");
    expect(within(dialog).getByRole("button", { name: "Open browser" })).toBeDisabled();
    expect(dialog).toHaveTextContent("The client id is missing.");
  });

  it("sends the secret once and drops it from the page", async () => {
    const { user, backend } = await open();
    const dialog = await fillNotion(user);
    const field = within(dialog).getByLabelText<HTMLInputElement>("Client secret");
    expect(field, "hidden while typed").toHaveAttribute("type", "password");

    await user.click(within(dialog).getByRole("button", { name: "Open browser" }));

    await screen.findByRole("dialog", { name: "Waiting for your browser: Notion" });
    expect(sentForm(backend).client_secret).toBe(SECRET);
    expect(field.value, "the field is empty").toBe("");
    expect(document.documentElement.outerHTML, "nowhere in the page").not.toContain(SECRET);
    expect(JSON.stringify(Object.entries(localStorage)), "nor in the storage").not.toContain(SECRET);
  });

  it("drops the secret also when the engine refuses, and keeps the rest", async () => {
    const { user, backend } = await open();
    const dialog = await fillNotion(user);
    backend.failNext(new BackendError("listener_port_taken", "Port 43117 is in use."), "begin_connect");

    await user.click(within(dialog).getByRole("button", { name: "Open browser" }));

    expect(await screen.findByRole("alert")).toHaveTextContent(
      "The port of the redirect URI is taken by another program.",
    );
    expect(within(dialog).getByLabelText<HTMLInputElement>("Client secret").value).toBe("");
    expect(within(dialog).getByRole("textbox", { name: "Client id" })).toHaveValue("client-1");
  });
});

describe("a sign-in", () => {
  it("is followed step by step to the verdict", async () => {
    const { user, backend } = await open();
    const form = await fillNotion(user);
    await user.click(within(form).getByRole("button", { name: "Open browser" }));
    const dialog = await screen.findByRole("dialog", { name: "Waiting for your browser: Notion" });
    expect(within(dialog).getByRole("button", { name: "Copy sign-in address" })).toBeInTheDocument();
    expect(dialog).toHaveTextContent(/min left/);

    backend.step("sgn_1", { state: "exchanging_code" });
    expect(await screen.findByRole("dialog", { name: "Trading the code with Notion" })).toBeInTheDocument();
    backend.step("sgn_1", { state: "identifying" });
    expect(await screen.findByRole("dialog", { name: "Asking Notion who signed in" })).toBeInTheDocument();
    backend.finish("sgn_1");

    const verdict = await screen.findByRole("dialog", { name: "Notion is connected" });
    await waitFor(() => expect(within(verdict).getByRole("img", { name: "active" })).toBeInTheDocument());
    expect(verdict).toHaveTextContent("Notion, mira@fjordstudio.example");
  });

  it("says why it failed and what next, and trying again keeps all but the secret", async () => {
    const { user, backend } = await open();
    const form = await fillNotion(user);
    await user.click(within(form).getByRole("button", { name: "Open browser" }));
    await screen.findByRole("dialog", { name: "Waiting for your browser: Notion" });

    backend.step("sgn_1", {
      state: "failed",
      failure: {
        kind: "cause",
        cause: {
          cause: "redirect_uri_mismatch",
          action: "fix_client_config",
          provider_code: "invalid_request",
          http_status: 400,
        },
        detail: null,
      },
    });
    const failed = await screen.findByRole("dialog", { name: "Notion could not be connected" });
    expect(failed).toHaveTextContent("Notion does not know the redirect URI.");
    expect(failed).toHaveTextContent("Correct the client in the provider's console, then try again.");
    await user.click(within(failed).getByRole("button", { name: "Try again" }));

    const again = await screen.findByRole("dialog", { name: "Connect Notion" });
    expect(within(again).getByRole("textbox", { name: "Client id" })).toHaveValue("client-1");
    expect(within(again).getByLabelText<HTMLInputElement>("Client secret").value).toBe("");
  });

  it("takes a pasted redirect from the start", async () => {
    const { user, backend } = await open();
    await user.click(screen.getByRole("button", { name: /^Reconnect Gmail R$/ }));
    const dialog = await screen.findByRole("dialog", { name: "Waiting for your browser: Gmail" });

    await user.click(within(dialog).getByRole("button", { name: "Paste the redirect" }));
    const field = within(dialog).getByRole("textbox", { name: /whole address/ });
    expect(field, "ready to paste into").toHaveFocus();
    await user.paste("http://127.0.0.1:43117/callback?code=c&state=s");
    await user.click(within(dialog).getByRole("button", { name: "Use address" }));

    await waitFor(() =>
      expect(backend.asked.findLast((one) => one.command === "paste_redirect")?.args).toEqual({
        id: "sgn_1",
        address: "http://127.0.0.1:43117/callback?code=c&state=s",
      }),
    );
  });

  it("goes on waiting when its window is hidden, and can be shown or cancelled from the strip", async () => {
    const { user, backend } = await open();
    await user.click(screen.getByRole("button", { name: /^Reconnect Gmail R$/ }));
    const dialog = await screen.findByRole("dialog", { name: "Waiting for your browser: Gmail" });

    await user.click(within(dialog).getByRole("button", { name: /^Hide/ }));
    const strip = await screen.findByRole("status", { name: "Waiting for your browser: Gmail." });
    await user.click(within(strip).getByRole("button", { name: "Cancel sign-in" }));

    await waitFor(() => expect(backend.asked.some((one) => one.command === "cancel_sign_in")).toBe(true));
    await waitFor(() =>
      expect(screen.queryByRole("status", { name: /Waiting for your browser/ })).toBeNull(),
    );
  });
});

describe("a reconnect", () => {
  it("is one click, and closes by itself when the same account is back", async () => {
    const { user, backend } = await open();

    await user.click(screen.getByRole("button", { name: /^Reconnect Gmail R$/ }));
    await screen.findByRole("dialog", { name: "Waiting for your browser: Gmail" });
    backend.finish("sgn_1");

    expect(await screen.findByRole("group", { name: "Gmail is back." })).toHaveTextContent(
      "Same connection, same dependants.",
    );
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(
      await screen.findByRole("row", { name: "Gmail, mira@fjordstudio.example: active" }),
    ).toBeInTheDocument();
  });

  it("replaces nothing before a yes when another account signed in", async () => {
    const { user, backend } = await open();
    await user.click(screen.getByRole("button", { name: /^Reconnect Gmail R$/ }));
    await screen.findByRole("dialog", { name: "Waiting for your browser: Gmail" });

    backend.step("sgn_1", {
      state: "needs_decision",
      comparison: {
        old: {
          account: "mira@fjordstudio.example",
          subject: "1",
          workspace: null,
          account_kind: "organisation",
          domain: "fjordstudio.example",
        },
        new: {
          account: "mira@private.example",
          subject: "2",
          workspace: null,
          account_kind: "consumer",
          domain: "private.example",
        },
        is_other_account: true,
        is_other_workspace: false,
        is_other_kind: true,
        is_other_domain: true,
        is_identity_unknown: false,
        scopes_lost: [],
        scopes_gained: [],
        dependant_count: 7,
        refusal_leaves: null,
      },
    });

    const dialog = await screen.findByRole("dialog", {
      name: "Gmail: this sign-in differs from the old one",
    });
    expect(dialog).toHaveTextContent(
      "This is another account, another kind of account. Nothing is replaced before you say so.",
    );
    expect(dialog).toHaveTextContent("mira@private.example");
    await user.click(within(dialog).getByRole("button", { name: "Refuse the new one" }));

    await waitFor(() =>
      expect(backend.asked.findLast((one) => one.command === "decide_reconnect")?.args).toEqual({
        id: "sgn_1",
        decision: "refuse",
      }),
    );
    expect(await screen.findByRole("dialog", { name: "Gmail stays as it was" })).toHaveTextContent(
      "Google has revoked it",
    );
  });
});
