// Starts `oidc-provider` as any one kind of server, and answers its pages without a browser: a person with a cookie jar.
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider, type ClientMetadata, type Configuration } from "oidc-provider";

export type AnyServer = {
  readonly issuer: string;
  /** What each token request was, and how it was answered; holds no token. */
  readonly tokenRequests: readonly { grant: string; status: number; error: string | undefined }[];
  /** The newest refresh token and the one before it, for a thief. */
  readonly refreshTokens: readonly string[];
  /** Paths that were asked for, in order. */
  readonly paths: readonly string[];
  readonly revocations: readonly number[];
  stop(): Promise<void>;
};

/** `clients` are told the issuer's port, which is part of the redirect URI. */
export async function startServer(
  configuration: Configuration,
  clients: readonly Partial<ClientMetadata>[] = [],
): Promise<AnyServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const native = {
    application_type: "native" as const,
    redirect_uris: [`http://127.0.0.1/callback/127-0-0-1-${port}`],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code" as const],
  };
  const provider = new Provider(issuer, {
    claims: { openid: ["sub"], email: ["email"], profile: ["name"] },
    cookies: { keys: ["only for this run"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.test`, name: id }),
    }),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    clients: clients.map((client) => ({ ...native, ...client }) as ClientMetadata),
    ...configuration,
    features: {
      devInteractions: { enabled: true },
      revocation: { enabled: true },
      ...configuration.features,
    },
    ttl: {
      AccessToken: 60,
      AuthorizationCode: 60,
      BackchannelAuthenticationRequest: 600,
      DeviceCode: 60,
      Grant: 86_400,
      IdToken: 3_600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
      ...configuration.ttl,
    },
  });
  const tokenRequests: { grant: string; status: number; error: string | undefined }[] = [];
  const refreshTokens: string[] = [];
  const paths: string[] = [];
  const revocations: number[] = [];
  provider.use(async (ctx, next) => {
    paths.push(`${ctx.method} ${ctx.path}`);
    await next();
    if (ctx.path === "/token/revocation") revocations.push(ctx.status);
    if (ctx.path !== "/token") return;
    const answer = (ctx.body ?? {}) as Record<string, unknown>;
    if (typeof answer["refresh_token"] === "string") refreshTokens.push(answer["refresh_token"]);
    tokenRequests.push({
      grant: String(ctx.oidc?.params?.["grant_type"] ?? ""),
      status: ctx.status,
      error: typeof answer["error"] === "string" ? answer["error"] : undefined,
    });
  });
  server.on("request", provider.callback());
  return {
    issuer,
    tokenRequests,
    refreshTokens,
    paths,
    revocations,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Goes to an address and says yes to whatever form comes, as `login`, until no form comes any more. */
export async function agree(url: string, login: string): Promise<string> {
  const jar = new Map<string, string>();
  let at = new URL(url);
  const { host } = at;
  let body: URLSearchParams | undefined;
  for (let step = 0; step < 30; step += 1) {
    if (at.host !== host) return visit(at);
    const answer: Response = await fetch(at, {
      method: body === undefined ? "GET" : "POST",
      redirect: "manual",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(body === undefined ? {} : { body }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    body = undefined;
    const location = answer.headers.get("location");
    if (location !== null) {
      at = new URL(location, at);
      continue;
    }
    const page = await answer.text();
    const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(page);
    if (form === null) return page;
    at = new URL(plain(form[1] ?? ""), at);
    body = new URLSearchParams();
    for (const [input] of (form[2] ?? "").matchAll(/<input[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input)?.[1];
      if (name !== undefined) body.set(name, plain(/value="([^"]*)"/.exec(input)?.[1] ?? ""));
    }
    if (body.has("login")) body.set("login", login);
    if (body.has("password")) body.set("password", "any");
  }
  throw new Error(`thirty pages, and no end: ${at.href}`);
}

/** As a browser navigates: `fetch` says of itself that it is a script. */
function visit(url: URL): Promise<string> {
  const headers = {
    accept: "text/html",
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "upgrade-insecure-requests": "1",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140",
  };
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (answer) => {
      const { location } = answer.headers;
      let page = "";
      answer.on("data", (chunk: Buffer) => (page += chunk.toString()));
      answer.once("end", () => resolve(location === undefined ? page : visit(new URL(location, url))));
    }).once("error", reject);
  });
}

function plain(text: string): string {
  return text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");
}
