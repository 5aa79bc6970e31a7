/** What a long list reckons with: where each row begins, which are in view, and what is drawn anew. */

/** Where each begins, and behind the last where all end. */
export function topsOf<T>(items: readonly T[], heightOf: (item: T) => number): Float64Array {
  const tops = new Float64Array(items.length + 1);
  let sum = 0;
  for (let index = 0; index < items.length; index++) {
    tops[index] = sum;
    sum += heightOf(items[index] as T);
  }
  tops[items.length] = sum;
  return tops;
}

/** The first row that reaches below a height; the last where none does. */
export function firstBelow(tops: Float64Array, height: number): number {
  let [low, high] = [0, Math.max(0, tops.length - 2)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle + 1] ?? 0) > height) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Those at so many places; a place that there is not is left out. */
export function picked<T>(items: readonly T[], places: readonly number[]): { index: number; item: T }[] {
  return places.flatMap((index) => {
    const item = items[index];
    return item === undefined ? [] : [{ index, item }];
  });
}

interface Wanted {
  key: string;
  /** Null: drawn anew, and never taken for another. */
  kind: string | null;
}

/** Which drawn row is taken for which: its own as long as it stays in view, so that focus stays; then one that left, in their order. */
export class Slots {
  #byKey = new Map<string, { slot: string; kind: string | null }>();
  #made = 0;

  /** `mayMove`: no row has focus, which a page that moves it would take away. */
  take(wants: readonly Wanted[], mayMove: boolean): string[] {
    const stays = ({ key, kind }: Wanted): boolean => this.#byKey.get(key)?.kind === kind;
    const staying = new Set(wants.filter(stays).map(({ key }) => key));
    const isReused = mayMove || staying.size === 0 || staying.size * 2 >= wants.length;
    const free = new Map<string, string[]>();
    if (isReused)
      for (const [key, { slot, kind }] of this.#byKey) {
        if (kind === null || staying.has(key)) continue;
        const left = free.get(kind);
        if (left === undefined) free.set(kind, [slot]);
        else left.push(slot);
      }
    for (const left of free.values()) left.reverse();
    const next = new Map<string, { slot: string; kind: string | null }>();
    const slots = wants.map(({ key, kind }) => {
      const slot =
        kind === null
          ? key
          : staying.has(key)
            ? (this.#byKey.get(key)?.slot ?? key)
            : (free.get(kind)?.pop() ?? `${kind} ${(this.#made += 1)}`);
      next.set(key, { slot, kind });
      return slot;
    });
    this.#byKey = next;
    return slots;
  }
}
