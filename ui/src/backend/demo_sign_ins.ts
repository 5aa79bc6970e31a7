/** Sign-ins of the demo, from the open browser to a connection on the board [A2, A7]. */

import { BackendError } from "./backend";
import type {
  CauseView,
  ConnectForm,
  PasteRefusedView,
  ReconnectComparisonView,
  SignInProgressView,
  SignInView,
} from "./bindings";
import { demoConnections } from "./demo_connections";
import { demoDevicePrompt } from "./demo_device";
import { demoProviders } from "./demo_providers";
import { fingerprint, MINUTE } from "./demo_times";
import { mend } from "./demo_tokens";
import { type DemoWorld, wait } from "./demo_world";

/** Of a certificate that nobody has. */
const certificateFingerprint = Array.from({ length: 32 }, (_, at) =>
  ((at * 73 + 29) % 256).toString(16).padStart(2, "0").toUpperCase(),
).join(":");

/** The address that the browser of this sign-in ends at, or why it is another one. */
export function paste(world: DemoWorld, id: string, address: string): PasteRefusedView | null {
  const view = world.signIns.get(id);
  if (view === undefined || view.progress.state !== "waiting_for_browser")
    throw new BackendError("sign_in_gone", "No such sign-in.");
  const state = new URL(view.authorize_url).searchParams.get("state") ?? "";
  if (address.trim() === "") return "empty";
  if (!address.includes(view.redirect_uri)) return "other_address";
  if (!address.includes("code=")) return "no_answer";
  if (!address.includes(`state=${state}`)) return "other_sign_in";
  step(world, id, { state: "exchanging_code" });
  return null;
}

/** Steps a sign-in on, as the engine would. */
export function step(world: DemoWorld, id: string, progress: SignInProgressView): void {
  const view = world.signIns.get(id);
  if (view === undefined) return;
  view.progress = progress;
  world.tell("sign_in_changed", view);
}

/** Brings a sign-in to its good end. */
export function finish(world: DemoWorld, id: string): void {
  const view = world.signIns.get(id);
  if (view === undefined) return;
  if (view.keeper !== null) {
    handOver(world, view, view.keeper.id);
    return;
  }
  const connectionId = view.reconnects ?? addConnection(world, view);
  if (view.reconnects !== null) mend(world, view.reconnects);
  step(world, id, { state: "connected", connection_id: connectionId });
  world.tell("connection_changed", connectionId);
  world.signIns.delete(id);
}

/** The platform repeats a run that had failed, and it goes well. */
function handOver(world: DemoWorld, view: SignInView, id: string): void {
  const copy = world.radius.copies.get(id);
  const all = [...world.connections.values()];
  const beside =
    all.find(({ row }) => row.id === copy?.joined) ??
    all.find(({ row }) => row.provider_id === view.provider_id);
  const at = world.now();
  if (world.isOldPlatform) {
    const path = `/home/mira/.local/share/dev.patchbay.desktop/grants/${copy?.name ?? "grant"} in ${copy?.platform.name ?? "n8n"}.json`;
    step(world, view.id, {
      state: "handed_over",
      connection_id: beside?.row.id ?? "",
      outcome: { state: "file", path, command: `n8n import:credentials --input="${path}"` },
    });
    world.signIns.delete(view.id);
    return;
  }
  if (copy !== undefined) {
    copy.lamp = "active";
    copy.state = { kind: "works", at };
  }
  const user = world.radius.steps.find((one) => one.source === id)?.workflow ?? "";
  step(world, view.id, {
    state: "handed_over",
    connection_id: beside?.row.id ?? "",
    outcome: { state: "proved", at, workflow: world.radius.workflows.get(user)?.name ?? null, run: "1042" },
  });
  world.tell("platform_changed", copy?.platform.id ?? null);
  world.signIns.delete(view.id);
}

export function begin(world: DemoWorld, form: ConnectForm): SignInView {
  if (form.client === null && (form.client_id ?? "") === "" && !form.provider.endsWith("/mcp"))
    throw new BackendError("client_incomplete", "No client id.");
  const provider = demoProviders.find((one) => one.id === form.provider);
  const view = signIn(
    world,
    provider?.id ?? "issuer",
    provider?.name ?? new URL(form.provider).host,
    null,
    form.client_id?.includes("wrong") === true,
  );
  // Nothing comes back to this computer.
  if (form.uses_device) Object.assign(view, { device: demoDevicePrompt, redirect_uri: "" });
  world.forms.set(view.id, { ...form, client_secret: null });
  return view;
}

export function signIn(
  world: DemoWorld,
  providerId: string,
  providerName: string,
  reconnects: string | null,
  isDoomed = false,
): SignInView {
  const id = `sgn_${world.next++}`;
  const now = world.now();
  const host = demoProviders.find((one) => one.id === providerId)?.authorization_host ?? "127.0.0.1:43199";
  const isHttps = providerId === "slack";
  const view: SignInView = {
    id,
    reconnects,
    keeper: null,
    provider_id: providerId,
    provider_name: providerName,
    is_practice: providerId === "practice",
    authorize_url: `https://${host}/authorize?response_type=code&client_id=482911-k2m8&redirect_uri=http%3A%2F%2F127.0.0.1%3A43117%2Fcallback&state=${fingerprint(world.next)}`,
    redirect_uri: isHttps ? "https://localhost:43117/callback" : "http://127.0.0.1:43117/callback",
    certificate_fingerprint: isHttps ? certificateFingerprint : null,
    is_posted: false,
    started_at: now,
    ends_at: now + 10 * MINUTE,
    device: null,
    progress: { state: "waiting_for_browser", browser_opened: true, strange_request_count: 0 },
  };
  world.signIns.set(id, view);
  if (!world.isSteppedByHand) void walk(world, id, isDoomed);
  return view;
}

async function walk(world: DemoWorld, id: string, isDoomed: boolean): Promise<void> {
  await wait(3_500);
  for (const state of ["exchanging_code", "identifying", "storing"] as const) {
    if (!world.signIns.has(id)) return;
    step(world, id, { state });
    await wait(700);
    if (isDoomed) {
      const cause: CauseView = {
        cause: "client_credentials_mismatch",
        action: "fix_client_config",
        provider_code: "invalid_client",
        http_status: 401,
      };
      step(world, id, { state: "failed", failure: { kind: "cause", cause, detail: null } });
      world.signIns.delete(id);
      return;
    }
  }
  const reconnects = world.signIns.get(id)?.reconnects ?? null;
  if (reconnects !== null && world.isOtherAccount)
    step(world, id, { state: "needs_decision", comparison: comparison(world, reconnects) });
  else finish(world, id);
}

function comparison(world: DemoWorld, id: string): ReconnectComparisonView {
  const view = world.one(id);
  const old = {
    account: view.row.account,
    subject: view.subject,
    workspace: view.row.workspace,
    account_kind: view.account_kind,
    domain: domainOf(view.row.account),
  };
  return {
    old,
    new: {
      ...old,
      account: "mira@private.example",
      subject: fingerprint(99),
      account_kind: "consumer",
      domain: "private.example",
    },
    is_other_account: true,
    is_other_workspace: false,
    is_other_kind: view.account_kind !== null,
    is_other_domain: old.domain !== null,
    is_identity_unknown: false,
    scopes_lost: ["https://www.googleapis.com/auth/spreadsheets"],
    scopes_gained: [],
    dependant_count: view.dependants.length,
    refusal_leaves:
      view.row.provider_id === "google"
        ? { why: "would_end", names: [view.row.name, "Google Calendar"] }
        : null,
  };
}

function domainOf(account: string | null): string | null {
  return account?.split("@")[1] ?? null;
}

export function addConnection(world: DemoWorld, view: SignInView): string {
  const form = world.forms.get(view.id);
  const [made] = demoConnections(1, world.now());
  if (made === undefined) throw new BackendError("unexpected", "Nothing to invent.");
  const id = `con_${fingerprint(7_000 + world.next++).slice(0, 6)}`;
  const isPractice = view.is_practice;
  const now = world.now();
  made.row = {
    ...made.row,
    id,
    name: form?.name ?? (isPractice ? "Practice" : view.provider_name),
    provider_id: view.provider_id,
    provider_name: view.provider_name,
    provider_tag: demoProviders.find((one) => one.id === view.provider_id)?.tag ?? "Pr",
    account: isPractice ? "robin@practice.example" : "mira@fjordstudio.example",
    customer: form?.customer ?? null,
    environment: form?.environment ?? "sandbox",
    is_practice: isPractice,
    has_access_page: !isPractice,
    dependant_count: 0,
  };
  made.dependants = [];
  made.events = [];
  made.lineage = [];
  made.created_at = made.connected_at = now;
  world.connections.set(id, made);
  mend(world, id);
  if (isPractice)
    world.practice = {
      ...world.practice,
      is_running: true,
      live_grant_count: world.practice.live_grant_count + 1,
    };
  return id;
}
