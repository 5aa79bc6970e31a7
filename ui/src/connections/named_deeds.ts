/** "reconnect mailbox 3": what is typed, read as a deed and the connection that it is done to. */

import type { ConnectionRowView } from "../backend/backend";
import type { MenuEntry } from "../controls/menu_entry";
import type { App } from "../state/app.svelte";
import { connectionEntries } from "./entries";
import { matcher } from "./rows";

type MenuItem = MenuEntry & { kind: "item" };

interface Verb {
  /** Words that call for it; the first letters are enough. */
  says: readonly string[];
  /** The entry of the connection's menu that does it. */
  entry: string;
  /** Before the connection's name. */
  label: string;
}

const verbs: readonly Verb[] = [
  { says: ["reconnect"], entry: "Reconnect", label: "Reconnect" },
  { says: ["test", "call"], entry: "Test call", label: "Test call on" },
  { says: ["refresh"], entry: "Refresh now", label: "Refresh" },
  { says: ["diagnose"], entry: "Diagnose", label: "Diagnose" },
  { says: ["label", "rename", "name", "customer"], entry: "Name and labels…", label: "Name and labels of" },
  { says: ["disconnect", "revoke"], entry: "Disconnect…", label: "Disconnect" },
  { says: ["forget", "remove"], entry: "Forget…", label: "Forget" },
];

/** Fewer letters begin too many words. */
const LETTERS = 3;
const AT_MOST = 8;

export interface NamedDeed {
  /** Two connections may have one name and one account. */
  id: string;
  label: string;
  icon: NonNullable<MenuItem["icon"]>;
  run: () => void;
}

/** The words of what is typed, in small letters; the connection in view has its own entries. */
export function namedDeeds(
  app: App,
  words: readonly string[],
  rows: readonly ConnectionRowView[],
  inView: string | null,
): NamedDeed[] {
  const deeds: NamedDeed[] = [];
  for (const verb of verbs) {
    const begins = (word: string): boolean =>
      word.length >= LETTERS && verb.says.some((one) => one.startsWith(word));
    const said = words.find(begins);
    if (said === undefined) continue;
    const rest = words.filter((word) => word !== said);
    for (const row of ofName(rows, rest, verb)) {
      if (deeds.length >= AT_MOST) return deeds;
      if (row.id === inView) continue;
      const entry = connectionEntries(app, row).find(
        (one): one is MenuItem => one.kind === "item" && one.label === verb.entry,
      );
      if (entry === undefined) continue;
      deeds.push({
        id: `${verb.entry} ${row.id}`,
        label: [...new Set([`${verb.label} ${row.name}`, row.account, row.workspace])]
          .filter((part) => part !== null)
          .join(", "),
        icon: entry.icon ?? "right",
        run: entry.run,
      });
    }
  }
  return deeds;
}

/** "test call mailbox", "refresh now": what else belongs to the deed's name is no name of a connection, unless one has it. */
function ofName(
  rows: readonly ConnectionRowView[],
  rest: readonly string[],
  verb: Verb,
): readonly ConnectionRowView[] {
  const found = rows.filter(matcher(rest, () => []));
  if (found.length > 0 || rest.length === 0) return found;
  const own = verb.entry.toLowerCase().split(/[^a-z]+/);
  const names = rest.filter((word) => !own.some((one) => one !== "" && one.startsWith(word)));
  return names.length < rest.length ? rows.filter(matcher(names, () => [])) : [];
}
