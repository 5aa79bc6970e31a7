/** Which screen is open; kept in the address, so that Back works. */

import type { CauseLabel } from "../backend/backend";
import { causeWords } from "../words/causes";

export type Screen =
  | { name: "board" }
  | { name: "queue" }
  | { name: "connection"; id: string }
  | { name: "diagnosis"; id: string }
  | { name: "why"; cause: CauseLabel }
  /** Null: of everything. */
  | { name: "radius"; id: string | null }
  | { name: "incidents" }
  | { name: "incident"; id: string }
  | { name: "checklists" }
  /** `new`, or `new-` and a template: one that is being written. */
  | { name: "checklist"; id: string }
  /** The newest run of a checklist, or the one of that id. */
  | { name: "rehearsal"; id: string; run: string | null }
  | { name: "platforms" }
  | { name: "programs" }
  /** These two stand beneath Settings. */
  | { name: "alerts" }
  | { name: "forwarding" }
  | { name: "activity" }
  | { name: "clients" }
  | { name: "import" }
  | { name: "practice" }
  /** One of every control, for whoever builds the window. */
  | { name: "gallery" }
  /** Without a section: from its top. */
  | { name: "settings"; section?: string };

export type ScreenName = Screen["name"];

export class Navigation {
  screen = $state<Screen>({ name: "board" });

  start(): () => void {
    const follow = (): void => {
      this.screen = read(location.hash);
    };
    follow();
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }

  open(screen: Screen): void {
    this.screen = screen;
    const hash = address(screen);
    if (location.hash !== hash) location.hash = hash;
  }

  back(): void {
    if (history.length > 1) history.back();
    else this.open({ name: "board" });
  }
}

/** The address of a screen, for links. */
export function address(screen: Screen): string {
  if (screen.name === "settings" && screen.section !== undefined) return `#/settings/${screen.section}`;
  if (screen.name === "why") return `#/why/${screen.cause}`;
  if (screen.name === "radius" && screen.id === null) return "#/radius";
  if (screen.name === "rehearsal" && screen.run !== null)
    return `#/rehearsal/${encodeURIComponent(screen.id)}/${encodeURIComponent(screen.run)}`;
  return "id" in screen && screen.id !== null
    ? `#/${screen.name}/${encodeURIComponent(screen.id)}`
    : `#/${screen.name}`;
}

function read(hash: string): Screen {
  const [name, id, run] = hash.replace(/^#\//, "").split("/");
  switch (name) {
    case "connection":
    case "diagnosis":
    case "incident":
      return id === undefined || id === "" ? { name: "board" } : { name, id: decodeURIComponent(id) };
    case "checklist":
      return id === undefined || id === "" ? { name: "checklists" } : { name, id: decodeURIComponent(id) };
    case "rehearsal":
      return id === undefined || id === ""
        ? { name: "checklists" }
        : { name, id: decodeURIComponent(id), run: run === undefined ? null : decodeURIComponent(run) };
    case "why":
      return isCause(id) ? { name, cause: id } : { name: "board" };
    case "radius":
      return { name, id: id === undefined || id === "" ? null : decodeURIComponent(id) };
    case "queue":
    case "activity":
    case "incidents":
    case "checklists":
    case "platforms":
    case "programs":
    case "alerts":
    case "forwarding":
    case "clients":
    case "import":
    case "practice":
    case "gallery":
      return { name };
    case "settings":
      return id === undefined || id === "" ? { name } : { name, section: decodeURIComponent(id) };
    case "board":
    case undefined:
    default:
      return { name: "board" };
  }
}

function isCause(text: string | undefined): text is CauseLabel {
  return text !== undefined && Object.hasOwn(causeWords, text);
}
