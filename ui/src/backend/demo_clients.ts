/** Invented clients: their guides, checks and rotations [C5, E5]. */

import { BackendError, type CommandName } from "./backend";
import type {
  ClientDetailView,
  ClientGuideView,
  Commands,
  RotationView,
  SetupLineView,
  SetupPartView,
} from "./bindings";
import { demoConnectPlan, demoVariables } from "./demo_connect_plan";
import { demoClients, demoProviders } from "./demo_providers";
import { DAY, HOUR } from "./demo_times";
import type { DemoWorld } from "./demo_world";

type Own =
  | "client_guide"
  | "choose_client_file"
  | "preview_client_file"
  | "add_client"
  | "client"
  | "rename_client"
  | "set_client_environment"
  | "remove_client"
  | "check_client"
  | "stage_client_secret"
  | "switch_client_secret"
  | "verify_client_secret"
  | "finish_rotation"
  | "cancel_rotation";

type Answers = { [C in Own & CommandName]: (args: Commands[C][0]) => Commands[C][1] };

/** Files that a console hands out, as if they lay on the disk. */
export const demoClientFiles = {
  desktop: {
    path: "/home/mira/Downloads/client_secret_482911.json",
    text: '{"installed":{"client_id":"482911-k2m8t7q1.apps.example"}}',
  },
  web: {
    path: "/home/mira/Downloads/client_secret_web.json",
    text: '{"web":{"client_id":"1234.apps.example"}}',
  },
  truncated: { path: "/home/mira/Downloads/half.json", text: '{"installed":{"client_id"' },
  other: { path: "/home/mira/Downloads/service.json", text: '{"type":"service_account"}' },
} as const;

export function inventedClients(count: number, now: number): Map<string, ClientDetailView> {
  const known = demoClients.slice(0, count);
  for (let index = known.length; index < count; index += 1) {
    const provider = demoProviders[index % demoProviders.length];
    known.push({
      id: `cli_demo_${index}`,
      provider_id: provider?.id ?? "google",
      name: `${provider?.name ?? "Google"} for ${["Halden Optik", "Nordlys Travel", "Maison Perrault & filles, succursale de Lyon"][index % 3] ?? ""}`,
      client_id: `${482_911 + index}-${"k2m8t7q1".repeat(3)}.apps.example`,
      has_secret: index % 5 !== 0,
      secret_ends_at: null,
      environment: (["production", "production", "staging", "sandbox"] as const)[index % 4] ?? "production",
      redirect_uri: null,
      connection_count: index % 4,
    });
  }
  return new Map(
    known.map((client) => [
      client.id,
      {
        client,
        redirect_port: null,
        usual_redirect_uri: demoConnectPlan(client.provider_id).redirect_uri,
        public_jwk: null,
        given_up_at: null,
        users: Array.from({ length: client.connection_count }, (_, index) => ({
          connection_id: `con_${index}`,
          name: ["Gmail", "Google Drive", "Google Calendar"][index] ?? "Another",
          is_rotating: index === 1,
          workflows: index === 0 ? ["Nightly invoices", "Inbox to sheet"] : [],
        })),
        check:
          client.id === "cli_fjord_test"
            ? { at: now - 3 * DAY, lines: lines({ redirect_uri: "failed" }) }
            : client.id === "cli_fjord"
              ? { at: now - 2 * HOUR, lines: lines({}) }
              : null,
        rotation: null,
      },
    ]),
  );
}

function lines(verdicts: Partial<Record<SetupPartView, SetupLineView["verdict"]>>): SetupLineView[] {
  const evidence: Record<SetupPartView, string> = {
    authorize_url: "GET accounts.google.com/o/oauth2/v2/auth answered 302",
    token_url: "POST oauth2.googleapis.com/token answered 400 invalid_grant",
    refresh_url: "the token URL itself: POST oauth2.googleapis.com/token answered 400 invalid_grant",
    client_pair: "a wrong code was answered with 400 invalid_grant: the code is refused, the client is not",
    redirect_uri:
      verdicts.redirect_uri === "failed"
        ? "the sign-in page refuses http://127.0.0.1:43117/callback: redirect_uri_mismatch"
        : "the request with http://127.0.0.1:43117/callback is answered with a sign-in page, not with an error",
    scopes: "asked for in the request and not refused; only a consent shows what is granted",
    response_mapping: "the error answer was read; tokens were not seen yet",
    test_call: "no connection of this client was tested yet",
    discovery: "the provider's own document names the same addresses",
    pkce: "the provider's document lists S256; it is sent",
    clock: "this computer's clock agrees with the provider's",
    listener: "a free port was opened and closed again",
    keychain: "the keychain holds the secret",
  };
  const unknown: SetupPartView[] = ["scopes", "response_mapping", "test_call"];
  return (Object.keys(evidence) as SetupPartView[]).map((part) => {
    const verdict = verdicts[part] ?? (unknown.includes(part) ? "not_known" : "passed");
    return {
      part,
      verdict,
      evidence: evidence[part],
      advice:
        verdict === "failed"
          ? "Register exactly http://127.0.0.1:43117/callback: same scheme, host, port and path, no slash at the end."
          : null,
    };
  });
}

function guide(provider: string): ClientGuideView {
  const plan = demoConnectPlan(provider);
  const isShop = provider === "salesforce";
  return {
    provider_id: plan.provider_id,
    provider_name: plan.provider_name,
    provider_tag: plan.provider_tag,
    app_kind: provider === "google" ? "OAuth client ID of the type “Desktop app”" : "A private integration",
    steps: [
      "Open the console and choose the project that the client shall belong to.",
      "Switch on the API of each service you want to use.",
      ...(plan.has_redirect_to_register ? [`Give the client this redirect URI: ${plan.redirect_uri}`] : []),
      "Copy its id and its secret; the secret is shown once.",
    ],
    redirect_uri: plan.redirect_uri,
    is_any_port: plan.is_any_port,
    scopes: plan.scope_choices
      .filter((choice) => choice.is_preselected || choice.is_always)
      .flatMap((choice) => choice.scopes)
      .join(" "),
    client_id_name: isShop ? "Consumer key" : null,
    client_secret_name: isShop ? "Consumer secret" : null,
    client_secret: plan.client_secret,
    has_console: plan.has_console,
    variables: demoVariables(provider),
    has_redirect_to_register: plan.has_redirect_to_register,
    offers_key: plan.issuer !== null,
    unverified:
      provider === "google"
        ? []
        : [{ part: "refresh", source: "remembered; not found in its documentation" }],
  };
}

export function clientAnswers(world: DemoWorld): Answers {
  const one = (id: string): ClientDetailView => {
    const detail = world.clients.get(id);
    if (detail === undefined) throw new BackendError("client_incomplete", `there is no client ${id}`);
    return detail;
  };
  const line = (
    tried: RotationView["report"][number]["tried"],
    isWell: boolean,
  ): RotationView["report"][number] => ({
    at: world.now(),
    tried,
    is_well: isWell,
    evidence: `a wrong code was answered with ${isWell ? "400 invalid_grant" : "401 invalid_client"}`,
  });
  const rotation = (id: string, change: Partial<RotationView>): RotationView => {
    const detail = one(id);
    if (detail.rotation === null)
      throw new BackendError("bad_input", "no rotation of this client's secret is under way");
    detail.rotation = { ...detail.rotation, ...change };
    return detail.rotation;
  };
  return {
    client_guide: ({ provider }) => guide(provider),
    choose_client_file: () => demoClientFiles.desktop.path,
    preview_client_file: ({ path }) => {
      const text = Object.values(demoClientFiles).find((one) => one.path === path)?.text ?? "";
      let read: unknown;
      try {
        read = JSON.parse(text);
      } catch {
        return { state: "refused", complaint: "the file ends too early: download it again" };
      }
      const found = read as Partial<Record<"installed" | "web", { client_id?: string; project_id?: string }>>;
      const entry = found.installed ?? found.web;
      if (entry?.client_id === undefined)
        return { state: "refused", complaint: 'the file holds neither an "installed" nor a "web" client' };
      const isWeb = found.installed === undefined;
      return {
        state: "read",
        kind: isWeb ? "web" : "installed",
        client_id: entry.client_id,
        has_secret: true,
        secret_ends_at: null,
        project: entry.project_id ?? null,
        redirect_uris: [],
        missing_redirect_uri: isWeb ? "http://127.0.0.1:43117/callback" : null,
      };
    },
    add_client: ({ form }) => {
      const id = `cli_new_${world.next++}`;
      const client = {
        id,
        provider_id: form.provider,
        name: form.name ?? form.client_id.slice(0, 20),
        client_id: form.client_id || "from-a-file",
        has_secret: form.client_secret !== null || form.file !== null || form.generates_key,
        secret_ends_at: null,
        environment: form.environment,
        redirect_uri: null,
        connection_count: 0,
      };
      world.clients.set(id, {
        client,
        redirect_port: null,
        usual_redirect_uri: demoConnectPlan(form.provider).redirect_uri,
        public_jwk: form.generates_key
          ? '{"alg":"ES256","crv":"P-256","kty":"EC","use":"sig","x":"f83OJ3D2xF1B"}'
          : null,
        given_up_at: null,
        users: [],
        check: null,
        rotation: null,
      });
      return client;
    },
    client: ({ id }) => one(id),
    rename_client: ({ id, name }) => {
      one(id).client = { ...one(id).client, name };
      return null;
    },
    set_client_environment: ({ id, environment }) => {
      if (one(id).users.length > 0) throw new BackendError("bad_input", "connections use the client");
      one(id).client = { ...one(id).client, environment };
      return null;
    },
    remove_client: ({ id, may_be_left_there: mayBeLeftThere }) => {
      const detail = one(id);
      if (detail.users.length > 0) throw new BackendError("bad_input", "connections use the client");
      const isKept = world.keepsRegistrations;
      if (isKept && !mayBeLeftThere) {
        world.clients.set(id, { ...detail, given_up_at: detail.given_up_at ?? world.now() });
        return { registration: { state: "kept", http_status: 503 }, is_secret_erased: false };
      }
      world.clients.delete(id);
      return {
        registration: { state: isKept ? "left_there" : "not_ours" },
        is_secret_erased: true,
      };
    },
    check_client: ({ id }) =>
      (one(id).check = {
        at: world.now(),
        lines: lines(id === "cli_fjord_test" ? { redirect_uri: "failed" } : {}),
      }),
    stage_client_secret: ({ id }) =>
      (one(id).rotation = {
        stage: "tested",
        is_old_dead: false,
        staged_at: world.now(),
        report: [line("new_pair", true), line("old_pair", true)],
      }),
    switch_client_secret: ({ id }) =>
      rotation(id, {
        stage: "verified",
        report: [...(one(id).rotation?.report ?? []), line("new_pair", true)],
      }),
    verify_client_secret: ({ id }) => rotation(id, { stage: "verified" }),
    finish_rotation: ({ id }) => {
      one(id).rotation = null;
      return null;
    },
    cancel_rotation: ({ id }) => {
      one(id).rotation = null;
      return null;
    },
  };
}
