/** Spans in milliseconds, and fingerprints that look real and mean nothing. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Ten hex digits that look like a fingerprint and differ for each seed. */
export function fingerprint(seed: number): string {
  const mix = (value: number): number => {
    let mixed = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  return (
    mix(seed + 1)
      .toString(16)
      .padStart(8, "0") +
    mix(seed + 7_919)
      .toString(16)
      .padStart(8, "0")
  ).slice(0, 10);
}
