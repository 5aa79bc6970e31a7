/** Which screen is open; kept in the address, so that Back works. */

import type { CauseLabel } from "../backend/backend";
import { causeWords } from "../words/causes";

export type Screen =
  | { name: "board" }
  | { name: "connection"; id: string }
  | { name: "diagnosis"; id: string }
  | { name: "why"; cause: CauseLabel }
  /** Null: of everything. */
  | { name: "radius"; id: string | null }
  | { name: "incidents" }
  | { name: "incident"; id: string }
  | { name: "platforms" }
  | { name: "activity" }
  | { name: "clients" }
  | { name: "import" }
  | { name: "practice" }
  | { name: "settings" };

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
  if (screen.name === "why") return `#/why/${screen.cause}`;
  if (screen.name === "radius" && screen.id === null) return "#/radius";
  return "id" in screen && screen.id !== null
    ? `#/${screen.name}/${encodeURIComponent(screen.id)}`
    : `#/${screen.name}`;
}

function read(hash: string): Screen {
  const [name, id] = hash.replace(/^#\//, "").split("/");
  switch (name) {
    case "connection":
    case "diagnosis":
    case "incident":
      return id === undefined || id === "" ? { name: "board" } : { name, id: decodeURIComponent(id) };
    case "why":
      return isCause(id) ? { name, cause: id } : { name: "board" };
    case "radius":
      return { name, id: id === undefined || id === "" ? null : decodeURIComponent(id) };
    case "activity":
    case "incidents":
    case "platforms":
    case "clients":
    case "import":
    case "practice":
    case "settings":
      return { name };
    case "board":
    case undefined:
    default:
      return { name: "board" };
  }
}

function isCause(text: string | undefined): text is CauseLabel {
  return text !== undefined && Object.hasOwn(causeWords, text);
}
