import { execFileSync, spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { COMMAND } from "../support/processes/command.js";
import { Project } from "../support/processes/project.js";

const SCHEMA = `taskwire: 1
application: demo
namespaces:
  jobs:
    tasks:
      note: { parameters: { any: json } }
      by_id: { parameters: { id: bigint } }
      at: { parameters: { at: datetime } }
environments:
  local:
    clusters: { local: { sqlite: log.db } }
    topics: { tasks: { cluster: local } }
    routes: { "*": tasks }
`;

let project: Project;

beforeAll(async () => {
  project = new Project();
  project.write("package.json", JSON.stringify({ type: "module" }));
  project.write("schema/tasks.yaml", SCHEMA);
  expect(await project.codegen()).toMatchObject({ code: 0 });
});

afterAll(() => project[Symbol.dispose]());

function send(task: string, parameters: string, input: string | Buffer = "") {
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, "send", task, parameters, "--env", "local"], {
    cwd: project.folder,
    input,
    encoding: "utf8",
  });
  return { status, stderr };
}

it.each([
  ["jobs.note", '{"any":{"id":1234567890123456789}}', "any.id: expected a number within ±(2^53 - 1)"],
  ["jobs.by_id", '{"id":1234567890123456789}', 'write it in quotes where a bigint is expected: "1234567890123456789"'],
  ["jobs.note", '{"any":1,"any":2}', "any: expected each key once"],
  ["jobs.at", '{"at":"2026-02-30T00:00:00Z"}', 'at: expected datetime, got "2026-02-30T00:00:00Z"'],
  ["jobs.note", "@missing.json", "parameters: cannot read missing.json: ENOENT"],
  ["jobs.note", "{any:1}", "parameters: expected a JSON object, got {any:1}"],
])("send %s %s is refused, and nothing is appended", (task, parameters, message) => {
  const { status, stderr } = send(task, parameters);
  expect(stderr).toContain(message);
  expect(status).toBe(1);
});

it("send takes digits in quotes for a bigint", () => {
  expect(send("jobs.by_id", '{"id":"1234567890123456789"}').status).toBe(0);
});

it("send reads a file and standard input, with or without a mark of UTF-8", () => {
  project.write("marked.json", '\ufeff{"any":"é"}');
  project.write("plain.json", '{"any":"é"}\n');
  for (const name of ["marked.json", "plain.json"]) expect(send("jobs.note", `@${name}`).status, name).toBe(0);
  expect(send("jobs.note", "-", '\ufeff{"any":"é"}').status).toBe(0);
});

it.each([
  ["UTF-16", Buffer.from('\ufeff{"any":1}', "utf16le")],
  ["Latin-1", Buffer.from('{"any":"é"}', "latin1")],
])("send refuses standard input in %s, of which letters would be lost", (_, input) => {
  const { status, stderr } = send("jobs.note", "-", input);
  expect(stderr).toContain("expected JSON in UTF-8 in standard input");
  expect(status).toBe(1);
});

it("codegen refuses a default that does not exist or would be rounded", async () => {
  using other = new Project();
  other.write("package.json", "{}");
  const tasks = "a: { parameters: { at: { type: datetime, default: 2026-02-30T00:00:00Z } } }";
  const floats = "b: { parameters: { f: { type: float, default: 9007199254740993 } } }";
  other.write(
    "schema/s.yaml",
    `taskwire: 1\napplication: app\nnamespaces:\n  n:\n    tasks:\n      ${tasks}\n      ${floats}\n`,
  );
  const { code, err } = await other.codegen();
  expect(code).toBe(1);
  expect(err).toContain("2026-02-30T00:00:00Z");
  expect(err).toContain("a number that a 64-bit float can hold (the nearest is 9007199254740992)");
});

it("a worker's and a broker's numbers are refused unless they are digits", () => {
  for (const value of ["1e3", "0x10", " 5", "5abc"]) {
    const run = () => execFileSync(process.execPath, [COMMAND, "worker", "--concurrency", value], { stdio: "pipe" });
    expect(run, value).toThrow("Expected a whole number from 1 to 2147483647, in digits");
  }
});
