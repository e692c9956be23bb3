import path from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { cases, golden, readExpected, readTree, runCase } from "./run-case.mjs";

const names: string[] = await cases();

describe("codegen gives what the case expects (rewrite: node test/golden/rewrite.mjs)", () => {
  test.each(names)("%s", async (name) => {
    expect(await runCase(name)).toEqual(await readExpected(name));
  });
});

test("there are cases of both kinds", async () => {
  const expected: { stderr?: string }[] = await Promise.all(names.map((name) => readExpected(name)));
  expect(expected.filter(({ stderr }) => stderr !== undefined).length).toBeGreaterThanOrEqual(5);
  expect(expected.filter(({ stderr }) => stderr === undefined).length).toBeGreaterThanOrEqual(4);
});

test("every expected tree compiles against the runtime, strictly", async () => {
  const files: string[] = [];
  for (const name of names) {
    const folder = path.join(golden, name, "expected");
    for (const file of Object.keys(await readTree(folder))) if (file.endsWith(".ts")) files.push(path.join(folder, file));
  }
  expect(files.length).toBeGreaterThan(20);
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    types: ["node"],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    isolatedDeclarations: true,
    declaration: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
    noEmit: true,
  });
  const found = ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const { file, start = 0, messageText } = diagnostic;
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    return `${file?.fileName ?? ""}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  expect(found).toEqual([]);
}, 240_000);
