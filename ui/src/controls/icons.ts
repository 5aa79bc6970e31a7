/** The one icon set: 16 px, drawn in strokes. */

export const icons = {
  board:
    '<circle cx="4" cy="4.5" r="1.9"/><circle cx="12" cy="4.5" r="1.9"/><circle cx="4" cy="11.5" r="1.9"/><circle cx="12" cy="11.5" r="1.9"/>',
  queue: '<path d="M2.5 4h8M2.5 8h5M2.5 12h8M10.5 6l2.500 2-2.500 2"/>',
  radius:
    '<circle cx="3.5" cy="8" r="1.8"/><path d="M5.3 8H8c2 0 1.5-4.5 4.5-4.5M8 8h5M8 8c2 0 1.5 4.5 4.5 4.5"/>',
  incident: '<path d="M2 8.5h3l1.5-5 3 9 1.5-4h3"/>',
  checklists: '<path d="M2.5 4.2l1.2 1.2 2-2.400M2.5 11l1.2 1.2 2-2.400M8.500 4.500h5M8.500 11.300h5"/>',
  file: '<path d="M4 2.500h5l3 3v8H4zM9 2.500v3h3"/>',
  platforms: '<path d="M8 2.2l5.8 3L8 8.2l-5.8-3zM2.2 8.2L8 11.2l5.8-3M2.2 11L8 14l5.8-3"/>',
  programs: '<path d="M2.5 3.5h11v9h-11zM5 6.500l2 1.700-2 1.700M8.500 10h2.500"/>',
  bell: '<path d="M4.500 11V7.200a3.500 3.500 0 0 1 7 0V11l1.200 1.500H3.300zM7 14h2"/>',
  forward: '<path d="M2.500 8h8M7.500 4.500L11 8l-3.500 3.500M13.500 3v10"/>',
  clients: '<circle cx="5" cy="8" r="2.6"/><path d="M7.6 8H14v2.4M11.4 8v2"/>',
  activity: '<path d="M3 3.5h10M3 8h10M3 12.5h6"/>',
  practice:
    '<path d="M3 5h6M12.5 5h.5M3 11h.5M7 11h6"/><circle cx="10.8" cy="5" r="1.7"/><circle cx="5.2" cy="11" r="1.7"/>',
  settings:
    '<circle cx="8" cy="8" r="2.1"/><path d="M8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6l1.4 1.4M11 11l1.4 1.4M12.4 3.6L11 5M5 11l-1.4 1.4"/>',
  search: '<circle cx="7" cy="7" r="4"/><path d="M10 10l3.5 3.5"/>',
  right: '<path d="M6 3.5L10.5 8 6 12.5"/>',
  down: '<path d="M3.5 6L8 10.5 12.5 6"/>',
  up: '<path d="M3.5 10L8 5.5 12.5 10"/>',
  left: '<path d="M10 3.5L5.5 8l4.500 4.500"/>',
  plus: '<path d="M8 3v10M3 8h10"/>',
  more: '<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.2"/>',
  copy: '<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 3.5v-.2c0-.5-.3-.8-.8-.8H3.3c-.5 0-.8.3-.8.8v6.4c0 .5.3.8.8.8h.2"/>',
  open: '<path d="M9 3h4v4M13 3L7.5 8.5M11.5 9.5v3c0 .3-.2.5-.5.5H3.5c-.3 0-.5-.2-.5-.5V5c0-.3.2-.5.5-.5h3"/>',
  close: '<path d="M4 4l8 8M12 4l-8 8"/>',
  filter: '<path d="M2.5 4h11M4.5 8h7M6.5 12h3"/>',
  check: '<path d="M3 8.500l3.300 3.300L13 4.800"/>',
  refresh: '<path d="M13 8a5 5 0 1 1-1.500-3.500M13 2.500v2.800h-2.800"/>',
  reconnect:
    '<path d="M3 8a5 5 0 0 1 8.500-3.500L13 6M13 3v3h-3M13 8a5 5 0 0 1-8.500 3.500L3 10M3 13v-3h3"/>',
  probe: '<path d="M2 8.5h3l1.5-5 3 9 1.5-4h3"/>',
  diagnose: '<path d="M5 2.500v11M11 2.500v11M5 5h6M5 8h6M5 11h6"/>',
  unplug: '<path d="M5.500 2.500v3M10.500 2.500v3M4 5.500h8V8a4 4 0 0 1-8 0zM8 12v2"/>',
  label:
    '<path d="M2.500 8.200V3c0-.3.2-.5.5-.5h5.200L13.500 7.800l-5.500 5.500z"/><circle cx="5.300" cy="5.300" r=".6"/>',
  trash: '<path d="M3 4.500h10M6.500 4.500v-2h3v2M4.500 4.500l.6 9h5.800l.6-9"/>',
  clock: '<circle cx="8" cy="8" r="5.500"/><path d="M8 5v3.200l2.200 1.300"/>',
  calendar: '<path d="M3 4.500h10v8.500H3zM3 7.500h10M5.500 2.800v3M10.500 2.800v3"/>',
  pause: '<path d="M6 4v8M10 4v8" stroke-width="1.800"/>',
  key: '<circle cx="5.500" cy="10.500" r="2.500"/><path d="M7.300 8.700L13 3M10.500 5.500l2 2"/>',
} as const;

export type IconName = keyof typeof icons;
