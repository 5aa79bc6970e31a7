/** Toasts for what happened out of sight, and the polite line for screen readers. */

import { innerHeight } from "svelte/reactivity/window";
import { BackendError, type ErrorCode } from "../backend/backend";
import { type ErrorWords, errorWordsOf, type Subject } from "../words/errors";

export interface Notice {
  id: number;
  tone: "good" | "bad" | "plain";
  title: string;
  detail: string;
  /** Only under "Details". */
  message: string;
  action: { label: string; run: () => void } | null;
  /** What was tried: once all of that succeeds, the notice is out of date. */
  deeds: readonly (string | null)[];
  /** What kept it from being done: once that is over, the notice is out of date. */
  code: ErrorCode | null;
  /** How often the same was said. */
  count: number;
  at: number;
}

export type NewNotice = Pick<Notice, "tone" | "title"> &
  Partial<Omit<Notice, "id" | "count" | "at" | "deeds">> & { deed?: string | null };

const STAYS_MS = 8_000;
/** More than that is a wall, not a notice. */
const SHOWN = 3;
/** Pixels; in a lower window (900×600 drawn at twice its size) two notices lie over what they are about. */
const LOW = 420;
/** Errors that nobody closed yet; who has more has one cause, and reads of it in Activity. */
const MOST_WAITING = 30;
/** What was said in this session, for who looked elsewhere. */
const KEPT = 200;

export class Notices {
  /** What was not closed yet, the newest last. */
  list = $state<Notice[]>([]);
  /** Of these, what there is room for. */
  readonly shown = $derived(this.list.slice((innerHeight.current ?? LOW) < LOW ? -1 : -SHOWN));
  /** Everything that was said, the newest first. */
  past = $state.raw<readonly Notice[]>([]);
  /** The newest line for the live region; one per change. Empty once it was heard: who reads on meets no old news. */
  spoken = $state("");
  #spokenTimer: ReturnType<typeof setTimeout> | undefined;
  #next = 1;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing shown reads it
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(notice: NewNotice): void {
    // Failed again is one failure to read about.
    if (notice.deed !== undefined && notice.deed !== null) this.settle(notice.deed);
    const id = this.#next++;
    const { deed = null, ...rest } = notice;
    const full = { detail: "", message: "", action: null, code: null, ...rest };
    const same = this.list.find((one) => isSame(one, full));
    if (same !== undefined) this.close(same.id);
    const deeds = [...(same?.deeds ?? []), deed];
    const said: Notice = { ...full, id, deeds, count: (same?.count ?? 0) + 1, at: Date.now() };
    // What waits behind the newest is told in Activity; errors stay until somebody closes them.
    const room = this.list.length - SHOWN + 1;
    const kept = this.list.filter((one, index) => index >= room || one.tone === "bad");
    this.list = [...kept.slice(-MOST_WAITING), said];
    const before = same === undefined ? this.past : this.past.filter((one) => one.id !== same.id);
    // What could be done about it then is not offered later, and nothing it holds is kept.
    this.past = [{ ...said, action: null }, ...before].slice(0, KEPT);
    this.say(lineOf(notice));
    if (notice.tone !== "bad") this.release(id);
  }

  /** Shows why something could not be done, in words. Errors stay until closed, or until the same deed succeeds. */
  failed(
    error: unknown,
    actions: Partial<Record<NonNullable<ErrorWords["action"]>, () => void>> = {},
    deed: string | null = null,
    subject: Subject = "connection",
  ): void {
    const known = BackendError.of(error);
    const words = errorWordsOf(known.code, subject);
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
    for (const notice of this.list.filter((one) => one.deeds.includes(deed))) {
      const deeds = notice.deeds.filter((one) => one !== deed);
      if (deeds.length === 0) this.close(notice.id);
      // The others' causes stand.
      else
        this.list = this.list.map((one) =>
          one.id === notice.id ? { ...one, deeds, count: deeds.length } : one,
        );
    }
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

  closeAll(): void {
    for (const { id } of this.list) this.close(id);
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

/** One that can be taken back, or leads somewhere, leads somewhere else each time. */
function isSame(one: Notice, other: Omit<Notice, "id" | "count" | "at" | "deeds">): boolean {
  return (
    one.tone === other.tone &&
    one.title === other.title &&
    one.detail === other.detail &&
    one.message === other.message &&
    one.action === null &&
    other.action === null
  );
}

function lineOf(notice: NewNotice): string {
  return `${notice.title} ${notice.detail ?? ""}`.trim();
}
