/** Counts, as sentences say them. */

const SMALL = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const grouped = new Intl.NumberFormat("en-GB");

/** "12", "10,010". */
export function digits(count: number): string {
  return grouped.format(count);
}

/** "one" to "ten", then digits. */
export function numberWord(count: number): string {
  return SMALL[count] ?? digits(count);
}

/** The same at the head of a sentence. */
export function numberWordAtStart(count: number): string {
  return upperFirst(numberWord(count));
}

/** "1 workflow", "1,234 workflows". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${digits(count)} ${count === 1 ? one : many}`;
}

/** "a", "a and b", "a, b and c", "a, b and 3 more". */
export function listed(names: readonly string[], atMost = 3): string {
  if (names.length === 0) return "";
  if (names.length > atMost) {
    return `${names.slice(0, atMost - 1).join(", ")} and ${names.length - atMost + 1} more`;
  }
  const last = names[names.length - 1] ?? "";
  return names.length === 1 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** A name as a sentence can carry it: cut in its middle, so that both ends stay readable. */
export function shortName(name: string, atMost = 48): string {
  const letters = Array.from(name);
  const head = Math.ceil((atMost - 1) * 0.6);
  return letters.length <= atMost
    ? name
    : `${letters.slice(0, head).join("").trimEnd()}…${letters
        .slice(head + 1 - atMost)
        .join("")
        .trimStart()}`;
}

export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
