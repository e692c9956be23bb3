import { expect, it } from "vitest";
import { findingsText } from "#runtime/cli/output/findings-text.js";
import { diagnose } from "#runtime/operations/diagnose/diagnose.js";
import { FIXTURES, healthyWith } from "../operations/diagnose/fixtures.js";

const findings = diagnose([{ broker: "a:1", status: healthyWith(FIXTURES.task_without_worker.changes) }]);

it("findings are printed with their level, the evidence and the hint, in the lines of a terminal", () => {
  expect(findingsText({ findings, summary: "1 worker" })).toBe(`\
STOPPED  no worker takes issues.open: 4,210 wait, the oldest for 12 min
         1 worker of application "app" is connected (w-7 on app1); it does not name the task
         hint: deploy workers with its handler, or \`taskwire pause --task issues.open\` until then;
           what waits is kept in order
now: 1 worker
`);
});

it("a task that nothing is wrong with is named with what there is of it", () =>
  expect(findingsText({ findings: [], summary: "3 pending" }, "issues.open")).toBe(
    "nothing is wrong with issues.open: 3 pending\n",
  ));

it("names that come from outside do not reach the terminal as control", () => {
  const [found] = findings;
  const text =
    found === undefined ? "" : findingsText({ findings: [{ ...found, text: "a\u001b[2Jb\nc" }], summary: "" });
  expect(text).toContain("a\\u001b[2Jb\\nc");
});
