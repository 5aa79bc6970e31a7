import "@testing-library/jest-dom/vitest";
import { configure } from "@testing-library/svelte";

// Every run begins on the same Tuesday morning: "at 14:00" is "tomorrow" in the evening, and a test that says the one would be
// wrong every night. From there the time goes on as it does.
{
  const real = Date;
  const ahead = real.UTC(2026, 10, 17, 9, 42) - real.now();
  const now = (): number => real.now() + ahead;
  globalThis.Date = class extends real {
    constructor(...parts: [] | [number]) {
      if (parts.length === 0) super(now());
      else super(...parts);
    }
    static override now(): number {
      return now();
    }
  } as DateConstructor;
}

// As the tests' own time: a guard against what never comes, on a machine that is busy with a build.
configure({ asyncUtilTimeout: 10_000 });

// jsdom lays nothing out: the long lists need a height to know which rows are in view.
Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, value: 720 });
Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 1092 });
Element.prototype.scrollIntoView = () => undefined;
Element.prototype.scrollTo = () => undefined;
// Nor does it draw: what a canvas shows is looked at in a browser.
HTMLCanvasElement.prototype.getContext = (() => null) as HTMLCanvasElement["getContext"];
globalThis.ResizeObserver ??= class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  }) as MediaQueryList;
