/** Failure bundles and vendor reports as the demo writes them: shorter than the engine's, and as redacted [C6, C7]. */

import { BackendError, type CommandName } from "./backend";
import type { Commands, ConnectionView, EscalationStepView, LadderView } from "./bindings";
import type { DemoWorld } from "./demo_world";

type Own = "preview_failure_bundle" | "save_failure_bundle" | "vendor_report";
type Answers = {
  [C in Own & CommandName]: (args: Commands[C][0]) => Commands[C][1] | Promise<Commands[C][1]>;
};

/** `lastLadder`: of a connection, where there was one. */
export function supportAnswers(
  world: DemoWorld,
  lastLadder: (id: string) => Promise<LadderView | null> | LadderView | null,
): Answers {
  let shown: { id: string; includesAccount: boolean; name: string } | null = null;
  return {
    preview_failure_bundle: async ({ id, includes_account: includesAccount }) => {
      const view = world.one(id);
      const ladder = await lastLadder(id);
      const at = new Date(world.now()).toISOString();
      const slug = view.row.name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
      const name = `patchbay-failure-${slug}-${at.slice(0, 19).replaceAll(":", "")}Z`;
      shown = { id, includesAccount, name };
      const whole = {
        kind: "patchbay.failure_bundle",
        schema: 1,
        written_at: at,
        redaction: { account: includesAccount ? "included" : "masked" },
        connection: {
          id,
          name: view.row.name,
          provider: { id: view.row.provider_id, name: view.row.provider_name },
          account: { name: accountOf(view, includesAccount) },
        },
        verdict: ladder === null ? null : ladder.cause,
        ladder: ladder === null ? null : { rungs: ladder.rungs },
      };
      return {
        markdown: bundleText(view, ladder, includesAccount, at),
        json: `${JSON.stringify(whole, null, 2)}\n`,
        file_name: name,
      };
    },
    save_failure_bundle: ({ id, includes_account: includesAccount }) => {
      if (shown?.id !== id || shown.includesAccount !== includesAccount)
        throw new BackendError("bad_input", "only what was shown is written, and this was not");
      const place = `/home/mira/Downloads/${shown.name}`;
      return { markdown: `${place}.md`, json: `${place}.json` };
    },
    vendor_report: async ({ id, includes_account: includesAccount }) => {
      const view = world.one(id);
      const ladder = await lastLadder(id);
      return {
        step: stepOf(ladder),
        reason: "The grant is over, and no retry brings it back; a new consent does, within a minute.",
        vendor_when: "When it ends again within two weeks of a reconnect, twice.",
        subject: `OAuth at ${view.row.provider_name}: 400 ${ladder?.cause.provider_code ?? "invalid_grant"}`,
        text: letter(view, ladder, includesAccount),
        provider: view.row.provider_id,
        has_status_page: true,
        has_console_page: true,
        documentation: "https://developers.example/oauth",
      };
    },
  };
}

function stepOf(ladder: LadderView | null): EscalationStepView {
  const action = ladder?.cause.action ?? "none";
  if (action === "contact_provider") return "contact_vendor";
  if (action === "wait_and_retry") return "wait";
  if (action === "ask_admin") return "ask_admin";
  return action === "none" ? "nothing" : "reconnect";
}

function accountOf(view: ConnectionView, includesAccount: boolean): string {
  const account = view.row.account ?? "not known";
  return includesAccount ? account : account.replace(/^(.)[^@]*/, "$1…");
}

function bundleText(
  view: ConnectionView,
  ladder: LadderView | null,
  includesAccount: boolean,
  at: string,
): string {
  const lines = [
    `# Failure of ${view.row.name}`,
    "",
    `Written ${at} by Patchbay 0.1.0 on linux x86_64. Times are UTC. Tokens are shown as fingerprints, no secret is in this text; the account is ${includesAccount ? "included" : "masked"}.`,
    "",
    "## Verdict",
    "",
  ];
  if (ladder === null) lines.push("No ladder of probes was run on this connection.");
  else lines.push(`- Cause: ${ladder.cause.cause.replaceAll("_", " ")}`, ...seen(ladder));
  lines.push("", "## Connection", "", `- Provider: ${view.row.provider_name}`);
  lines.push(`- Account: ${accountOf(view, includesAccount)}`, "", "## Ladder", "");
  for (const [place, rung] of (ladder?.rungs ?? []).entries()) {
    const took = rung.took_ms === null ? "" : `, ${rung.took_ms} ms`;
    const says = rung.says.replaceAll(view.row.account ?? "\0", accountOf(view, includesAccount));
    lines.push(`${place + 1}. ${rung.rung}: **${rung.state.replace("_", " ")}**${took}. ${says}`);
    for (const proof of rung.proof) {
      const sent = proof.sent.map((one) => `, sent \`${one.name}\` \`${one.shown}\``).join("");
      const code = proof.code === null ? "" : ` \`${proof.code}\``;
      const words = proof.words === null ? "" : ` "${proof.words}"`;
      lines.push(`   - \`${proof.request}\`${sent}: ${proof.status ?? "no answer"}${code}${words}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function seen(ladder: LadderView): string[] {
  const lines = [];
  const stamp = (one: { at: number; what: string }) => `${new Date(one.at).toISOString()}, ${one.what}`;
  if (ladder.last_good !== null) lines.push(`- Last good: ${stamp(ladder.last_good)}`);
  if (ladder.first_bad !== null) lines.push(`- First bad: ${stamp(ladder.first_bad)}`);
  return lines;
}

function letter(view: ConnectionView, ladder: LadderView | null, includesAccount: boolean): string {
  const { row } = view;
  const proof = ladder?.rungs.find((rung) => rung.state === "failed")?.proof.at(-1);
  const out = (ladder?.ruled_out ?? []).map((one) => `- ${one.cause.replaceAll("_", " ")}: ${one.by}`);
  return [
    `Hello ${row.provider_name} support,`,
    "",
    "a grant of our OAuth client was ended, and we do not know why. All times are UTC.",
    "",
    "What happens",
    `- Request: ${proof?.request ?? "none"}`,
    `- Answer: ${proof?.status ?? "none"} ${proof?.code ?? ""} "${proof?.words ?? ""}"`,
    ...(ladder === null ? [] : seen(ladder).map((line) => line.replace("First bad", "First seen"))),
    `- Account: ${accountOf(view, includesAccount)}`,
    "",
    "What we ruled out",
    ...out,
    "",
    "What we ask of you",
    "1. When, and by what, was this grant ended: the person, an administrator, a password change, a policy, a limit?",
    "2. What do we have to change so that the next grant lasts?",
    "",
    "We can run the failing request again at a time you name. Thank you.",
    "",
  ].join("\n");
}
