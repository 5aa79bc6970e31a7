import "@testing-library/jest-dom/vitest";

// jsdom lays nothing out: the long lists need a height to know which rows are in view.
Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, value: 720 });
Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 1092 });
Element.prototype.scrollIntoView = () => undefined;
Element.prototype.scrollTo = () => undefined;
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
