/** What the window may ask of Rust and hear from it; every answer is a value or a `BackendError`. */

import type { Commands, ErrorCode, Events } from "./bindings";

export type * from "./bindings";

export type CommandName = keyof Commands;
export type EventName = keyof Events;

export interface Backend {
  /** Runs one command of the contract. Rejects only with `BackendError`. */
  call<C extends CommandName>(command: C, args: Commands[C][0]): Promise<Commands[C][1]>;
  /** Hears one event of the contract until the answer is called. */
  listen<E extends EventName>(event: E, heard: (payload: Events[E]) => void): Promise<() => void>;
}

/** Why a command could not be done: a code with words in `words/errors.ts`, and a message for "Details". */
export class BackendError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = "BackendError";
    this.code = code;
  }

  /** What was caught, as one of ours. */
  static of(error: unknown): BackendError {
    if (error instanceof BackendError) return error;
    return new BackendError("unexpected", error instanceof Error ? error.message : "No further detail.");
  }
}
