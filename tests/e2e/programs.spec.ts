// A script at the door: it takes a token and stands in the blast radius, is blocked when the grant is revoked, waits where a person
// sees it, and goes on when that person has clicked. Another program is asked about first [D1, F1, F2, F3].
import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, it } from "node:test";
import { agreeAtOidcProvider, startChromium, type Chromium } from "./support/chromium.ts";
import { startOidcProvider, type AuthorizationServer } from "./support/oidc_provider.ts";
import { connectToIssuer, shownInBrowser } from "./support/steps.ts";
import { commandLineProgram, startWindow, type AppWindow } from "./support/window.ts";

/** Its checkpoint is the line it waits for: whoever started it says when it goes on to the next run. */
const NIGHTLY = `
import subprocess, sys, time

patchbay, connection = sys.argv[1:]
def run(*words):
    return subprocess.run([patchbay, *words, connection], stdout=subprocess.PIPE, text=True)
assert run("token").returncode == 0
print("took a token", flush=True)
sys.stdin.readline()
ready = run("preflight", "--json")
link = [word for word in ready.stdout.split('"') if word.startswith("patchbay://reconnect/")]
print("preflight ended with", ready.returncode, *link, flush=True)
waited = run("wait")
print("went on", waited.returncode, int(time.time() * 1000), flush=True)
`;

/** Speaks to the socket by itself: nobody knows it. */
const STRANGER = `
import glob, json, os, socket, struct, sys

home, connection = sys.argv[1:]
def ask(question):
    places = [os.path.join(os.environ.get("XDG_RUNTIME_DIR", "/nowhere"), "patchbay"), os.path.join(home, "door")]
    for place in places:
        for path in glob.glob(os.path.join(place, "*.sock")):
            door = socket.socket(socket.AF_UNIX)
            try:
                door.connect(path)
            except ConnectionRefusedError:
                continue
            def say(it):
                text = json.dumps(it).encode()
                door.sendall(struct.pack(">I", len(text)) + text)
                length = struct.unpack(">I", exactly(4))[0]
                return json.loads(exactly(length))
            def exactly(count):
                read = b""
                while len(read) < count:
                    piece = door.recv(count - len(read))
                    assert piece, "it was cut off"
                    read += piece
                return read
            say({"ask": "hello", "version": 1})
            return say(question)
    sys.exit("nobody listens")
told = ask({"ask": "token", "connection": connection})
print("at first", told.get("code", told["answer"]), flush=True)
told = ask({"ask": "wait", "connections": [connection]})
print("then", told.get("code", told.get("verdict")), flush=True)
told = ask({"ask": "token", "connection": connection})
print("at last", told["answer"], flush=True)
`;

let server: AuthorizationServer;
let chromium: Chromium;
let window: AppWindow;
const folder = mkdtempSync(join(tmpdir(), "patchbay-scripts-"));
before(async () => {
  [server, chromium, window] = await Promise.all([startOidcProvider(), startChromium(), startWindow()]);
  await connectToIssuer(window, chromium.page, server.issuer, server.publicClient, {
    name: "Google ops",
    login: "ana",
  });
});
after(async () => {
  await window?.stop();
  await chromium?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A Python script that runs; `said` waits for the line that begins so. */
function start(
  name: string,
  text: string,
  ...words: string[]
): { child: ChildProcessWithoutNullStreams; said(begin: string): Promise<string> } {
  const path = join(folder, name);
  writeFileSync(path, text);
  const env = { ...process.env, PATCHBAY_HOME: window.home };
  const child = spawn("python3", [path, ...words], { env });
  const lines: string[] = [];
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  return {
    child,
    async said(begin) {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const found = lines.find((line) => line.startsWith(begin));
        if (found !== undefined) return found;
        if (Date.now() > deadline)
          throw new Error(`${name} did not say ${begin}: ${lines.join("; ")}; ${errors}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

it("puts a script into the blast radius, shows that it is blocked, and lets it go on", async () => {
  const nightly = start("nightly.py", NIGHTLY, commandLineProgram(), "Google ops");
  await nightly.said("took a token");
  await window.waitForText(/nightly\.py/);
  const seen = await window.ask<{ learned: { name: string; uses: { connection_name: string }[] }[] }>(
    "programs",
  );
  assert.deepEqual(
    seen.learned.map(({ name, uses }) => [name, uses.map((use) => use.connection_name)]),
    [["nightly.py", ["Google ops"]]],
    "nobody entered it",
  );

  assert.equal(await server.revokeGrantsOf("ana"), 1);
  nightly.child.stdin.write("go on\n");
  assert.match(
    await nightly.said("preflight ended"),
    /^preflight ended with 20 patchbay:\/\/reconnect\/con_/,
  );
  await window.waitForText(/nightly\.py waits for it since/);
  await window.driver.executeScript("location.hash = '#/board'");
  await window.waitForText(/nightly\.py waits for Google ops since/);
  await window.screenshot("programs-1-blocked");

  await window.press("button", /^Reconnect Google ops/);
  await agreeAtOidcProvider(chromium.page, await window.browser.nextUrl(), "ana");
  await shownInBrowser(chromium.page, /You are connected\./);
  const back = Date.now();

  const [, , code, at] = (await nightly.said("went on")).split(" ");
  assert.equal(code, "0");
  assert.ok(Number(at) - back < 1_000, `it went on ${Number(at) - back} ms after the browser said so`);
  await window.waitForNoText(/nightly\.py waits for/);
});

it("asks a person about a program it does not know, which goes on by itself once that is answered", async () => {
  await window.driver.executeScript("location.hash = '#/board'");
  const stranger = start("backup.py", STRANGER, window.home, "Google ops");
  assert.equal(await stranger.said("at first"), "at first permission_needed");
  await window.waitForText("Allow backup.py to use Google ops?");
  await window.screenshot("programs-2-asked");

  await window.press("button", /^Always: let backup\.py use Google ops/);

  assert.equal(await stranger.said("then"), "then ready");
  assert.equal(await stranger.said("at last"), "at last token");
  await window.waitForNoText("Allow backup.py to use Google ops?");
  const { answered } = await window.ask<{ answered: { name: string; permission: { may: string } }[] }>(
    "programs",
  );
  assert.deepEqual(
    answered.map(({ name, permission }) => [name, permission.may]),
    [["backup.py", "always"]],
  );
});
