/** Mounts the window on the real backend inside Tauri, and on an invented one in a plain browser. */

import { mount } from "svelte";
import App from "./App.svelte";
import type { Backend } from "./backend/backend";
import { App as AppState } from "./state/app.svelte";
import { markUsable } from "./state/usable.svelte";
import "./styles/tokens.css";
import "./styles/fonts.css";
import "./styles/base.css";
import "./styles/board_row.css";

async function openBackend(): Promise<Backend> {
  if ("__TAURI_INTERNALS__" in window) return (await import("./backend/tauri_backend")).tauriBackend;
  const { DemoBackend } = await import("./backend/demo_backend");
  return DemoBackend.fromAddress(location);
}

const target = document.getElementById("app");
if (target !== null) {
  const app = new AppState(await openBackend());
  mount(App, { target, props: { app } });
  markUsable(app);
}
