import { describe, expect, it } from "vitest";
import { OpenSessions } from "#runtime/web/guard/open-sessions.js";
import { Tokens } from "#runtime/web/guard/tokens.js";
import { WrongTokens } from "#runtime/web/guard/wrong-tokens.js";
import { entries } from "../../support/web/console.js";
import { ManualClock } from "../worker/manual-clock.js";

describe("what the guard of the console remembers", () => {
  it("has at most 1,000 addresses that sent wrong tokens: the oldest is forgotten first", () => {
    const wrong = new WrongTokens(new ManualClock());
    for (let count = 0; count < 5; count += 1) wrong.count("first");
    expect(wrong.mayTry("first")).toBe(false);
    for (let other = 0; other < 999; other += 1) wrong.count(`other ${other}`);
    expect(wrong.mayTry("first")).toBe(false);
    wrong.count("one more");
    expect(wrong.mayTry("first")).toBe(true);
  });

  it("has at most 10,000 cookies of who signed out: the oldest is forgotten first", () => {
    const tokens = new Tokens(entries);
    const [token] = tokens.all;
    if (token === undefined) throw new Error("there is no token");
    const sessions = new OpenSessions(tokens, new ManualClock());
    for (let cookie = 0; cookie < 10_000; cookie += 1) sessions.signOut({ token, id: `${cookie}`, expires: 0 });
    expect(sessions.signedOut("0")).toBe(true);
    sessions.signOut({ token, id: "one more", expires: 0 });
    expect([sessions.signedOut("0"), sessions.signedOut("1"), sessions.signedOut("one more")]).toEqual([
      false,
      true,
      true,
    ]);
  });
});
