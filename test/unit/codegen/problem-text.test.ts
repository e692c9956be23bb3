import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { problemText } from "#codegen/index.js";
import { type Problem, Problems } from "#codegen/problem/problem.js";
import { readYaml } from "#codegen/read/yaml.js";
import { resolve } from "#codegen/resolve/index.js";
import { validate } from "#codegen/validate/sections.js";

function problemsOf(text: string): readonly Problem[] {
  const problems = new Problems();
  problems.setText("schema/a.yaml", text);
  const root = readYaml("schema/a.yaml", text, problems);
  if (root !== undefined)
    resolve(validate([{ file: "schema/a.yaml", source: "schema/a.yaml", root }], "schema", problems), problems);
  return problems.sorted();
}

const SCHEMA = `taskwire: 1
application: shop
namespaces:
  mail:
    tasks:
      send: { paramters: { to: "strin" }, parameters: { to: "strin" } }
`;

describe("problems as text", () => {
  it("are a line each, plain", () => {
    expect(problemText(problemsOf(SCHEMA), { format: "plain" })).toBe(
      `schema/a.yaml:6:15: namespaces.mail.tasks.send.paramters: unknown key "paramters" in a task; did you mean "parameters"? (known keys: name, description, deprecated, formerly, parameters, retry, expires, processing_deadline, at_most_once, compression, schedule, silenced, owner, labels)
schema/a.yaml:6:61: namespaces.mail.tasks.send.parameters.to: unknown type "strin"; did you mean "string"? (known types: int, bigint, float, string, bool, bytes, datetime, uuid, json)
`,
    );
    expect(problemText([], { format: "plain" })).toBe("");
  });

  it("have the line of the file below them in frames, with a mark under what is meant", () => {
    const [, second] = problemText(problemsOf(SCHEMA), { format: "frame" }).split("\n\n");
    expect(second?.split("\n").slice(1)).toEqual([
      '  6 |       send: { paramters: { to: "strin" }, parameters: { to: "strin" } }',
      "    |                                                             ^^^^^^^",
      "",
    ]);
    expect(second).toContain("[unknown_name]");
    const colored = problemText(problemsOf(SCHEMA), { format: "frame", color: true });
    expect(colored).toContain("\u001b[31m^^^^^^^\u001b[0m");
    expect(stripVTControlCharacters(colored)).toBe(problemText(problemsOf(SCHEMA), { format: "frame" }));
  });

  it("are a list of objects with stable codes in JSON", () => {
    const [first] = JSON.parse(problemText(problemsOf(SCHEMA), { format: "json" }));
    expect(first).toEqual({
      file: "schema/a.yaml",
      line: 6,
      column: 15,
      code: "unknown_key",
      message: expect.stringMatching(/^namespaces\.mail\.tasks\.send\.paramters: unknown key "paramters" in a task/),
      path: "namespaces.mail.tasks.send.paramters",
      expected: "a key of a task",
      got: '"paramters"',
      hint: expect.stringMatching(/^did you mean "parameters"\?/),
    });
    expect(JSON.parse(problemText([], { format: "json" }))).toEqual([]);
  });

  it("show a window of a long line, and the mark where it belongs", () => {
    const long = `taskwire: 1\napplication: shop\nnamespaces: { ${Array.from({ length: 200 }, (_, index) => `n${index}: { tasks: {} }`).join(", ")}, bad: { task: {} } }`;
    const frames = problemText(problemsOf(long), { format: "frame" }).split("\n\n");
    for (const frame of frames) {
      const [, line = "", mark = ""] = frame.split("\n");
      expect([...line].length).toBeLessThan(140);
      expect(line.includes("bad: {")).toBe(true);
      expect(mark).toMatch(/^ +\| +\^+$/);
    }
    const unknown = frames.find((frame) => frame.includes("[unknown_key]"))?.split("\n");
    expect(unknown?.[1]?.slice(unknown[2]?.indexOf("^"), (unknown[2]?.lastIndexOf("^") ?? 0) + 1)).toBe("task");
  });

  it("neither move the cursor nor reorder what a reader sees", () => {
    const text = `taskwire: 1\napplication: "\u202e\u001b[31m"\nnamespaces: { "\u0007\u2028": {} }\n`;
    for (const format of ["plain", "frame", "json"] as const) {
      const shown = problemText(problemsOf(text), { format });
      expect(shown.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });

  it("of a problem at the end of a file have no frame", () => {
    const problems = new Problems();
    problems.setText("schema/a.yaml", "a: x\n");
    const complaint = { code: "yaml_syntax", path: "", expected: "more", got: "nothing" } as const;
    problems.add({ file: "schema/a.yaml", line: 2, column: 1 }, complaint);
    expect(problemText(problems.sorted(), { format: "frame" }).split("\n")).toHaveLength(2);
  });
});
