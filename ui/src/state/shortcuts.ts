/** Which keys act where: single letters never in a field, never with a modifier, never while a dialog is open. */

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** The letter pressed, lower case, or null where it must not act. */
export function letterOf(event: KeyboardEvent): string | null {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return null;
  if (event.key.length !== 1 || isTyping(event.target)) return null;
  if (document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"],[role="listbox"]') !== null)
    return null;
  return event.key.toLowerCase();
}

export const isMac = /mac/i.test(navigator.userAgent);
export const undoKey = isMac ? "⌘ Z" : "Ctrl Z";
export const quitKey = "Ctrl Q";
export const paletteKey = isMac ? "⌘ K" : "Ctrl K";
