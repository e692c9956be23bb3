import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPILERS, root, tsc, type Version } from "./compilers.js";

const VERSIONS: readonly Version[] = ["5.9", "6.0", "7.0"];
/** Milliseconds: each case starts a compiler, on a machine that may do other work. */
const PATIENCE = 600_000;
const GOLDEN = join(root, "test/golden");
const KITCHEN_SINK = join(GOLDEN, "types_kitchen_sink/expected");

const BASE = {
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  strict: true,
};
/** Everything that asks more of generated code. */
const STRICTEST = {
  ...BASE,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  isolatedDeclarations: true,
  erasableSyntaxOnly: true,
  noUncheckedSideEffectImports: true,
  declaration: true,
  skipLibCheck: true,
  noEmit: true,
};

/** Inside the repository, so that `taskwire/generated` is found. */
let folder: string;

beforeAll(() => {
  mkdirSync(join(root, "dist"), { recursive: true });
  folder = mkdtempSync(join(root, "dist/matrix-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function config(name: string, compilerOptions: object, include: readonly string[]): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ compilerOptions, include }));
  return file;
}

/** Folders of expected trees, of every golden case that has one. */
function trees(): string[] {
  const cases = readdirSync(GOLDEN, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return cases
    .map(({ name }) => join(GOLDEN, name, "expected"))
    .filter((tree) => {
      try {
        return readdirSync(tree).includes("index.ts");
      } catch {
        return false;
      }
    });
}

it("runs the three compilers that it names", async () => {
  for (const version of VERSIONS)
    expect((await tsc(version, "--version")).problems).toEqual([expect.stringContaining(`Version ${version}`)]);
});

describe("TypeScript 6.0", { timeout: PATIENCE }, () => {
  it.each([
    ["nodenext", { module: "nodenext" }],
    ["bundler", { module: "esnext", moduleResolution: "bundler" }],
  ])("compiles every golden tree in one program, %s, under the strictest options", async (name, options) => {
    const found = trees();
    expect(found.length).toBeGreaterThanOrEqual(5);
    const file = config(
      `golden-${name}`,
      { ...STRICTEST, ...options },
      found.map((tree) => `${tree}/**/*.ts`),
    );
    expect(await tsc("6.0", "-p", file)).toEqual({ code: 0, problems: [] });
  });

  it("compiles the kitchen sink with what people leave at its default, declarations of libraries included", async () => {
    const file = config("plain", { ...BASE, module: "nodenext", noEmit: true, skipLibCheck: false }, [
      `${KITCHEN_SINK}/**/*.ts`,
    ]);
    expect(await tsc("6.0", "-p", file)).toEqual({ code: 0, problems: [] });
  });
});

describe.each(VERSIONS)("TypeScript %s", { timeout: PATIENCE }, (version) => {
  /** The type tests hold their @ts-expect-error against each compiler. */
  const include = [`${KITCHEN_SINK}/**/*.ts`, join(root, "generated/**/*.ts"), join(root, "test/types/*.types.ts")];

  it("compiles the kitchen sink and the type tests, nodenext, under the strictest options", async () => {
    const { isolatedDeclarations: _, ...options } = STRICTEST;
    const file = config(`nodenext-${version}`, { ...options, module: "nodenext" }, include);
    expect(await tsc(version, "-p", file)).toEqual({ code: 0, problems: [] });
  });

  it("compiles the kitchen sink for a bundler, declarations in isolation", async () => {
    const options = { ...STRICTEST, module: "esnext", moduleResolution: "bundler" };
    const file = config(`bundler-${version}`, options, [`${KITCHEN_SINK}/**/*.ts`]);
    expect(await tsc(version, "-p", file)).toEqual({ code: 0, problems: [] });
  });

  it("writes the declarations of a caller's functions, also where the generated code is a package of its own", async () => {
    const project = join(folder, `declarations-${version}`);
    const tasks = join(project, "node_modules/tasks");
    const settings = { ...BASE, module: "nodenext", declaration: true, skipLibCheck: true };
    cpSync(join(root, "generated"), join(tasks, "src"), { recursive: true });
    writeFileSync(join(tasks, "tsconfig.json"), JSON.stringify(options(settings, "src")));
    writeFileSync(
      join(tasks, "package.json"),
      JSON.stringify({
        name: "tasks",
        type: "module",
        exports: { ".": { types: "./out/index.d.ts", default: "./out/index.js" } },
      }),
    );
    expect(await tsc(version, "-p", tasks)).toEqual({ code: 0, problems: [] });
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
    mkdirSync(join(project, "src"));
    cpSync(join(root, "generated"), join(project, "src/generated"), { recursive: true });
    writeFileSync(join(project, "src/beside.ts"), WRAPPERS.replace("TASKS", "./generated/index.js"));
    writeFileSync(join(project, "src/apart.ts"), WRAPPERS.replace("TASKS", "tasks"));
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ ...options(settings, "src"), include: ["src/*.ts"] }),
    );
    expect(await tsc(version, "-p", project)).toEqual({ code: 0, problems: [] });
    expect(readFileSync(join(project, "out/apart.d.ts"), "utf8")).toContain("Delayed");
  });

  it("compiles a CommonJS package with declarations, which Node then requires", async () => {
    const project = join(folder, `commonjs-${version}`);
    cpSync(join(root, "generated"), join(project, "src/generated"), { recursive: true });
    cpSync(KITCHEN_SINK, join(project, "src/sink"), { recursive: true });
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "commonjs" }));
    writeFileSync(join(project, "src/main.ts"), COMMONJS);
    const compilerOptions = {
      ...BASE,
      module: "node20",
      rootDir: "src",
      outDir: "out",
      declaration: true,
      skipLibCheck: true,
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
    expect(await tsc(version, "-p", project)).toEqual({ code: 0, problems: [] });
    expect(readFileSync(join(project, "out/main.js"), "utf8")).toContain('require("./generated/index.js")');
    expect(readFileSync(join(project, "out/main.d.ts"), "utf8")).toContain("DeliverIssueWebhookInput");
    const said = execFileSync(process.execPath, ["--no-warnings", "out/main.js"], { cwd: project, encoding: "utf8" });
    expect(said).toBe("object function\n");
  });
});

function options(compilerOptions: object, rootDir: string) {
  return { compilerOptions: { ...compilerOptions, rootDir, outDir: "out" }, include: [rootDir] };
}

/** What people write around tasks, every type left to the compiler. */
const WRAPPERS = `import { dynamicSampling, issues } from "TASKS";
export function deliver(organization_id: number) {
  return issues.deliverIssueWebhook.delay({ organization_id, group_id: 1 });
}
export const deliverLater = async (group_id: number) =>
  issues.deliverIssueWebhook.delay({ organization_id: 1, group_id }, { countdown: "5m" });
export const deliverMany = (ids: readonly number[]) =>
  issues.deliverIssueWebhook.delayMany(ids.map((group_id) => ({ organization_id: 1, group_id })));
export const jobs = { issues, sampling: dynamicSampling };
export const send = issues.deliverIssueWebhook.delay;
export const { deliverIssueWebhook } = issues;
export class Outbox {
  tasks = issues;
  send(...args: Parameters<typeof issues.deliverIssueWebhook.delay>) {
    return issues.deliverIssueWebhook.delay(...args);
  }
}
`;

const COMMONJS = `import { issues } from "./generated/index.js";
import type { DeliverIssueWebhookInput } from "./generated/namespaces/issues.js";

export const input: DeliverIssueWebhookInput = { organization_id: 1, group_id: 2 };
export const send = () => issues.deliverIssueWebhook.delay(input);
console.log(typeof issues, typeof issues.deliverIssueWebhook.delay);
`;

it("is run with 6.0 as the repository's own compiler", () => {
  const { version } = JSON.parse(readFileSync(join(root, "node_modules", COMPILERS["6.0"], "package.json"), "utf8"));
  expect(version).toMatch(/^6\.0\./);
});
