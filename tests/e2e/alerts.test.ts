// Alerts leave the house: the real command line and its loop, a real keychain, webhooks checked by the Standard Webhooks
// project's own library, mail taken by a server that insists on TLS [F4, A3, S085].
import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import { rmSync } from "node:fs";
import { Webhook } from "standardwebhooks";
import { agree, startServer } from "./support/any_server.ts";
import { connectByCommand, patchbay, startPatchbay, type Ended } from "./support/command_line.ts";
import { startMailServer, startReceiver, type Posted } from "./support/receivers.ts";
import { newHome } from "./support/window.ts";

type Json = Record<string, unknown>;
type Message = {
  type: string;
  data: { title: string; text: string; items: { text: string; link: string }[] };
};

const homes: string[] = [];
const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((it) => it.stop()));
});
after(() => homes.forEach((home) => rmSync(home, { recursive: true, force: true })));

describe("alerts", () => {
  /** F4: one incident at each channel once, and its repair after it; signatures and mail are others' to judge. */
  it("reach every channel once, and say when it is over", async () => {
    const home = newHomeOfTest();
    const { id, end, reconnect } = await connected(home);
    const [hook, slack, mail] = [
      begun(await startReceiver()),
      begun(await startReceiver()),
      begun(await startMailServer()),
    ];
    const added = await withInput(home, `${hook.address}\n`, "alerts", "add", "webhook", "Hook", "--json");
    const { signing_secret: secret } = json(added);
    assert.match(String(secret), /^whsec_/);
    assert.equal((await withInput(home, slack.address, "alerts", "add", "slack", "Slack")).code, 0);
    const mailArgs = ["--server", "127.0.0.1", "--port", String(mail.port), "--authority", mail.authority];
    const people = [
      "--from",
      "patchbay@fjord.example",
      "--to",
      "mira@fjord.example",
      "--to",
      "jo@fjord.example",
    ];
    const addMail = ["alerts", "add", "mail", "Mail", ...mailArgs, "--user", "mira", ...people];
    const added_mail = await withInput(home, mail.password, ...addMail);
    assert.equal(added_mail.code, 0, added_mail.err);
    for (const channel of ["Hook", "Slack", "Mail"]) {
      const test = await patchbay(home, "alerts", "test", channel);
      assert.equal(test.code, 0, `${channel}: ${test.err}`);
    }

    const serving = startPatchbay(home, "serve", "--json");
    await serving.firstLine;
    try {
      await end();
      await until(() => hook.posted.length === 2 && slack.posted.length === 2 && mail.mails.length === 2);
      await reconnect();
      await until(() => hook.posted.length === 3 && slack.posted.length === 3 && mail.mails.length === 3);
      // The receiver has it a moment before the receipt is written down.
      const isOver = (it: Json): boolean => it["state"] === "delivered";
      await until(async () => lines(await patchbay(home, "alerts", "log", "--json")).every(isOver));
    } finally {
      serving.stop();
      await serving.ended;
    }

    const checked = new Webhook(String(secret));
    const messages = hook.posted.map((it) => checked.verify(it.body, headersOf(it)) as Message);
    assert.deepEqual(
      messages.map((it) => it.type),
      ["alert.test", "alert.raised", "alert.resolved"],
    );
    assert.match(messages[1]?.data.title ?? "", /needs you$/);
    assert.equal(messages[1]?.data.items[0]?.link, `patchbay://reconnect/${id}`);
    const [first] = hook.posted;
    assert.throws(() => checked.verify(`${first?.body} `, headersOf(first)), "a changed body is not ours");
    for (const one of mail.mails) {
      assert.ok(one.secure && one.user === "mira", "over TLS, signed in");
      assert.deepEqual(one.to, ["mira@fjord.example", "jo@fjord.example"]);
    }
    assert.match(mail.mails[1]?.text ?? "", /^Subject: .* needs you\r$/m);
    const raised = /^Message-ID: (<.*>)\r$/m.exec(mail.mails[1]?.text ?? "")?.[1] ?? "none";
    assert.ok(mail.mails[2]?.text.includes(`In-Reply-To: ${raised}`), "the repair stands in the same thread");
    const log = lines(await patchbay(home, "alerts", "log", "--json"));
    assert.deepEqual([log.length, new Set(log.map((it) => it["state"]))], [9, new Set(["delivered"])]);
    const all = [await patchbay(home, "alerts"), await patchbay(home, "alerts", "--json")]
      .map((it) => it.out)
      .join("");
    for (const hidden of ["hush-hush", String(secret).slice(6), mail.password])
      assert.ok(!all.includes(hidden));
  });

  /** F4: a server that offers no TLS is told nothing, and one whose certificate nobody vouches for neither. */
  it("send no mail without TLS", async () => {
    const home = newHomeOfTest();
    const bare = begun(await startMailServer({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] }));
    const strange = begun(await startMailServer());
    const add = (name: string, port: number, ...more: string[]): Promise<Ended> => {
      const people = ["--from", "patchbay@fjord.example", "--to", "mira@fjord.example"];
      return withInput(
        home,
        "hush",
        ...["alerts", "add", "mail", name, "--server", "127.0.0.1"],
        ...["--port", String(port), ...people, ...more],
      );
    };
    assert.equal((await add("Bare", bare.port, "--user", "mira")).code, 0);
    const refused = await patchbay(home, "alerts", "test", "Bare");
    assert.equal(refused.code, 1, refused.out);
    assert.match(refused.err, /offers no STARTTLS, so nothing was sent/);
    assert.deepEqual([bare.commands, bare.mails], [[], []], "neither a password nor a name was said");

    assert.equal((await add("Strange", strange.port, "--user", "mira")).code, 0);
    const unknown = await patchbay(home, "alerts", "test", "Strange");
    assert.notEqual(unknown.code, 0);
    assert.match(unknown.err, /No safe connection/);
    assert.deepEqual(strange.commands, []);

    const far = [
      "alerts",
      "add",
      "mail",
      "Far",
      "--server",
      "smtp.example",
      "--allow-plain",
      "--from",
      "a@b.example",
    ];
    const plain = await patchbay(home, ...far, "--to", "c@d.example");
    assert.equal(plain.code, 2, plain.out);
    assert.match(plain.err, /without TLS only a server on this computer or its own network/);
  });

  /** F4: a receiver that refuses is named with what helps; the exit code says it to scripts. */
  it("say in a test what is in the way", async () => {
    const home = newHomeOfTest();
    const hook = begun(await startReceiver());
    hook.answer.status = 401;
    await withInput(home, hook.address, "alerts", "add", "webhook", "Hook");
    const refused = await patchbay(home, "alerts", "test", "Hook");
    assert.equal(refused.code, 1);
    assert.match(refused.err, /The receiver answered 401/);
    const bad = await withInput(home, "http://hooks.example/x", "alerts", "add", "slack", "Other", "--json");
    assert.equal(bad.code, 2);
    assert.ok(!bad.out.includes("hooks.example"), "an address is a key, also a wrong one");
    assert.equal((await patchbay(home, "alerts", "test", "Nobody")).code, 2);
    assert.equal((await patchbay(home, "alerts", "remove", "Hook")).code, 0);
    assert.equal((await patchbay(home, "alerts", "--json")).out, "");
  });
});

/** A connection that a test can end at the provider and bring back. */
async function connected(
  home: string,
): Promise<{ id: string; end: () => Promise<void>; reconnect: () => Promise<void> }> {
  const server = begun(await startServer({}, [{ client_id: "native", token_endpoint_auth_method: "none" }]));
  const answer = async (url: string): Promise<void> => void (await agree(url, "mira"));
  const ended = await connectByCommand(home, [server.issuer, "--client-id", "native"], answer);
  assert.equal(ended.code, 0, ended.err);
  const { connection } = JSON.parse(ended.out.trim().split("\n").at(-1) ?? "") as { connection: Json };
  const id = String(connection["id"]);
  return {
    id,
    end: async () => {
      const [first] = server.refreshTokens;
      assert.equal((await patchbay(home, "refresh", id)).code, 0);
      const body = new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: first ?? "",
        client_id: "native",
      });
      assert.equal(
        (await fetch(`${server.issuer}/token`, { method: "POST", body })).status,
        400,
        "a thief ends the grant",
      );
      assert.notEqual((await patchbay(home, "refresh", id)).code, 0);
    },
    reconnect: async () => {
      const running = startPatchbay(home, "reconnect", id, "--no-browser", "--json");
      running.input("");
      const { url } = JSON.parse(await running.firstLine) as { url: string };
      await answer(url);
      const end = await running.ended;
      assert.equal(end.code, 0, end.err);
    },
  };
}

function withInput(home: string, text: string, ...args: readonly string[]): Promise<Ended> {
  const running = startPatchbay(home, ...args);
  running.input(text);
  return running.ended;
}

function newHomeOfTest(): string {
  const home = newHome();
  homes.push(home);
  return home;
}

function begun<T extends { stop(): Promise<void> }>(it: T): T {
  started.push(it);
  return it;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 900; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail("it did not come");
}

function headersOf(posted: Posted | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(posted?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
}

function json(ended: Ended): Json {
  assert.equal(ended.code, 0, ended.err);
  return JSON.parse(ended.out) as Json;
}

function lines(ended: Ended): Json[] {
  const text = ended.out.trim();
  return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line) as Json);
}
