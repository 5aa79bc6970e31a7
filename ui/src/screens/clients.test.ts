/** The person's own OAuth apps: grouped, added by a guide, checked, rotated, removed [A3, A9, C5, E5]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import type { NewClientForm } from "../backend/backend";
import { demoClientFiles } from "../backend/demo_clients";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

const SECRET = "hush-4711-do-not-keep";

async function open(
  clientCount = 3,
): Promise<{ backend: DemoBackend; user: ReturnType<typeof userEvent.setup> }> {
  location.hash = "#/clients";
  const backend = new DemoBackend({ count: 3, clientCount, isSteppedByHand: true });
  render(AppWindow, { app: new App(backend) });
  await screen.findByRole("heading", { level: 1, name: clientCount === 0 ? /^No client/ : /OAuth apps/ });
  return { backend, user: userEvent.setup() };
}

async function openClient(user: ReturnType<typeof userEvent.setup>, name: string): Promise<HTMLElement> {
  await user.click(screen.getByRole("button", { name }));
  return await screen.findByRole("dialog", { name });
}

async function addGoogle(user: ReturnType<typeof userEvent.setup>): Promise<HTMLElement> {
  await user.click(screen.getByRole("button", { name: "Add a client…" }));
  await user.click(await screen.findByRole("option", { name: "Google" }));
  return await screen.findByRole("dialog", { name: "Add a client of Google" });
}

function asked(backend: DemoBackend, command: string): unknown {
  return backend.asked.findLast((one) => one.command === command)?.args;
}

beforeEach(() => {
  localStorage.clear();
});
afterEach(cleanup);

describe("the list", () => {
  it("keeps environments apart", async () => {
    await open();

    const staging = screen.getByRole("region", { name: "staging" });
    expect(within(staging).getByText("Fjordstudio tests")).toBeInTheDocument();
    expect(within(staging).queryByText("Fjordstudio automations"), "A9").toBeNull();
  });

  it("names what uses a client that cannot be removed or moved", async () => {
    const { user } = await open();
    const dialog = await openClient(user, "Fjordstudio automations");

    expect(within(dialog).getByRole("button", { name: "Remove…" })).toBeDisabled();
    expect(dialog).toHaveTextContent("Cannot be removed: used by Gmail, Google Drive, Google Calendar.");
    expect(dialog).toHaveTextContent("It stays there while connections use it.");
  });

  it("takes a new name back", async () => {
    const { user, backend } = await open();
    const [first] = await backend.call("list_clients", {});
    const before = first?.name ?? "";
    const dialog = await openClient(user, before);
    await user.click(within(dialog).getByRole("button", { name: "Rename" }));
    await user.clear(await within(dialog).findByRole("textbox", { name: "Name" }));
    await user.keyboard("Desk app{Enter}");
    expect(await screen.findByText(`${before} is called Desk app.`)).toBeInTheDocument();

    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.keyboard("{Control>}z{/Control}");

    expect(await screen.findByRole("button", { name: before })).toBeInTheDocument();
    expect(asked(backend, "rename_client")).toEqual({ id: first?.id, name: before });
  });

  it("removes one that nothing uses, after a second click that names it", async () => {
    const { user, backend } = await open();
    const dialog = await openClient(user, "Fjordstudio tests");

    await user.click(within(dialog).getByRole("button", { name: "Remove…" }));
    await user.click(within(dialog).getByRole("button", { name: "Remove Fjordstudio tests" }));

    await waitFor(() => expect(screen.queryByText("Fjordstudio tests")).toBeNull());
    expect(asked(backend, "remove_client")).toEqual({ id: "cli_fjord_test", may_be_left_there: false });
  });

  it("keeps one whose server could not delete it, says so, and lets it be left there", async () => {
    const { user, backend } = await open();
    backend.keepRegistrations();
    const dialog = await openClient(user, "Fjordstudio tests");
    await user.click(within(dialog).getByRole("button", { name: "Remove…" }));
    await user.click(within(dialog).getByRole("button", { name: "Remove Fjordstudio tests" }));

    await waitFor(() => expect(dialog).toHaveTextContent("the server has not confirmed that"));
    expect(screen.getByRole("region", { name: "Notices" })).toHaveTextContent("answered HTTP 503");
    await user.click(within(dialog).getByRole("button", { name: "Remove…" }));
    await user.click(within(dialog).getByRole("button", { name: "Remove here alone" }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked(backend, "remove_client")).toEqual({ id: "cli_fjord_test", may_be_left_there: true });
    expect(screen.getByRole("region", { name: "Notices" })).toHaveTextContent("it stays there");
  });
});

describe("adding", () => {
  it("makes a key in place of a secret, and shows its public half to be registered", async () => {
    const { user, backend } = await open(0);
    await user.click(screen.getByRole("button", { name: "Add a client…" }));
    await user.type(await screen.findByRole("combobox", { name: "Provider" }), "https://login.example");
    await user.click(await screen.findByRole("option", { name: "Use the issuer https://login.example" }));
    const dialog = await screen.findByRole("dialog", { name: /^Add a client of/ });
    await user.type(within(dialog).getByRole("textbox", { name: "Client id" }), "signer");

    await user.click(within(dialog).getByRole("checkbox", { name: /Sign with a key/ }));
    expect(within(dialog).getByLabelText("Client secret")).toBeDisabled();
    await user.click(within(dialog).getByRole("button", { name: "Add client" }));

    expect(await screen.findByRole("button", { name: "Copy public key" })).toBeInTheDocument();
    expect(screen.getByRole("dialog")).toHaveTextContent('"kty":"EC"');
    const sent = backend.asked.findLast((one) => one.command === "add_client");
    expect(sent?.args).toMatchObject({ form: { generates_key: true, client_secret: null } });
  });

  it("says what to register, and sends the secret once", async () => {
    const { user, backend } = await open(0);
    const dialog = await addGoogle(user);
    expect(dialog).toHaveTextContent("Desktop app");
    expect(dialog, "a desktop client takes any port: no changing one is shown").toHaveTextContent(
      "none to enter",
    );
    expect(within(dialog).queryByRole("button", { name: "Copy redirect URI" })).toBeNull();
    expect(within(dialog).getByRole("button", { name: "Copy scopes" })).toBeInTheDocument();
    expect(within(dialog).getByRole("button", { name: "Add client" })).toBeDisabled();

    await user.type(within(dialog).getByRole("textbox", { name: "Client id" }), "client-1");
    await user.type(within(dialog).getByLabelText("Client secret"), SECRET);
    await user.click(within(dialog).getByRole("button", { name: "Add client" }));

    await screen.findByRole("dialog", { name: "client-1" });
    expect((asked(backend, "add_client") as { form: NewClientForm }).form.client_secret).toBe(SECRET);
    expect(document.documentElement.outerHTML, "nowhere in the page").not.toContain(SECRET);
  });

  it("asks for the values a provider's addresses need", async () => {
    const { user } = await open(0);
    await user.click(screen.getByRole("button", { name: "Add a client…" }));
    await user.click(await screen.findByRole("option", { name: "Salesforce" }));

    const dialog = await screen.findByRole("dialog", { name: "Add a client of Salesforce" });
    expect(dialog).toHaveTextContent("Your domain is missing.");
    expect(within(dialog).getByLabelText("Consumer key"), "as the provider calls it").toBeInTheDocument();
    expect(dialog).toHaveTextContent("unverified");
  });

  it.each([
    ["a truncated file", demoClientFiles.truncated.path, "the file ends too early"],
    ["another tool's file", demoClientFiles.other.path, "neither"],
  ])("says what is wrong with %s", async (_, path, complaint) => {
    const { user, backend } = await open(0);
    const dialog = await addGoogle(user);

    backend.drop(path);

    expect(await within(dialog).findByRole("alert")).toHaveTextContent(complaint);
    expect(within(dialog).getByRole("button", { name: "Add client" })).toBeDisabled();
  });

  it("hands over a file's path, and never reads the file in the page", async () => {
    const { user, backend } = await open(0);
    const dialog = await addGoogle(user);
    const { path } = demoClientFiles.desktop;

    await user.click(within(dialog).getByRole("button", { name: "Choose file…" }));
    await waitFor(() => expect(dialog).toHaveTextContent("with its secret"));
    await user.click(within(dialog).getByRole("button", { name: "Add client" }));

    await waitFor(() => expect(asked(backend, "add_client")).toBeDefined());
    expect(asked(backend, "preview_client_file")).toEqual({ provider: "google", path });
    const { form } = asked(backend, "add_client") as { form: NewClientForm };
    expect(form, "A3").toMatchObject({
      file: path,
      client_id: "482911-k2m8t7q1.apps.example",
      client_secret: null,
    });
    expect(dialog.querySelector('input[type="file"]'), "nothing here could read it").toBeNull();
  });

  it("explains a web client, and names the address that is not registered", async () => {
    const { user, backend } = await open(0);
    const dialog = await addGoogle(user);

    backend.drop(demoClientFiles.web.path);

    await waitFor(() => expect(dialog).toHaveTextContent("It is a web client"));
    expect(dialog).toHaveTextContent("Not registered yet: add http://127.0.0.1:43117/callback");
  });
});

describe("checking and rotating", () => {
  it("shows each setting with its verdict, its evidence and what to do", async () => {
    const { user } = await open();
    const dialog = await openClient(user, "Fjordstudio tests");
    await user.click(within(dialog).getByRole("button", { name: "Check my setup" }));

    await waitFor(() => expect(dialog).toHaveTextContent("1 thing to mend."));
    const failed = within(dialog).getByRole("img", { name: "failed" }).closest("li");
    expect(failed).toHaveTextContent("redirect_uri_mismatch");
    expect(failed).toHaveTextContent("Register exactly http://127.0.0.1:43117/callback");
  });

  it("rotates a secret step by step and forgets the old one last", async () => {
    const { user, backend } = await open();
    const dialog = await openClient(user, "Fjordstudio automations");
    await user.click(within(dialog).getByRole("button", { name: "Rotate secret…" }));
    await user.type(within(dialog).getByLabelText("New secret"), SECRET);
    await user.click(within(dialog).getByRole("button", { name: "Stage and test" }));

    await within(dialog).findByText(/The provider takes the new secret/);
    expect(document.documentElement.outerHTML, "A3").not.toContain(SECRET);
    expect(within(dialog).queryByRole("button", { name: "Forget the old one" })).toBeNull();
    await user.click(within(dialog).getByRole("button", { name: "Switch to the new one" }));
    await within(dialog).findByText(/in use and works/);
    expect(dialog, "a rotating token is used up only when asked").toHaveTextContent(
      "Also refresh Google Drive",
    );
    await user.click(within(dialog).getByRole("button", { name: "Forget the old one" }));

    await within(dialog).findByText("In the keychain.");
    expect(asked(backend, "switch_client_secret")).toEqual({ id: "cli_fjord", even_untested: false });
  });
});
