/** Which rows of the board are ticked [E1]. */
/* eslint-disable svelte/prefer-svelte-reactivity -- each set is made anew, and never changed */

export class Selection {
  ids = $state.raw<ReadonlySet<string>>(new Set());
  /** Where a stretch begins that Shift extends. */
  #anchor: string | null = null;

  has(id: string): boolean {
    return this.ids.has(id);
  }

  get size(): number {
    return this.ids.size;
  }

  toggle(id: string): void {
    const next = new Set(this.ids);
    if (!next.delete(id)) next.add(id);
    this.ids = next;
    this.#anchor = id;
  }

  /** All from where the stretch began to this one; `from` is where it begins, should nothing be begun. */
  extend(order: readonly string[], from: string, to: string): void {
    const anchor = this.#anchor !== null && order.includes(this.#anchor) ? this.#anchor : from;
    const ends = [order.indexOf(anchor), order.indexOf(to)].sort((a, b) => a - b);
    const [first = -1, last = -1] = ends;
    if (first < 0) return;
    this.ids = new Set([...this.ids, ...order.slice(first, last + 1)]);
    this.#anchor = anchor;
  }

  choose(ids: Iterable<string>): void {
    this.ids = new Set(ids);
    this.#anchor = null;
  }

  clear(): void {
    if (this.ids.size > 0) this.ids = new Set();
    this.#anchor = null;
  }

  /** Drops what is not there any more. */
  keep(known: { has(id: string): boolean }): void {
    const left = [...this.ids].filter((id) => known.has(id));
    if (left.length < this.ids.size) this.ids = new Set(left);
  }
}
