// An authorization server that agrees at once and answers as it was told to: in the query, in the fragment, by a form.
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export type AnsweringServer = {
  readonly origin: string;
  /** Codes that were traded, and with which redirect URI. */
  readonly traded: { code: string; redirectUri: string }[];
  /** Writes the provider file that leads here into the data folder; `more` stands beside what every one needs. */
  describe(home: string, id: string, more: Record<string, unknown>): void;
  stop(): Promise<void>;
};

/** The token that is given without a code. */
export const BARE_TOKEN = "ATTA-0123456789";

export async function startAnsweringServer(): Promise<AnsweringServer> {
  const codes = new Map<string, string>();
  const traded: { code: string; redirectUri: string }[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname === "/authorize") answer(url.searchParams, codes, response);
    else if (url.pathname === "/token") void trade(request, codes, traded, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    traded,
    describe(home, id, more) {
      const file = {
        id,
        name: id,
        tag: "An",
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        client_authentication: ["public"],
        client_secret: "optional",
        pkce: "required",
        scopes: {},
        refresh: { rotation: "always", issued: "always" },
        redirect: { host: "127.0.0.1" },
        ...more,
      };
      mkdirSync(join(home, "providers"), { recursive: true });
      writeFileSync(join(home, "providers", `${id}.json`), JSON.stringify(file));
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(asked: URLSearchParams, codes: Map<string, string>, response: ServerResponse): void {
  if (asked.get("response_type") === "token") {
    const back = asked.get("return_url") ?? "";
    response.writeHead(302, { location: `${back}#token=${BARE_TOKEN}` }).end();
    return;
  }
  const back = asked.get("redirect_uri") ?? "";
  const code = randomUUID();
  codes.set(code, back);
  const said = new URLSearchParams({ code, state: asked.get("state") ?? "" });
  switch (asked.get("response_mode")) {
    case "form_post": {
      const fields = [...said].map(
        ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
      );
      response
        .writeHead(200, { "content-type": "text/html", "referrer-policy": "no-referrer" })
        .end(
          `<!doctype html><title>Answer</title><body onload="document.forms[0].submit()"><form method="post" action="${back}">${fields.join("")}</form>`,
        );
      return;
    }
    case "fragment":
      response.writeHead(302, { location: `${back}#${said}` }).end();
      return;
    default:
      response.writeHead(302, { location: `${back}?${said}` }).end();
  }
}

async function trade(
  request: IncomingMessage,
  codes: Map<string, string>,
  traded: { code: string; redirectUri: string }[],
  response: ServerResponse,
): Promise<void> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const form = new URLSearchParams(body);
  const [code, redirectUri] = [form.get("code") ?? "", form.get("redirect_uri") ?? ""];
  const isIts = codes.get(code) === redirectUri;
  codes.delete(code);
  if (isIts) traded.push({ code, redirectUri });
  const said = isIts
    ? { access_token: randomUUID(), refresh_token: randomUUID(), token_type: "Bearer", expires_in: 3600 }
    : { error: "invalid_grant" };
  response.writeHead(isIts ? 200 : 400, { "content-type": "application/json" }).end(JSON.stringify(said));
}
