/** What holds for the whole board, and goes before what its records promise: keychain, unsaved tokens, the switch. */

import type { BoardView, ConnectionRowView, KeychainView, RefreshModeView } from "../backend/backend";

import { keychainCause } from "./keychain";

export interface Circumstances {
  keychain: KeychainView["state"];
  mode: RefreshModeView;
  /** Connections whose new tokens the keychain would not take. */
  unsaved: readonly string[];
}

export const usual: Circumstances = { keychain: "open", mode: "on", unsaved: [] };

export function circumstances(board: BoardView | null): Circumstances {
  return board === null
    ? usual
    : {
        keychain: board.keychain.state,
        mode: board.engine.mode,
        unsaved: board.engine.held.map((one) => one.connection_id),
      };
}

/** Its secrets ought to be in the keychain, and that cannot be read: no lamp is believed. */
export function isUnreadable(row: ConnectionRowView, { keychain }: Circumstances): boolean {
  const { kind } = row.status.reason;
  return keychain !== "open" && kind !== "grant_ended" && kind !== "disconnected_by_person";
}

/** Why it cannot be read, inside a sentence; null where it can. */
export function unreadableWhy(row: ConnectionRowView, around: Circumstances): string | null {
  return isUnreadable(row, around) ? keychainCause[around.keychain] : null;
}
