// An OAuth client of the tests' own: pins what the servers do, without the app between.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type LoopbackRedirect = {
  readonly uri: string;
  /** The parameters of the first request to the redirect URI. */
  readonly answer: Promise<URLSearchParams>;
  stop(): Promise<void>;
};

export type Answer = { status: number; body: Record<string, unknown>; contentType: string };

/** Listens for one callback, on `localhost` or 127.0.0.1, on a free port. */
export async function startLoopbackRedirect(
  host: "127.0.0.1" | "localhost" = "127.0.0.1",
): Promise<LoopbackRedirect> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const answer = new Promise<URLSearchParams>((resolve) => {
    server.on("request", (request, response) => {
      const url = new URL(request.url ?? "/", "http://127.0.0.1");
      response.end("The test has its answer.");
      if (url.pathname === "/callback") resolve(url.searchParams);
    });
  });
  return {
    uri: `http://${host}:${(server.address() as AddressInfo).port}/callback`,
    answer,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A PKCE verifier and its S256 challenge (RFC 7636). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

export function authorizationUrl(endpoint: string, parameters: Record<string, string>): string {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries({ response_type: "code", ...parameters }))
    url.searchParams.set(name, value);
  return url.href;
}

/** The `Authorization` header of client_secret_basic: both halves form-encoded first (RFC 6749, section 2.3.1). */
export function basic(id: string, secret: string): { authorization: string } {
  const encode = (text: string) => new URLSearchParams({ v: text }).toString().slice(2);
  return { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString("base64")}` };
}

/** Posts a form and reads the answer as JSON where it is JSON. */
export async function postForm(
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return read(
    await fetch(url, {
      method: "POST",
      headers: { accept: "application/json", ...headers },
      body: new URLSearchParams(form),
      redirect: "manual",
    }),
  );
}

/** Calls an API with a bearer token, or without one. */
export async function callApi(
  { method, url }: { method: "GET" | "POST"; url: string },
  token?: string,
): Promise<Answer> {
  return read(
    await fetch(url, { method, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }),
  );
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const contentType = response.headers.get("content-type") ?? "";
  return {
    status: response.status,
    body: contentType.includes("json") ? JSON.parse(text) : { text },
    contentType,
  };
}
