/** One import at a time: the file chosen, what it holds, what is ticked, what became of it [A1, A3]. */

import { type Backend, BackendError, type ImportPreviewView, type TakenItemView } from "../backend/backend";

export class Imports {
  path = $state("");
  tool = $state("auto");
  preview = $state.raw<ImportPreviewView | null>(null);
  ticked = $state.raw<ReadonlySet<number>>(new Set());
  taken = $state.raw<TakenItemView[] | null>(null);
  refusal = $state.raw<BackendError | null>(null);
  isReading = $state(false);
  isTaking = $state(false);

  readonly takable = $derived((this.preview?.items ?? []).filter((item) => item.refusal === null));

  constructor(private readonly backend: Backend) {}

  /** Files dropped on the window, while the screen is open. */
  listen(): Promise<() => void> {
    return this.backend.hearFiles(([first]) => {
      if (first === undefined) return;
      this.path = first;
      void this.read();
    });
  }

  async read(): Promise<void> {
    if (this.path.trim() === "" || this.isReading) return;
    await this.drop();
    this.isReading = true;
    try {
      const format = this.tool === "auto" ? null : this.tool;
      // Nothing is ticked from the start: what is taken is what a person chose.
      this.preview = await this.backend.call("preview_import", { path: this.path, format });
    } catch (error) {
      this.refusal = asRefusal(error);
    } finally {
      this.isReading = false;
    }
  }

  tick(number: number, isOn: boolean): void {
    const ticked = new Set(this.ticked);
    if (isOn) ticked.add(number);
    else ticked.delete(number);
    this.ticked = ticked;
  }

  tickAll(isOn: boolean): void {
    this.ticked = new Set(isOn ? this.takable.map((item) => item.number) : []);
  }

  async take(): Promise<void> {
    const preview = this.preview;
    if (preview === null || this.ticked.size === 0 || this.isTaking) return;
    this.isTaking = true;
    this.refusal = null;
    try {
      const numbers = [...this.ticked].sort((a, b) => a - b);
      const taken = await this.backend.call("take_import", {
        id: preview.id,
        numbers,
        environment: "production",
      });
      await this.drop();
      this.taken = taken;
    } catch (error) {
      this.refusal = asRefusal(error);
    } finally {
      this.isTaking = false;
    }
  }

  /** Forgets what was read, here and in the engine. */
  async drop(): Promise<void> {
    const preview = this.preview;
    this.preview = null;
    this.ticked = new Set();
    this.taken = null;
    this.refusal = null;
    if (preview === null) return;
    try {
      await this.backend.call("drop_import", { id: preview.id });
    } catch {
      // The engine drops it by itself, ten minutes after it was read.
    }
  }
}

function asRefusal(error: unknown): BackendError {
  return error instanceof BackendError ? error : new BackendError("unexpected", String(error));
}
