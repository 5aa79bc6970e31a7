/** What the window keeps: preferences, one load at a time, a draft without its secret. */

import { waitFor } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { BackendError, type SignInView } from "../backend/backend";
import { DemoBackend } from "../backend/demo_backend";
import { App } from "./app.svelte";
import { ConnectDraft } from "./connect_draft.svelte";
import { Notices } from "./notices.svelte";
import { Preferences } from "./preferences.svelte";
import { Reload } from "./reload";

describe("preferences", () => {
  it("survive odd contents of the storage", () => {
    const broken = new Preferences({ getItem: () => "{not json", setItem: () => undefined });
    const odd = new Preferences({
      getItem: () => '{"theme":"pink","density":"comfortable"}',
      setItem: () => undefined,
    });

    expect(broken.theme).toBe("system");
    expect(odd.theme, "an unknown theme is the system's").toBe("system");
    expect(odd.density).toBe("comfortable");
  });
});

describe("a reload", () => {
  it("runs once at a time, and once more for what was asked meanwhile", async () => {
    let runs = 0;
    let release: () => void = () => undefined;
    const reload = new Reload(async () => {
      runs += 1;
      await new Promise<void>((resolve) => (release = resolve));
    });

    const first = reload.request();
    void reload.request();
    void reload.request();
    expect(runs, "the second waits").toBe(1);
    release();
    await waitFor(() => expect(runs, "two askers, one more run").toBe(2));
    release();
    await first;

    expect(runs).toBe(2);
  });

  it("rests between two loads for twice as long as one took, so that a busy board stays usable", async () => {
    vi.useFakeTimers();
    try {
      let runs = 0;
      const reload = new Reload(async () => {
        runs += 1;
        await new Promise((loaded) => setTimeout(loaded, 100));
        if (runs < 3) void reload.request();
      });

      const whole = reload.request();
      await vi.advanceTimersByTimeAsync(299);
      expect(runs, "still resting").toBe(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(runs).toBe(2);
      await vi.advanceTimersByTimeAsync(400);
      await whole;

      expect(runs).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("the line for screen readers", () => {
  it("is emptied when its toast goes, and when it was heard", () => {
    vi.useFakeTimers();
    try {
      const notices = new Notices();
      notices.show({ tone: "bad", title: "The keychain is locked.", detail: "Unlock it." });
      expect(notices.spoken).toBe("The keychain is locked. Unlock it.");
      notices.close(notices.list[0]?.id ?? 0);
      expect(notices.spoken, "nobody who reads on meets it again").toBe("");

      notices.show({ tone: "plain", title: "First." });
      notices.say("Second.");
      notices.close(notices.list[0]?.id ?? 0);
      expect(notices.spoken, "a newer line stays for its time").toBe("Second.");
      vi.advanceTimersByTime(8_000);
      expect(notices.spoken).toBe("");
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a notice of a failure", () => {
  it("goes once the same deed succeeds, and is said once however often it fails", () => {
    const notices = new Notices();
    const refused = new BackendError("keychain_locked", "locked");

    notices.failed(refused, {}, "refresh a");
    notices.failed(refused, {}, "refresh a");
    notices.failed(refused, {}, "refresh b");
    notices.failed(refused);
    expect(notices.list.map((one) => [one.deeds, one.count])).toEqual([
      [["refresh a", "refresh b", null], 3],
    ]);
    notices.settle("refresh a");

    expect(
      notices.list.map((one) => [one.deeds, one.count]),
      "the others' causes stand",
    ).toEqual([[["refresh b", null], 2]]);
  });

  it("is past when what was in the way is over [A3]", async () => {
    const backend = new DemoBackend({ count: 3 });
    const app = new App(backend);
    const stop = await app.start();
    const bad = (): string[] => app.notices.list.filter((one) => one.tone === "bad").map((one) => one.title);
    const id = app.connections.board?.rows.find((row) => row.status.lamp === "active")?.id ?? "";
    backend.failNext(new BackendError("provider_unreachable", "no answer"), "refresh_now");
    await app.connections.refresh(id);

    backend.lockKeychain(true);
    await waitFor(() => expect(app.connections.around.keychain).toBe("locked"));
    backend.failNext(new BackendError("keychain_locked", "locked"), "run_test_call");
    await app.connections.testCall(id);
    expect(bad()).toHaveLength(2);
    backend.lockKeychain(false);

    await waitFor(() => expect(app.connections.around.keychain).toBe("open"));
    expect(bad(), "the other failure has another cause").toHaveLength(1);
    stop();
  });

  it("is past when the board shows that it works since, by whatever hand", async () => {
    const backend = new DemoBackend({ count: 14 });
    const app = new App(backend);
    const stop = await app.start();
    const bad = (): number => app.notices.list.filter((one) => one.tone === "bad").length;
    const [one, other] = (app.connections.board?.rows ?? []).filter((row) => row.status.lamp === "active");
    if (one === undefined || other === undefined) throw new Error("there are two");
    backend.failNext(new BackendError("provider_unreachable", "no answer"), "refresh_now");
    await app.connections.refresh(one.id);
    backend.failNext(new BackendError("provider_refused", "no"), "run_test_call");
    await app.connections.testCall(other.id);
    expect(bad()).toBe(2);

    backend.change(one.id, (view) => {
      if (view.row.proof !== null) view.row.proof = { ...view.row.proof, at: Date.now() + 60_000 };
    });

    await waitFor(() => expect(bad(), "of the other nothing was proved").toBe(1));
    const [left] = app.notices.list;
    expect(left?.deeds).toEqual([`test_call ${other.id}`]);
    stop();
  });

  it("is past when offline mode was the cause, and is off", async () => {
    const backend = new DemoBackend({ count: 3 });
    const app = new App(backend);
    const stop = await app.start();
    await app.engine.switchTo("offline");
    await waitFor(() => expect(app.connections.board?.engine.mode).toBe("offline"));
    app.notices.failed(new BackendError("offline", "no request leaves"), {}, "checks con_1");
    expect(app.notices.list).toHaveLength(1);

    await app.engine.switchTo("on");

    await waitFor(() => expect(app.notices.list.filter((one) => one.tone === "bad")).toEqual([]));
    stop();
  });

  it("is past when a second try works", async () => {
    const backend = new DemoBackend({ count: 3 });
    const app = new App(backend);
    const stop = await app.start();
    const id = app.connections.board?.rows.find((row) => row.status.lamp === "active")?.id ?? "";

    backend.failNext(new BackendError("keychain_locked", "locked"), "run_test_call");
    await app.connections.testCall(id);
    expect(app.notices.list.filter((one) => one.tone === "bad")).toHaveLength(1);
    await waitFor(() => expect(app.connections.working.size).toBe(0));
    await app.connections.testCall(id);

    expect(app.notices.list.filter((one) => one.tone === "bad")).toEqual([]);
    stop();
  });
});

describe("a sign-in", () => {
  it("that is over before its beginning was answered is shown as over [A7]", async () => {
    const backend = new DemoBackend({ count: 3 });
    const ask = backend.call.bind(backend);
    vi.spyOn(backend, "call").mockImplementation(async (command, args) => {
      const answer = await ask(command, args);
      // A browser that is signed in already may be through before the window is told that it was opened.
      if (command === "begin_reconnect") backend.finish((answer as SignInView).id);
      return answer;
    });
    const app = new App(backend);
    const stop = await app.start();
    const id = app.connections.board?.rows[0]?.id ?? "";

    await app.signIns.reconnect(id);

    expect(app.signIns.shown).toBeNull();
    expect([...app.signIns.byId.keys()]).toEqual([]);
    expect(app.notices.list.map((one) => one.title)).toEqual([expect.stringMatching(/ is back\.$/)]);
    stop();
  });

  it("is not set back by an answer that is older than what was told of it [A7]", async () => {
    const backend = new DemoBackend({ count: 3 });
    const ask = backend.call.bind(backend);
    const [begun, told] = [gate(), gate()];
    vi.spyOn(backend, "call").mockImplementation(async (command, args) => {
      if (command !== "list_sign_ins") return ask(command, args);
      await begun.shut;
      const answer = structuredClone(await ask(command, args));
      await told.shut;
      return answer;
    });
    const app = new App(backend);
    const starting = app.start();
    await waitFor(() => expect(app.connections.board).not.toBeNull());

    await app.signIns.reconnect(app.connections.board?.rows[0]?.id ?? "");
    const id = app.signIns.shown?.id ?? "";
    backend.step(id, { state: "exchanging_code" });
    begun.open();
    await new Promise((resolve) => setTimeout(resolve));
    backend.step(id, { state: "storing" });
    told.open();
    const stop = await starting;

    expect(app.signIns.shown?.progress.state).toBe("storing");
    stop();
  });

  it("catches up with what was told before anybody listened [A7]", async () => {
    const backend = new DemoBackend({ count: 3 });
    const ask = backend.call.bind(backend);
    const begun = gate();
    vi.spyOn(backend, "call").mockImplementation(async (command, args) => {
      if (command !== "list_sign_ins") return ask(command, args);
      await begun.shut;
      const known: SignInView[] = await ask(command, {});
      return known.map((view): SignInView => ({ ...view, progress: { state: "storing" } }));
    });
    const app = new App(backend);
    const starting = app.start();
    await waitFor(() => expect(app.connections.board).not.toBeNull());

    await app.signIns.reconnect(app.connections.board?.rows[0]?.id ?? "");
    begun.open();
    const stop = await starting;

    expect(app.signIns.shown?.progress.state).toBe("storing");
    stop();
  });

  it("is asked for again where something told of it was missed [A7]", async () => {
    const backend = new DemoBackend({ count: 3 });
    const app = new App(backend);
    const stop = await app.start();
    await app.signIns.reconnect(app.connections.board?.rows[0]?.id ?? "");
    const ask = backend.call.bind(backend);
    vi.spyOn(backend, "call").mockImplementation(async (command, args) => {
      if (command !== "list_sign_ins") return ask(command, args);
      const known: SignInView[] = await ask(command, {});
      return known.map((view): SignInView => ({ ...view, progress: { state: "storing" } }));
    });

    backend.loseSignInEvents();

    await waitFor(() => expect(app.signIns.shown?.progress.state).toBe("storing"));
    stop();
  });

  it("that another begins meanwhile is not lost", async () => {
    const backend = new DemoBackend({ count: 3 });
    const ask = backend.call.bind(backend);
    const app = new App(backend);
    const stop = await app.start();
    const [first, second] = app.connections.board?.rows ?? [];
    vi.spyOn(backend, "call").mockImplementation(async (command, args) => {
      const answer = await ask(command, args);
      if (command === "begin_reconnect") {
        const other = await ask("begin_reconnect", { id: second?.id ?? "" });
        backend.step(other.id, { state: "exchanging_code" });
      }
      return answer;
    });

    await app.signIns.reconnect(first?.id ?? "");

    expect(app.signIns.shown?.reconnects).toBe(first?.id);
    expect(app.signIns.waiting.map((one) => one.reconnects)).toEqual([second?.id]);
    stop();
  });
});

describe("the clock", () => {
  it("is one for the foot and for Settings, and follows every change [B9]", async () => {
    const backend = new DemoBackend({ count: 3 });
    const asked = vi.spyOn(backend, "call");
    const app = new App(backend);
    const stop = await app.start();
    const clocks = (): number => asked.mock.calls.filter(([command]) => command === "clock").length;
    expect([app.health.clock === null, clocks()]).toEqual([false, 1]);

    await app.engine.switchTo("paused");

    await waitFor(() => expect(clocks(), "asked again with the board").toBeGreaterThan(1));
    stop();
  });
});

describe("a draft", () => {
  it("takes the environment of the client that was chosen [A9]", async () => {
    const draft = new ConnectDraft(new DemoBackend({ count: 0 }));

    await draft.choose("google");
    draft.takeClient("cli_fjord_test");

    expect(draft.environment).toBe("staging");
    expect(draft.form("ignored").client_secret, "a known client sends no secret").toBeNull();
  });

  it("asks for what is ticked and for what was added, once each", async () => {
    const draft = new ConnectDraft(new DemoBackend({ count: 0 }));
    await draft.choose("google");

    draft.ticked[1] = false;
    draft.ticked[2] = false;
    draft.extraScopes = "calendar, email";

    expect(draft.form("").scopes).toEqual(["openid", "email", "calendar"]);
  });

  it("never holds the secret", async () => {
    const draft = new ConnectDraft(new DemoBackend({ count: 0 }));
    await draft.choose("notion");
    draft.clientId = "client-1";
    draft.hasSecret = true;

    const form = draft.form("hush");

    expect(form.client_secret).toBe("hush");
    const kept = JSON.stringify(
      Object.getOwnPropertyNames(ConnectDraft.prototype)
        .map((name): unknown => Reflect.get(draft, name))
        .filter((value) => typeof value !== "function"),
    );
    expect(kept, "what is kept can be read here").toContain("client-1");
    expect(kept, "only the form that is sent has it").not.toContain("hush");
  });
});

describe("ten thousand changes a second", () => {
  it("are a few loads, and the board ends with the truth [E1]", async () => {
    vi.useFakeTimers();
    try {
      const backend = new DemoBackend({ count: 30, isSteppedByHand: true, delay: 20 });
      const app = new App(backend);
      const starting = app.start();
      await vi.advanceTimersByTimeAsync(2_000);
      const end = await starting;
      const [id = ""] = backend.ids();
      const before = backend.asked.length;

      for (let ms = 0; ms < 1_000; ms++) {
        for (let change = 1; change <= 10; change++)
          backend.change(id, (view) => (view.row.dependant_count = ms * 10 + change));
        await vi.advanceTimersByTimeAsync(1);
      }
      await vi.advanceTimersByTimeAsync(5_000);

      const asked = backend.asked.slice(before);
      const boards = asked.filter(({ command }) => command === "board").length;
      expect(boards, "somebody who looks on sees it move").toBeGreaterThan(5);
      expect(boards, "20 ms for each, and twice as long to rest").toBeLessThan(25);
      expect(asked.length, "nothing else is asked for oftener").toBeLessThan(boards * 8);
      expect(app.connections.byId.get(id)?.dependant_count).toBe(10_000);
      end();
    } finally {
      vi.useRealTimers();
    }
  });
});

/** What waits at `shut` goes on at `open`. */
function gate() {
  let open = (): void => undefined;
  return { shut: new Promise<void>((resolve) => (open = resolve)), open: () => open() };
}
