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
    await window.press("link", /opens in your browser$/);
    assert.match(await window.browser.nextUrl(), /^https:/, "a source of the lesson");
    await picturesOfMoment("why-sources");
    await window.press("button", "Stage it in the practice provider");
    await window.waitForText("Staged: grant revoked.");
    await find("grant_revoked", /has ended the .* grant; one reconnect brings it back\./, "grant revoked");
    await waitForLamp(window, "reauth_required");
    await end();

    await reconnectBy(/^Reconnect/);
  });

  for (const [cause, sentence, short] of [
    ["refresh_token_expired", /ended the .* grant because of its age/, "grant aged out"],
    ["refresh_token_limit_exceeded", /dropped the .* grant because newer ones/, "too many grants"],
    ["grant_invalid", /refuses the .* grant; one reconnect brings it back/, "grant refused"],
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

  /** E2 C1: the call was refused, and so was the refresh that was to mend it: that answer is what it is about. */
  it("is told by the refresh's answer first, where a test call led to it", async () => {
    await stage("grant_revoked");
    await goTo(`connection/${id}`);
    await window.press("button", /^Test call/);
    await window.waitForText("to the call itself, before that");
    const text = await window.driver.executeScript<string>(
      `return document.querySelector('section[aria-label="Test call result"]').innerText`,
    );
    assert.match(text, /400 invalid_grant[^]*decides[^]*401 invalid_token/, "what decides stands above");
    assert.doesNotMatch(text, /HTTP status/);
    await picturesOfMoment("test-call-decides");
    await end();

    await reconnectBy(/^Reconnect/);
  });

  /** B7 C1: it shows when the access token ends, a minute after the sign-in that brought it alone. */
  it("is named when there never was a refresh token", async () => {
    await stage("refresh_token_missing");
    // The refresh token of a grant that lives would be kept.
    await window.ask("do_practice_deed", { deed: "revoke_grants" });
    await window.ask("run_test_call", { id });
    await openReconnect();
    await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
    await waitForLamp(window, "expiring");
    await waitForLamp(window, "reauth_required", 90_000);
    await find("refresh_token_missing", /never gave a refresh token/, "no refresh token");
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
    await find("insufficient_scope", /lacks a scope.*one reconnect asks for files\.share/, "scope missing");
    await window.waitForText("files.share");
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

  /** C2 C5 C8: the provider names the organisation's own page, and doing what it asks there is all it takes. */
  it("opens the organisation's page at the provider when it wants single sign-on", async () => {
    await stage("sso_required");
    await find("sso_required", /authorised through single sign-on/, "single sign-on");
    await waitForLamp(window, "unproved");
    await pictures("diagnosis-sso");

    await mendAtThePage(
      /^Authorise for the organisation at Practice/,
      /\/organisation\/sso\?authorization_request=practice-request-code$/,
    );
  });

  /** C2 C5 */
  it("opens the console's own switch when the API is not switched on", async () => {
    await stage("api_not_enabled");
    await find("api_not_enabled", /The API is not switched on/, "API not enabled");
    await waitForLamp(window, "unproved");
    assert.equal(await window.has("button", /^Reconnect/), false, "no grant is at fault");
    await pictures("diagnosis-api");

    await mendAtThePage(
      /^Switch the API on in Practice provider's console/,
      /\/console\/apis\/files\?project=practice-project$/,
    );
  });

  /** C1: it mends itself on the way. */
  it("needs nobody when the token has expired", async () => {
    await stage("access_token_expired");
    await goTo(`connection/${id}`);
    await window.press("button", /^Test call/);
    await window.waitForText("The token had expired and was refreshed on the way.");
    await waitForLamp(window, "active");
    await end();
  });

  /** B14 C1: with refreshing on it would be renewed on the way, and nobody would ask. */
  it("refreshes when the token has expired while refreshing is paused", async () => {
    const { switches } = await window.ask<{ switches: object }>("practice");
    await window.ask("set_practice_switches", { switches: { ...switches, short_access_tokens: true } });
    await window.ask("refresh_now", { id });
    await goTo("settings");
    await window.press("radio", /^Paused/);
    await goTo(`connection/${id}`);
    await window.waitForText(/It ended /, 90_000);
    // A token of a minute is refreshed whenever it is wanted, also while nobody refreshes ahead: nothing is about to end.
    await isRefreshedOnNeed();
    await find("access_token_expired", /says the access token has expired/, "token expired");
    await isRefreshedOnNeed();
    await end();

    await window.press("button", /^Refresh now/);
    await window.waitForText(/Refreshed|refreshed/);
    await goTo("settings");
    await window.press("radio", /^On/);
    await isWellAgain();
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

  for (const [cause, sentence, short, letter] of [
    ["admin_policy_restriction", /A policy of the organisation/, "blocked by policy", /A policy there/],
    ["ip_restricted", /refuses calls from this network/, "network refused", /about network addresses/],
  ] as const)
    /** C8: consent is no way round an administrator. */
    it(`writes to the administrator: ${cause}`, async () => {
      await stage(cause);
      await find(cause, sentence, short);
      await waitForLamp(window, "unproved");
      assert.equal(await window.has("button", /^Reconnect/), false, "a reconnect would fail the same way");
      const text = await readDialog("Text for the administrator…", "Text for the administrator", letter);
      assert.match(text, /mira@fjordstudio\.example/);
      await goTo("board");
      const fromTheRow = await readDialog(
        /^Text for the administrator: /,
        "Text for the administrator",
        letter,
        () => picturesOfMoment(`board-letter-${cause}`),
      );
      assert.equal(fromTheRow, text, "the row opens the same text, without the page between");
      await end();
      await isWellAgain();
    });

  for (const [cause, sentence, short] of [
    ["malformed_api_request", /could not read the call/, "call refused"],
    ["token_audience_mismatch", /got a real token of the wrong kind/, "wrong kind of token"],
  ] as const)
    /** C7 */
    it(`has a report for the provider: ${cause}`, async () => {
      await stage(cause);
      await find(cause, sentence, short);
      await waitForLamp(window, "unproved");
      await readDialog("Report to the provider…", /^Report Practice to /, /GET 127\.0\.0\.1/);
      await end();
      await isWellAgain();
    });
});

describe("what is not the grant's fault", () => {
  for (const [cause, sentence, short, lamp] of [
    [
      "client_credentials_mismatch",
      /does not accept the client id and secret/,
      "client refused",
      "reauth_required",
    ],
    [
      "unsupported_grant",
      /does not allow this client to sign in this way/,
      "grant type refused",
      "reauth_required",
    ],
  ] as const)
    /** C2 */
    it(`checks the client: ${cause}`, async () => {
      await stage(cause);
      await find(cause, sentence, short);
      await waitForLamp(window, lamp);
      assert.equal(await window.has("button", /^Reconnect/), false, "no grant is at fault");
      await end();

      await window.press("button", "Check the client");
      await window.waitForText("Settings");
      await isWellAgain();
    });

  /** C2 C7 */
  it("has a report for the provider when the token request is said to be malformed", async () => {
    await stage("malformed_token_request");
    await find("malformed_token_request", /could not read the token request/, "request refused");
    await waitForLamp(window, "reauth_required");
    const text = await readDialog(
      "Report to the provider…",
      /^Report Practice to /,
      /Request: POST 127\.0\.0\.1:\d+\/token/,
    );
    assert.match(text, /Answer: 400 invalid_request/, "the answer to that request");
    assert.doesNotMatch(text, /Request: GET/, "not the call that came before it");
    await end();
    await isWellAgain();
  });

  /** B7: it is no failure; the token's clock tells it. */
  it("names an odd lifetime at the token's clock, and fails nothing", async () => {
    await stage("expires_in_invalid");
    await goTo(`connection/${id}`);
    await window.press("button", /^Refresh/);
    await window.waitForText(/sends the lifetime as text/);
    await isWellAgain();
    await end();

    await goTo(`connection/${id}`);
    await window.press("button", /^Refresh/);
    await window.waitForNoText(/sends the lifetime as text/);
    await waitForLamp(window, "active");
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

/** A2 C1: a sign-in that fails says why and what to do, and the grant that was there stays. */
describe("a reconnect that fails", () => {
  const agrees = true;
  for (const [cause, title, advice, answered] of [
    ["user_denied_consent", /consent page .* was answered with no/, /Reconnect, with the same account/],
    [
      "pkce_failure",
      /could not match the proof of this sign-in/,
      /Try again once. If it fails the same way/,
      agrees,
    ],
    [
      "authorization_code_invalid",
      /refused the authorization code/,
      /Reconnect, with the same account/,
      agrees,
    ],
    [
      "redirect_uri_mismatch",
      /does not know the redirect URI/,
      /Correct the client in the provider's console/,
      agrees,
    ],
    ["invalid_scope_request", /a scope that was asked for/, /Correct the client in the provider's console/],
    ["app_not_approved", /has not approved this client for everyone/, /Write to the owner of the client/],
  ] as const)
    it(`names ${cause}, leaves what was there, and works once tried again`, async () => {
      await stage(cause);
      await openReconnect();
      const url = await window.browser.nextUrl();
      if (answered) await answerPractice(chromium.page, url, "allow");
      else await chromium.page.get(url);

      const dialog = await window.find("dialog", /could not be connected/);
      await window.waitForText(title);
      const card = await window.driver.executeScript<string>("return arguments[0].innerText", dialog);
      assert.match(card, advice);
      assert.equal(await lamp(), "active", "the old grant is untouched");
      if (cause === "app_not_approved") await picturesOfMoment("diagnosis-sign-in-failed");
      await end();

      await window.press("button", "Try again");
      await answerPractice(chromium.page, await window.browser.nextUrl(), "allow");
      await goTo(`connection/${id}`);
      await waitForLamp(window, "active");
      await isWellAgain();
    });

  /** A2: an answer with another state is nobody's, and the wait goes on. */
  it("turns an answer away that is another sign-in's, and takes its own afterwards", async () => {
    await stage("state_mismatch");
    await openReconnect();
    const url = await window.browser.nextUrl();
    await answerPractice(chromium.page, url, "allow");
    await window.waitForText(/1 request that did not belong to this sign-in was turned away/);
    assert.equal(await lamp(), "active", "the old grant is untouched");
    await end();

    await answerPractice(chromium.page, url, "allow");
    await window.waitForNoText(/turned away/);
    await isWellAgain();
  });
});

async function goTo(place: string): Promise<void> {
  await window.driver.executeScript("location.hash = arguments[0]", `#/${place}`);
}

async function openReconnect(): Promise<void> {
  await goTo(`connection/${id}`);
  await window.press("button", /^Reconnect/);
}

async function isRefreshedOnNeed(): Promise<void> {
  const status = (await rows(window)).find((one) => one.id === id)?.status;
  assert.deepEqual([status?.lamp, status?.reason.kind], ["active", "refreshed_on_need"]);
}

/** Its lamp on the board. */
async function lamp(): Promise<string | undefined> {
  return (await rows(window)).find((one) => one.id === id)?.status.lamp;
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

/** Presses a button that opens a dialog, reads what it has to say once it is there, and closes it. */
async function readDialog(
  button: string | RegExp,
  title: string | RegExp,
  says: RegExp,
  look?: () => Promise<void>,
): Promise<string> {
  await window.press("button", button);
  const dialog = await window.find("dialog", title);
  let text = "";
  await window.driver
    .wait(async () => {
      text = await window.driver.executeScript<string>(
        "return arguments[0].innerText + [...arguments[0].querySelectorAll('textarea')].map((one) => one.value).join()",
        dialog,
      );
      return says.test(text);
    }, 10_000)
    .catch(() => assert.match(text, says));
  await look?.();
  await window.press("button", "Close");
  return text;
}

/** Presses the button that opens the provider's page, does there what it asks, and runs the probes again. */
async function mendAtThePage(button: RegExp, address: RegExp): Promise<void> {
  const ladder = await lastLadder();
  assert.equal(ladder?.next.step, "open_mending_page");
  assert.doesNotMatch(JSON.stringify(ladder), /\?/, "the window is told of no query");
  await window.press("button", button);
  const url = await window.browser.nextUrl();
  assert.match(url, address);
  const { issuer } = await window.ask<{ issuer: string }>("practice");
  assert.ok(url.startsWith(`${issuer}/`), "the practice provider's own page");
  await window.waitForText(/was opened in your browser\. When it is done there, run again\./);
  await picturesOfMoment(`diagnosis-opened-${new URL(url).pathname.split("/")[1]}`);
  await chromium.page.get(url);
  await chromium.page.findElement({ id: "mend" }).click();
  await chromium.page.wait(
    async () => /Go back to the program/.test(await chromium.page.getPageSource()),
    10_000,
    "the page says that it is done",
  );

  await isWellAgain();
}

/** The page as it is after a reload, in both themes and at two sizes. */
async function pictures(name: string): Promise<void> {
  for (const theme of ["light", "dark"]) {
    await window.driver.executeScript(
      `localStorage.setItem("patchbay.preferences", JSON.stringify({ theme: arguments[0], letters: true }))`,
      theme,
    );
    await window.driver.navigate().refresh();
    await window.waitForText("Ladder");
    await atTwoSizes(`${name}-${theme}`);
  }
}

/** What is shown and would be gone after a reload. */
async function picturesOfMoment(name: string): Promise<void> {
  for (const theme of ["light", "dark"]) {
    await window.driver.executeScript("document.documentElement.dataset.theme = arguments[0]", theme);
    await atTwoSizes(`${name}-${theme}`);
  }
}

async function atTwoSizes(name: string): Promise<void> {
  for (const [width, height] of [
    [1280, 800],
    [900, 600],
  ] as const) {
    await window.resize(width, height);
    await window.screenshot(`${name}-${width}`);
  }
  await window.resize(1280, 800);
}
