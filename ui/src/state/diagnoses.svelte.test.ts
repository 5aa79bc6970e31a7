/** Ladders as the window keeps them: rungs of the run under way and no other, cancelled, waited for [C3]. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BackendError, type RungView } from "../backend/backend";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "./app.svelte";

const rung = (name: RungView["rung"], state: RungView["state"] = "passed"): RungView => ({
  rung: name,
  state,
  took_ms: 12,
  says: "It answered.",
  proof: [],
});

interface Held {
  app: App;
  id: string;
  /** Tells of a rung, as the engine would. */
  tell: (run: number, one: RungView) => void;
  /** Ends the newest run. */
  end: (error?: BackendError) => void;
  runs: { run: number }[];
}

async function held(): Promise<Held> {
  const backend = new DemoBackend({ count: 3 });
  const answer = backend.call.bind(backend);
  const listen = backend.listen.bind(backend);
  const runs: { run: number }[] = [];
  let end: (error?: BackendError) => void = () => undefined;
  let tell: Held["tell"] = () => undefined;
  const id = backend.ids()[0] ?? "";
  backend.call = (command: never, args: never) => {
    if (command !== "diagnose") return answer(command, args);
    runs.push(args);
    return new Promise((resolve, reject) => {
      end = (error) => (error === undefined ? resolve(null) : reject(error));
    });
  };
  backend.listen = ((event: never, heard: (payload: unknown) => void) => {
    if (event === "rung_changed") tell = (run, one) => heard({ connection_id: id, run, rung: one });
    return listen(event, heard as never);
  }) as typeof backend.listen;
  const app = new App(backend);
  await app.diagnoses.start();
  await app.connections.start();
  return { app, id, runs, tell: (run, one) => tell(run, one), end: (error) => end(error) };
}

const states = (app: App, id: string): string[] =>
  (app.diagnoses.climbs.get(id)?.rungs ?? []).map((one) => `${one.rung} ${one.state}`);

beforeEach(() => {
  localStorage.clear();
});
afterEach(() => vi.useRealTimers());

describe("a climb", () => {
  it("takes the rungs of its own run, and each once", async () => {
    const { app, id, tell, runs } = await held();
    void app.diagnoses.run(id);
    const run = runs[0]?.run ?? 0;

    tell(run, rung("reach", "running"));
    tell(run, rung("reach"));
    tell(run - 1, rung("clock", "failed"));
    tell(run + 7, rung("clock", "failed"));

    expect(states(app, id), "other runs' rungs are not its own").toEqual(["reach passed"]);
  });

  it("is run once at a time", async () => {
    const { app, id, runs } = await held();

    void app.diagnoses.run(id);
    void app.diagnoses.run(id);

    expect(runs).toHaveLength(1);
  });

  it("forgets the rung that was under way when it is cancelled, and hears no more of it", async () => {
    const { app, id, tell, runs, end } = await held();
    const whole = app.diagnoses.run(id);
    const run = runs[0]?.run ?? 0;
    tell(run, rung("reach"));
    tell(run, rung("clock", "running"));

    await app.diagnoses.cancel(id);
    tell(run, rung("clock", "failed"));
    end();
    await whole;

    expect(app.diagnoses.climbs.get(id)?.state).toBe("cancelled");
    expect(states(app, id)).toEqual(["reach passed"]);
    expect(app.diagnoses.last.get(id), "half a ladder is no verdict").toBeUndefined();
  });

  it("keeps an answer that comes late from taking the place of a newer run", async () => {
    const { app, id, runs, end } = await held();
    const first = app.diagnoses.run(id);
    const endFirst = end;
    await app.diagnoses.cancel(id);
    endFirst(new BackendError("provider_unreachable", "Late."));
    void app.diagnoses.run(id);
    await first;

    expect(runs).toHaveLength(2);
    expect(app.diagnoses.isRunning(id), "the second goes on").toBe(true);
  });

  it("says out of sight that it could not be run", async () => {
    const { app, id, end } = await held();
    const whole = app.diagnoses.run(id);

    end(new BackendError("offline", "Offline."));
    await whole;

    expect(app.diagnoses.climbs.get(id)?.error?.code).toBe("offline");
    expect(app.notices.list, "nobody is looking at the page").toHaveLength(1);
  });

  it("begins by itself when the time has come, unless it was stopped", async () => {
    const { app, id, runs } = await held();
    vi.useFakeTimers();

    app.diagnoses.wait(id, Date.now() + 30_000);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(runs).toHaveLength(0);
    app.diagnoses.stopWaiting(id);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(runs, "it was stopped").toHaveLength(0);
    app.diagnoses.wait(id, Date.now() + 30_000);
    await vi.advanceTimersByTimeAsync(30_000);

    expect(runs).toHaveLength(1);
    expect(app.diagnoses.waits.has(id)).toBe(false);
  });
});
