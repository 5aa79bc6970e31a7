import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * The rest of the window comes behind the first look, but its rules stand where they always stood: before the base's, which wins
 * where two weigh the same. So its styles are there from the start; they are small beside its script.
 */
const stylesInOrder: Plugin = {
  name: "styles-in-order",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: (html, { bundle }) => {
      const later = Object.keys(bundle ?? {}).find((name) => /\blate_parts-[^/]+\.css$/.test(name));
      const first = '<link rel="stylesheet"';
      if (later === undefined || !html.includes(first))
        throw new Error("the styles of late_parts.ts were not found");
      return html.replace(first, `${first} crossorigin href="/${later}">\n    ${first}`);
    },
  },
};

export default defineConfig({
  plugins: [svelte(), svelteTesting(), stylesInOrder],
  clearScreen: false,
  server: { port: 1420, strictPort: true, host: "localhost" },
  build: {
    // What Tauri's three web views can read: WebKitGTK and WKWebView of Safari 16.4's age, WebView2.
    target: ["safari16.4", "chrome110"],
    assetsInlineLimit: 0,
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./vitest.setup.ts"],
    include: ["src/**/*.test.ts"],
    env: { TZ: "UTC" },
    // A guard against what hangs, not a measure: a machine busy with a build renders five times slower.
    testTimeout: 30_000,
  },
});
