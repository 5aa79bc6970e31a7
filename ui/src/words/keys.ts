/** Every key that does something, with what it does: the list that `?` opens. */

export interface KeyLine {
  keys: readonly string[];
  does: string;
  /** A single letter: it can be switched off. */
  isLetter?: boolean;
}

export interface KeyGroup {
  head: string;
  lines: readonly KeyLine[];
}

export function keyGroups(palette: string): readonly KeyGroup[] {
  const control = palette.startsWith("⌘") ? "⌘" : "Ctrl";
  return [
    {
      head: "Everywhere",
      lines: [
        { keys: [palette], does: "Find or do" },
        { keys: ["?"], does: "This list", isLetter: true },
        { keys: [`${control} Z`], does: "Undo what was done last" },
        { keys: [`${control} +`, `${control} −`, `${control} 0`], does: "Larger, smaller, as usual" },
        { keys: ["F6"], does: "Between the navigation and the screen" },
        { keys: ["Tab"], does: "To the next part: button, horizon, filter, list" },
        { keys: ["Esc"], does: "Close, stop, untick, or back to the board" },
        { keys: ["Ctrl Q"], does: "Quit: nothing is refreshed until it is started again" },
      ],
    },
    {
      head: "On the board",
      lines: [
        { keys: ["/"], does: "Into the filter" },
        { keys: ["↑", "↓", "Home", "End"], does: "From row to row" },
        { keys: ["←", "→"], does: "Close or open a group" },
        { keys: ["Enter"], does: "Open the connection" },
        { keys: ["Space"], does: "Tick the row" },
        { keys: ["Shift ↑", "Shift ↓"], does: "Tick what is passed" },
        { keys: [`${control} A`], does: "Tick all that are shown" },
      ],
    },
    {
      head: "A connection, or all that are ticked",
      lines: [
        { keys: ["R"], does: "Reconnect", isLetter: true },
        { keys: ["T"], does: "Test call", isLetter: true },
        { keys: ["F"], does: "Refresh now", isLetter: true },
        { keys: ["G"], does: "Diagnose, one connection", isLetter: true },
        { keys: ["D"], does: "Disconnect, after a question", isLetter: true },
      ],
    },
    {
      head: "In the reconnect queue",
      lines: [
        { keys: ["O"], does: "Open the browser tab again", isLetter: true },
        { keys: ["S"], does: "Skip the row, or what is open", isLetter: true },
        { keys: ["E"], does: "Someone else has to do it: a text for them", isLetter: true },
      ],
    },
    {
      head: "On the horizon",
      lines: [
        { keys: ["←", "→", "Home", "End"], does: "From mark to mark" },
        { keys: ["+", "−"], does: "Nearer, further" },
        { keys: ["Enter"], does: "Open what breaks" },
      ],
    },
    {
      head: "In the blast radius",
      lines: [
        { keys: ["↑", "↓", "Home", "End"], does: "From line to line" },
        { keys: ["←", "→"], does: "Across the cable to the other side" },
        { keys: ["Enter"], does: "Take the line into focus" },
        { keys: ["W"], does: "On a connection: what would fail if it died" },
        { keys: ["Esc"], does: "Back to the whole" },
      ],
    },
    {
      head: "In a sign-in",
      lines: [
        { keys: ["C"], does: "Copy what stands to be copied: redirect URI, address, code", isLetter: true },
        { keys: ["Esc"], does: "Put the dialog aside; the sign-in goes on" },
      ],
    },
  ];
}
