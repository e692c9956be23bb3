import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Model, NamespaceModel, TaskModel } from "taskwire/model";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { breaking } from "#codegen/breaking/index.js";
import { emit } from "#codegen/codegen.js";
import { formatProblem } from "#codegen/index.js";
import { lint } from "#codegen/lint/lint.js";

const port = resolve(import.meta.dirname, "../../golden/port");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-port-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function modelOf(schema: "schema" | "before"): Promise<Model> {
  const emitted = await emit({ schema, out: "generated", cwd: port });
  if (emitted.kind === "problems") throw new Error(emitted.problems.map(formatProblem).join("\n"));
  return emitted.model;
}

/** `level code path: message` of every finding of the port, changed in one file, against `against`. */
async function found(against: string, change?: { readonly file: string; readonly from: string; readonly to: string }) {
  cpSync(join(port, "schema"), join(folder, "schema"), { recursive: true });
  if (change !== undefined) {
    const file = join(folder, "schema", change.file);
    const text = readFileSync(file, "utf8");
    if (!text.includes(change.from)) throw new Error(`${change.file} does not say ${change.from}`);
    writeFileSync(file, text.replace(change.from, change.to));
  }
  const result = await breaking({ schema: "schema", out: "generated", against: join(port, against), cwd: folder });
  if (result.kind === "problems") throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.findings.map(({ level, code, path, message }) => `${level} ${code} ${path}: ${message}`);
}

describe("a port of a monitoring application's tasks", () => {
  it("has the tasks of many teams, namespaces with hyphens among theirs", async () => {
    const { namespaces } = await modelOf("schema");
    expect(namespaces.flatMap(({ tasks }) => tasks).length).toBeGreaterThanOrEqual(60);
    expect(namespaces.filter(({ name }) => name.includes("-")).length).toBeGreaterThanOrEqual(2);
    const unowned = namespaces.filter(({ external, owner }) => external === undefined && owner === undefined);
    expect(unowned).toEqual([]);
  });

  it("means what the same declarations mean with every name, deadline and policy written out", async () => {
    const factsOf = ({ namespaces }: Model) =>
      namespaces.flatMap(({ name, tasks }: NamespaceModel) =>
        tasks.map(({ hash: _, owner: __, labels: ___, schedule, retry, ...task }: TaskModel) => ({
          ...task,
          namespace: name.replaceAll("-", "_"),
          plan: schedule?.plan,
          // What could be said only by the error that task.retry() throws is `on: []` now.
          retry: retry?.on?.join() === "RetryTaskError" ? { ...retry, on: [] } : retry,
        })),
      );
    expect(factsOf(await modelOf("schema"))).toEqual(factsOf(await modelOf("before")));
  });

  it("says each name and each common deadline once", () => {
    const count = (of: "schema" | "before", pattern: RegExp) =>
      ["beacon", "issues", "ingest", "integrations", "operations"]
        .map((name) => readFileSync(join(port, of, `${name}.yaml`), "utf8").match(pattern)?.length ?? 0)
        .reduce((sum, each) => sum + each, 0);
    const names = /[{ ]name: [a-z]+[.-]/g;
    expect([count("before", names), count("schema", names)]).toEqual([79, 1]);
    const usual = /processing_deadline: 10s/g;
    expect([count("before", usual), count("schema", usual)]).toEqual([16, 1]);
  });

  it("has nothing that lint --strict warns of", async () => {
    const result = await lint({ schema: "schema", cwd: port, strict: true });
    if (result.kind === "problems") throw new Error(result.problems.map(formatProblem).join("\n"));
    expect(result.warnings.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  });

  it("breaks what it has to: namespaces that get their hyphens back and environments that are left", async () => {
    const codes = new Map<string, number>();
    for (const each of await found("before")) {
      const code = each.split(" ").slice(0, 2).join(" ");
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(Object.fromEntries(codes)).toEqual({
      "WIRE topic_removed": 6,
      "WIRE task_namespace_changed": 10,
      "WIRE namespace_left_environment": 2,
      "SOURCE namespace_retired": 4,
      "NOTE schedule_changed": 1,
    });
  });

  it("breaks nothing against itself", async () => {
    expect(await found("expected")).toEqual([]);
  });
});

describe("a change of what is said once", () => {
  it("of a deadline in the defaults is one WIRE finding for all tasks that have it", async () => {
    const change = { file: "beacon.yaml", from: "processing_deadline: 10s", to: "processing_deadline: 5s" };
    expect(await found("expected", change)).toEqual([
      "WIRE deadline_shortened defaults.processing_deadline: was 10s, is 5s (46 tasks: ingest.events.preprocess, ingest.events.save, ingest.events.save_feedback, ...)",
    ]);
  });

  it("of a prefix is one WIRE finding for the tasks whose names it begins", async () => {
    const change = { file: "issues.yaml", from: "beacon.issues.tasks.", to: "beacon.issues." };
    expect(await found("expected", change)).toEqual([
      'WIRE task_renamed_or_replaced namespaces.issues.name_prefix: wire names began with "beacon.issues.tasks.", begin with "beacon.issues." (11 tasks: issues.post_process, issues.assign, issues.auto_resolve, ...)',
    ]);
  });

  it("of the policy in the defaults that retries more is a NOTE", async () => {
    const change = { file: "beacon.yaml", from: "delay: 30s, on: [] }", to: "delay: 30s }" };
    const [first = "", ...more] = await found("expected", change);
    expect(first).toMatch(/^NOTE retry_errors_widened defaults\.retry: any error is retried; .* \(\d+ tasks: /);
    for (const each of more) expect(each).toMatch(/^NOTE retry_errors_widened namespaces/);
  });

  it("of a namespace's environments is WIRE where it leaves, and of owner and labels nothing", async () => {
    const leaves = { file: "ingest.yaml", from: "environments: [local, cell]", to: "environments: [cell]" };
    await expect(found("expected", leaves)).rejects.toThrow(
      /environments\.local\.routes\.ingest-frames: namespace "ingest-frames" is only in/,
    );
    rmSync(join(folder, "schema"), { recursive: true });
    const relocation = { file: "operations.yaml", from: "environments: [cell]", to: "environments: [local]" };
    expect((await found("expected", relocation)).map((each) => each.split(":")[0])).toEqual([
      "WIRE namespace_left_environment namespaces.relocation.environments",
      "NOTE namespace_entered_environment namespaces.relocation.environments",
    ]);
    const owner = { file: "issues.yaml", from: "owner: team-issues", to: "owner: team-triage\n    labels: { a: b }" };
    expect(await found("expected", owner)).toEqual([]);
  });
});
