/** Where the browser comes back: the pasted address, the certificate's note, a client's own redirect URI [A2, A3]. */

import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { BackendError, type PasteRefusedView, type RedirectRefusedView } from "../backend/backend";
import { DemoBackend } from "../backend/demo_backend";
import { pasteRefused, redirectRefused } from "../words/redirect";
import CertificateNote from "./CertificateNote.svelte";
import PasteRedirect from "./PasteRedirect.svelte";
import RedirectChoice from "./RedirectChoice.svelte";

const URI = "http://127.0.0.1:43117/callback";

afterEach(cleanup);

describe("a pasted address", () => {
  function show(answer: PasteRefusedView | null | BackendError): { sent: string[] } {
    const sent: string[] = [];
    render(PasteRedirect, {
      redirectUri: URI,
      onpaste: (address: string) => {
        sent.push(address);
        return answer instanceof BackendError ? Promise.reject(answer) : Promise.resolve(answer);
      },
    });
    return { sent };
  }

  async function paste(text: string): Promise<HTMLInputElement> {
    const user = userEvent.setup();
    const field = screen.getByRole<HTMLInputElement>("textbox", { name: new RegExp("begins with") });
    await user.click(field);
    await user.paste(text);
    await user.click(screen.getByRole("button", { name: "Use address" }));
    return field;
  }

  it("is sent once, and does not stay in its field", async () => {
    const { sent } = show(null);

    const field = await paste(`${URI}?code=c&state=s`);

    expect(sent).toEqual([`${URI}?code=c&state=s`]);
    expect(field.value).toBe("");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("says by name why it was refused, and can be pasted again", async () => {
    show("other_sign_in");

    await paste("anything");

    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain(pasteRefused.other_sign_in.happened);
    expect(alert.textContent).not.toContain("anything");
    expect(screen.getByRole("button", { name: "Use address" })).toBeDisabled();
  });

  it("says so when the sign-in is over", async () => {
    show(new BackendError("sign_in_gone", "There is no sign-in."));

    await paste("anything");

    expect((await screen.findByRole("alert")).textContent).not.toBe("");
  });
});

it("tells of the certificate in one line, and the rest in one click", async () => {
  render(CertificateNote, { redirectUri: "https://localhost:1/cb", fingerprint: "AB:CD" });

  expect(screen.getByText(/will warn/)).toBeVisible();
  await userEvent.setup().click(screen.getByText("Why, and what to check"));

  expect(screen.getByText(/AB:CD/)).toBeVisible();
  expect(screen.getByText(/Never import/)).toBeVisible();
});

describe("a client's redirect URI", () => {
  function show(redirectUri: string | null, answer: RedirectRefusedView | null): (string | null)[] {
    const saved: (string | null)[] = [];
    render(RedirectChoice, {
      redirectUri,
      usual: URI,
      onsave: (uri: string | null) => {
        saved.push(uri);
        return Promise.resolve(answer);
      },
    });
    return saved;
  }

  it("is saved as typed, and names what stands in the way", async () => {
    const saved = show(null, "other_host");
    const user = userEvent.setup();

    await user.type(screen.getByRole("textbox", { name: "Redirect URI" }), " https://example.com/cb ");
    await user.click(screen.getByRole("button", { name: "Save" }));

    expect(saved).toEqual(["https://example.com/cb"]);
    await waitFor(() =>
      expect(screen.getByRole("alert").textContent).toContain(redirectRefused.other_host.advice),
    );
  });

  it("is the usual one again when the field is emptied", async () => {
    const saved = show("https://localhost:8765/cb", null);
    const user = userEvent.setup();
    expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();

    await user.clear(screen.getByRole("textbox", { name: "Redirect URI" }));
    await user.click(screen.getByRole("button", { name: "Save" }));

    expect(saved).toEqual([null]);
  });
});

it("goes on with the sign-in that the address answers", async () => {
  const backend = new DemoBackend({ count: 1, isSteppedByHand: true });
  const [row] = (await backend.call("board", {})).rows;
  const view = await backend.call("begin_reconnect", { id: row?.id ?? "" });
  const state = new URL(view.authorize_url).searchParams.get("state");

  const early = await backend.call("paste_redirect", {
    id: view.id,
    address: `${view.redirect_uri}?code=1&state=x`,
  });
  const right = await backend.call("paste_redirect", {
    id: view.id,
    address: `${view.redirect_uri}?code=1&state=${state}`,
  });

  expect([early, right]).toEqual(["other_sign_in", null]);
  expect((await backend.call("list_sign_ins", {}))[0]?.progress.state).toBe("exchanging_code");
});
