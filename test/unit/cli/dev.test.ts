import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { foldersOf } from "#runtime/cli/dev/graph.js";
import { devLog } from "#runtime/cli/dev/log.js";
import { syntaxProblem } from "#runtime/cli/dev/syntax.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "taskwire-graph-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const inside = (folders: ReadonlySet<string>) => [...folders].map((each) => each.slice(folder.length + 1)).sort();

describe("the folders that dev watches", () => {
  it("are those of all modules that are imported by path, also when one is missing or does not parse", () => {
    mkdirSync(join(folder, "app/later"), { recursive: true });
    const entry = write(
      "app/handlers.js",
      'import "../generated/a.js";\nimport zod from "zod";\nexport { x } from "./steps/x.js";\nconst y = await import("./lazy/y.js");\nimport z from "./later/z.js";\nimport gone from "./nowhere/g.js";',
    );
    write("generated/a.js", 'export * from "./deep/b.js"; this does not parse');
    write("generated/deep/b.js", 'import "../../app/handlers.js";');
    write("app/steps/x.js", "");
    write("app/lazy/y.js", "");
    expect(inside(foldersOf(entry))).toEqual([
      "app",
      "app/later",
      "app/lazy",
      "app/steps",
      "generated",
      "generated/deep",
    ]);
  });

  it("are found in TypeScript sources, which name each other by what they are compiled to", () => {
    const entry = write(
      "src/handlers.ts",
      'import { a } from "./a/index.js";\nimport { b } from "./b/b.ts";\nimport "./c";',
    );
    write("src/a/index.ts", 'import "./inner/i.js"');
    write("src/a/inner/i.ts", "");
    write("src/b/b.ts", "");
    write("src/c/index.ts", "");
    expect(inside(foldersOf(entry))).toEqual(["src", "src/a", "src/a/inner", "src/b", "src/c"]);
  });
});

describe("the folders of a module that a compiler made CommonJS", () => {
  it("are found by its require calls", () => {
    const entry = write("cjs/handlers.cjs", 'const a = require("./a/a.cjs");\nconst b = require("./b");');
    write("cjs/a/a.cjs", "");
    write("cjs/b/index.js", "");
    expect(inside(foldersOf(entry))).toEqual(["cjs", "cjs/a", "cjs/b"]);
  });
});

describe("an error in the log of dev", () => {
  it("has who says it before each of its lines", () => {
    const err: string[] = [];
    const log = devLog({ write: () => true }, { write: (text) => err.push(text) }, {});
    log.worker.warn("run failed", { stack: "Error: no\n    at send (mail.ts:3:7)" });
    const lines = err.join("").trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^worker {4}/);
  });
});

describe("the log of dev", () => {
  const said = (isTTY: boolean, environment: NodeJS.ProcessEnv) => {
    const out: string[] = [];
    const err: string[] = [];
    const log = devLog(
      { isTTY, write: (text) => out.push(text) },
      { isTTY, write: (text) => err.push(text) },
      environment,
    );
    log.broker.info("ready", { pool: "default" });
    log.handlers("hello", "stdout");
    log.handlers("oh", "stderr");
    log.block("one\n\u001b[2Jtwo");
    return { out: out.join(""), err: err.join("") };
  };

  it("begins each line with who says it; colours are for terminals that want them", () => {
    const plain = said(false, {});
    expect(plain.out).toBe("handlers  hello\n");
    expect(plain.err).toMatch(
      /^broker {4}\S+ info {2}ready pool=default\nhandlers {2}oh\ndev {9}one\ndev {9}\\u001b\[2Jtwo\n$/,
    );
    expect(said(true, { NO_COLOR: "1" }).err).not.toContain("\u001b[");
    expect(said(true, {}).out).toBe("\u001b[36mhandlers \u001b[0m hello\n");
    expect(said(true, { NO_COLOR: "" }).err).toContain("\u001b[35mbroker");
  });
});

describe("where code does not parse", () => {
  it("is reported by place and line, and nothing for code that parses or is gone", async () => {
    const good = write("syntax/good.mjs", "export const a = 1;");
    const bad = write("syntax/bad.mjs", "export const a = 1;\nexport const b = ;\n");
    expect(await syntaxProblem([good, bad])).toMatch(
      /bad\.mjs:2\nexport const b = ;\n +\^\n+SyntaxError: Unexpected token ';'$/,
    );
    expect(await syntaxProblem([good, join(folder, "gone.mjs")])).toBeUndefined();
  });
});
