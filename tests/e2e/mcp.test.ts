// Agents: the official client of the Model Context Protocol against the real command line, a real keychain and a real
// authorization server, from the first look to the run that goes on [F1, F2, F3, S147].
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, afterEach, describe, it } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { agree, startServer, type AnyServer } from "./support/any_server.ts";
import { connectByCommand, patchbay, startPatchbay } from "./support/command_line.ts";
import { commandLineProgram, newHome } from "./support/window.ts";

type Json = Record<string, unknown>;

const homes: string[] = [];
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
after(() => homes.forEach((home) => rmSync(home, { recursive: true, force: true })));

describe("an agent with the official client", () => {
  /** F1 F3 */
  it("is told blocked_on_auth, asks for the reconnect, waits for it and goes on", async () => {
    const { home, server } = await connected();
    const client = await startClient(home);
    // What the tools answer is compared with their schemas by the client from now on.
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.filter((tool) => tool.outputSchema === undefined || tool.annotations?.destructiveHint !== false),
      [],
    );
    assert.equal((await call(client, "preflight", { connections: ["Orders"] }))["verdict"], "ready");

    await revoke(server);
    const blocked = await call(client, "preflight", { connections: ["Orders"], min_valid_seconds: 3_000 });
    assert.equal(blocked["verdict"], "blocked_on_auth", JSON.stringify(blocked));
    const asked = await call(client, "request_reconnect", { connection: "Orders" });
    assert.equal(asked["asked"], "now");
    assert.match(String(asked["reconnect_link"]), /^patchbay:\/\/reconnect\/con_/);
    assert.equal((await call(client, "request_reconnect", { connection: "Orders" }))["asked"], "already");
    for (const [tool, given] of [
      ["list_connections", {}],
      ["show_connection", { connection: "Orders" }],
      ["diagnose", { connection: "Orders" }],
      ["diagnose", { connection: "Orders", probe: true }],
      ["blast_radius", { connection: "Orders" }],
    ] as const)
      await call(client, tool, given);

    const progress: string[] = [];
    const waiting = client.callTool(
      { name: "wait_for_connection", arguments: { connections: ["Orders"], timeout_seconds: 100 } },
      undefined,
      {
        onprogress: ({ message }) => progress.push(message ?? ""),
        resetTimeoutOnProgress: true,
        timeout: 30_000,
      },
    );
    while (progress.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const reconnecting = startPatchbay(home, "reconnect", "Orders", "--no-browser", "--json");
    reconnecting.input("");
    const { url } = JSON.parse(await reconnecting.firstLine) as { url: string };
    await agree(url, "mira");
    assert.equal((await reconnecting.ended).code, 0);
    const waited = structured(await waiting);

    assert.deepEqual([waited["ready"], waited["timed_out"]], [true, false]);
    assert.match(progress[0] ?? "", /Orders/);
    assert.equal((await call(client, "preflight", { connections: ["Orders"] }))["verdict"], "ready");
    const radius = await call(client, "blast_radius", { connection: "Orders" });
    assert.equal(radius["workflow_count"], 1, "the client that asked leans on it");
  });

  /** F2 S147 */
  it("gets a token that an API takes once a person has switched it on, and none before", async () => {
    const { home, server } = await connected();
    const client = await startClient(home);
    const changed = new Promise<void>((resolve) =>
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve()),
    );
    const names = async (): Promise<string[]> => (await client.listTools()).tools.map((tool) => tool.name);
    assert.equal((await names()).includes("get_access_token"), false);
    const refused = await client.callTool({ name: "get_access_token", arguments: { connection: "Orders" } });
    assert.equal(refused.isError, true);

    const asked = await call(client, "request_token_access", { connection: "Orders" });
    const typed = String(asked["command"]).split(" ").slice(1);
    assert.equal((await patchbay(home, ...typed)).code, 0, String(asked["command"]));
    await changed;

    assert.equal((await names()).includes("get_access_token"), true);
    const { access_token: token } = await call(client, "get_access_token", { connection: "Orders" });
    const answer = await fetch(`${server.issuer}/me`, {
      headers: { authorization: `Bearer ${String(token)}` },
    });
    assert.equal(answer.status, 200);
  });
});

/** A board with one connection of a server that others wrote. */
async function connected(): Promise<{ home: string; server: AnyServer }> {
  const server = await startServer({}, [{ client_id: "native", token_endpoint_auth_method: "none" }]);
  ends.push(() => server.stop());
  const home = newHome();
  homes.push(home);
  const words = [server.issuer, "--client-id", "native", "--name", "Orders"];
  const ended = await connectByCommand(home, words, async (url) => void (await agree(url, "mira")));
  assert.equal(ended.code, 0, ended.err + ended.out);
  return { home, server };
}

async function startClient(home: string): Promise<Client> {
  const transport = new StdioClientTransport({
    command: commandLineProgram(),
    args: ["mcp"],
    env: { ...(process.env as Record<string, string>), PATCHBAY_HOME: home },
    stderr: "inherit",
  });
  const client = new Client({ name: "test-agent", version: "1.0.0" });
  await client.connect(transport);
  ends.push(() => client.close());
  return client;
}

async function call(client: Client, name: string, given: Json): Promise<Json> {
  return structured(await client.callTool({ name, arguments: given }));
}

function structured(result: Awaited<ReturnType<Client["callTool"]>>): Json {
  assert.notEqual(result.isError, true, JSON.stringify(result));
  return result.structuredContent as Json;
}

/** As an administrator would: with the grant its tokens end. */
async function revoke(server: AnyServer): Promise<void> {
  const token = server.refreshTokens.at(-1) ?? "";
  const answer = await fetch(`${server.issuer}/token/revocation`, {
    method: "POST",
    body: new URLSearchParams({ token, token_type_hint: "refresh_token", client_id: "native" }),
  });
  assert.equal(answer.status, 200, await answer.text());
}
