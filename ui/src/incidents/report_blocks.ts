/** Reads the report's own Markdown (heads, lists, one kind of table, paragraphs) into blocks, so that nothing of it is ever markup. */

export type ReportBlock =
  | { kind: "head"; level: 1 | 2; text: string }
  | { kind: "list"; items: string[] }
  | { kind: "table"; head: string[]; rows: string[][] }
  | { kind: "text"; text: string };

export function reportBlocks(markdown: string): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (const line of markdown.split("\n")) {
    const last = blocks[blocks.length - 1];
    const head = /^(#{1,2}) (.*)$/.exec(line);
    if (line.trim() === "") {
      // A paragraph ends; lists and tables end with the next other line.
      if (last?.kind === "text") blocks.push({ kind: "text", text: "" });
    } else if (head !== null)
      blocks.push({ kind: "head", level: head[1] === "#" ? 1 : 2, text: plain(head[2] ?? "") });
    else if (line.startsWith("- ")) {
      const item = plain(line.slice(2));
      if (last?.kind === "list") last.items.push(item);
      else blocks.push({ kind: "list", items: [item] });
    } else if (line.startsWith("|")) {
      const cells = cellsOf(line);
      if (last?.kind !== "table") blocks.push({ kind: "table", head: cells, rows: [] });
      else if (!cells.every((cell) => /^:?-+:?$/.test(cell))) last.rows.push(cells);
    } else if (last?.kind === "text" && last.text !== "") last.text += ` ${plain(line)}`;
    else blocks.push({ kind: "text", text: plain(line) });
  }
  return blocks.filter((block) => block.kind !== "text" || block.text !== "");
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\||\|\s*$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => plain(cell.trim()));
}

/** Without the marks that the report escapes names with: Markdown knows them before any punctuation of ASCII. */
function plain(text: string): string {
  return text.replace(/\\([!-/:-@[-`{-~])/g, "$1").replaceAll("**", "");
}
