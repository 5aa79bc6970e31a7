/** The sections of Settings, as its index and Find or do name them. */

export interface SettingsSection {
  /** Also the id of its head, and the end of its address. */
  id: string;
  label: string;
  /** What else somebody may type who looks for it. */
  alias: string;
}

export const settingsSections: readonly SettingsSection[] = [
  { id: "parts", label: "Own parts", alias: "self-check doctor keychain database listener browser" },
  { id: "refreshing", label: "Refreshing", alias: "pause metered offline network switch" },
  { id: "messages", label: "Messages", alias: "notifications desktop quiet hours" },
  {
    id: "alerts",
    label: "Alerts",
    alias: "channels webhook slack teams mail command notify",
  },
  {
    id: "forwarding",
    label: "Event forwarding",
    alias: "destinations file webhook sentry opentelemetry otlp logs",
  },
  { id: "window", label: "Window", alias: "close tray keep running quit start at login" },
  { id: "links", label: "Links", alias: "deep links mail patchbay port" },
  { id: "clock", label: "Clock", alias: "time skew servers zone" },
  { id: "import", label: "Import and export", alias: "gcloud rclone calendar other tools" },
  {
    id: "look",
    label: "Look",
    alias: "theme dark light high contrast density comfortable compact size zoom larger smaller",
  },
  { id: "keys", label: "Keys", alias: "keyboard shortcuts letters" },
  { id: "practice", label: "Practice and tour", alias: "learn try demo faults" },
  { id: "secrets", label: "Where secrets live", alias: "security privacy tokens password" },
  { id: "developers", label: "For developers", alias: "gallery design controls" },
];
