/** What holds for the whole board, and goes before what its records promise: keychain, unsaved tokens, switch, network. */

import type { BoardView, ConnectionRowView, KeychainView, RefreshModeView } from "../backend/backend";

import { keychainCause } from "./keychain";

export interface Circumstances {
  keychain: KeychainView["state"];
  keychainSince: number | null;
  mode: RefreshModeView;
  modeSince: number | null;
  /** Null: there is one, as far as anybody has seen. */
  networkDownSince: number | null;
  /** Connections whose new tokens the keychain would not take. */
  unsaved: readonly string[];
}

export const usual: Circumstances = {
  keychain: "open",
  keychainSince: null,
  mode: "on",
  modeSince: null,
  networkDownSince: null,
  unsaved: [],
};

export function circumstances(board: BoardView | null): Circumstances {
  return board === null
    ? usual
    : {
        keychain: board.keychain.state,
        keychainSince: board.keychain_since,
        mode: board.engine.mode,
        modeSince: board.engine.mode_since,
        networkDownSince: board.engine.network_down_since,
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
