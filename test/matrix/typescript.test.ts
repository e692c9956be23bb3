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
