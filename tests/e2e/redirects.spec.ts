// What a real Chromium does with each kind of answer: https on loopback, a form, a fragment, and an error page.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { startAnsweringServer, type AnsweringServer } from "./support/answering_server.ts";
import { pageText, startChromium, type Chromium } from "./support/chromium.ts";
import { connectByCommand, patchbay, startPatchbay, type Ended } from "./support/command_line.ts";
import { freePort } from "./support/program.ts";
import { newHome } from "./support/window.ts";

let server: AnsweringServer;
let home: string;
let chromium: Chromium;
before(async () => {
  home = newHome();
  server = await startAnsweringServer();
  const port = await freePort();
  const fixed = { is_port_compared: true, port, is_path_exact: true };
  server.describe(home, "by-form", { answer: { mode: "form_post" } });
  server.describe(home, "by-fragment", { answer: { mode: "fragment" } });
  server.describe(home, "by-https", { redirect: { host: "localhost", https: true, path: "/cb", ...fixed } });
  server.describe(home, "bare", {
    answer: { mode: "fragment", holds_token: true },
    authorize_names: {
      client_id: "key",
      redirect_uri: "return_url",
      access_token: "token",
      state_in_redirect: true,
    },
    refresh: { rotation: "never", issued: "never" },
  });
  chromium = await startChromium({ acceptsInsecureCertificates: true });
});
after(async () => {
  await chromium?.stop();
  await server?.stop();
});

/** Connects, and waits for the page that Chromium is left with. */
async function connect(provider: string): Promise<Ended> {
  return connectByCommand(home, [provider, "--client-id", "patchbay-test"], async (url) => {
    await chromium.page.get(url);
    await chromium.page.wait(
      async () => (await pageText(chromium.page)).includes("You are connected."),
      20_000,
      `no good end; Chromium shows ${await chromium.page.getCurrentUrl()}`,
    );
  });
}

/** S039: where Chromium stands, and what it would go back to, says nothing of the answer. */
async function noAnswerIsLeftBehind(): Promise<void> {
  const stands = new URL(await chromium.page.getCurrentUrl());
  assert.match(stands.pathname, /^\/done\//);
  assert.equal(stands.search + stands.hash, "");
}

function connected(ended: Ended): Record<string, unknown> {
  assert.equal(ended.code, 0, ended.err);
  const last = JSON.parse(ended.out.trim().split("\n").at(-1)!);
  assert.equal(last.event, "connected");
  return last.connection;
}

/** A2 S012 S028 */
it("takes the form that the provider's page posts", async () => {
  connected(await connect("by-form"));

  await noAnswerIsLeftBehind();
  assert.equal(server.traded.length, 1);
});

/** A2 S028 S042 */
it("fetches a code from behind the #", async () => {
  connected(await connect("by-fragment"));

  await noAnswerIsLeftBehind();
  assert.equal(server.traded.length, 2);
});

/** A2 A3 */
it("keeps a token that came without a code", async () => {
  const ended = await connect("bare");

  connected(ended);
  await noAnswerIsLeftBehind();
  assert.ok(!(ended.out + ended.err).includes("ATTA-"), "and says it to nobody");
  assert.equal((await patchbay(home, "token", "bare")).out, "ATTA-0123456789\n");
});

/** A2 S022 */
it("comes back by https once the warning was gone past", async () => {
  const ended = await connect("by-https");

  connected(ended);
  await noAnswerIsLeftBehind();
  assert.match(server.traded.at(-1)!.redirectUri, /^https:\/\/localhost:\d+\/cb$/);
  const first = JSON.parse(ended.out.split("\n")[0]!);
  assert.match(first.certificate_fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  const { out } = await patchbay(home, "doctor");
  assert.ok(out.includes(first.certificate_fingerprint), out);
});

/** A2 S022: without the yes of a person the code goes nowhere, and the sign-in waits for another way. */
it("waits through the warning, and takes the address that is brought", async () => {
  const strict = await startChromium();
  try {
    const running = startPatchbay(home, "connect", "by-https", "--paste", "--no-browser", "--json");
    const { url, redirect_uri } = JSON.parse(await running.firstLine) as Record<string, string>;
    // No page comes; the address stays in the address bar.
    await strict.page.get(url!).catch(() => undefined);
    const stands = await strict.page.getCurrentUrl();
    assert.ok(stands.startsWith(`${redirect_uri}?code=`), "the error page stands at the redirect URI");

    running.input(`  ${stands.slice(0, 40)}\n${stands.slice(40)}\n`);

    connected(await running.ended);
  } finally {
    await strict.stop();
  }
});
