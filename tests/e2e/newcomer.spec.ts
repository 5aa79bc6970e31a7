// The newcomer's story: with a fresh app at the provider, from "Connect…" to a lamp that says active, by nothing but what the
// window says. Google, Notion, Airtable and Slack are played from their files; Google and Slack by `emulate` too.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { By } from "selenium-webdriver";
import { agreeAtEmulate, pageText, startChromium, type Chromium } from "./support/chromium.ts";
import { pointAtEmulator, startEmulate, type Emulator } from "./support/emulate.ts";
import { startPlayed, type Played } from "./support/played.ts";
import { freePort } from "./support/program.ts";
import { row, shownInBrowser, waitForLamp } from "./support/steps.ts";
import { newHome, startWindow, type AppWindow } from "./support/window.ts";

type Story = {
  provider: string;
  name: string;
  /** What the window has to say that a person creates. */
  appKind: RegExp;
  /** What the page asks for, in the provider's own words. */
  idName: string;
  secretName: string;
  /** Null: there is none to enter. */
  redirectUri: ((port: number) => string) | null;
  /** What one may want to do, in words. */
  wishes: RegExp[];
  /** Scopes as they stand ready to be copied; null: the provider knows none. */
  scopes: string | null;
  /** What is ticked besides, and what is then to be copied. */
  more: { wish: string; scopes: string } | null;
};

const STORIES: Story[] = [
  {
    provider: "google",
    name: "Google",
    appKind: /Desktop app/,
    idName: "Client id",
    secretName: "Client secret",
    redirectUri: null,
    wishes: [/Read files in Drive/, /Send mail with Gmail/],
    scopes: "openid email https://www.googleapis.com/auth/drive.readonly",
    more: {
      wish: "Read calendars",
      scopes:
        "openid email https://www.googleapis.com/auth/drive.readonly https://www.googleapis.com/auth/calendar.readonly",
    },
  },
  {
    provider: "notion",
    name: "Notion",
    appKind: /Public integration/,
    idName: "OAuth client ID",
    secretName: "OAuth client secret",
    redirectUri: (port) => `http://localhost:${port}/callback/notion`,
    wishes: [/Notion knows no scopes/],
    scopes: null,
    more: null,
  },
  {
    provider: "airtable",
    name: "Airtable",
    appKind: /OAuth integration/,
    idName: "Client id",
    secretName: "Client secret",
    redirectUri: (port) => `http://localhost:${port}/callback/airtable`,
    wishes: [/List bases and their tables/, /Write records/],
    scopes: "user.email:read schema.bases:read data.records:read",
    more: {
      wish: "Write records",
      scopes: "user.email:read schema.bases:read data.records:read data.records:write",
    },
  },
  {
    provider: "slack",
    name: "Slack",
    appKind: /Slack app/,
    idName: "Client id",
    secretName: "Client secret",
    redirectUri: (port) => `https://localhost:${port}/callback/slack`,
    wishes: [/Post messages/, /List channels/],
    scopes: "channels:read,chat:write",
    more: { wish: "Read files", scopes: "channels:read,chat:write,files:read" },
  },
];

/** What stands ready to be copied. */
async function toPaste(window: AppWindow, what: "redirect-uri" | "scopes"): Promise<string[]> {
  const found = await window.driver.findElements(By.css(`.dialog [data-role="${what}"]`));
  const shown = await Promise.all(found.map(async (one) => ((await one.isDisplayed()) ? one.getText() : "")));
  return [...new Set(shown.filter((text) => text !== ""))];
}

/** Nothing of the page is cut off sideways, and what was pressed last can be seen. */
async function nothingSticksOut(window: AppWindow): Promise<void> {
  const wide = await window.driver.executeScript<string[]>(`
    const page = document.querySelector(".dialog") ?? document.body;
    return [...page.querySelectorAll("*")]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && getComputedStyle(one).overflowX === "visible" && getComputedStyle(one).display !== "inline")
      .map((one) => one.tagName + " " + one.className + " " + one.textContent.trim().slice(0, 60));
  `);
  assert.deepEqual(wide, [], "nothing is wider than its place");
}

const SIZES = [
  [1280, 800],
  [900, 600],
] as const;

/** A picture in both sizes, light and dark, ending on the large light one. */
async function pictures(window: AppWindow, name: string): Promise<void> {
  for (const theme of ["dark", "light"]) {
    await window.driver.executeScript("document.documentElement.dataset.theme = arguments[0]", theme);
    for (const [width, height] of [...SIZES].reverse()) {
      await window.resize(width, height);
      await window.screenshot(`newcomer-${name}-${theme}-${width}x${height}`);
      await nothingSticksOut(window);
    }
  }
}

/** Ticks by the label: the box itself is drawn, its input has no size of its own. */
async function tick(window: AppWindow, wish: string): Promise<void> {
  const label = await window.driver.findElement(
    By.xpath(`//*[contains(@class,"dialog")]//label[.//span[normalize-space()="${wish}"]]`),
  );
  await window.driver.executeScript("arguments[0].scrollIntoView({ block: 'center' })", label);
  // A page that is still being drawn cannot be pressed yet.
  await window.driver.wait(
    () =>
      label.click().then(
        () => true,
        () => false,
      ),
    10_000,
    `${wish} could not be ticked`,
  );
}

async function chooseProvider(window: AppWindow, name: string): Promise<void> {
  await window.press("button", "Connect…");
  await window.fill("Provider", name);
  await window.press("option", name);
  await window.find("button", "Open browser");
}

/** Reads the page as a newcomer, and fails where something that is needed is not said. */
async function readTheForm(window: AppWindow, story: Story, uri: string | null): Promise<void> {
  await window.waitForText(story.appKind);
  const shown = await window.text();
  assert.match(shown, new RegExp(`Make a client at ${story.name} once`), "what to do first");
  const steps = await window.driver.findElements(By.css(".dialog [data-role='guide'] ol li"));
  assert.ok(steps.length >= 4, `the guide has its steps: ${steps.length}`);
  for (const step of steps) assert.ok(await step.isDisplayed(), "and they are open to be read");
  for (const wish of story.wishes) assert.match(shown, wish, "what one may want to do, in words");
  const addresses = await toPaste(window, "redirect-uri");
  if (uri === null) {
    assert.deepEqual(addresses, [], "no redirect URI that would change");
    assert.match(shown, /Nothing to enter/);
    assert.doesNotMatch(shown, /127\.0\.0\.1:\d+/, "no port of this moment");
  } else {
    assert.deepEqual(addresses, [uri], "one redirect URI, the same wherever it stands");
  }
  assert.doesNotMatch(shown, /[{}]/, "nothing is left in braces");
  assert.deepEqual(await toPaste(window, "scopes"), story.scopes === null ? [] : [story.scopes]);
  if (story.more !== null) {
    await tick(window, story.more.wish);
    assert.deepEqual(
      await toPaste(window, "scopes"),
      [story.more.scopes],
      "what is ticked is what is copied",
    );
  }
  assert.match(
    shown,
    new RegExp(`The ${story.idName} is missing\\.`, "i"),
    "beside the button, what is missing",
  );
}

let chromium: Chromium;
before(async () => (chromium = await startChromium({ acceptsInsecureCertificates: true })));
after(async () => chromium?.stop());

for (const story of STORIES) {
  describe(`${story.name}, played from its file`, () => {
    const home = newHome();
    let [port, uri]: [number, string | null] = [0, null];
    let played: Played;
    let seenComplaints: string[] = [];
    let window: AppWindow;
    before(async () => {
      port = await freePort();
      uri = story.redirectUri?.(port) ?? null;
      played = await startPlayed(story.provider, home, port);
      window = await startWindow({ home });
    });
    after(async () => {
      await window?.stop();
      await played?.stop();
      rmSync(home, { recursive: true, force: true });
    });

    /** C5 C4 A2 */
    it("says which app to create, where, and what to paste there", async () => {
      await chooseProvider(window, story.name);
      await readTheForm(window, story, uri);
      await pictures(window, `${story.provider}-1-form`);

      await window.press("button", new RegExp(`^Open ${story.name}’s console`));
      assert.equal(await window.browser.nextUrl(), played.console);
      // What a person pastes there; a desktop app takes any port of its own accord.
      await played.register(uri ?? `http://127.0.0.1:1/callback/${story.provider}`);
    });

    /** C5 A2 E1: a secret that is wrong is said to be that, and the form waits with all but the secret. */
    it("says so when the secret is wrong", async () => {
      await window.fill(story.idName, played.client.id);
      await window.fill(story.secretName, "not the secret");
      await window.press("button", "Open browser");
      await chromium.page.get(await window.browser.nextUrl());

      await window.waitForText(`${story.name} could not be connected`);
      const said = await window.text();
      assert.match(said, new RegExp(`${story.name} does not accept the client id and secret`));
      assert.match(said, /Copy both anew/, "and what to do about it");
      seenComplaints = await played.complaints();
      await pictures(window, `${story.provider}-2-wrong-secret`);
      await window.press("button", "Try again");
      assert.match(await window.text(), new RegExp(`The ${story.secretName} is missing|Open browser`, "i"));
    });

    /** A1 A2 E1 */
    it("ends at a lamp that says active", async () => {
      assert.ok(played.client.secret !== null);
      await window.fill(story.secretName, played.client.secret);
      await window.press("button", "Open browser");
      const url = await window.browser.nextUrl();
      await window.waitForText("Waiting for your browser");
      if (uri?.startsWith("https:")) await window.waitForText("Your browser will warn");
      await pictures(window, `${story.provider}-3-waiting`);
      await chromium.page.get(url);
      await shownInBrowser(chromium.page, /You are connected\./);

      await window.find("button", "Show connection");
      await pictures(window, `${story.provider}-4-connected`);
      await window.press("button", "Show connection");
      await waitForLamp(window, "active");
      assert.equal((await row(window, story.name)).status.lamp, "active");
      await pictures(window, `${story.provider}-5-connection`);
      assert.deepEqual(await played.complaints(), seenComplaints, "only the wrong secret was complained of");
    });

    /** E2 A6: beyond the test call, each harmless call is tried on a click, with its result beside it. */
    it("tries what the grant allows, and shows each result", async () => {
      await window.press("button", "Run checks");

      await window.driver.wait(
        async () =>
          (await window.driver.findElements(By.css("section[aria-label='Checks'] li .what"))).length > 0,
        15_000,
        "no result came",
      );
      const lines = await window.driver.executeScript<string[]>(
        "return [...document.querySelectorAll(\"section[aria-label='Checks'] li\")].map((line) => line.textContent.trim())",
      );
      assert.ok(
        lines.some((line) => /200 in/.test(line)),
        lines.join("\n"),
      );
      await pictures(window, `${story.provider}-6-checks`);
    });
  });
}

for (const story of STORIES.filter((one) => one.provider === "google" || one.provider === "slack")) {
  describe(`${story.name}, played by emulate`, () => {
    const provider = story.provider as "google" | "slack";
    const client = { id: "fresh-app", secret: "fresh-app-secret" };
    const home = newHome();
    let emulator: Emulator;
    let window: AppWindow;
    let uri: string;
    before(async () => {
      const port = await freePort();
      uri = `http://${provider === "google" ? "127.0.0.1" : "localhost"}:${port}/callback/${provider}`;
      emulator = await startEmulate(provider, { ...client, redirectUris: [uri] });
      pointAtEmulator(home, emulator, port);
      window = await startWindow({ home });
    });
    after(async () => {
      await window?.stop();
      await emulator?.stop();
      rmSync(home, { recursive: true, force: true });
    });

    /** A1 A2 C5 E1 */
    it("goes from Connect to a lamp that says active, past its own sign-in page", async () => {
      await chooseProvider(window, story.name);
      await readTheForm(window, { ...story, redirectUri: () => uri }, uri);
      await window.fill(story.idName, client.id);
      await window.fill(story.secretName, client.secret);
      await window.press("button", "Open browser");
      await agreeAtEmulate(chromium.page, await window.browser.nextUrl(), emulator.users[0]);
      await shownInBrowser(chromium.page, /You are connected\./);

      await window.press("button", "Show connection");

      await waitForLamp(window, "active");
      await window.screenshot(`newcomer-${provider}-emulate`);
    });
  });
}

describe("Trello, whose token comes behind the #", () => {
  const home = newHome();
  let port: number;
  let played: Played;
  let window: AppWindow;
  before(async () => {
    port = await freePort();
    played = await startPlayed("trello", home, port);
    window = await startWindow({ home });
  });
  after(async () => {
    await window?.stop();
    await played?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  /** A2 A3 S028 S042: the page on loopback posts back what no server would ever see, and keeps nothing of it. */
  it("is connected by what the browser's own page posts back", async () => {
    const uri = `http://localhost:${port}/callback/trello`;
    await chooseProvider(window, "Trello");
    await window.waitForText("Power-Up with an API key");
    assert.deepEqual(await toPaste(window, "redirect-uri"), [uri]);
    await played.register(uri);
    await window.fill("API key", played.client.id);
    await pictures(window, "trello-1-form");
    await window.press("button", "Open browser");

    await chromium.page.get(await window.browser.nextUrl());

    await shownInBrowser(chromium.page, /You are connected\./);
    const stands = new URL(await chromium.page.getCurrentUrl());
    assert.match(stands.pathname, /^\/done\//);
    assert.equal(stands.search + stands.hash, "", "no token stays in the address bar");
    assert.doesNotMatch(await pageText(chromium.page), /token=/);
    await window.press("button", "Show connection");
    await waitForLamp(window, "active");
    await window.waitForText("does not expire");
    await pictures(window, "trello-2-connection");
    assert.deepEqual(await played.complaints(), []);
  });
});
