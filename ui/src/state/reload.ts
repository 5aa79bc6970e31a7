/** Runs a load once at a time: asked again while it runs, it runs once more afterwards. */

export class Reload {
  #isRunning = false;
  #isWanted = false;

  constructor(private readonly load: () => Promise<void>) {}

  async request(): Promise<void> {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        await this.load();
      }
    } finally {
      this.#isRunning = false;
    }
  }
}
