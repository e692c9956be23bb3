import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { typeHint } from "#codegen/foreign-types.js";
import { SCHEMA_FILE } from "#codegen/language/index.js";
import { foreignKeys } from "#codegen/language/shapes/foreign-keys.js";
import type { Form } from "#codegen/language/shapes/shape.js";
import { formatProblem, Problems } from "#codegen/problem/problem.js";
import { readYaml } from "#codegen/read/yaml.js";
import { resolve } from "#codegen/resolve/index.js";
import { validate } from "#codegen/validate/sections.js";

/** Messages of a schema of one or more files, without the file's name. */
function messages(...texts: readonly string[]): readonly string[] {
  const problems = new Problems();
  const files = texts.flatMap((text, index) => {
    const file = `${index}.yaml`;
    const root = readYaml(file, text, problems);
    return root === undefined ? [] : [{ file, source: file, root }];
  });
  resolve(validate(files, "schema", problems), problems);
  return problems.sorted().map((problem) => formatProblem(problem).replace(/^\d+\.yaml:/, ""));
}

const HEAD = "taskwire: 1\napplication: app\nretry_policies:\n  mail: { times: 3, delay: 2s }\n";
const NAMESPACE = `${HEAD}namespaces:\n  emails:\n    tasks:\n      send_welcome:\n`;

/** A task whose keys begin in line 9, column 9. */
function task(...lines: readonly string[]): string {
  return `${NAMESPACE}${lines.map((line) => `        ${line}\n`).join("")}`;
}

/** What the YAML parser says by itself; a user never reads it. */
const PARSER =
  /implicit|compact mapping|block (?:collection|sequence|scalar)|flow (?:map|seq|sequence|collection)|node end|mapping items must|plain value|indicator|readable YAML|YAML stream|token/i;

const MISTAKES: readonly (readonly [title: string, text: string, message: RegExp])[] = [
  [
    "a task's key that is indented too little",
    `${NAMESPACE}        parameters: {}\n      retry: mail\n`,
    /^10:14: .*retry is a key of a task: indent it further/,
  ],
  [
    "a parameter with one space less",
    task("parameters:", "    name: string", "   address: string"),
    /^11:12: address is indented by 11 spaces, .*expected 12 or 8; indent all keys/,
  ],
  [
    "a key that is indented below a value",
    task("description: x", "  retry: mail"),
    /^10:11: retry is indented by 10 spaces, the keys before it by 8; indent all keys/,
  ],
  [
    "a missing colon of a parameter",
    task("parameters:", "  address string", "  name: int"),
    /^10:11: a colon is missing after address; write address: string$/,
  ],
  [
    "a missing colon of the last parameter",
    task("parameters:", "  name: int", "  address string"),
    /^11:11: a colon is missing after address; write address: string$/,
  ],
  [
    "a missing colon of a task",
    `${HEAD}namespaces:\n  emails:\n    tasks:\n      send_welcome\n        retry: mail\n`,
    /^8:7: a colon is missing after send_welcome; write send_welcome:$/,
  ],
  [
    "a missing colon of the only key of a task",
    task("retry mail"),
    /^9:9: .*a colon is missing after retry: write retry: mail$/,
  ],
  [
    "an equals sign for the only parameter",
    task("parameters:", "  address = string"),
    /^10:11: .*a colon is missing after address: write address: string$/,
  ],
  [
    "a no-break space behind the colon of the only parameter",
    task("parameters:", "  address:\u00a0string"),
    /^10:11: .*got "address:\\u00a0string"; it holds a no-break space: type a plain one$/,
  ],
  ["typographic quotes around a type", task("parameters: { x: \u201cint\u201d }"), /^9:26: .*; write int alone$/],
  ["a comma behind a type", task("parameters:", "  x: string,"), /^10:14: .*; write string alone$/],
  ["a comment without its space", task("parameters:", "  x: int# rows"), /; write int, and a comment as " # \.\.\."$/],
  ["a comment of another language", task("parameters:", "  x: int // rows"), /; write int, and a comment as " # /],
  ["underscores in a number", task("retry: { times: 1_000 }"), /got "1_000"; write 1000$/],
  [
    "a mapping written as true",
    `${HEAD}namespaces:\n  emails:\n    external: true\n    tasks: { send: {} }\n`,
    /^7:15: namespaces\.emails\.external: expected external \(a mapping\), got true; write \{ application: NAME \}$/,
  ],
  [
    "a missing space",
    task("retry:mail", "parameters: {}"),
    /^9:9: a space is missing after the colon of retry; write retry: mail$/,
  ],
  [
    "an equals sign",
    task("retry = mail", "parameters: {}"),
    /^9:9: retry is followed by "=" where a colon belongs; write retry: mail$/,
  ],
  [
    "a colon in a value",
    task("description: text: with colon"),
    /^9:22: a value contains a colon and a space; quote it: "text: with colon"$/,
  ],
  [
    "a quote that is never closed",
    task('description: "x', "retry: mail"),
    /^9:22: a quote is opened here and never closed: .*; close it with "$/,
  ],
  [
    "an apostrophe in single quotes",
    task("description: 'it's fine'"),
    /an apostrophe ends a string in single quotes; use double quotes: "it's fine"$/,
  ],
  [
    "a backslash in double quotes",
    task('parameters: { a: { type: string, pattern: "\\d+" } }'),
    /\\d is not a valid escape in double quotes; use single quotes: '\\d\+'$/,
  ],
  [
    "a bracket that is never closed",
    task("parameters: { a: int", "retry: mail"),
    /^9:21: \{ is opened here and never closed; close it with \}$/,
  ],
  ["a bracket too many", task("parameters: { a: int } }"), /unmatched \}; remove it/],
  ["a tab", task("parameters:", "\ta: int"), /tabs are not allowed as indentation; indent with spaces$/],
  [
    "marks of a merge",
    `<<<<<<< HEAD\n${HEAD}=======\n>>>>>>> other\n`,
    /^1:1: the file contains merge conflict markers/,
  ],
  [
    "an unquoted star",
    task("schedule:", "  cron: */5 * * * *"),
    /^10:17: a value that starts with a star needs quotes; quote it: "\*\/5 \* \* \* \*"$/,
  ],
  ["retries", task("retries: 3"), /did you mean "retry"\?/],
  ["attempts of a policy", task("retry: { attempts: 3 }"), /did you mean "times"\? It counts every run/],
  ["params", task("params: {}"), /did you mean "parameters"\?/],
  ["timeout", task("timeout: 10s"), /did you mean "processing_deadline"\?/],
  ["max_retries", task("max_retries: 3"), /did you mean "retry"\?/],
  ["alias", task("alias: a.b"), /did you mean "formerly"\?/],
  ["silenced_exceptions", task("silenced_exceptions: [A]"), /did you mean "silenced"\?/],
  ["wait_for_delivery", task("wait_for_delivery: true"), /; remove it: \.delay\(\) always resolves/],
  ["times in a task", task("times: 3"), /it is a key of a retry policy: write retry: \{ times: 3/],
  ["a number as policy", task("retry: 3"), /expected a policy's name or a policy, got 3; write \{ times: 3 \}/],
  ["a number in quotes as policy", task('retry: "3"'), /write \{ times: 3 \}/],
  ["true as policy", task("retry: true"), /got true; write \{ times: 3, delay: 10s \}, or remove retry/],
  ["a policy without times", task("retry: { delay: 1s }"), /times is missing in a retry policy; add times: 3$/],
  ["a schedule that is an expression", task('schedule: "0 2 * * *"'), /write \{ cron: "0 2 \* \* \*" \}$/],
  ["a schedule that is a period", task("schedule: 5 minutes"), /write \{ every: 5m \}/],
  ["a nickname of cron", task('schedule: { cron: "@daily" }'), /got "@daily"; write "0 0 \* \* \*"$/],
  [
    "a minute that does not exist",
    task('schedule: { cron: "61 * * * *" }'),
    /expected minute: a number from 0 to 59, got "61" in .*; the fields are minute, hour, day of month, month, day of week$/,
  ],
  [
    "a day of week that does not exist",
    task('schedule: { cron: "0 0 * * Funday" }'),
    /expected day of week: a number from 0 to 7 or a name such as SUN, MON, got "Funday"/,
  ],
  [
    "a date that does not exist",
    task('schedule: { cron: "0 0 31 2 *" }'),
    /expected a date that exists, .*the expression never matches/,
  ],
  [
    "the last part of a timezone",
    task('schedule: { cron: "0 0 * * *", timezone: Berlin }'),
    /did you mean "Europe\/Berlin"\?$/,
  ],
  [
    "a schedule without a required parameter",
    task("parameters: { address: string }", "schedule: { every: 5m }"),
    /required parameter address is missing; add address:/,
  ],
  ["minutes in words", task("expires: 5 minutes"), /did you mean 5m\?$/],
  ["a timedelta", task("expires: timedelta(hours=2)"), /did you mean 2h\?$/],
  ["half a second", task("expires: 500ms"), /write whole seconds, at least 1s$/],
  ["yes", task('at_most_once: "yes"'), /write true, without quotes$/],
  [
    "a name in camel case",
    `${HEAD}namespaces:\n  emails:\n    tasks:\n      sendWelcome: {}\n`,
    /did you mean "send_welcome"\?$/,
  ],
  [
    "a name with hyphens",
    `${HEAD}namespaces:\n  emails:\n    tasks:\n      send-welcome: {}\n`,
    /did you mean "send_welcome"\?$/,
  ],
  [
    "a task twice",
    `${NAMESPACE}        retry: mail\n      send_welcome: {}\n`,
    /send_welcome is defined twice in one mapping; the first is at 0\.yaml:8:7/,
  ],
  [
    "no routes",
    `${NAMESPACE}        retry: mail\nenvironments:\n  local:\n    clusters: { l: { memory: true } }\n    topics: { t: { cluster: l } }\n    routes:\n`,
    /expected a mapping from a namespace's full name or "\*" to a topic's name, got nothing/,
  ],
  [
    "a task without a value",
    `${HEAD}namespaces:\n  emails:\n    tasks:\n      send_welcome:\n`,
    /got nothing; write \{\} for one without keys$/,
  ],
  [
    "parameters as a list",
    task("parameters:", "  - a: int"),
    /got a list; write names as keys, without dashes: NAME: \.\.\.$/,
  ],
  ["a no-break space", task("retry:\u00a0mail"), /it holds a no-break space: type a plain one$/],
  [
    "a list item behind a key",
    task("description: - x"),
    /^9:22: a list item cannot follow its key on the same line; .*quote it: "- x"$/,
  ],
  [
    "a cron expression as a period",
    task('schedule: { every: "*/5 * * * *" }'),
    /a cron expression belongs under cron: "\*\/5 \* \* \* \*"$/,
  ],
  ["a month's long name", task('schedule: { cron: "0 0 * JANUARY *" }'), /expected month: the name JAN, got "JANUARY"/],
  [
    "an offset as timezone",
    task('schedule: { cron: "0 0 * * *", timezone: "+02:00" }'),
    /name a place: offsets and abbreviations/,
  ],
  ["a default in quotes", task('parameters: { a: { type: int, default: "3" } }'), /remove the quotes: 3$/],
  [
    "a quote that another one far below closes",
    task('description: "x', "retry: mail").concat(
      'environments:\n  local:\n    clusters: { l: { memory: true } }\n    topics: { t: { cluster: l } }\n    routes: { "*": t }\n',
    ),
    /^9:22: a quote is opened here and never closed: .*; close it with "$/,
  ],
  ["no application", "taskwire: 1\n", /application is missing: .*; add application: NAME to one file$/],
];

describe("a mistake is named with what to do, and never in the parser's words", () => {
  it.each(MISTAKES)("%s", (_title, text, message) => {
    const found = messages(text);
    expect(found).toEqual([expect.stringMatching(message)]);
    expect(found.join("\n")).not.toMatch(PARSER);
  });
});

describe("a foreign type is named with the right word", () => {
  it.each([
    ["str", '"string"'],
    ["boolean", '"bool"'],
    ["integer", '"int"'],
    ["number", '"int", or "float"'],
    ["dict", '"json"'],
    ["Any", '"json"'],
    ["list", '"string[]", "int[]"'],
    ["timedelta", '"int", in seconds'],
    ["list[int]", '"int[]"'],
    ["List[str]", '"string[]"'],
    ["Array<string>", '"string[]"'],
    ["dict[str, int]", '"int{}"'],
    ["dict[str, Any]", '"json"'],
    ["Optional[int]", '"int?" for what may be left out, or { type: int, nullable: true }'],
    ["str | None", '"string?"'],
    ["Optional[list[str]]", '"string[]?" for what may be left out, or { type: "string[]", nullable: true }'],
    ["int | string", "there are no unions: write json"],
    ["string | null", "{ type: string, nullable: true }"],
    ["datetime.datetime", '"datetime"'],
    ["UUID", '"uuid"'],
    ["Project[]", '"Project[]"'],
  ])("%s", (text, hint) => {
    expect(typeHint(text)).toContain(hint);
  });

  it("and one without quotes inside braces hides nothing else", () => {
    const found = messages(task("parameters: { a: Optional[int], b: str, c: dict[str, Any], d: int[] }", "retries: 3"));
    expect(found).toEqual([
      expect.stringMatching(/^9:26: Optional\[int\] is not a type of the schema; write "int\?"/),
      expect.stringMatching(/^9:44: .*unknown type "str"; did you mean "string"\?$/),
      expect.stringMatching(/^9:52: dict\[str, Any\] is not a type of the schema; did you mean "json"/),
      expect.stringMatching(/^9:71: int\[\] needs quotes inside braces; quote it: "int\[\]"$/),
      expect.stringMatching(/^10:9: .*unknown key "retries"/),
    ]);
  });
});

describe("a line that cannot be read hides no problem of the rest, and causes none", () => {
  it("of the same file", () => {
    const found = messages(task("description: x", "- stray", "retries: 3", "retry: nowhere"));
    expect(found).toHaveLength(3);
    expect(found[1]).toMatch(/unknown key "retries"/);
    expect(found[2]).toMatch(/unknown retry policy "nowhere"/);
  });

  it.each([
    ["a tag", "parameters: { x: !!str int }"],
    ["a merge key", "<<: *mail"],
    ["an alias", "description: *nowhere"],
    ["a key twice", "retry: mail"],
    ["a line that is no YAML", "description: > text"],
  ])("of names that another section declares, beside %s", (_, line) => {
    const found = messages(task(line, "retry: mial").concat("      other: { retry: miel }\n"));
    expect(found.filter((message) => /unknown retry policy "miel"/.test(message))).toHaveLength(1);
  });

  it("except of names that the section itself may declare in the line", () => {
    const broken = `${HEAD}  miel: > { times: 3 }\nnamespaces:\n  emails:\n    tasks:\n`;
    const found = messages(`${broken}      send: { retry: miel, retries: 3 }\n`);
    expect(found.filter((message) => /unknown key "retries"/.test(message))).toHaveLength(1);
    expect(found.filter((message) => /unknown retry policy "miel"/.test(message))).toEqual([]);
  });

  it("of another file", () => {
    const broken = "taskwire: 1\nretry_policies:\n  other: { times: 3 }\n  - web\n";
    const found = messages(broken, task("retries: 3", "retry: web"));
    expect(found.filter((message) => /unknown key "retries"/.test(message))).toHaveLength(1);
    expect(found.filter((message) => /web/.test(message))).toEqual([]);
    expect(found.join("\n")).not.toMatch(PARSER);
  });

  it("however many mistakes there are", () => {
    const found = messages(`${HEAD}types:\n${Array.from({ length: 200 }, (_, at) => `  T${at}: "x" y\n`).join("")}`);
    expect(found.length).toBeGreaterThan(1);
    expect(found.length).toBeLessThan(40);
  });
});

it("each foreign key leads to a key that its mapping has", () => {
  const mappings = new Map<string, readonly string[]>();
  const visit = (form: Form): void => {
    if (form.kind === "mapping") {
      if (mappings.has(form.what)) return;
      mappings.set(form.what, Object.keys(form.keys));
      for (const key of Object.values(form.keys)) visit(key.form);
    } else if (form.kind === "list") visit(form.element);
    else if (form.kind === "map") visit(form.value);
    else if (form.kind === "either") for (const one of [form.scalar, form.structure]) visit(one);
  };
  visit(SCHEMA_FILE.form);
  const wrong = foreignKeys().filter(([what, word, { key }]) => {
    const keys = mappings.get(what);
    const isOurs = keys?.some((one) => one.replaceAll("_", "") === word) === true;
    return keys === undefined || isOurs || (key !== undefined && !keys.includes(key));
  });
  expect(wrong).toEqual([]);
  expect(foreignKeys().length).toBeGreaterThan(150);
});

it("whatever is typed into a schema, every message is ours", () => {
  const schema = readFileSync("schema/issues.yaml", "utf8");
  const sign = fc.constantFrom(..." \n:\"'{}[],*&!|>-\t#%@`?=\\");
  const change = fc.tuple(fc.nat(schema.length), fc.nat(3), sign);
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const typed = changes.reduce(
        (text, [at, gone, added]) => text.slice(0, at) + added + text.slice(at + gone),
        schema,
      );
      expect(messages(typed).join("\n")).not.toMatch(PARSER);
    }),
    { numRuns: 200, seed: 15 },
  );
});
