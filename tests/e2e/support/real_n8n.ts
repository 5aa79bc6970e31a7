// A person at a real, fresh n8n: makes the owner's account and a key, a credential with a grant of its own, and a workflow
// on it. Only what n8n offers is used: its API, its editor's first visit, its webhooks and its command line.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Beginning, StoryN8n } from "./blast_radius_story.ts";
import { answerPractice } from "./chromium.ts";
import { authorizationUrl, pkce, postForm, startLoopbackRedirect } from "./loopback_client.ts";

type Json = Record<string, unknown>;

const HOOK = "order-sync";
/** n8n answers to the switching before it has done it. */
const SWITCHED_WITHIN_MS = 20_000;

export async function startRealN8n(origin: string, beginning: Beginning): Promise<StoryN8n> {
  const isOld = /^1\./.test(process.env["PATCHBAY_N8N_VERSION"] ?? "");
  const key = await firstKey(origin);

  async function api(method: string, path: string, sent?: Json): Promise<Json> {
    const response = await fetch(`${origin}/api/v1/${path}`, {
      method,
      headers: { "x-n8n-api-key": key, "content-type": "application/json" },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Json;
  }

  const hook = async (): Promise<number> => (await fetch(`${origin}/webhook/${HOOK}`)).status;
  /** Its status once the webhook is there. */
  async function run(): Promise<number> {
    const deadline = Date.now() + SWITCHED_WITHIN_MS;
    for (;;) {
      const status = await hook();
      if (status !== 404 || Date.now() > deadline) return status;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** As its person would: imports, and repeats the run that had failed. */
  async function importFile(path: string): Promise<void> {
    await command("import:credentials", `--input=${path}`);
    const { data } = (await api("GET", "executions?status=error&limit=1")) as { data: { id: string }[] };
    await api("POST", `executions/${data[0]!.id}/retry`, { loadWorkflow: false });
  }

  let token = await grantOfItsOwn(beginning);
  const credential = (await api("POST", "credentials", {
    name: beginning.credentialName,
    type: "oAuth2Api",
    data: { ...credentialFields(beginning, isOld), oauthTokenData: token },
  })) as { id: string };
  const workflow = (await api("POST", "workflows", workflowOn(credential.id, beginning))) as { id: string };
  await api("POST", `workflows/${workflow.id}/activate`);
  assert.equal(await run(), 200, "with its first grant the workflow goes well");

  return {
    origin,
    key,
    async die() {
      await postForm(`${beginning.issuer}/revoke`, {
        client_id: beginning.clientId,
        token: String(token["refresh_token"]),
      });
      assert.equal(await hook(), 500, "without its grant the workflow fails");
    },
    run: async () => (await run()) === 200,
    isActive: async () => (await api("GET", `workflows/${workflow.id}`))["active"] === true,
    async held() {
      const folder = mkdtempSync(join(tmpdir(), "patchbay-n8n-"));
      try {
        const file = join(folder, "credential.json");
        await command("export:credentials", `--id=${credential.id}`, "--decrypted", `--output=${file}`);
        const [row] = JSON.parse(readFileSync(file, "utf8")) as { data: { oauthTokenData: Json } }[];
        token = row!.data.oauthTokenData;
        return token;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    ...(isOld ? { importFile } : {}),
    // Whoever started it stops it.
    stop: async () => undefined,
  };
}

/** The owner's account and a key with every right, as the editor's first visit makes them. */
async function firstKey(origin: string): Promise<string> {
  let cookie = "";
  const ask = async (method: string, path: string, sent?: Json): Promise<Response> => {
    const response = await fetch(`${origin}/rest/${path}`, {
      method,
      headers: { cookie, "browser-id": "a-browser", "content-type": "application/json" },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    assert.ok(response.ok, `${method} ${path}: ${response.status}`);
    return response;
  };
  const owner = { email: "owner@lab.test", firstName: "Lab", lastName: "Owner", password: "Lab-Owner-1" };
  cookie = (await ask("POST", "owner/setup", owner)).headers.get("set-cookie")!.split(";")[0]!;
  const { data: scopes } = (await (await ask("GET", "api-keys/scopes")).json()) as { data: string[] };
  const made = await ask("POST", "api-keys", { label: "Patchbay", scopes, expiresAt: null });
  return ((await made.json()) as { data: { rawApiKey: string } }).data.rawApiKey;
}

/** A sign-in of the same person's, whose tokens only n8n will hold. */
async function grantOfItsOwn({ issuer, clientId, browser }: Beginning): Promise<Json> {
  const redirect = await startLoopbackRedirect();
  try {
    const { verifier, challenge } = pkce();
    const page = authorizationUrl(`${issuer}/authorize`, {
      client_id: clientId,
      redirect_uri: redirect.uri,
      scope: "openid files.read offline_access",
      state: "n8n",
      code_challenge: challenge,
      code_challenge_method: "S256",
    });
    await answerPractice(browser, page, "allow");
    const { status, body } = await postForm(`${issuer}/token`, {
      grant_type: "authorization_code",
      client_id: clientId,
      code: (await redirect.answer).get("code")!,
      redirect_uri: redirect.uri,
      code_verifier: verifier,
    });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  } finally {
    await redirect.stop();
  }
}

function credentialFields({ issuer, clientId }: Beginning, isOld: boolean): Json {
  const fields = {
    grantType: "pkce",
    authUrl: `${issuer}/authorize`,
    accessTokenUrl: `${issuer}/token`,
    clientId,
    clientSecret: "",
    scope: "files.read offline_access",
    authentication: "body",
  };
  if (!isOld) return fields;
  // 1.123 wants these of the other kind of grant.
  return {
    ...fields,
    grantType: "authorizationCode",
    authQueryParameters: "",
    serverUrl: "",
    sendAdditionalBodyProperties: false,
    additionalBodyProperties: "{}",
  };
}

/** A webhook that asks the practice provider's API for files. */
function workflowOn(credential: string, { credentialName, issuer }: Beginning): Json {
  return {
    name: "Order sync",
    nodes: [
      {
        id: "hook",
        name: "Webhook",
        type: "n8n-nodes-base.webhook",
        typeVersion: 2,
        position: [0, 0],
        webhookId: "00000000-0000-4000-8000-000000000001",
        parameters: { httpMethod: "GET", path: HOOK, responseMode: "lastNode", options: {} },
      },
      {
        id: "call",
        name: "Read orders",
        type: "n8n-nodes-base.httpRequest",
        typeVersion: 4.2,
        position: [220, 0],
        parameters: {
          url: `${issuer}/api/files`,
          authentication: "genericCredentialType",
          genericAuthType: "oAuth2Api",
          options: {},
        },
        credentials: { oAuth2Api: { id: credential, name: credentialName } },
      },
    ],
    connections: { Webhook: { main: [[{ node: "Read orders", type: "main", index: 0 }]] } },
    settings: { executionOrder: "v1" },
  };
}

async function command(...args: string[]): Promise<void> {
  const program = process.env["PATCHBAY_N8N_COMMAND"];
  assert.ok(program, "PATCHBAY_N8N_COMMAND names n8n's own command line");
  await promisify(execFile)(program, args);
}
