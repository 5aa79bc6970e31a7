import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
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
