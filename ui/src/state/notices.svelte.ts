/** Toasts for what happened out of sight, and the polite line for screen readers. */

import { BackendError, type ErrorCode } from "../backend/backend";
import { errorWords, type ErrorWords } from "../words/errors";

export interface Notice {
  id: number;
  tone: "good" | "bad" | "plain";
  title: string;
  detail: string;
  /** Only under "Details". */
  message: string;
  action: { label: string; run: () => void } | null;
  /** What was tried: once that succeeds, the notice is out of date. */
  deed: string | null;
  /** What kept it from being done: once that is over, the notice is out of date. */
  code: ErrorCode | null;
}

export type NewNotice = Pick<Notice, "tone" | "title"> & Partial<Omit<Notice, "id">>;

const STAYS_MS = 8_000;

export class Notices {
  list = $state<Notice[]>([]);
  /** The newest line for the live region; one per change. Empty once it was heard: who reads on meets no old news. */
  spoken = $state("");
  #spokenTimer: ReturnType<typeof setTimeout> | undefined;
  #next = 1;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing shown reads it
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(notice: NewNotice): void {
    const id = this.#next++;
    // Failed again is one failure to read about.
    if (notice.deed !== undefined && notice.deed !== null) this.settle(notice.deed);
    this.list = [
      ...this.list.slice(-2),
      { detail: "", message: "", action: null, deed: null, code: null, ...notice, id },
    ];
    this.say(lineOf(notice));
    if (notice.tone !== "bad") this.release(id);
  }

  /** Shows why something could not be done, in words. Errors stay until closed, or until the same deed succeeds. */
  failed(
    error: unknown,
    actions: Partial<Record<NonNullable<ErrorWords["action"]>, () => void>> = {},
    deed: string | null = null,
  ): void {
    const known = error instanceof BackendError ? error : new BackendError("unexpected", messageOf(error));
    const words = errorWords[known.code];
    const run = words.action === undefined ? undefined : actions[words.action];
    this.show({
      tone: "bad",
      title: words.title,
      detail: words.advice,
      message: known.message,
      deed,
      code: known.code,
      action:
        run === undefined || words.action === undefined ? null : { label: actionLabels[words.action], run },
    });
  }

  /** It was done after all: what was said of its failure is past. */
  settle(deed: string): void {
    for (const { id } of this.list.filter((notice) => notice.deed === deed)) this.close(id);
  }

  /** What kept things from being done is over. */
  over(codes: readonly ErrorCode[]): void {
    for (const { id, code } of this.list) if (code !== null && codes.includes(code)) this.close(id);
  }

  say(line: string): void {
    clearTimeout(this.#spokenTimer);
    this.spoken = line;
    this.#spokenTimer = setTimeout(() => (this.spoken = ""), STAYS_MS);
  }

  close(id: number): void {
    this.hold(id);
    const closed = this.list.find((notice) => notice.id === id);
    if (closed !== undefined && this.spoken === lineOf(closed)) this.spoken = "";
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  /** While hovered or focused a toast stays. */
  hold(id: number): void {
    const timer = this.#timers.get(id);
    if (timer !== undefined) clearTimeout(timer);
    this.#timers.delete(id);
  }

  release(id: number): void {
    const notice = this.list.find((one) => one.id === id);
    if (notice === undefined || notice.tone === "bad") return;
    this.hold(id);
    this.#timers.set(
      id,
      setTimeout(() => this.close(id), STAYS_MS),
    );
  }
}

const actionLabels: Record<NonNullable<ErrorWords["action"]>, string> = {
  check_again: "Check again",
  try_again: "Try again",
  open_settings: "Open Settings",
};

function lineOf(notice: NewNotice): string {
  return `${notice.title} ${notice.detail ?? ""}`.trim();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "No further detail.";
}
