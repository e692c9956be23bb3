import { expect, it } from "vitest";
import { aligned, comparable, stepsOf, wordsOf } from "../support/pages/session-page.js";

const same = (one: string, other: string) => {
  const expected = comparable(other);
  expect(aligned(comparable(one), expected)).toEqual(expected);
};
const differs = (one: string, other: string) => {
  const expected = comparable(other);
  expect(aligned(comparable(one), expected)).not.toEqual(expected);
};

it("what a page shows of a command is compared without ids, times, spans, line breaks and widths of columns", () => {
  same("waits for 12 min 3 s\n  now", "waits for 40 ms now");
  same("at 2026-11-30T10:18:22.487Z by app1:12:ab", "at 2026-01-01T00:00:00Z by app1:9:cd");
  same("4b565f2d78664a308f9d171a18f9e728  webhooks.deliver", "4b56…e728   webh…liver");
  same("a/0/2  error  Error: the addre…", "a/0/2  error  Error: the address ht…");
});

it("what a page shows of a command differs when a word, a number or a name does", () => {
  differs("3 wait", "4 wait");
  differs("task a is paused", "task b is paused");
  differs("webhooks.deliver", "webh…send");
  differs("one two", "one");
});

it("commands and what they print are found block by block, quotes group words", () => {
  const page = "```sh\ntaskwire why\n```\n\n```text\nnothing\n```\n\n```sh\nleft alone\n```\n";
  expect(stepsOf(page)).toEqual([{ commands: ["taskwire why"], printed: "nothing\n" }]);
  expect(wordsOf("taskwire pause --reason 'a b' --task \"c d\" e")).toEqual([
    "taskwire",
    "pause",
    "--reason",
    "a b",
    "--task",
    "c d",
    "e",
  ]);
});
