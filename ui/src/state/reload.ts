/** Runs a load once at a time: asked again while it runs, it runs once more afterwards. */

/** No more than a third of the time goes into loading: a board that changes without end stays usable. */
const REST_FOR_EACH_MS_OF_LOADING = 2;
/** Nothing is drawn oftener than this: what changes between two frames is loaded once. */
const FRAME_MS = 16;
/** A person who looks on sees changes at least that often. */
const LONGEST_REST_MS = 2_000;

export class Reload {
  #isRunning = false;
  #isWanted = false;

  constructor(private readonly load: () => Promise<void>) {}

  async request(): Promise<void> {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (;;) {
        this.#isWanted = false;
        const startedAt = performance.now();
        await this.load();
        if (!this.#wasAskedAgain()) break;
        await rest(performance.now() - startedAt);
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #wasAskedAgain(): boolean {
    return this.#isWanted;
  }
}

function rest(loadedForMs: number): Promise<void> {
  const span = Math.min(Math.max(loadedForMs * REST_FOR_EACH_MS_OF_LOADING, FRAME_MS), LONGEST_REST_MS);
  return new Promise((rested) => setTimeout(rested, span));
}
