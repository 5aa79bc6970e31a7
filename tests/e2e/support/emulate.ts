// Starts `emulate`, which plays Google, Slack, GitHub, Microsoft, Okta and Linear, on free loopback ports. Its deviations: emulate.md.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./program.ts";
import { startRecorder } from "./recorder.ts";
import { createEmulator } from "emulate";

export type EmulatedProvider = "google" | "slack" | "github" | "microsoft" | "okta" | "linear";
export type EmulatedClient = { id: string; secret: string; redirectUris: readonly string[] };

export type Emulator = {
  readonly provider: EmulatedProvider;
  readonly base: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string | undefined;
  /** What the test call asks, and how. */
  readonly identity: { method: "GET" | "POST"; url: string };
  /** Refresh tokens that were issued, in that order. */
  readonly refreshTokens: readonly string[];
  /** The two seeded users, as the sign-in page names them. */
  readonly users: readonly [string, string];
  /** Revokes, as the client could, every refresh token that was issued; says how many there were. */
  revokeRefreshTokens(): Promise<number>;
  stop(): Promise<void>;
};

const CATALOGUE = join(import.meta.dirname, "../../../src-tauri/engine/provider_catalogue");

const PATHS = {
  google: {
    authorize: "/o/oauth2/v2/auth",
    token: "/oauth2/token",
    revoke: "/oauth2/revoke",
    identity: "/oauth2/v2/userinfo",
  },
  slack: {
    authorize: "/oauth/v2/authorize",
    token: "/api/oauth.v2.access",
    revoke: undefined,
    identity: "/api/auth.test",
  },
  github: {
    authorize: "/login/oauth/authorize",
    token: "/login/oauth/access_token",
    revoke: undefined,
    identity: "/user",
  },
  microsoft: {
    authorize: "/oauth2/v2.0/authorize",
    token: "/oauth2/v2.0/token",
    revoke: "/oauth2/v2.0/revoke",
    identity: "/v1.0/me",
  },
  okta: {
    authorize: "/oauth2/v1/authorize",
    token: "/oauth2/v1/token",
    revoke: "/oauth2/v1/revoke",
    identity: "/oauth2/v1/userinfo",
  },
  linear: {
    authorize: "/oauth/authorize",
    token: "/oauth/token",
    revoke: "/oauth/revoke",
    identity: "/graphql",
  },
} as const;

const POSTED: readonly EmulatedProvider[] = ["slack", "linear"];

/**
 * Without `client`, emulate accepts any client id, secret and redirect URI. With one it checks all three, and compares
 * the redirect URI with its port, which Google and Microsoft do not do for loopback addresses.
 */
export async function startEmulate(provider: EmulatedProvider, client?: EmulatedClient): Promise<Emulator> {
  const { seed, users } = seeded(provider, client);
  const port = await freePort();
  const recorder = await startRecorder(`http://127.0.0.1:${port}`);
  const base = `http://localhost:${recorder.port}`;
  const emulator = await createEmulator({
    service: provider,
    port,
    baseUrl: base,
    seed: { [provider]: seed },
  });
  const paths = PATHS[provider];
  return {
    provider,
    base,
    authorizeUrl: base + paths.authorize,
    tokenUrl: base + paths.token,
    revokeUrl: paths.revoke && base + paths.revoke,
    identity: { method: POSTED.includes(provider) ? "POST" : "GET", url: base + paths.identity },
    refreshTokens: recorder.refreshTokens,
    users,
    async revokeRefreshTokens() {
      if (!paths.revoke) return 0;
      for (const token of recorder.refreshTokens)
        await fetch(base + paths.revoke, { method: "POST", body: new URLSearchParams({ token }) });
      return recorder.refreshTokens.length;
    },
    async stop() {
      await recorder.stop();
      await emulator.close();
    },
  };
}

/**
 * Puts the provider's catalogue file into a data folder, with the emulator's addresses in the place of the real ones and
 * everything else as it is; the redirect URI gets a port of its own, because the emulator compares ports.
 */
export function pointAtEmulator(home: string, emulator: Emulator, redirectPort: number): void {
  const text = readFileSync(join(CATALOGUE, `${emulator.provider}.json`), "utf8");
  const variables: { name: string; example: string }[] = JSON.parse(text).variables ?? [];
  const filled = variables.reduce((all, it) => all.replaceAll(`{${it.name}}`, it.example), text);
  const file = JSON.parse(filled);
  file.authorization_endpoint = emulator.authorizeUrl;
  file.token_endpoint = emulator.tokenUrl;
  if (file.issuer) file.issuer.identifier = emulator.base;
  // Whose addresses they are is settled.
  delete file.variables;
  // No certificate of our own making: the browser of the tests would stop at it.
  file.redirect = { ...file.redirect, https: false, is_port_compared: true, port: redirectPort };
  file.identity.url = emulator.identity.url;
  delete file.checks;
  if (file.revocation)
    file.revocation.url = emulator.revokeUrl ?? emulator.base + pathOf(file.revocation.url);
  mkdirSync(join(home, "providers"), { recursive: true });
  writeFileSync(join(home, "providers", `${emulator.provider}.json`), JSON.stringify(file));
}

function pathOf(url: string): string {
  return url.slice(new URL(url.replace(/[{}]/g, "")).origin.length);
}

function seeded(provider: EmulatedProvider, client: EmulatedClient | undefined) {
  const oauthClient = client && {
    client_id: client.id,
    client_secret: client.secret,
    name: "Patchbay test client",
    redirect_uris: [...client.redirectUris],
  };
  const clients = oauthClient ? [oauthClient] : [];
  switch (provider) {
    case "google": {
      const users: [string, string] = ["ana@example.test", "ben@example.test"];
      const drive_items = users.map((user_email, index) => ({
        id: `drv_${index}`,
        user_email,
        name: "Invoices",
        mime_type: "application/vnd.google-apps.folder",
        parent_ids: ["root"],
      }));
      return { users, seed: { users: people(users), oauth_clients: clients, drive_items } };
    }
    case "microsoft": {
      const users: [string, string] = ["ana@example.test", "ben@example.test"];
      return { users, seed: { users: people(users), oauth_clients: clients } };
    }
    case "okta": {
      const users: [string, string] = ["ana@example.test", "ben@example.test"];
      const logins = users.map((login) => ({ login, email: login, first_name: login.split("@")[0] }));
      // The authorization server of the organisation, not the "default" one.
      const oauth_clients = clients.map((it) => ({ ...it, auth_server_id: "org" }));
      return { users, seed: { users: logins, oauth_clients } };
    }
    case "linear": {
      const users: [string, string] = ["ana@example.test", "ben@example.test"];
      const organization = { name: "Brightwater", url_key: "brightwater" };
      const oauth_apps = clients.map((it) => ({ ...it, scopes: ["read", "write", "issues:create"] }));
      return { users, seed: { organization, users: people(users), oauth_apps } };
    }
    case "slack": {
      const users: [string, string] = ["ana", "ben"];
      return {
        users,
        seed: {
          team: { name: "Brightwater", domain: "brightwater" },
          users: users.map((name) => ({ name, real_name: `${name} Example`, email: `${name}@example.test` })),
          oauth_apps: clients,
        },
      };
    }
    case "github": {
      const users: [string, string] = ["ana", "ben"];
      return {
        users,
        seed: {
          users: users.map((login) => ({ login, name: `${login} Example`, email: `${login}@example.test` })),
          oauth_apps: clients,
        },
      };
    }
  }
}

function people(emails: readonly string[]) {
  return emails.map((email) => ({ email, name: `${email.split("@")[0]} Example` }));
}
