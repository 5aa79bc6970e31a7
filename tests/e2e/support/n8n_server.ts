// An n8n that answers as 2.40 was recorded to: one workflow with one credential, whose runs fail until a new grant is in it.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { StoryN8n } from "./blast_radius_story.ts";

const FIXTURES = join(import.meta.dirname, "..", "..", "fixtures", "n8n");
const KEY = "n8n-key-of-the-stories";
/** As the recorded runs name them. */
const [WORKFLOW, CREDENTIAL] = ["xTFZv4oj0ytdD5sd", "wCy3Ydw8aO19xlDJ"];
/** {"release":"n8n@2.40.7"} */
const RELEASE = "eyJyZWxlYXNlIjoibjhuQDIuNDAuNyJ9";

type Execution = {
  id: string;
  status: string;
  startedAt: string;
  stoppedAt: string;
  workflowData: { nodes: unknown; connections: unknown };
};

export async function startN8n(credentialName: string): Promise<StoryN8n> {
  const failed = recorded("run_revoked.json") as Execution;
  const retried = recorded("retry.json") as Execution;
  const executions: Execution[] = [];
  let isActive = true;
  let pushed: Record<string, unknown> | null = null;
  const workflow = () => {
    const { nodes, connections } = failed.workflowData;
    return {
      id: WORKFLOW,
      name: "Order sync",
      active: isActive,
      isArchived: false,
      versionId: "v1",
      activeVersion: isActive ? { versionId: "v1", nodes, connections } : null,
      nodes,
      connections,
      settings: {},
      tags: [],
      updatedAt: "2026-11-20T08:00:00.000Z",
    };
  };
  const credential = { id: CREDENTIAL, name: credentialName, type: "oAuth2Api", shared: [] };
  const once = (execution: Execution): Execution => {
    const now = Date.now();
    const ahead = now - Date.parse(execution.startedAt);
    // What ran in it ran as long after its beginning as it was recorded to.
    const moved = JSON.parse(JSON.stringify(execution), (key, value: unknown) =>
      key === "startTime" && typeof value === "number" ? value + ahead : value,
    ) as Execution;
    const at = new Date(now).toISOString();
    return { ...moved, id: `${100 + executions.length}`, startedAt: at, stoppedAt: at };
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const say = (status: number, body: unknown) =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (pathname === "/") {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(`<!doctype html><head><meta name="n8n:config:sentry" content="${RELEASE}"></head>`);
      return;
    }
    if (request.headers["x-n8n-api-key"] !== KEY) return say(401, { message: "Unauthorized" });
    switch (`${request.method} ${pathname.replace("/api/v1/", "")}`) {
      case "GET workflows":
        return say(200, { data: [workflow()], nextCursor: null });
      case `GET workflows/${WORKFLOW}`:
        return say(200, workflow());
      case `GET workflows/${WORKFLOW}/v1`:
        return say(200, { ...workflow(), createdAt: "2026-11-20T08:00:00.000Z" });
      case `POST workflows/${WORKFLOW}/activate`:
      case `POST workflows/${WORKFLOW}/deactivate`:
        isActive = pathname.endsWith("/activate");
        return say(200, workflow());
      case "GET credentials":
        return say(200, { data: [credential], nextCursor: null });
      case `GET credentials/${CREDENTIAL}`:
        return say(200, credential);
      case "GET credentials/schema/oAuth2Api":
        return say(200, recorded("schema_oAuth2Api.json"));
      case `PATCH credentials/${CREDENTIAL}`:
        pushed = (JSON.parse(await bodyOf(request)) as { data: Record<string, unknown> }).data;
        return say(200, credential);
      case `POST credentials/${CREDENTIAL}/test`:
        // It says so of dead grants too.
        return say(200, { status: "OK", message: "Connection Successful!" });
      case "GET discover":
        return say(200, { data: { scopes: [] } });
      case "GET executions": {
        const status = searchParams.get("status");
        const data = executions.filter((one) => status === null || one.status === status).reverse();
        return say(200, { data, nextCursor: null });
      }
    }
    if (request.method === "POST" && pathname.endsWith("/retry")) {
      if (pushed === null) return say(500, { message: "it would fail again" });
      executions.push(once(retried));
      return say(200, executions.at(-1));
    }
    const one = executions.find(({ id }) => pathname === `/api/v1/executions/${id}`);
    return one === undefined ? say(404, { message: "not found" }) : say(200, one);
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: KEY,
    die: async () => void executions.push(once(failed)),
    async run() {
      executions.push(once(pushed === null ? failed : retried));
      return pushed !== null;
    },
    isActive: async () => isActive,
    held: async () => (pushed?.["oauthTokenData"] ?? {}) as Record<string, unknown>,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function recorded(name: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, name), "utf8"));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
