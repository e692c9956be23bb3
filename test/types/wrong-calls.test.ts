import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root, tsc } from "../matrix/compilers.js";

/** Inside the repository, beside generated/, as the page's examples import it. */
let folder: string;

beforeAll(() => {
  mkdirSync(join(root, "dist"), { recursive: true });
  folder = mkdtempSync(join(root, "dist/wrong-calls-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The page's ts blocks that call `.delay` with a wrong name, without their indentation. */
function wrongCalls(): readonly string[] {
  const text = readFileSync(join(root, "docs/guide/codegen.md"), "utf8");
  return [...text.matchAll(/^( *)```ts\n([\s\S]*?)^ *```$/gm)]
    .map(([, indentation = "", block = ""]) => block.replaceAll(new RegExp(`^${indentation}`, "gm"), ""))
    .filter((block) => block.includes("issue_id"));
}

async function compile(name: string, body: string): Promise<readonly string[]> {
  writeFileSync(join(folder, `${name}.ts`), `import { issues } from "../../generated/index.js";\n${body}`);
  const options = {
    target: "es2022",
    module: "nodenext",
    strict: true,
    noEmit: true,
    types: ["node"],
    skipLibCheck: true,
  };
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ compilerOptions: options, files: [`${name}.ts`] }));
  return (await tsc("6.0", "-p", file)).problems;
}

it("the wrong call of docs/guide/codegen.md, issue_id for a task with group_id, is rejected by the compiler where the page says so", async () => {
  const [block = "", ...more] = wrongCalls();
  expect(more).toEqual([]);
  expect(block).toContain("issues.deliverIssueWebhook.delay({ organization_id: 1, issue_id: 2 })");
  const [call = "", marked = ""] = block.split("\n");
  const [, marks = "", said = ""] = /^(\/\/ *~+) (.*)$/.exec(marked) ?? [];
  // The marks stand below the name that is wrong.
  expect(call.slice(marks.indexOf("~"), marks.length)).toBe("issue_id");
  const problems = await compile("wrong", block);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`wrong.ts(2,${marks.indexOf("~") + 1}): error TS2353`);
  expect(problems[0]).toContain(said);
});

it("the same call with the task's own name compiles", async () => {
  const [block = ""] = wrongCalls();
  expect(await compile("right", block.replaceAll("issue_id", "group_id"))).toEqual([]);
});
