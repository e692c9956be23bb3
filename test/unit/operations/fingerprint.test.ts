import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Reason } from "#runtime/activation/reasons.js";
import { fingerprintOf } from "#runtime/operations/fingerprint/fingerprint.js";
import { errorText } from "#runtime/worker/child/error-text.js";

const of = (error: string, task = "mail.send", reason: Reason = "error") => fingerprintOf({ reason, task, error });

describe("a fingerprint of a failure", () => {
  it("is the same for failures that differ in numbers, ids, quoted text and paths", () => {
    for (const [one, other] of [
      ["Error: order 17 was not found", "Error: order 180000 was not found"],
      ["Error: no user 4b565f2d78664a308f9d171a18f9e728", "Error: no user 00565f2d78664a308f9d171a18f9e7aa"],
      ["E: 0192ab34-aaaa-4bbb-8ccc-0123456789ab is gone", "E: ffffab34-1aaa-4bbb-9ccc-9123456789ab is gone"],
      ['TypeError: "a b" is no address', 'TypeError: "ada@example.org" is no address'],
      ["Error: ENOENT: no such file, open '/var/a/1.txt'", "Error: ENOENT: no such file, open '/srv/b c.txt'"],
      ["Error: cannot read /var/lib/a.json", "Error: cannot read /srv/other/b.json"],
      ["Error: GET https://example.org/a?b=1 answered 503", "Error: GET http://example.net/ answered 502"],
      ["Error: connect ECONNREFUSED 10.0.0.1:5432", "Error: connect ECONNREFUSED 10.20.30.40:6543"],
      ["Error: worker w-7 is gone after 1.5 s", "Error: worker w-12 is gone after 22 s"],
      ["RangeError: amount -5 is too low", "RangeError: amount 0 is too low"],
    ] as const)
      expect(of(one), one).toBe(of(other));
  });

  it("differs for another message, error class, task or reason", () => {
    const all = [
      of("Error: timed out"),
      of("Error: refused"),
      of("TypeError: timed out"),
      of("Error: timed out", "mail.list"),
      of("Error: timed out", "mail.send", "deadline_exceeded"),
      of("Error: can't read it"),
      of("Error: won't read it"),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it("is the same for a run that is retried and for the last one, whose attempts are used up", () => {
    expect(of("Error: timed out", "mail.send", "attempts_exceeded")).toBe(of("Error: timed out"));
  });

  it("counts the top frame outside node_modules and Node, by function and file, without folder, line and column", () => {
    const text = (frame: string) =>
      `Error: timed out\n    at connect (node:net:1:2)\n    at x (/a/node_modules/pg/i.js:1:2)\n${frame}`;
    const here = of(
      text("    at deliver (file:///app/releases/17/src/mail.ts:10:5)\n    at other (file:///app/b.ts:1:1)"),
    );
    expect(of(text("    at deliver (file:///app/releases/18/src/mail.ts:12:9)"))).toBe(here);
    expect(of(text("    at collect (file:///app/releases/17/src/mail.ts:10:5)"))).not.toBe(here);
    expect(of(text("    at deliver (file:///app/releases/17/src/post.ts:10:5)"))).not.toBe(here);
    expect(of("Error: timed out")).not.toBe(here);
    expect(of(text("    at file:///one/mail.ts:10:5"))).toBe(of(text("    at file:///two/mail.ts:99:1")));
    expect(of(text("    at async deliver (C:\\app\\src\\mail.ts:10:5)"))).toBe(here);
  });

  it("is the same for one error thrown twice at one place, as a worker describes it", () => {
    const thrown = (id: number) => errorText(new Error(`order ${id} was not found`)).stack ?? "";
    expect(of(thrown(1))).toBe(of(thrown(23)));
  });

  it("is made of any text in bounded time, and always of the same text the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 5000 }), (error) => {
        expect(of(error)).toMatch(/^[0-9a-f]{16}$/);
        expect(of(error)).toBe(of(error));
      }),
    );
    for (const hostile of ["'", '"', "a-", "/", ".", "1:", "\n    at ", "(", "a:"])
      expect(of(hostile.repeat(100_000))).toMatch(/^[0-9a-f]{16}$/);
  });

  it("replaces any number within a message by the same mark", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, other) => of(`Error: got ${one} of 5`) === of(`Error: got ${other} of 5`)),
    );
  });
});
