/** What the demo finds in whatever file is named: one line of each kind. */

import { BackendError } from "./backend";
import type { ImportItemView, ImportPreviewView, TakenItemView, TakenOutcomeView } from "./bindings";

const line = (number: number, name: string, item: Partial<ImportItemView>): ImportItemView => ({
  number,
  file: "credentials.json",
  place: `[${number - 1}].data`,
  name,
  provider_id: null,
  provider_name: null,
  certainty: null,
  client_id: null,
  client_secret_fingerprint: null,
  refresh_fingerprint: null,
  access_fingerprint: null,
  expires_at: null,
  scopes: [],
  account: null,
  warnings: [],
  refusal: null,
  ...item,
});

export function demoPreview(path: string, now: number): ImportPreviewView {
  if (path.includes("broken"))
    throw new BackendError(
      "import_refused",
      "the file cannot be imported: credentials.json is broken at line 12, column 3: it ends in the middle",
    );
  const google = { provider_id: "google", provider_name: "Google", certainty: "name" } as const;
  const client = {
    client_id: "1234567890-fjordstudio.apps.googleusercontent.com",
    client_secret_fingerprint: "9f31c0aa27",
  };
  return {
    id: "imp_demo",
    tool: "n8n",
    files: ["credentials.json"],
    passed_over: 2,
    ends_at: now + 600_000,
    items: [
      line(1, "Sheets prod", {
        ...google,
        ...client,
        refresh_fingerprint: "41b07d22e9",
        access_fingerprint: "c05e8812fd",
        expires_at: now - 3_600_000,
        scopes: ["https://www.googleapis.com/auth/spreadsheets"],
        warnings: [{ kind: "expiry_guessed" }],
      }),
      line(2, "Bases", {
        provider_id: "airtable",
        provider_name: "Airtable",
        certainty: "address",
        client_id: "0c1d2e3f-air",
        refresh_fingerprint: "77aa10b3c4",
        access_fingerprint: "0d0e0f1a2b",
        expires_at: now + 1_800_000,
        account: "mira@fjordstudio.example",
        scopes: ["data.records:read", "schema.bases:read", "user.email:read", "webhook:manage"],
        warnings: [{ kind: "two_holders", tool: "n8n" }],
      }),
      line(3, "Drive client", { ...google, ...client, warnings: [{ kind: "client_known", name: "Google" }] }),
      line(4, "Lab IdP", {
        client_id: "n8n-lab",
        client_secret_fingerprint: "5512ab09fe",
        refresh_fingerprint: "e1e2e3e4e5",
        refusal: { kind: "host_unknown", host: "idp.lab.example" },
      }),
      line(5, "Gmail", {
        ...google,
        ...client,
        refresh_fingerprint: "0a0b0c0d0e",
        refusal: { kind: "already_on_board", connection: "con_demo", name: "Gmail" },
      }),
    ],
  };
}

export function demoTaken(numbers: readonly number[], connection: string): TakenItemView[] {
  const names = ["Sheets prod", "Bases", "Drive client"];
  return numbers.map((number) => {
    const outcome: TakenOutcomeView =
      number === 3
        ? { state: "client" }
        : number === 2
          ? { state: "already_on_board", connection }
          : { state: "connected", connection, account: "mira@fjordstudio.example", cause: null };
    return { number, name: names[number - 1] ?? "", outcome };
  });
}
