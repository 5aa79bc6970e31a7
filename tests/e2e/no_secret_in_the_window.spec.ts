// Plants known secrets, walks through success and failure, then looks for them wherever the window, the command line, their
// logs, files and processes could have left them [A3].
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, it } from "node:test";
import {
  agreeAtOidcProvider,
  refuseAtOidcProvider,
  startChromium,
  type Chromium,
} from "./support/chromium.ts";
import { patchbay } from "./support/command_line.ts";
import { startOidcProvider, type AuthorizationServer } from "./support/oidc_provider.ts";
import { fillConnectForm, openBrowserAndConnect, waitForLamp, waitForTimeline } from "./support/steps.ts";
import { startWindow, type AppWindow } from "./support/window.ts";

let server: AuthorizationServer;
let chromium: Chromium;
let window: AppWindow;
before(async () => {
  // For the app and the command line alike.
  process.env["PATCHBAY_LOG"] = "debug";
  [server, chromium, window] = await Promise.all([startOidcProvider(), startChromium(), startWindow()]);
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
  await server?.stop();
});

/** Everything a place held when it was looked at, by the place's name. */
const seen: { place: string; held: string }[] = [];

/** A3 */
it("leaves no secret anywhere but in the keychain", async () => {
  await recordAnswers(window);
  await fillConnectForm(window, server.issuer, server.confidentialClient, "Orders");
  await openBrowserAndConnect(window, (url) => agreeAtOidcProvider(chromium.page, url, "ana"));
  await waitForLamp(window, "active");
  await look("after connecting");
  await window.press("button", /^Test call/);
  await window.waitForText(/It works: 200 in/);
  await window.press("button", "Refresh now");
  await waitForTimeline(window, /^Refreshed, v2/);
  await look("after a refresh");
  await server.revokeGrantsOf("ana");
  await window.press("button", /^Test call/);
  await waitForLamp(window, "reauth_required");
  await look("after a failure");
  await window.press("button", /^Reconnect/);
  await refuseAtOidcProvider(chromium.page, await window.browser.nextUrl(), "ana");
  await window.waitForText(/was answered with no\./);
  await window.press("button", "Try again");
  await agreeAtOidcProvider(chromium.page, await window.browser.nextUrl(), "ana");
  await waitForLamp(window, "active");
  for (const args of [
    ["list"],
    ["show", "Orders"],
    ["events", "Orders"],
    ["test", "Orders"],
    ["client", "list"],
  ])
    for (const how of [[], ["--json"]]) {
      const { code, out, err } = await patchbay(window.home, ...args, ...how);
      assert.equal(code, 0, err);
      seen.push({ place: `patchbay ${args.join(" ")}`, held: out + err });
    }
  await assert.rejects(window.ask("run_test_call", { id: "con_unknown" }), /connection_gone/);
  await look("at the end");
  assert.match(window.log(), /a command was refused/, "the app logs, at the level that says most");

  const { out: token } = await patchbay(window.home, "token", "Orders");
  assert.ok(
    server.secretsSeen.has(token.trim()),
    "the one command that prints a token prints one of those looked for",
  );
  const secrets = [server.confidentialClient.secret, ...server.secretsSeen];
  assert.ok(
    secrets.length >= 12,
    `there is something to look for: ${secrets.length} secrets went over the wire`,
  );
  const places = seen.map(({ place }) => place);
  for (const expected of ["page", "answers", "log", "patchbay.db", "command line of", "environment of"])
    assert.ok(
      places.some((place) => place.includes(expected)),
      `${expected} was looked at`,
    );
  const found = seen.flatMap(({ place, held }) =>
    secrets.flatMap((secret, index) =>
      forms(secret).some((form) => held.includes(form)) ? [`secret ${index} in ${place}`] : [],
    ),
  );
  assert.deepEqual(found, []);
});

/** As it is, and as it looks in a URL, a form, a header, a JSON text. */
function forms(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ v: secret }).toString().slice(2),
    Buffer.from(secret).toString("base64").replace(/=+$/, ""),
    Buffer.from(secret).toString("base64url"),
    Buffer.from(secret).toString("hex"),
    JSON.stringify(secret).slice(1, -1),
  ];
}

/** From now on keeps every answer that the page gets from the app. */
async function recordAnswers({ driver }: AppWindow): Promise<void> {
  await driver.executeScript(`
    const fetched = window.fetch.bind(window);
    window.recorded = [];
    window.fetch = async (...asked) => {
      const answer = await fetched(...asked);
      window.recorded.push(await answer.clone().text());
      return answer;
    };
  `);
}

async function look(when: string): Promise<void> {
  const inPage = await window.driver.executeScript<Record<string, string>>(`return {
    page: document.documentElement.outerHTML,
    fields: [...document.querySelectorAll("input, textarea")].map((field) => field.value).join("\\n"),
    storage: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
    answers: window.recorded.join("\\n"),
  }`);
  assert.ok(inPage["answers"]!.includes("Orders"), "the page's answers are recorded");
  for (const [place, held] of Object.entries(inPage)) seen.push({ place: `${place}, ${when}`, held });
  for (const command of [
    "board",
    "list_providers",
    "list_clients",
    "list_sign_ins",
    "list_events",
    "self_check",
    "practice",
  ])
    seen.push({
      place: `the answer to ${command}, ${when}`,
      held: JSON.stringify(await window.ask(command)),
    });

  seen.push({ place: `log, ${when}`, held: window.log() });
  for (const path of filesUnder(window.home))
    seen.push({ place: `${path}, ${when}`, held: readFileSync(path).toString("latin1") });
  for (const pid of processesOf(window.home)) {
    seen.push({ place: `the command line of ${pid}, ${when}`, held: read(`/proc/${pid}/cmdline`) });
    seen.push({ place: `the environment of ${pid}, ${when}`, held: read(`/proc/${pid}/environ`) });
  }
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Every process that was started on the data folder: the app, and what it started. */
function processesOf(home: string): string[] {
  return readdirSync("/proc").filter(
    (name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(home),
  );
}

/** Empty where the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path).toString("latin1");
  } catch {
    return "";
  }
}
