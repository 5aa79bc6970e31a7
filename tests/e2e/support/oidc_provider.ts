// Starts `oidc-provider`, an authorization server others wrote, on a free loopback port, as strict as it can be set.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

export type TokenRequest = {
  grant: string;
  status: number;
  clientId: string | undefined;
  authentication: string;
};

export type AuthorizationServer = {
  readonly issuer: string;
  /** A native client without a secret, and one that authenticates with client_secret_basic. */
  readonly publicClient: { readonly id: string };
  readonly confidentialClient: { readonly id: string; readonly secret: string };
  /** Every request to the token endpoint, in order; holds no token. */
  readonly tokenRequests: readonly TokenRequest[];
  /** The status of every revocation request, in order. */
  readonly revocations: readonly number[];
  /** Every token, code and verifier that went over the wire so far, for a test that looks for them elsewhere. */
  readonly secretsSeen: ReadonlySet<string>;
  /** How long the access tokens live that it issues from now on. */
  letTokensLive(seconds: number): void;
  /** How many refresh tokens of an account would still be accepted. */
  liveRefreshTokensOf(account: string): Promise<number>;
  /** Revokes every grant of an account at the server, as its "remove access" page would; says how many there were. */
  revokeGrantsOf(account: string): Promise<number>;
  stop(): Promise<void>;
};

/** Access tokens live this long unless a test says otherwise: one that must not be over while it works does. */
export const ACCESS_TOKEN_SECONDS = 10;

export async function startOidcProvider(): Promise<AuthorizationServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const publicClient = { id: "patchbay-native" };
  const confidentialClient = { id: "patchbay-confidential", secret: "form encoding: + & % / matter" };
  const client = {
    application_type: "native" as const,
    // A native client's loopback redirect matches whatever the port (RFC 8252, section 7.3).
    redirect_uris: [
      "http://127.0.0.1/callback",
      "http://localhost/callback",
      "http://127.0.0.1/",
      "http://localhost/",
      `http://127.0.0.1/callback/127-0-0-1-${new URL(issuer).port}`,
    ],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code" as const],
  };
  const grants = new Map<string, Set<string>>();
  const refreshTokens = new Map<string, Set<string>>();
  const tokenRequests: TokenRequest[] = [];
  const revocations: number[] = [];
  const secretsSeen = new Set<string>();
  let lifetime = ACCESS_TOKEN_SECONDS;

  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: publicClient.id, token_endpoint_auth_method: "none" },
      {
        ...client,
        client_id: confidentialClient.id,
        client_secret: confidentialClient.secret,
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    clockTolerance: 0,
    cookies: { keys: ["only for this run"] },
    features: {
      devInteractions: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.test`, email_verified: true, name: `${id} Example` }),
    }),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: () => lifetime,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: 3_600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
  });
  provider.on("grant.success", ({ oidc }) => {
    const { accountId, jti } = oidc.entities.Grant ?? {};
    if (accountId && jti) grants.set(accountId, (grants.get(accountId) ?? new Set()).add(jti));
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === "/token/revocation") revocations.push(ctx.status);
    if (ctx.path !== "/token") return;
    const answer = (ctx.body ?? {}) as Record<string, unknown>;
    const sent = ctx.oidc?.params ?? {};
    for (const secret of [
      answer["access_token"],
      answer["refresh_token"],
      answer["id_token"],
      sent["code"],
      sent["code_verifier"],
    ])
      if (typeof secret === "string") secretsSeen.add(secret);
    const account = ctx.oidc?.entities.Grant?.accountId;
    if (account && typeof answer["refresh_token"] === "string")
      refreshTokens.set(account, (refreshTokens.get(account) ?? new Set()).add(answer["refresh_token"]));
    tokenRequests.push({
      grant: String(ctx.oidc?.params?.["grant_type"] ?? ""),
      status: ctx.status,
      clientId: ctx.oidc?.client?.clientId,
      authentication: ctx.headers.authorization?.split(" ")[0] ?? "none",
    });
  });
  server.on("request", provider.callback());

  return {
    issuer,
    publicClient,
    confidentialClient,
    tokenRequests,
    revocations,
    secretsSeen,
    letTokensLive: (seconds) => void (lifetime = seconds),
    async liveRefreshTokensOf(account) {
      const found = await Promise.all(
        [...(refreshTokens.get(account) ?? [])].map((token) => provider.RefreshToken.find(token)),
      );
      return found.filter((token) => token !== undefined && !token.consumed && !token.isExpired).length;
    },
    async revokeGrantsOf(account) {
      const ids = grants.get(account) ?? new Set();
      grants.delete(account);
      for (const id of ids) {
        await provider.AccessToken.revokeByGrantId(id);
        await provider.RefreshToken.revokeByGrantId(id);
        await (await provider.Grant.find(id))?.destroy();
      }
      return ids.size;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
