import { describe, expect, it } from "vitest";
import { statusText } from "#runtime/cli/output/status-text.js";
import { fittedTable, shortened, wrapped } from "#runtime/cli/output/table.js";
import { sessionWith, statusWith } from "../../support/status.js";

const none = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };
const full = { pending: 12_345, delayed: 1_000_000, processing: 128, retry: 7, failure: 5, parked: 99_999 };
const LONG_TASK = "sentry.tasks.integrations.deliver_a_webhook_to_every_organization_that_asked_for_it";

const task = (name: string, counts: Partial<typeof none> = {}) => ({
  application: "app",
  namespace: name.split(".")[0] ?? "",
  task: name,
  oldestPending: 61_000,
  ...none,
  ...counts,
});
const longest = (text: string) => Math.max(...text.split("\n").map((line) => [...line].length));

describe("the status document for a person", () => {
  it("leaves columns out that are 0 for every task, and keeps those that one task needs", () => {
    const text = statusText(
      statusWith({
        tasks: [task("issues.close", { pending: 3 }), task("issues.open", { processing: 2 })],
        counts: { ...none, pending: 3, processing: 2 },
      }),
    );
    expect(text).toMatch(/^namespace +task +pending +processing +oldest$/m);
    expect(text).toMatch(/^issues +issues\.close +3 +0 +1m 1s$/m);
    expect(text).toMatch(/^all +3 +2$/m);
  });

  it("names the owners of tasks where the schema says them, and of work that no connected worker handles", () => {
    const waiting = { application: "app", namespace: "issues", pending: 1, parked: 0, oldest: 61_000 };
    const text = statusText(
      statusWith({
        tasks: [{ ...task("issues.close", { pending: 3 }), owner: "team-issues" }, task("mail.send", { pending: 1 })],
        counts: { ...none, pending: 4 },
        unclaimed: [{ ...waiting, task: "issues.close", owner: "team-issues" }],
      }),
    );
    expect(text).toMatch(/^namespace +task +owner +pending +oldest$/m);
    expect(text).toMatch(/^issues +issues\.close +team-issues +3 +1m 1s$/m);
    expect(text).toMatch(/^mail +mail\.send +1 +1m 1s$/m);
    expect(text).toContain(
      "no connected worker handles issues.close (namespace issues, application app, owner team-issues)",
    );
    expect(statusText(statusWith({ tasks: [task("mail.send", { pending: 1 })] }))).not.toContain("owner");
  });

  it("says in words that nothing is in flight", () =>
    expect(statusText(statusWith())).toMatch(/^nothing is in flight$/m));

  it("shows per task what was done and what failed in the last minute", () => {
    const text = statusText(
      statusWith({
        lastMinute: [
          { application: "app", namespace: "issues", task: "issues.close", done: 1200, failed: 0 },
          { application: "app", namespace: "issues", task: "issues.open", done: 0, failed: 4 },
        ],
      }),
    );
    expect(text).toMatch(/^namespace +task +done\/min +failed\/min$/m);
    expect(text).toMatch(/^issues +issues\.close +1200 +0$/m);
    expect(text).toMatch(/^issues +issues\.open +0 +4$/m);
  });

  it("fits 80 columns with every column, long names, many digits and long sentences, and 60 as well", () => {
    const status = statusWith({
      data: `/srv/${"deep/".repeat(30)}.taskwire`,
      notReady: [
        { code: "journal_stuck", message: `the in-flight file cannot be written: ${"no space left ".repeat(9)}` },
      ],
      tasks: [task(LONG_TASK, full), task("issues.close", full), task("ü".repeat(300), full)],
      counts: full,
      oldestPending: 90_061_000,
      lastMinute: [{ application: "app", namespace: "sentry", task: LONG_TASK, done: 99_999, failed: 99_999 }],
      unclaimed: [{ application: "app", namespace: "sentry", task: LONG_TASK, pending: 9, parked: 9, oldest: 61_000 }],
      sessions: [
        sessionWith({ worker: "w".repeat(90), application: "a".repeat(90), tasks: 200, processing: 4, draining: true }),
      ],
      topics: [{ topic: "t".repeat(90), partition: 11, position: 123_456_789, lag: 65_000, paused: true }],
      limits: [
        {
          topic: "t".repeat(90),
          pending: 2048,
          maxPendingCount: 2048,
          processing: 2048,
          maxProcessingCount: 2048,
          delayed: 100_000,
          maxDelayCount: 100_000,
          parked: 5,
          paused: [{ reason: "max_pending_count", message: "2048 of 2048 pending" }],
        },
      ],
      quarantine: [`/srv/${"deep/".repeat(30)}quarantine/default.inflight.db`],
    });
    for (const width of [80, 60]) {
      const text = statusText(status, width);
      expect(longest(text)).toBeLessThanOrEqual(width);
      expect(text).toContain("…");
    }
    expect(statusText(status, 80)).toMatch(/2048 of 2048\s+pending/);
    expect(statusText(status)).toContain(LONG_TASK);
  });

  it("shortens names in the middle, so that both ends can be read", () => {
    const counts = { pending: 1, delayed: 1, processing: 1 };
    const text = statusText(statusWith({ tasks: [task(LONG_TASK, counts)], counts: { ...none, ...counts } }), 80);
    expect(text).toMatch(/^sentry +sentry\.[\w.]+…\w+asked_for_it +1 +1 +1 +1m 1s$/m);
  });
});

describe("tables and lines of a width", () => {
  it("a table without rows to spare keeps its names whole", () =>
    expect(fittedTable(["name", "n"], [["one", "1"]], { names: 1, width: 80 })).toEqual(["name  n", "one   1"]));

  it("cuts free text in the last column before it shortens a name", () =>
    expect(
      fittedTable(["place", "error"], [["work-dlq/0/17", "Error: the mail server is busy"]], {
        ...{ names: 1, width: 36, text: true },
      }),
    ).toEqual(["place          error", "work-dlq/0/17  Error: the mail serv…"]));

  it("a string is shortened by characters, not by halves of them", () => {
    expect(shortened("abcdefghij", 5)).toBe("ab…ij");
    expect(shortened("😀".repeat(9), 3)).toBe("😀…😀");
    expect(shortened("whole", 5)).toBe("whole");
  });

  it("a line is broken at blanks, and its further lines are indented", () => {
    expect(wrapped("one two three four", 9)).toEqual(["one two", "  three", "  four"]);
    expect(wrapped("  one two", 9)).toEqual(["  one two"]);
    expect(wrapped("", 9)).toEqual([""]);
  });
});
