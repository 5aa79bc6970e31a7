// Any server: `oidc-provider`, set up as each kind there is, through the real command line and a real keychain. Each
// kind connects, is tested, refreshed and disconnected [A2, A10, B1, B5, E2].
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, describe, it, mock } from "node:test";
import { rmSync } from "node:fs";
import type { ClientMetadata, Configuration } from "oidc-provider";
import { agree, startServer, type AnyServer } from "./support/any_server.ts";
import { connectByCommand, patchbay, startPatchbay, type Ended } from "./support/command_line.ts";
import { newHome } from "./support/window.ts";

const BLOCKED_ON_AUTH = 20;
const homes: string[] = [];
const servers: AnyServer[] = [];
afterEach(async () => {
  mock.timers.reset();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
after(() => homes.forEach((home) => rmSync(home, { recursive: true, force: true })));

type Json = Record<string, unknown>;

describe("any server", () => {
  /** A2 */
  it("with a public client that has PKCE alone", async () => {
    const server = await serve({}, [{ client_id: "native", token_endpoint_auth_method: "none" }]);
    await wholeLife(server, ["--client-id", "native"]);
  });

  /** A2 S052 */
  it("with client_secret_basic", async () => {
    const secret = "form encoding: + & % / matter";
    const server = await serve({}, [confidential("client_secret_basic", secret)]);
    await wholeLife(server, ["--client-id", "confidential", "--client-secret-stdin"], secret);
  });

  /** A2 S052 */
  it("with client_secret_post, where the server takes nothing else", async () => {
    const secret = "post + & % / secret";
    const server = await serve({ clientAuthMethods: ["client_secret_post"] }, [
      confidential("client_secret_post", secret),
    ]);
    await wholeLife(server, ["--client-id", "confidential", "--client-secret-stdin"], secret);
  });

  /** A2 S052: the key is made here, its public half registered there. */
  it("with private_key_jwt", async () => {
    const home = newHomeOfTest();
    // The server has to know the key first, and the key belongs to a client of the server's: two servers, one key.
    const first = await serve({ clientAuthMethods: ["private_key_jwt"] });
    const made = await patchbay(
      home,
      "client",
      "add",
      first.issuer,
      "--client-id",
      "signer",
      "--generate-key",
      "--json",
    );
    assert.equal(made.code, 0, made.err);
    const jwk = lines(made)
      .map((line) => line["public_jwk"])
      .find((it) => it !== undefined) as Json;
    assert.deepEqual(
      [jwk["kty"], jwk["crv"], jwk["d"]],
      ["EC", "P-256", undefined],
      "only the public half is shown",
    );

    // By PEM, as a person brings it.
    const { privateKey, publicKey } = await crypto.subtle.generateKey(
      { name: "ECDSA", namedCurve: "P-256" },
      true,
      ["sign", "verify"],
    );
    const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey)).toString("base64");
    const pem = `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)?.join("\n")}\n-----END PRIVATE KEY-----\n`;
    const server = await serve({ clientAuthMethods: ["private_key_jwt"] }, [
      {
        client_id: "signer",
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256",
        jwks: { keys: [await crypto.subtle.exportKey("jwk", publicKey)] } as NonNullable<
          ClientMetadata["jwks"]
        >,
      },
    ]);
    const adding = startPatchbay(
      home,
      "client",
      "add",
      server.issuer,
      "--client-id",
      "signer",
      "--client-key-stdin",
    );
    adding.input(pem);
    const added = await adding.ended;
    assert.equal(added.code, 0, added.err);
    assert.ok(!added.out.includes('"d"') && !added.out.includes("PRIVATE"), "the private half is not shown");
    await wholeLife(server, [], undefined, home);
  });

  /** A2 S017 */
  it("that requires pushed authorization requests", async () => {
    const server = await serve(
      {
        features: {
          pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
        },
      },
      [{ client_id: "native", token_endpoint_auth_method: "none" }],
    );
    const { url } = await wholeLife(server, ["--client-id", "native"]);
    assert.deepEqual([...new URL(url).searchParams.keys()].sort(), ["client_id", "request_uri"]);
    assert.ok(server.paths.includes("POST /request"), "the request was pushed");
  });

  /** A2 S102 S103 S104 */
  it("that requires DPoP, with nonces", async () => {
    const server = await serve(
      {
        features: {
          dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
        },
      },
      [{ client_id: "native", token_endpoint_auth_method: "none", dpop_bound_access_tokens: true }],
    );
    await wholeLife(server, ["--client-id", "native", "--dpop"]);
    assert.ok(
      server.tokenRequests.some(({ error }) => error === "use_dpop_nonce"),
      "a nonce was asked for, and given with the second request",
    );
  });

  /** A2 S082 */
  it("by a code on another device", async () => {
    const server = await serve({ features: { deviceFlow: { enabled: true } } }, [
      {
        client_id: "device",
        token_endpoint_auth_method: "none",
        grant_types: ["refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        redirect_uris: [],
        response_types: [],
      },
    ]);
    const home = newHomeOfTest();
    const running = startPatchbay(
      home,
      "connect",
      server.issuer,
      "--client-id",
      "device",
      "--device",
      "--json",
    );
    const prompt = JSON.parse(await running.firstLine) as Json;
    assert.equal(prompt["event"], "device");
    assert.match(String(prompt["user_code"]), /^[A-Z]{4}-[A-Z]{4}$/);
    await agree(String(prompt["verification_uri_complete"]), "dora");
    const ended = await running.ended;
    assert.equal(ended.code, 0, ended.err + ended.out);
    await restOfLife(server, home, ended);
  });

  /** A2 S082 */
  it("by a code that nobody types in time", async () => {
    const server = await serve({ features: { deviceFlow: { enabled: true } }, ttl: { DeviceCode: 6 } }, [
      {
        client_id: "device",
        token_endpoint_auth_method: "none",
        grant_types: ["refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        redirect_uris: [],
        response_types: [],
      },
    ]);
    const ended = await patchbay(
      newHomeOfTest(),
      "connect",
      server.issuer,
      "--client-id",
      "device",
      "--device",
    );
    assert.notEqual(ended.code, 0);
    assert.match(ended.err, /expired before anyone signed in/);
  });

  /** A2 S092: no set-up at all, and nothing left behind at the server. */
  it("with dynamic client registration", async () => {
    const server = await serve({
      features: { registration: { enabled: true }, registrationManagement: { enabled: true } },
    });
    const { home, id } = await wholeLife(server, []);
    const registered = server.paths.filter((path) => path.startsWith("POST /reg"));
    assert.equal(registered.length, 1, "one client is enough");
    const forgotten = await patchbay(home, "forget", id, "--yes");
    assert.equal(forgotten.code, 0, forgotten.err);
    assert.ok(
      server.paths.some((path) => path.startsWith("DELETE /reg/")),
      "the registration is taken back when nothing uses it",
    );
  });

  /** B5: a thief's use of a spent token ends the grant; that is said, and not retried. */
  it("that rotates refresh tokens and ends the grant when a spent one comes back", async () => {
    const server = await serve({}, [{ client_id: "native", token_endpoint_auth_method: "none" }]);
    const { home, id } = await connect(server, ["--client-id", "native"]);
    assert.equal((await patchbay(home, "refresh", id)).code, 0);
    const [spent = ""] = server.refreshTokens;
    const stolen = await fetch(`${server.issuer}/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: spent, client_id: "native" }),
    });
    assert.equal(stolen.status, 400);

    const refused = await patchbay(home, "refresh", id, "--json");

    assert.equal(refused.code, BLOCKED_ON_AUTH, refused.err + refused.out);
    const before = server.tokenRequests.length;
    await patchbay(home, "refresh", id);
    assert.equal(server.tokenRequests.length, before, "a grant that is over is not asked again");
  });

  /** B5 */
  it("whose refresh tokens expire", async () => {
    const server = await serve({ ttl: { RefreshToken: 60, AccessToken: 60 } }, [
      { client_id: "native", token_endpoint_auth_method: "none" },
    ]);
    const { home, id } = await connect(server, ["--client-id", "native"]);
    assert.equal((await patchbay(home, "refresh", id)).code, 0);
    // The server's clock moves on; it runs in this process, the command line does not.
    mock.timers.enable({ apis: ["Date"], now: Date.now() + 61_000 });

    const refused = await patchbay(home, "refresh", id, "--json");

    mock.timers.reset();
    assert.equal(refused.code, BLOCKED_ON_AUTH, refused.err + refused.out);
  });

  /** A2 S014 S083 S090: by the address of an MCP server alone. */
  it("that guards an MCP server", async () => {
    const seen: (string | undefined)[] = [];
    const mcp = createServer((request, response) => {
      const base = `http://127.0.0.1:${(mcp.address() as AddressInfo).port}`;
      if (request.url === "/.well-known/oauth-protected-resource/mcp") {
        response.setHeader("content-type", "application/json");
        response.end(
          JSON.stringify({
            resource: `${base}/mcp`,
            resource_name: "Team notes",
            authorization_servers: [server.issuer],
            scopes_supported: ["notes:read"],
          }),
        );
        return;
      }
      const token = request.headers.authorization;
      if (request.method !== "POST" || request.url !== "/mcp") {
        response.writeHead(404).end();
      } else if (token === undefined || !token.startsWith("Bearer ")) {
        response
          .writeHead(401, {
            "www-authenticate": `Bearer resource_metadata="${base}/.well-known/oauth-protected-resource/mcp"`,
          })
          .end();
      } else {
        const payload = JSON.parse(
          Buffer.from(token.split(".")[1] ?? "", "base64url").toString() || "{}",
        ) as Json;
        seen.push(String(payload["aud"]));
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(
          `event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id: 1, result: { serverInfo: { name: "notes" } } })}\n\n`,
        );
      }
    });
    await new Promise<void>((resolve) => mcp.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(mcp.address() as AddressInfo).port}/mcp`;
    const server = await serve({
      scopes: ["openid", "offline_access", "notes:read"],
      features: {
        registration: { enabled: true },
        registrationManagement: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_ctx, resource) => ({
            scope: "notes:read",
            audience: resource,
            accessTokenFormat: "jwt",
            accessTokenTTL: 60,
          }),
          useGrantedResource: () => true,
        },
      },
    });
    try {
      const { name } = await wholeLife(server, [], undefined, newHomeOfTest(), address);
      assert.equal(name, "Team notes");
      assert.ok(seen.length >= 2, "the token was shown to the MCP server");
      assert.ok(
        seen.every((audience) => audience === address),
        "every token is for that server alone",
      );
    } finally {
      mcp.closeAllConnections();
      mcp.close();
    }
  });
});

function confidential(
  method: "client_secret_basic" | "client_secret_post",
  secret: string,
): Partial<ClientMetadata> {
  return { client_id: "confidential", client_secret: secret, token_endpoint_auth_method: method };
}

async function serve(configuration: Configuration, clients: readonly Partial<ClientMetadata>[] = []) {
  const server = await startServer(configuration, clients);
  servers.push(server);
  return server;
}

function newHomeOfTest(): string {
  const home = newHome();
  homes.push(home);
  return home;
}

function lines(ended: Ended): Json[] {
  return ended.out
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Json);
}

async function connect(
  server: AnyServer,
  args: readonly string[],
  secret?: string,
  home = newHomeOfTest(),
  address = server.issuer,
) {
  let url = "";
  const ended = await connectByCommand(
    home,
    [address, ...args],
    async (asked) => {
      url = asked;
      await agree(asked, "ana");
    },
    secret,
  );
  assert.equal(ended.code, 0, ended.err + ended.out);
  const connection = lines(ended).at(-1)?.["connection"] as Json;
  return { home, url, id: String(connection["id"]), name: String(connection["name"]), ended };
}

async function wholeLife(
  server: AnyServer,
  args: readonly string[],
  secret?: string,
  home?: string,
  address?: string,
) {
  const connected = await connect(server, args, secret, home, address);
  await restOfLife(server, connected.home, connected.ended);
  return connected;
}

/** Tested, refreshed, tested with the new token, disconnected: each as the server saw it. */
async function restOfLife(server: AnyServer, home: string, connected: Ended): Promise<void> {
  const id = String((lines(connected).at(-1)?.["connection"] as Json)["id"]);
  for (const words of [
    ["test", id],
    ["refresh", id],
    ["test", id],
  ] as const) {
    const ended = await patchbay(home, ...words, "--json");
    assert.equal(ended.code, 0, `${words[0]}: ${ended.err}${ended.out}`);
  }
  assert.deepEqual(server.tokenRequests.at(-1)?.grant, "refresh_token");
  assert.equal(server.tokenRequests.at(-1)?.status, 200);

  const gone = await patchbay(home, "disconnect", id, "--yes", "--json");

  assert.equal(gone.code, 0, gone.err + gone.out);
  assert.deepEqual(server.revocations, [200], "the grant was taken back at the server");
}
