/** E4: until when it is to hold, as a person writes it. */

import { expect, it, vi } from "vitest";

vi.stubGlobal("patchbayHours", 24);
const { nextTimeOfDay, roundTimeAfter, timeOfDayLine } = await import("./time_of_day");

const NOW = new Date(2026, 10, 20, 14, 3, 20).getTime();
const at = (day: number, hour: number, minute: number): number =>
  new Date(2026, 10, day, hour, minute).getTime();

it.each([
  ["16:40", at(20, 16, 40)],
  ["1640", at(20, 16, 40)],
  ["16.40", at(20, 16, 40)],
  [" 4:40 PM ", at(20, 16, 40)],
  ["4:40\u00a0pm", at(20, 16, 40)],
  ["17", at(20, 17, 0)],
  ["5pm", at(20, 17, 0)],
  ["12 am", at(21, 0, 0)],
  ["12:30 pm", at(21, 12, 30)],
  ["14:03", at(21, 14, 3)],
  ["02:00", at(21, 2, 0)],
])("reads %s as the next such time", (text, expected) => {
  expect(nextTimeOfDay(text, NOW)).toBe(expected);
});

it.each(["", "teatime", "25:00", "16:60", "13 pm", "0 am", "-1", "16:4", "1:2:3"])(
  "takes %j for no time of a day",
  (text) => {
    expect(nextTimeOfDay(text, NOW)).toBeNull();
  },
);

it("proposes a round time, and says which day is meant", () => {
  expect(roundTimeAfter(NOW + 60 * 60_000)).toBe("15:10");
  expect(nextTimeOfDay(roundTimeAfter(NOW + 60 * 60_000), NOW), "what is proposed can be read").toBe(
    at(20, 15, 10),
  );
  expect(timeOfDayLine(at(20, 16, 40), NOW)).toBe("At 16:40, in 2 h 36 min.");
  expect(timeOfDayLine(at(21, 2, 0), NOW)).toBe("Tomorrow at 02:00, in 11 h.");
});
