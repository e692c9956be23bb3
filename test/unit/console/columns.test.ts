import { expect, test } from "vitest";
import { choicesOf } from "../../../console/source/data/columns.js";

test("stored choices of columns are read back, and what is none is left out", () => {
  expect(choicesOf('{"letters":{"place":true,"at":false},"elsewhere":{"id":true}}').letters).toEqual({
    place: true,
    at: false,
  });
  for (const text of ["", "null", "[]", "{", '"x"', '{"letters":7}', '{"letters":{"place":"yes"}}'])
    expect(choicesOf(text).letters, text).toBeUndefined();
  expect(Object.keys(choicesOf('{"elsewhere":{"id":true}}'))).not.toContain("elsewhere");
});

test("stored choices are bounded in text and in columns", () => {
  const of = (count: number) =>
    JSON.stringify({ tasks: Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, true])) });
  expect(Object.keys(choicesOf(of(100)).tasks ?? {})).toHaveLength(32);
  expect(choicesOf(of(1000)).tasks).toBeUndefined();
});
