import { describe, expect, test } from "vitest";
import { parseFilter } from "#runtime/operations/filter/parse.js";
import { suggest } from "../../../console/source/parts/filter/suggest.js";

const KNOWN = {
  task: ["issues.deliver", "issues.post process", "events.save"],
  worker: ["w-7", "w-9"],
  args: ["group_id", "url"],
};

function texts(filter: string, caret = filter.length): readonly string[] {
  return suggest(filter, caret, "activations", KNOWN).map(({ text }) => text);
}

describe("suggestions while a filter is typed", () => {
  test("an empty filter suggests its keys", () => {
    expect(texts("")).toContain("state:");
    expect(texts("")).toContain("age");
    expect(texts("state:pending wo")).toEqual(["worker:"]);
  });

  test("behind a key its known values are suggested, those taken already are not", () => {
    expect(texts("state:p")).toEqual(
      ["state:pending", "state:processing", "state:parked"].sort((a, b) => orderOf(a) - orderOf(b)),
    );
    expect(texts("worker:w-7,")).toEqual(["worker:w-7,w-9"]);
    expect(texts("age")).toEqual(["age"]);
    expect(texts("age>")).toEqual(["age>1m", "age>10m", "age>1h", "age>1d"]);
    expect(texts("args.gr")).toEqual(["args.group_id="]);
  });

  test("a word alone is found in the names of tasks, and quoted where the grammar needs it", () => {
    expect(texts("process")).toEqual(['task:"issues.post process"']);
    expect(texts("deliver")).toEqual(["task:issues.deliver"]);
  });

  test("every complete suggestion is a filter that can be read", () => {
    for (const typed of ["state:", "task:", "worker:", "age>", "attempts>", "deliver", "process", "due<"]) {
      for (const { filter, text } of suggest(typed, typed.length, "activations", KNOWN))
        if (filter.endsWith(" ")) expect(() => parseFilter(filter, "activations"), text).not.toThrow();
    }
  });

  test("a suggestion in the middle keeps what is around it, and puts the caret behind itself", () => {
    const [first] = suggest("state:pen app:x", 9, "activations", KNOWN);
    expect(first).toMatchObject({ filter: "state:pending app:x", caret: 14 });
  });

  test("spaces in quotes do not end a term", () => {
    expect(texts('error:"timed out" wor')).toEqual(["worker:"]);
    expect(texts('task:"issues.post pr')).toEqual(['task:"issues.post process"']);
  });

  test("at most twelve are suggested of ten thousand tasks", () => {
    const task = Array.from({ length: 10_000 }, (_, index) => `issues.task_${index}`);
    expect(suggest("task:issues", 11, "activations", { task })).toHaveLength(12);
  });
});

function orderOf(text: string): number {
  return ["state:processing", "state:pending", "state:parked"].indexOf(text);
}
