import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcome } from "../support/processes/command.js";

/** A repository of its own, with the package in a folder below its top. */
let repository: string;
let project: string;

const SCHEMA = (parameter: string) => `taskwire: 1
application: shop
namespaces:
  orders:
    tasks:
      confirm:
        parameters: { ${parameter}: int }
`;

beforeAll(async () => {
  repository = mkdtempSync(join(tmpdir(), "taskwire-breaking-"));
  project = join(repository, "packages/shop");
  mkdirSync(join(project, "schema"), { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ taskwire: { schema: "schema", out: "generated" } }));
  writeFileSync(join(project, "schema/shop.yaml"), SCHEMA("order_id"));
  git("init", "-q", "-b", "main");
  git("add", "-A");
  commit("only the schema");
  git("tag", "schema-only");
  expect((await outcome(["codegen"], {}, project)).said).toContain("6 files in generated");
  git("add", "-A");
  commit("with what codegen wrote");
  git("tag", "released");
  writeFileSync(join(project, "schema/shop.yaml"), SCHEMA("order"));
});

afterAll(() => {
  rmSync(repository, { recursive: true, force: true });
});

function git(...args: readonly string[]): string {
  return execFileSync("git", [...args], { cwd: repository, encoding: "utf8" });
}

function commit(message: string): void {
  git("-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "--allow-empty", "-m", message);
}

const breaking = (...flags: readonly string[]) => outcome(["breaking", ...flags], {}, project);

const RENAMED =
  'schema/shop.yaml:7:23: WIRE parameter_renamed_or_replaced: namespaces.orders.tasks.confirm.parameters.order: "order_id" is gone and "order" is new at the same position with the same type: renamed, or replaced by another value';

describe("taskwire breaking", () => {
  it("compares with the model that a commit has, and leaves the work tree and the index alone", async () => {
    const before = git("status", "--porcelain", "--untracked-files=all");
    const { code, said } = await breaking("--against", "released");
    expect(said).toContain(RENAMED);
    expect(said).toMatch(/against generated\/taskwire\.json at released \([0-9a-f]{12}\): 1 WIRE/);
    expect(code).toBe(1);
    expect(git("status", "--porcelain", "--untracked-files=all")).toBe(before);
  });

  it("compares with the schema of a commit that has no model", async () => {
    const { code, said } = await breaking("--against", "schema-only");
    expect(said).toContain(RENAMED);
    expect(said).toMatch(/against schema at schema-only \([0-9a-f]{12}\): 1 WIRE/);
    expect(code).toBe(1);
  });

  it("finds the schema of a commit in which its folder had another name", async () => {
    const manifest = join(project, "package.json");
    const before = readFileSync(manifest, "utf8");
    renameSync(join(project, "schema"), join(project, "tasks"));
    writeFileSync(manifest, JSON.stringify({ taskwire: { schema: "tasks", out: "src/generated" } }));
    try {
      const { code, said } = await breaking("--against", "schema-only");
      expect(said).toContain(RENAMED.replace("schema/", "tasks/"));
      expect(said).toMatch(/against schema at schema-only \([0-9a-f]{12}\): 1 WIRE/);
      expect(code).toBe(1);
      expect((await breaking("--against", "released")).said).toMatch(/against generated\/taskwire\.json at released/);
    } finally {
      renameSync(join(project, "tasks"), join(project, "schema"));
      writeFileSync(manifest, before);
    }
  });

  it("compares with a schema folder, a generated folder and a file", async () => {
    const old = join(repository, "old");
    cpSync(join(project, "generated"), join(old, "generated"), { recursive: true });
    mkdirSync(join(old, "schema"));
    writeFileSync(join(old, "schema/shop.yaml"), SCHEMA("order_id"));
    for (const against of ["schema", "generated", "generated/taskwire.json"]) {
      const { code, said } = await breaking("--against", join("../../old", against));
      expect(said).toContain(RENAMED);
      expect(code).toBe(1);
    }
    rmSync(old, { recursive: true });
  });

  it("gives the same as JSON", async () => {
    const { code, said } = await breaking("--against", "released", "--json");
    const result: unknown = JSON.parse(said);
    expect(result).toMatchObject({
      kind: "compared",
      findings: [
        { code: "parameter_renamed_or_replaced", level: "WIRE", file: "schema/shop.yaml", line: 7, column: 23 },
      ],
    });
    expect(code).toBe(1);
  });

  it("fails for SOURCE unless only WIRE is asked for", async () => {
    const file = join(project, "schema/shop.yaml");
    const changed = readFileSync(file, "utf8");
    writeFileSync(file, SCHEMA("order_id").replace("confirm:", "approve:\n        name: orders.confirm"));
    expect((await breaking("--against", "released")).code).toBe(1);
    const { code, said } = await breaking("--against", "released", "--level", "wire");
    expect(said).toContain("SOURCE task_key_changed");
    expect(code).toBe(0);
    writeFileSync(file, changed);
  });

  it("says that nothing breaks when nothing has changed", async () => {
    const { code, said } = await breaking("--against", "schema");
    expect(said).toBe("against schema: nothing breaks\n");
    expect(code).toBe(0);
  });

  it.each([
    [
      "no such commit",
      "nowhere",
      /--against "nowhere": expected a commit, branch or tag .* found nothing of that name/,
    ],
    ["what looks like a flag of git", "--all=x", /--against "--all=x": expected a commit/],
    [
      "a folder without a model",
      "generated/namespaces",
      /expected a folder with taskwire\.json or with \*\.yaml files, got one with neither/,
    ],
    [
      "a file that is no model",
      "package.json",
      /--against "package\.json": the model file .* does not match this version of taskwire/,
    ],
  ])("exits with 2 for %s", async (_case, against, message) => {
    const { code, said } = await breaking(`--against=${against}`);
    expect(said).toMatch(message);
    expect(code).toBe(2);
  });

  it("exits with 2 for a commit that has neither model nor schema, and names both", async () => {
    const { code, said } = await breaking("--against", "released", "--out", "elsewhere", "--schema", "schema");
    expect(said).toContain("against schema at released");
    expect(code).toBe(1);
    const other = join(project, "other");
    cpSync(join(project, "schema"), other, { recursive: true });
    const without = await breaking("--against", "released", "--out", "elsewhere", "--schema", "other");
    expect(without.said).toContain("has neither elsewhere/taskwire.json nor *.yaml files in other");
    expect(without.code).toBe(2);
    rmSync(other, { recursive: true });
  });

  it("exits with 2 outside of a repository, without --against, and for a schema with problems", async () => {
    const outside = mkdtempSync(join(tmpdir(), "taskwire-outside-"));
    cpSync(join(project, "schema"), join(outside, "schema"), { recursive: true });
    const alone = await outcome(["breaking", "--against", "main"], { GIT_CEILING_DIRECTORIES: tmpdir() }, outside);
    rmSync(outside, { recursive: true });
    expect(alone.said).toMatch(/--against "main" is not a file or folder, and .* is not in a git repository/);
    expect(alone.code).toBe(2);
    expect((await breaking()).code).toBe(2);
    writeFileSync(join(project, "schema/broken.yaml"), "taskwire: 2\n");
    const broken = await breaking("--against", "released");
    rmSync(join(project, "schema/broken.yaml"));
    expect(broken.said).toMatch(/schema\/broken\.yaml:1:\d+: .*\n[\s\S]*nothing was compared/);
    expect(broken.code).toBe(2);
  });

  describe("with what git sets for its hooks", () => {
    it.each([
      ["GIT_DIR of another repository", () => ({ GIT_DIR: join(repository, "../elsewhere/.git") })],
      ["GIT_DIR of its own repository", () => ({ GIT_DIR: join(repository, ".git") })],
      ["a relative GIT_DIR and GIT_WORK_TREE", () => ({ GIT_DIR: ".git", GIT_WORK_TREE: "." })],
      [
        "an index, a prefix and objects",
        () => ({ GIT_INDEX_FILE: "no-index", GIT_PREFIX: "packages/", GIT_OBJECT_DIRECTORY: "no-objects" }),
      ],
      ["another way to read paths", () => ({ GIT_ICASE_PATHSPECS: "1" })],
    ])("finds the same as without %s", async (_case, env) => {
      const { code, said } = await outcome(["breaking", "--against", "released"], env(), project);
      expect(said).toContain(RENAMED);
      expect(said).toMatch(/against generated\/taskwire\.json at released/);
      expect(code).toBe(1);
    });

    it("finds the same in the pre-commit hook of a linked work tree", async () => {
      const linked = `${repository}-linked`;
      git("worktree", "add", "-q", "-b", "linked", linked, "released");
      const shop = join(linked, "packages/shop");
      writeFileSync(join(shop, "schema/shop.yaml"), SCHEMA("order"));
      const said = join(repository, "hook-said.txt");
      const command = `"${process.execPath}" "${join(process.cwd(), "runtime/bin/taskwire.js")}" breaking --against HEAD`;
      const hooks = join(repository, "hooks");
      mkdirSync(hooks);
      writeFileSync(join(hooks, "pre-commit"), `#!/bin/sh\ncd packages/shop && ${command} >"${said}" 2>&1\nexit 0\n`, {
        mode: 0o755,
      });
      const names = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", `core.hooksPath=${hooks}`];
      execFileSync("git", [...names, "commit", "-q", "-a", "-m", "in a hook"], { cwd: linked });
      expect(readFileSync(said, "utf8")).toContain(RENAMED);
      git("worktree", "remove", "--force", linked);
      rmSync(hooks, { recursive: true });
      rmSync(said);
    });

    it("follows GIT_DIR and GIT_WORK_TREE for a folder that is in no repository", async () => {
      const apart = mkdtempSync(join(tmpdir(), "taskwire-apart-"));
      cpSync(project, join(apart, "packages/shop"), { recursive: true });
      const env = { GIT_DIR: join(repository, ".git"), GIT_WORK_TREE: apart, GIT_CEILING_DIRECTORIES: tmpdir() };
      const { code, said } = await outcome(["breaking", "--against", "released"], env, join(apart, "packages/shop"));
      rmSync(apart, { recursive: true });
      expect(said).toContain(RENAMED);
      expect(code).toBe(1);
    });
  });

  it("shows git's own message when git refuses the repository", async () => {
    const env = { GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };
    const { code, said } = await outcome(["breaking", "--against", "released"], env, project);
    expect(said).toMatch(/git cannot use the repository of .*; git: fatal: detected dubious ownership/);
    expect(said).toContain("git config --global --add safe.directory");
    expect(code).toBe(2);
  });

  it("says how to fetch a branch that a shallow clone lacks", async () => {
    const clone = `${repository}-shallow`;
    execFileSync("git", ["clone", "-q", "--depth=1", "--no-tags", `file://${repository}`, clone]);
    const shop = join(clone, "packages/shop");
    const { code, said } = await outcome(["breaking", "--against", "origin/release"], {}, shop);
    rmSync(clone, { recursive: true });
    expect(said).toContain(
      "this is a shallow clone: run `git fetch --depth=1 origin release:refs/remotes/origin/release`",
    );
    expect(code).toBe(2);
  });

  it("says that a folder is a submodule of the commit, and what to do", async () => {
    const inner = join(repository, "packages/inner");
    cpSync(join(project, "schema"), join(inner, "schema"), { recursive: true });
    execFileSync("git", ["init", "-q", inner]);
    const names = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    execFileSync("git", ["add", "-A"], { cwd: inner });
    execFileSync("git", [...names, "commit", "-q", "-m", "schema"], { cwd: inner });
    git("-c", "advice.addEmbeddedRepo=false", "add", "packages/inner");
    commit("with a submodule");
    const flags = ["--against", "HEAD", "--schema", "../inner", "--out", "elsewhere"];
    const { code, said } = await outcome(["breaking", ...flags], {}, project);
    expect(said).toMatch(/is a submodule there, and its files are not in that commit; check the commit out elsewhere/);
    expect(code).toBe(2);
    rmSync(inner, { recursive: true });
  });

  it("says that git is missing", async () => {
    const empty = mkdtempSync(join(tmpdir(), "taskwire-no-git-"));
    const { code, said } = await outcome(["breaking", "--against", "released"], { PATH: empty }, project);
    rmSync(empty, { recursive: true });
    expect(said).toContain("git is not installed or not on PATH; compare with a folder or a taskwire.json");
    expect(code).toBe(2);
  });

  it("leaves nothing behind in the project", () => {
    expect(readdirSync(project).sort()).toEqual(["generated", "package.json", "schema"]);
  });
});
