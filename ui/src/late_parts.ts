/** What the first look at the board does not need, in one script: every other screen, what floats, and what opens. */

import DropMenu from "./controls/DropMenu.svelte";
import { drops } from "./controls/drop_menu.svelte";

drops.menu = DropMenu;

export { default as BulkBar } from "./connections/BulkBar.svelte";
export { default as Elsewhere } from "./screens/Elsewhere.svelte";
export { default as Floating } from "./screens/Floating.svelte";
export { default as HorizonList } from "./connections/HorizonList.svelte";
