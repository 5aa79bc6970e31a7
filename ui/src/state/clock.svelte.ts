/** The one ticking clock: every relative time on screen reads it. */

export class Clock {
  /** Moves every five seconds: enough for "4 min ago", calm for long lists. */
  now = $state(Date.now());
  /** Moves every second: for what counts down before a person's eyes. */
  second = $state(Date.now());
  #timer: ReturnType<typeof setInterval> | null = null;

  start(): () => void {
    this.#timer = setInterval(() => {
      this.second = Date.now();
      // Also where the clock was set back.
      if (Math.abs(this.second - this.now) >= 4_900) this.now = this.second;
    }, 1_000);
    return () => {
      if (this.#timer !== null) clearInterval(this.#timer);
    };
  }

  /** Catches up at once, after sleep or before an answer is shown. */
  sync(): void {
    this.second = Date.now();
    this.now = this.second;
  }
}
