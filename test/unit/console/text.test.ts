import { describe, expect, test } from "vitest";
import { clip, visible } from "../../../console/source/parts/text/clip.js";
import { durationWords, relativeWords } from "../../../console/source/parts/text/duration.js";
import { clockTime, exactTime } from "../../../console/source/parts/text/exact-time.js";
import { bytes, count, percent, plural, rate } from "../../../console/source/parts/text/number.js";

describe("text from outside on a page", () => {
  test.each([
    ["\u001b[31mred", "␛[31mred"],
    ["a\u202eb", "a⟨U+202E⟩b"],
    ["a\nb\u0000", "a␊b␀"],
    ["\u007f\u0085", "␡⟨U+0085⟩"],
    ["\ud800x", "⟨U+D800⟩x"],
    ["a\u2028b\ufeff", "a⟨U+2028⟩b⟨U+FEFF⟩"],
    ["<img onerror=alert(1)>", "<img onerror=alert(1)>"],
    ["👩‍💻 naïve 日本", "👩‍💻 naïve 日本"],
  ])("every character of %j is visible on one line", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test("text is cut in the middle, and never between the halves of a character", () => {
    expect(clip("0123456789", 10)).toBe("0123456789");
    expect(clip("0123456789a", 10)).toBe("01234…789a");
    expect(clip("👍".repeat(20), 5)).toBe("👍👍…👍👍");
    expect(clip("abc", 1)).toBe("…");
  });

  test("text of 10 MiB is cut without looking at all of it", () => {
    const text = `begin${"\u202e".repeat(10 * 1024 * 1024)}end`;
    const shown = clip(text, 40);
    expect(shown.startsWith("begin⟨U+202E⟩")).toBe(true);
    expect(shown.endsWith("end")).toBe(true);
    expect([...shown]).toHaveLength(40);
  });
});

describe("times on a page", () => {
  test.each([
    [0, "0 ms"],
    [850, "850 ms"],
    [999.7, "1 s"],
    [4210, "4.2 s"],
    [59_700, "1 min"],
    [190_000, "3 min 10 s"],
    [3_600_000, "1 h"],
    [187_500_000, "2 d 4 h"],
    [-4210, "4.2 s"],
  ])("%d ms are %s", (span, words) => {
    expect(durationWords(span)).toBe(words);
  });

  test("a point in time is named by its distance, before and after", () => {
    expect(relativeWords(1_000_000, 1_000_400)).toBe("just now");
    expect(relativeWords(1_000_000, 1_012_900)).toBe("12 s ago");
    expect(relativeWords(1_190_000, 1_000_000)).toBe("in 3 min 10 s");
    expect(relativeWords(0, 7_200_000)).toBe("2 h ago");
  });

  test("the exact time has its zone, in UTC and in that of the reader", () => {
    const at = Date.UTC(2026, 10, 28, 23, 5, 9);
    expect(exactTime(at, "utc")).toBe("2026-11-28 23:05:09 UTC");
    expect(clockTime(Date.UTC(2026, 0, 1, 0, 0, 0), "utc")).toBe("00:00:00");
    expect(exactTime(at, "local")).toMatch(/^2026-11-2[89] \d\d:\d\d:\d\d \S+$/);
    expect(exactTime(Number.NaN, "utc")).toBe("not a time");
  });
});

describe("numbers on a page", () => {
  test("counts, rates, shares and sizes have as many digits as help", () => {
    expect([count(4210), count(0)]).toEqual(["4,210", "0"]);
    expect([0, 0.25, 4.21, 8, 118.4, 12_400].map(rate)).toEqual(["0", "0.25", "4.2", "8", "118", "12,400"]);
    expect([0, 0.0041, 0.02, 0.12, 1].map(percent)).toEqual(["0 %", "0.4 %", "2 %", "12 %", "100 %"]);
    expect([312, 4300, 123_456_789, 2 ** 40].map(bytes)).toEqual(["312 B", "4.2 KiB", "118 MiB", "1 TiB"]);
    expect([plural(1, "worker"), plural(1200, "worker"), plural(0, "entry", "entries")]).toEqual([
      "1 worker",
      "1,200 workers",
      "0 entries",
    ]);
  });
});
