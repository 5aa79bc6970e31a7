/** The real backend: the only importer of `@tauri-apps/*`. */

import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { type Backend, BackendError } from "./backend";
import type { CommandError, Commands, Events } from "./bindings";
import { PackedBoards } from "./packed_board";

const boards = new PackedBoards();

export const tauriBackend: Backend = {
  async call(command, args) {
    try {
      // The longest answer, asked for with every change: it comes in short.
      if (command === "board") {
        const packed = await invoke<Commands["packed_board"][1]>("packed_board", args);
        return boards.unpack(packed);
      }
      return await invoke<Commands[typeof command][1]>(command, args);
    } catch (refusal) {
      throw asBackendError(refusal);
    }
  },
  async listen(event, heard) {
    return listen<Events[typeof event]>(event.replaceAll("_", "-"), ({ payload }) => heard(payload));
  },
};

/** Tauri rejects with our `CommandError`, or with a text of its own when it refuses the command itself. */
function asBackendError(refusal: unknown): BackendError {
  if (isCommandError(refusal)) return new BackendError(refusal.code, refusal.message);
  return new BackendError(
    "unexpected",
    typeof refusal === "string" ? refusal : "The command was not answered.",
  );
}

function isCommandError(value: unknown): value is CommandError {
  return typeof value === "object" && value !== null && "code" in value && "message" in value;
}
