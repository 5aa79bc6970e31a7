// Diagnosis by experiment: causes staged by the practice provider, each named in the window, mended by its one button.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { answerPractice, startChromium, type Chromium } from "./support/chromium.ts";
import { rows, waitForLamp } from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

type Ladder = { at: number; cause: { cause: string }; next: { step: string } };

let chromium: Chromium;
let window: AppWindow;
let id: string;
before(async () => {
  [chromium, window] = await Promise.all([startChromium(), startWindow()]);
  await window.press("button", "Start practice");
  await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
  await window.press("button", "Show connection");
  await waitForLamp(window, "active");
  const [row] = await rows(window);
  assert.ok(row, "it is on the board");
  ({ id } = row);
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
});

describe("a grant that only consent brings back", () => {
  /** C1 C3: staged where a person reads about it. */
  it("is named when it was revoked, and mended by Reconnect", async () => {
    await goTo("why/grant_revoked");
    await window.press("button", "Stage it in the practice provider");
    await window.waitForText("Staged: grant revoked.");
    await find("grant_revoked", /has ended the .* grant; one reconnect brings it back\./, "grant revoked");
    await waitForLamp(window, "reauth_required");
    await end();

    await reconnectBy(/^Reconnect/);
  });

  for (const [cause, sentence, short] of [
    ["refresh_token_expired", /ended the .* grant because of its age/, "grant aged out"],
    ["interaction_required", /wants the person to sign in again/, "sign-in wanted"],
    ["consent_required", /wants consent before it gives a token/, "consent missing"],
  ] as const)
    /** C1 C2 C3 */
    it(`is named and mended by Reconnect: ${cause}`, async () => {
      await stage(cause);
      await find(cause, sentence, short);
      await waitForLamp(window, "reauth_required");
      await end();

      await reconnectBy(/^Reconnect/);
    });

  /** A5 C1: the first answer is lost, so that the second token is an old one. */
  it("is named when an answer was lost, at the second look", async () => {
    await stage("refresh_token_reused");
    await find("network_failure", /No usable answer came/, "no answer");
    await find(
      "refresh_token_reused",
      /refuses a refresh token that a newer one has replaced/,
      "token superseded",
    );
    await waitForLamp(window, "reauth_required");
    await end();

    await reconnectBy(/^Reconnect/);
  });

  /** C2 C8: consent is no way round an administrator. */
  it("is for the administrator first when the account is disabled", async () => {
    await stage("account_disabled");
    await find("account_disabled", /The account is disabled or gone/, "account disabled");
    assert.equal(await window.has("button", /^Reconnect/), false, "a reconnect would fail the same way");
    await readDialog(
      "Text for the administrator…",
      "Text for the administrator",
      /The account is disabled there\./,
    );
    await end();

    await goTo(`connection/${id}`);
    await reconnectBy(/^Reconnect/);
  });
});

describe("a grant that lives, and cannot be used as wanted", () => {
  /** C4 */
  it("asks for what is missing when a scope is", async () => {
    await stage("insufficient_scope");
    await goTo("practice");
    await window.find("combobox", "Stage a cause: scope missing");
    await window.screenshot("diagnosis-practice-staged");
    await find("insufficient_scope", /lacks a scope/, "scope missing");
    await pictures("diagnosis-scope");
    await end();

    await reconnectBy(/^Reconnect with more scopes/);
  });

  /** A7 C1 */
  it("asks for the right account when another answers", async () => {
    await stage("wrong_tenant_or_account");
    await find("wrong_tenant_or_account", /belongs to another account/, "other account");
    await end();

    await reconnectBy(/^Reconnect, other account/);
  });

  /** C1 */
  it("refreshes when the API rejects the token, and says no more than it knows", async () => {
    await stage("access_token_invalid");
    await find("access_token_invalid", /rejected the access token without saying why/, "token rejected");
    await end();

    await window.press("button", /^Refresh now/);
    await window.waitForText(/Refreshed|refreshed/);
    await isWellAgain();
  });

  /** C5 */
  it("tells how to share an object that is not shared", async () => {
    await stage("resource_not_shared");
    const { issuer } = await window.ask<{ issuer: string }>("practice");
    await openDiagnosis();
    await window.press("button", "Before the next run…");
    await window.fill("Resource", `${issuer}/api/files`);
    await find("resource_not_shared", /does not show this object/, "not shared");
    await readDialog(
      "Show how to share it…",
      "How to share it",
      /Run the diagnosis again with the same address/,
    );
    await end();

    await isWellAgain();
    await (await window.find("textbox", "Resource")).clear();
  });

  /** C8 */
  it("writes to the administrator when a policy blocks it", async () => {
    await stage("admin_policy_restriction");
    await find("admin_policy_restriction", /A policy of the organisation/, "blocked by policy");
    await readDialog(
      "Text for the administrator…",
      "Text for the administrator",
      /mira@fjordstudio\.example/,
    );
    await end();
    await isWellAgain();
  });

  /** C7 */
  it("has a report for the vendor when the call is said to be malformed", async () => {
    await stage("malformed_api_request");
    await find("malformed_api_request", /could not read the call/, "call refused");
    await readDialog("Report to the provider…", /^Report on /, /GET 127\.0\.0\.1/);
    await end();
    await isWellAgain();
  });
});

describe("what is not the grant's fault", () => {
  /** C2 */
  it("checks the client when the client is refused", async () => {
    await stage("client_credentials_mismatch");
    await find("client_credentials_mismatch", /does not accept the client id and secret/, "client refused");
    await end();

    await window.press("button", "Check the client");
    await window.waitForText("Settings");
    await isWellAgain();
  });

  /** B9 */
  it("compares the clocks when they differ", async () => {
    await stage("clock_skew");
    await find("clock_skew", /clock and .*'s differ too much/, "clock is off");
    await pictures("diagnosis-clock");
    await end();

    await window.press("button", "Compare the clocks");
    await window.waitForText(/This computer's clock|clock/);
    await isWellAgain();
  });

  for (const [cause, sentence, short] of [
    ["provider_outage", /has a failure of its own; it passes by itself/, "provider down"],
    ["network_failure", /No usable answer came .*; it passes by itself/, "no answer"],
  ] as const)
    /** B6 C2 */
    it(`runs again and nothing more: ${cause}`, async () => {
      await stage(cause);
      await find(cause, sentence, short);
      assert.equal(await window.has("button", /^Reconnect/), false, "no grant is at fault");
      await end();

      await isWellAgain();
    });

  /** B6: the probes wait as long as they were asked to, and run by themselves then. */
  it("waits as long as it is asked to, and looks again by itself", async () => {
    await stage("rate_limited");
    const before = await find("rate_limited", /asks to slow down; it passes by itself/, "rate limit");
    await end();

    await window.press("button", /^Wait until/);
    await window.waitForText(/The probes run again by themselves/);
    await window.waitForText(/Every rung holds/, 45_000);
    assert.ok((await lastLadder())!.at >= before.at + 29_000, "not before half a minute was over");
    await waitForLamp(window, "active");
  });

  /** C3 */
  it("finds nothing where nothing is wrong", async () => {
    await stage("no_failure");
    await isWellAgain();
    assert.equal((await lastLadder())!.next.step, "nothing");
    await pictures("diagnosis-well");
  });
});

/** A2 C1: a sign-in that fails says why, and the grant that was there stays. */
describe("a reconnect that fails", () => {
  for (const [cause, words] of [
    ["user_denied_consent", /consent page .* was answered with no/],
    ["pkce_failure", /could not match the proof of this sign-in/],
  ] as const)
    it(`names ${cause}, and leaves what was there`, async () => {
      await stage(cause);
      await goTo(`connection/${id}`);
      await window.press("button", /^Reconnect/);
      const url = await window.browser.nextUrl();
      if (cause === "pkce_failure") await answerPractice(chromium.page, url, "allow");
      else await chromium.page.get(url);

      await window.waitForText(words);
      await window.press("button", "Close");
      await end();
      await isWellAgain();
    });
});

async function goTo(place: string): Promise<void> {
  await window.driver.executeScript("location.hash = arguments[0]", `#/${place}`);
}

async function openDiagnosis(): Promise<void> {
  await goTo(`diagnosis/${id}`);
  await window.find("button", /^(Run the probes|Run again|Try again)/);
}

async function stage(cause: string): Promise<void> {
  await window.ask("stage_cause", { cause });
}

/** The fault is gone at the provider. */
async function end(): Promise<void> {
  await window.ask("stage_cause", { cause: null });
}

async function lastLadder(): Promise<Ladder | null> {
  return window.ask<Ladder | null>("last_diagnosis", { id });
}

/** Runs the probes; the sentence and the card name the cause. */
async function find(cause: string, sentence: RegExp, short: string): Promise<Ladder> {
  await openDiagnosis();
  const before = (await lastLadder())?.at ?? 0;
  await window.press("button", /^(Run the probes|Run again|Try again)/);
  let found: Ladder | null = null;
  await window.driver.wait(
    async () => {
      found = await lastLadder();
      return (found?.at ?? 0) > before;
    },
    20_000,
    `the probes for ${cause} did not end`,
  );
  assert.equal(found!.cause.cause, cause);
  await window.waitForText(sentence);
  const card = await window.driver.executeScript<string>(
    "return document.getElementById('cause').closest('section').innerText",
  );
  assert.match(card, new RegExp(`cause\\s+${short}`), "the card names it");
  return found!;
}

/** Presses the button that asks for consent, agrees, and finds the lamp lit and every rung in place. */
async function reconnectBy(button: RegExp): Promise<void> {
  await window.press("button", button);
  await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
  await goTo(`connection/${id}`);
  await waitForLamp(window, "active");
  await isWellAgain();
}

/** Once more: every rung holds, and the lamp says so. */
async function isWellAgain(): Promise<void> {
  await find("no_failure", /Every rung holds/, "no failure");
  await waitForLamp(window, "active");
}

/** Presses a button that opens a dialog, reads it, and closes it. */
async function readDialog(button: string, title: string | RegExp, says: RegExp): Promise<void> {
  await window.press("button", button);
  const dialog = await window.find("dialog", title);
  const text = await window.driver.executeScript<string>(
    "return arguments[0].innerText + [...arguments[0].querySelectorAll('textarea')].map((one) => one.value).join()",
    dialog,
  );
  assert.match(text, says);
  await window.press("button", "Close");
}

/** What is shown, in both themes and at two sizes. */
async function pictures(name: string): Promise<void> {
  for (const theme of ["light", "dark"]) {
    await window.driver.executeScript(
      `localStorage.setItem("patchbay.preferences", JSON.stringify({ theme: arguments[0], letters: true }))`,
      theme,
    );
    await window.driver.navigate().refresh();
    await window.waitForText("Ladder");
    for (const [width, height] of [
      [1280, 800],
      [900, 600],
    ] as const) {
      await window.resize(width, height);
      await window.screenshot(`${name}-${theme}-${width}`);
    }
  }
  await window.resize(1280, 800);
}
