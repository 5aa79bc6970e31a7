/** Mounts the window on the real backend inside Tauri, and on an invented one in a plain browser. */

import { mount } from "svelte";
import type { Backend } from "./backend/backend";
import { tauriBackend } from "./backend/tauri_backend";
import { App as AppState } from "./state/app.svelte";
import { late, type LateParts } from "./state/late.svelte";
import { markUsable } from "./state/usable.svelte";
import Window from "./Window.svelte";
import "./styles/tokens.css";
import "./styles/fonts.css";
import "./styles/base.css";
import "./styles/board_row.css";

async function openBackend(): Promise<Backend> {
  const { DemoBackend } = await import("./backend/demo_backend");
  return DemoBackend.fromAddress(location);
}

/** A frame has been drawn; a window that nobody sees draws none. */
function shown(): Promise<void> {
  return new Promise((resolve) => {
    if (document.hidden) resolve();
    else requestAnimationFrame(() => setTimeout(resolve));
  });
}

const fetchLate = (): Promise<LateParts> => import("./late_parts");

function open(backend: Backend): void {
  const target = document.getElementById("app");
  if (target === null) return;
  const app = new AppState(backend);
  late.follow(app, fetchLate);
  mount(Window, { target, props: { app, shown } });
  markUsable(app, () => late.load(fetchLate));
}

if ("__TAURI_INTERNALS__" in window) open(tauriBackend);
else void openBackend().then(open);
