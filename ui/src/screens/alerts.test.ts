/** Channels that alerts go to under the hands: added, tested, changed, switched, removed, and their log [F4, A3, S127]. */

import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AppWindow from "../App.svelte";
import { BackendError } from "../backend/backend";
import { DemoBackend, type DemoOptions } from "../backend/demo_backend";
import { App } from "../state/app.svelte";

async function open(
  options: DemoOptions = {},
): Promise<{ backend: DemoBackend; user: ReturnType<typeof userEvent.setup> }> {
  location.hash = "#/alerts";
  const backend = new DemoBackend({ count: 14, isSteppedByHand: true, ...options });
  render(AppWindow, { app: new App(backend) });
  await screen.findByRole("heading", { level: 1, name: /alert|channel|Pager/i });
  return { backend, user: userEvent.setup() };
}
const asked = (backend: DemoBackend, command: string): unknown[] =>
  backend.asked.filter((one) => one.command === command).map((one) => one.args);

/** Chooses in a select that is closed, by how the option begins. */
async function choose(user: ReturnType<typeof userEvent.setup>, field: RegExp, begin: string): Promise<void> {
  (await screen.findByRole("combobox", { name: field })).focus();
  await user.keyboard(begin);
}
/** What the toasts say; the polite line for screen readers says it too. */
const notices = (): HTMLElement => screen.getByRole("region", { name: "Notices" });
async function chooseInMenu(
  user: ReturnType<typeof userEvent.setup>,
  menu: string,
  label: RegExp,
): Promise<void> {
  screen.getByRole("button", { name: menu }).focus();
  await user.keyboard("{Enter}");
  const item = await waitFor(() => {
    const items = [...document.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
    const found = items.find((one) => label.test(one.textContent));
    expect(found, String(label)).toBeDefined();
    return found;
  });
  item?.focus();
  await user.keyboard("{Enter}");
}

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

describe("alerts", () => {
  it("says what a channel can be where there is none, and adds one whose secret goes once and stays nowhere", async () => {
    const { backend, user } = await open();
    expect(screen.getByText(/an incoming webhook, or what understands the same/)).toBeVisible();

    await user.click(screen.getByRole("button", { name: /Add a channel/ }));
    const dialog = await screen.findByRole("dialog", { name: "Add a channel" });
    await user.type(within(dialog).getByLabelText("Name"), "Pager");
    await user.type(within(dialog).getByLabelText("Address"), "https://pager.example/hush-hush");
    await user.type(within(dialog).getByLabelText("Signing secret"), "whsec_hush-hush");
    await user.click(within(dialog).getByRole("button", { name: "Add Webhook" }));

    const list = await screen.findByRole("list", { name: "Channels" });
    expect(list).toHaveTextContent(/Pager.*Webhook · https:\/\/pager\.example/);
    expect(list).toHaveTextContent(/Tells what needs a person\./);
    expect(asked(backend, "add_alert_channel")).toMatchObject([
      {
        form: {
          name: "Pager",
          target: { kind: "webhook", address: "https://pager.example/hush-hush", key: "whsec_hush-hush" },
        },
      },
    ]);
    expect(document.body.innerHTML).not.toContain("hush-hush");
  });

  it("hands a secret that was made over by the clipboard alone", async () => {
    const { backend, user } = await open();
    await user.click(screen.getByRole("button", { name: /Add a channel/ }));
    await user.type(await screen.findByLabelText("Name"), "Pager");
    await user.type(screen.getByLabelText("Address"), "https://pager.example/x");
    await user.click(screen.getByRole("button", { name: "Add Webhook" }));

    const dialog = await screen.findByRole("dialog", { name: "Signing secret of Pager" });
    await user.click(within(dialog).getByRole("button", { name: "Copy the signing secret" }));
    expect(await within(dialog).findByText(/on the clipboard for one minute/)).toBeVisible();
    await user.click(within(dialog).getByRole("button", { name: "Done" }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked(backend, "copy_signing_secret")).toHaveLength(1);
    expect(asked(backend, "drop_signing_secret")).toHaveLength(1);
  });

  it("clears its secret fields where a channel is refused, and says why", async () => {
    const { backend, user } = await open();
    backend.failNext(new BackendError("keychain_locked", "locked"), "add_alert_channel");
    await user.click(screen.getByRole("button", { name: /Add a channel/ }));
    await user.type(await screen.findByLabelText("Name"), "Pager");
    await user.type(screen.getByLabelText("Address"), "https://pager.example/x");
    await user.click(screen.getByRole("button", { name: "Add Webhook" }));

    expect(await screen.findByRole("alert")).toHaveTextContent(/The keychain is locked/);
    expect(screen.getByLabelText("Address")).toHaveValue("");
    expect(screen.getByLabelText("Name")).toHaveValue("Pager");
    expect(screen.getByRole("button", { name: "Add Webhook" })).toBeDisabled();
  });

  it("shows in the dialog why a channel was not added, takes the focus there, and says the message in place of a hint to it", async () => {
    const { backend, user } = await open({ hasReceivers: true });
    backend.failNext(
      new BackendError("bad_input", "a channel for alerts is called Pager already"),
      "add_alert_channel",
    );
    await user.click(screen.getByRole("button", { name: /Add a channel/ }));
    const dialog = await screen.findByRole("dialog", { name: "Add a channel" });
    await user.type(within(dialog).getByLabelText("Name"), "Pager");
    await user.type(within(dialog).getByLabelText("Address"), "https://pager.example/x");
    await user.click(within(dialog).getByRole("button", { name: "Add Webhook" }));

    const refusal = await within(dialog).findByRole("alert");
    expect(refusal).toHaveTextContent(/A channel for alerts is called Pager already\./);
    expect(refusal).not.toHaveTextContent(/Details/);
    expect(refusal, "below the fold of a long form nobody reads it").toHaveFocus();
  });

  it("holds the form while it is on its way, and adds once", async () => {
    const { backend, user } = await open();
    const answer = backend.holdNext("add_alert_channel");
    await user.click(screen.getByRole("button", { name: /Add a channel/ }));
    const dialog = await screen.findByRole("dialog", { name: "Add a channel" });
    await user.type(within(dialog).getByLabelText("Name"), "Pager");
    await user.type(within(dialog).getByLabelText("Address"), "https://pager.example/x");
    await user.click(within(dialog).getByRole("button", { name: "Add Webhook" }));

    expect(await within(dialog).findByRole("button", { name: "Adding…" })).toBeDisabled();
    expect(within(dialog).getByRole("button", { name: /Cancel/ })).toBeDisabled();
    expect(within(dialog).getByText(/not to be called back: wait/)).toBeVisible();
    await user.keyboard("{Escape}");
    await user.click(within(dialog).getByRole("button", { name: "Close" }));
    expect(screen.getByRole("dialog", { name: "Add a channel" })).toBeVisible();

    answer();
    expect(await screen.findByRole("dialog", { name: "Signing secret of Pager" })).toBeVisible();
    expect(asked(backend, "add_alert_channel")).toHaveLength(1);
  });

  it("does not let go of a secret that nobody copied, and says so where that fails", async () => {
    const { backend, user } = await open();
    await user.click(screen.getByRole("button", { name: /Add a channel/ }));
    await user.type(await screen.findByLabelText("Name"), "Pager");
    await user.type(screen.getByLabelText("Address"), "https://pager.example/x");
    await user.click(screen.getByRole("button", { name: "Add Webhook" }));
    const dialog = await screen.findByRole("dialog", { name: "Signing secret of Pager" });

    await user.keyboard("{Escape}");
    expect(within(dialog).getByRole("status")).toHaveTextContent(/Copy it first/);
    expect(dialog).toBeVisible();

    backend.failNext(
      new BackendError("bad_input", "the clipboard of this desktop cannot be written to"),
      "copy_signing_secret",
    );
    await user.click(within(dialog).getByRole("button", { name: "Copy the signing secret" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent(
      /The clipboard of this desktop cannot be written to\./,
    );
    await user.click(within(dialog).getByRole("button", { name: "Copy the signing secret" }));
    expect(await within(dialog).findByText(/on the clipboard for one minute/)).toBeVisible();
    expect(within(dialog).queryByRole("alert")).toBeNull();
  });

  it("knows of a password only while it stands in its field", async () => {
    const { backend, user } = await open();
    await user.click(screen.getByRole("button", { name: /Add a channel/ }));
    await choose(user, /^Kind/, "mai");
    await user.type(screen.getByLabelText("Name"), "Mira");
    await user.type(screen.getByLabelText("Server"), "smtp.fjord.example");
    await user.type(screen.getByLabelText("From"), "patchbay@fjord.example");
    await user.type(screen.getByLabelText("To"), "mira@fjord.example");
    await user.type(screen.getByLabelText("User"), "mira");
    await user.type(screen.getByLabelText("Password"), "hush-hush");
    const both = "A user signs in with a password: both, or neither.";
    expect(screen.queryByText(both)).toBeNull();

    // Its field goes without TLS, and comes back empty.
    await choose(user, /^Security/, "non");
    expect(screen.getByRole("button", { name: "Add Mail" })).toBeEnabled();
    (await screen.findByRole("combobox", { name: /^Security/ })).focus();
    await user.keyboard("{Enter}{ArrowUp}{Enter}");
    await screen.findByRole("combobox", { name: "Security: TLS" });
    expect(screen.getByLabelText("Password")).toHaveValue("");
    expect(screen.getByText(both)).toBeVisible();

    await user.type(screen.getByLabelText("Password"), "hush");
    await user.clear(screen.getByLabelText("Password"));
    await user.type(screen.getByLabelText("Password"), "  ");
    expect(screen.getByText(both), "the backend takes white space for nothing").toBeVisible();
    await user.clear(screen.getByLabelText("User"));
    await user.clear(screen.getByLabelText("Server"));
    await user.type(screen.getByLabelText("Server"), "mail.halden.example");
    await user.click(screen.getByRole("button", { name: "Add Mail" }));

    await screen.findByRole("list", { name: "Channels" });
    expect(asked(backend, "add_alert_channel")).toMatchObject([
      { form: { target: { server: "mail.halden.example", user: null, password: null } } },
    ]);
  });

  it("asks of mail for both, a user and a password, or for neither", async () => {
    const { backend, user } = await open();
    await user.click(screen.getByRole("button", { name: /Add a channel/ }));
    await choose(user, /^Kind/, "mai");
    await user.type(screen.getByLabelText("Name"), "Mira");
    await user.type(screen.getByLabelText("Server"), "smtp.fjord.example");
    await user.type(screen.getByLabelText("User"), "mira");
    await user.type(screen.getByLabelText("From"), "patchbay@fjord.example");
    await user.type(screen.getByLabelText("To"), "mira@fjord.example, jo@fjord.example");
    expect(screen.getByText("A user signs in with a password: both, or neither.")).toBeVisible();
    await user.type(screen.getByLabelText("Password"), "hush-hush");
    await user.click(screen.getByRole("button", { name: "Add Mail" }));

    await screen.findByRole("list", { name: "Channels" });
    expect(asked(backend, "add_alert_channel")).toMatchObject([
      {
        form: {
          target: {
            kind: "mail",
            server: "smtp.fjord.example",
            port: null,
            security: "starttls",
            user: "mira",
            password: "hush-hush",
            from: "patchbay@fjord.example",
            to: ["mira@fjord.example", "jo@fjord.example"],
            authority: null,
          },
        },
      },
    ]);
    expect(document.body.innerHTML).not.toContain("hush-hush");
  });

  it("says of each channel how it goes, what waits and why, and what helps", async () => {
    await open({ hasReceivers: true });
    const pager = await screen.findByRole("listitem", { name: "Pager" });
    expect(pager).toHaveTextContent(/Not taken, tried 5 times; again/);
    expect(pager).toHaveTextContent(/The receiver answered 401/);
    expect(pager).toHaveTextContent(/Compare address and signing secret/);
    expect(pager).not.toHaveTextContent(/message waits/);
    expect(pager).toHaveTextContent(
      /only for Brightwater; not of staging or sandboxes; only where a workflow stops that is critical; once the first run that fails is within 12 hours/,
    );
    expect(screen.getByRole("listitem", { name: "Mira" })).toHaveTextContent(/Took a message 25 min ago/);
    expect(screen.getByRole("listitem", { name: "Beep" })).toHaveTextContent(/Off; what comes meanwhile/);
  });

  it("tests a channel, and says what the receiver said", async () => {
    const { backend, user } = await open({ hasReceivers: true });
    await user.click(await screen.findByRole("button", { name: "Test Pager" }));
    await within(notices()).findByText("Pager did not take the test.");

    const [pager] = asked(backend, "test_alert_channel") as { id: string }[];
    backend.refuseAlerts(pager?.id ?? "", false);
    await user.click(screen.getByRole("button", { name: "Test Pager" }));

    await within(notices()).findByText("Pager took the test.");
    await waitFor(() => expect(within(notices()).queryByText("Pager did not take the test.")).toBeNull());
    expect(await screen.findByRole("table", { name: "Messages" })).toHaveTextContent(/Test from Patchbay/);
  });

  it("changes what a channel tells, and does not let it tell of nothing", async () => {
    const { backend, user } = await open({ hasReceivers: true });
    await chooseInMenu(user, "More for #oncall", /Edit…/);
    const dialog = await screen.findByRole("dialog", { name: "Edit #oncall" });
    await user.click(within(dialog).getByRole("checkbox", { name: "What needs a person" }));
    await user.click(within(dialog).getByRole("checkbox", { name: /Grants that end soon/ }));
    expect(within(dialog).getByRole("button", { name: "Save" })).toBeDisabled();
    await user.click(within(dialog).getByRole("checkbox", { name: /Certificates/ }));
    await user.type(within(dialog).getByLabelText("Only for"), "Halden{Enter}");
    await user.type(within(dialog).getByLabelText("Only of"), "no such cause{Enter}");
    await user.clear(within(dialog).getByLabelText("Only of"));
    await user.type(within(dialog).getByLabelText("Only of"), "Clock is off{Enter}");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));

    await waitFor(() =>
      expect(screen.getByRole("listitem", { name: "#oncall" })).toHaveTextContent(
        /Tells certificates that hold no more; only of clock is off; only for Halden\./,
      ),
    );
    expect(asked(backend, "change_alert_channel")).toHaveLength(1);
  });

  it("switches a channel off and on, and shows why that failed", async () => {
    const { backend, user } = await open({ hasReceivers: true });
    const name = { name: "Mira is on" };
    await user.click(await screen.findByRole("switch", name));
    await waitFor(() => expect(screen.getByRole("switch", name)).toHaveAttribute("aria-checked", "false"));

    backend.failNext(new BackendError("store_unavailable", "The disk is full."), "set_alert_channel_on");
    await user.click(screen.getByRole("switch", name));
    await screen.findByText(/The disk is full/);
    expect(screen.getByRole("switch", name)).toHaveAttribute("aria-checked", "false");
  });

  it("reads the log page by page, and of one channel alone", async () => {
    const { user } = await open({ hasReceivers: true });
    const rows = (): number =>
      within(screen.getByRole("table", { name: "Messages" })).getAllByRole("row").length - 1;
    await screen.findByRole("table", { name: "Messages" });
    expect(rows()).toBe(25);
    await user.click(screen.getByRole("button", { name: "Show older ones" }));
    await waitFor(() => expect(rows()).toBe(50));

    await chooseInMenu(user, "More for Beep", /messages/);
    await waitFor(() => expect(rows()).toBe(1));
    expect(screen.getByRole("table", { name: "Messages" })).toHaveTextContent(
      /not taken.*no sound device.*Run the program by hand/,
    );
  });

  it("shows all messages again once the channel they were of is gone, and says so", async () => {
    const { backend, user } = await open({ hasReceivers: true });
    const rows = (): number =>
      within(screen.getByRole("table", { name: "Messages" })).getAllByRole("row").length - 1;
    await screen.findByRole("table", { name: "Messages" });
    await chooseInMenu(user, "More for Beep", /messages/);
    await waitFor(() => expect(rows()).toBe(1));

    backend.removeChannel("Beep");

    await within(notices()).findByText("Beep is no longer here: the log shows the messages of all channels.");
    await waitFor(() => expect(rows()).toBe(25));
    expect(screen.getByRole("combobox", { name: "Whose messages: All channels" })).toBeVisible();
  });

  it("calls a channel that is gone a channel, in the question and beside it", async () => {
    const { backend, user } = await open({ hasReceivers: true });
    const gone = new BackendError("connection_gone", "there is no channel for alerts called alc_1");
    backend.failNext(gone, "change_alert_channel");
    await chooseInMenu(user, "More for Mira", /Edit…/);
    const form = await screen.findByRole("dialog", { name: "Edit Mira" });
    await user.click(within(form).getByRole("button", { name: "Save" }));
    expect(await within(form).findByRole("alert")).toHaveTextContent(/This channel is no longer here/);
    await user.click(within(form).getByRole("button", { name: /Cancel/ }));

    backend.failNext(gone, "test_alert_channel");
    await user.click(screen.getByRole("button", { name: "Test Mira" }));
    await within(notices()).findByText("This channel is no longer here.");

    backend.failNext(new BackendError("keychain_locked", "locked"), "remove_alert_channel");
    await chooseInMenu(user, "More for Mira", /Remove…/);
    const question = await screen.findByRole("alertdialog", { name: "Remove Mira?" });
    await user.click(within(question).getByRole("button", { name: "Remove it" }));
    expect(await within(question).findByRole("alert")).toHaveTextContent(/The keychain is locked/);
    await user.click(within(question).getByRole("button", { name: /Keep it/ }));

    await chooseInMenu(user, "More for Mira", /Remove…/);
    const again = await screen.findByRole("alertdialog", { name: "Remove Mira?" });
    expect(within(again).queryByRole("alert"), "asked anew").toBeNull();
  });

  it("removes a channel once that is confirmed", async () => {
    const { backend, user } = await open({ hasReceivers: true });
    await user.click(await screen.findByRole("button", { name: "Test Pager" }));
    await within(notices()).findByText("Pager did not take the test.");
    await chooseInMenu(user, "More for Pager", /Remove…/);
    const dialog = await screen.findByRole("alertdialog", { name: "Remove Pager?" });
    expect(dialog).toHaveTextContent(/1 message that waits is not sent/);
    await waitFor(() => expect(within(dialog).getByRole("button", { name: /Keep it/ })).toHaveFocus());
    await user.click(within(dialog).getByRole("button", { name: "Remove it" }));

    await waitFor(() => expect(screen.queryByRole("listitem", { name: "Pager" })).toBeNull());
    expect(asked(backend, "remove_alert_channel")).toHaveLength(1);
    await waitFor(() => expect(within(notices()).queryByText(/did not take/)).toBeNull());
  });
});
