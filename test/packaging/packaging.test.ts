import { type ChildProcess, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/waiting.js";
import { EMAILS } from "./project.js";
import {
  command,
  type Outcome,
  PACKAGES,
  type Package,
  pack,
  root,
  type Tarball,
  userEnvironment,
} from "./tarballs.js";

/** Really builds better-sqlite3 (some minutes without a prebuilt one); otherwise the repository's own build is put in. */
const FULL = process.env.TASKWIRE_PACKAGING_FULL === "1";
/** Milliseconds of what installs, on a machine that may do other work. */
const PATIENCE = 600_000;
const QUIET = ["--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline", "--no-package-lock"];
/** Nothing else is asked of the registry before it has answered this. */
const REGISTRY = await command("npm", ["view", "zod@4", "name", "--loglevel=error", "--fetch-retries=0"], tmpdir());
const OFFLINE = REGISTRY.code !== 0;
const REASON = OFFLINE ? " (skipped: npm cannot reach its registry)" : "";

let folder: string;
let tarballs: Readonly<Record<Package, Tarball>>;

beforeAll(async () => {
  // Outside of the repository: what it finds, it finds in its own node_modules.
  folder = realpathSync(mkdtempSync(join(tmpdir(), "taskwire-packaging-")));
  tarballs = await pack(folder);
}, PATIENCE);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("what is packed", () => {
  it.each(PACKAGES)("%s: the build, the licence and the read-me; no tests, sources, maps or build state", (name) => {
    const { files } = tarballs[name];
    const beside = files.filter((file) => !/^dist\/[\w./-]+\.(js|d\.ts|bundle\.cjs)$/.test(file));
    const expected = {
      runtime: ["LICENSE", "README.md", "bin/taskwire.js", "package.json"],
      codegen: ["LICENSE", "README.md", "package.json"],
    };
    const schema = existsSync(join(root, name, "taskwire.schema.json")) ? ["taskwire.schema.json"] : [];
    // What other folders the runtime carries is built, too: the console's files.
    expect(beside.filter((file) => !file.startsWith("dist/console/"))).toEqual([...expected[name], ...schema]);
    expect(files.filter((file) => /(^|\/)(test|tests|fixtures)\/|\.test\./.test(file))).toEqual([]);
  });

  it.each(PACKAGES)("%s: every module has its types, and every source its module", (name) => {
    const built = tarballs[name].files.filter((file) => file.startsWith("dist/"));
    const modules = built.filter((file) => file.endsWith(".js") && !file.startsWith("dist/console/"));
    expect(modules.filter((file) => !built.includes(file.replace(/\.js$/, ".d.ts")))).toEqual([]);
    const sources = readdirSync(join(root, name), { recursive: true, encoding: "utf8" }).filter(
      (file) => /(?<!\.d)\.ts$/.test(file) && !/^(dist|node_modules)\//.test(file),
    );
    expect(modules.length).toBe(sources.length);
  });

  it("runtime: the programs of its threads are one file each, beside their modules", () => {
    const bundles = tarballs.runtime.files.filter((file) => file.endsWith(".bundle.cjs"));
    expect(bundles).toHaveLength(4);
    for (const bundle of bundles) expect(tarballs.runtime.files).toContain(bundle.replace(/\.bundle\.cjs$/, ".js"));
  });

  it("runtime: the console is a page with its scripts and styles, and weighs less than 350 KB", () => {
    const { files, sizes } = tarballs.runtime;
    const console = files.filter((file) => file.startsWith("dist/console/"));
    expect(console).toContain("dist/console/index.html");
    const others = console.filter((file) => !/^dist\/console\/assets\/[\w-]+\.(js|css|svg|png|woff2)$/.test(file));
    expect(others.filter((file) => !/^dist\/console\/[\w-]+\.(html|svg|ico|png)$/.test(file))).toEqual([]);
    const bytes = console.reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);
    process.stderr.write(
      `console: ${console.length} files, ${bytes} bytes; packed runtime: ${tarballs.runtime.bytes}\n`,
    );
    expect(bytes).toBeLessThan(350_000);
  });

  it.each(PACKAGES)("%s: publint has nothing to say", async (name) => {
    const program = join(root, "node_modules/publint/src/cli.js");
    const { code, said } = await command(process.execPath, [program, tarballs[name].file, "--strict"], folder);
    expect(said).toContain("All good!");
    expect(code).toBe(0);
  });

  it.each(PACKAGES)("%s: arethetypeswrong has nothing to say of an ESM-only package", async (name) => {
    const program = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
    const args = [program, "--profile", "esm-only", "--format", "json", tarballs[name].file];
    // Its exit code is also that of ignored resolutions.
    const { out } = await command(process.execPath, args, folder);
    const { analysis }: Analysis = JSON.parse(out);
    const ignored = new Set(["node10", "node16-cjs"]);
    const wrong = Object.values(analysis.problems ?? {}).filter(
      ({ kind, resolutionKind }) => kind !== "CJSResolvesToESM" && !ignored.has(resolutionKind ?? ""),
    );
    expect(wrong).toEqual([]);
    expect(Object.keys(analysis.entrypoints)).toContain("./package.json");
  });
});

interface Analysis {
  readonly analysis: {
    readonly entrypoints: Readonly<Record<string, unknown>>;
    readonly problems?: readonly { readonly kind: string; readonly resolutionKind?: string }[];
  };
}

async function install(cwd: string, ...args: readonly string[]): Promise<void> {
  const { code, said } = await command("npm", ["install", ...QUIET, ...args], cwd);
  expect(said).not.toMatch(/ERESOLVE|peer dep/i);
  expect(code, said).toBe(0);
}

/** Packages below a folder, by name. */
function installed(cwd: string): string[] {
  const modules = join(cwd, "node_modules");
  return readdirSync(modules)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((each) => `${name}/${each}`) : [name],
    )
    .sort();
}

function mebibytes(path: string): number {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0) / 2 ** 20;
}

describe.skipIf(OFFLINE)(`a producer's install${REASON}`, () => {
  let cwd: string;

  beforeAll(async () => {
    cwd = join(folder, "producer");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "package.json"), JSON.stringify({ private: true, type: "module" }));
    await install(cwd, "--omit=optional", "--ignore-scripts", tarballs.runtime.file);
  }, PATIENCE);

  it("has neither a compiler, nor ts-morph, nor SQLite", () => {
    const packages = installed(cwd);
    const unwanted = ["typescript", "ts-morph", "handlebars", "better-sqlite3", "@taskwire/codegen", "esbuild"];
    expect(packages.filter((name) => unwanted.includes(name))).toEqual([]);
    const size = mebibytes(join(cwd, "node_modules"));
    process.stderr.write(`producer: ${packages.length} packages, ${size.toFixed(1)} MiB\n`);
    // Room for a library's next version, not for a compiler.
    expect(packages.length).toBeLessThan(100);
    expect(size).toBeLessThan(60);
  });

  it("loads what it needs only, and says how to get codegen", async () => {
    const reports = join(folder, "coverage");
    const script = 'await import("taskwire"); await import("taskwire/generated")';
    await command(process.execPath, ["--input-type=module", "--eval", script], cwd, { NODE_V8_COVERAGE: reports });
    const loaded = readdirSync(reports).flatMap((report): string[] => {
      const { result }: { readonly result: readonly { readonly url: string }[] } = JSON.parse(
        readFileSync(join(reports, report), "utf8"),
      );
      return result.map(({ url }) => url).filter((url) => url.includes("/node_modules/"));
    });
    const names = new Set(loaded.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]));
    process.stderr.write(`producer: ${loaded.length} modules loaded of ${[...names].sort().join(", ")}\n`);
    expect([...names].sort()).toEqual(["@bufbuild/protobuf", "@msgpack/msgpack", "taskwire", "zod"]);
    const { code, said } = await command("npx", ["--no-install", "taskwire", "codegen"], cwd);
    expect(said).toContain("@taskwire/codegen is not installed; run `npm install --save-dev @taskwire/codegen`");
    expect(code).toBe(1);
  });

  it("serves the console", async () => {
    const { console, address } = await startConsole(cwd);
    try {
      const page = await (await fetch(address)).text();
      const assets = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, path = ""]) => path);
      expect(assets.length).toBeGreaterThan(1);
      for (const asset of assets) expect((await fetch(new URL(asset, address))).status).toBe(200);
      const token = address.hash.replace("#token=", "");
      const session = await fetch(new URL("api/v1/session", address), {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(await session.json()).toMatchObject({ role: "operate", environment: null });
    } finally {
      console.kill("SIGTERM");
    }
  });

  it("has every public entry point", async () => {
    const { exports }: { readonly exports: object } = JSON.parse(
      readFileSync(join(cwd, "node_modules/taskwire/package.json"), "utf8"),
    );
    const entries = Object.keys(exports)
      .filter((entry) => entry !== "./package.json")
      .map((entry) => `taskwire${entry.slice(1)}`);
    const script = `for (const entry of ${JSON.stringify(entries)}) await import(entry);`;
    const { code, said } = await command(process.execPath, ["--input-type=module", "--eval", script], cwd);
    expect(said).toBe("");
    expect(code).toBe(0);
  });
});

/** The console of an installed package, without a broker and a model. */
async function startConsole(cwd: string): Promise<{ readonly console: ChildProcess; readonly address: URL }> {
  const main = join(cwd, "node_modules/taskwire/bin/taskwire.js");
  const args = [main, "console", "--http", "127.0.0.1:0", "--broker", "127.0.0.1:1"];
  const console = spawn(process.execPath, args, { cwd, env: userEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  console.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  await until(() => said.endsWith("\n") || console.exitCode !== null);
  return { console, address: new URL(said.trim()) };
}

describe.skipIf(OFFLINE)(`a new project${REASON}`, () => {
  let tools: string;

  /** As `npx --package=taskwire --package=@taskwire/codegen taskwire init` finds them. */
  beforeAll(async () => {
    tools = join(folder, "tools");
    mkdirSync(tools);
    writeFileSync(join(tools, "package.json"), JSON.stringify({ private: true }));
    await install(tools, "--omit=optional", "--ignore-scripts", tarballs.runtime.file, tarballs.codegen.file);
  }, PATIENCE);

  async function init(cwd: string): Promise<void> {
    const { code, said } = await command("npx", ["--no-install", "taskwire", "init", cwd], tools);
    expect(code, said).toBe(0);
  }

  it("runs a first task with npm, from an empty folder", { timeout: PATIENCE }, async () => {
    const cwd = join(folder, "my-app");
    await init(cwd);
    const scripts = FULL ? [] : ["--ignore-scripts"];
    await install(cwd, ...scripts, tarballs.runtime.file, tarballs.codegen.file);
    if (!FULL) borrowSqlite(cwd);
    await fromSchemaToHandled(cwd, (...args) => command("npx", ["--no-install", ...args], cwd));
  });

  it("runs a first task with pnpm, where a package sees only its own dependencies", {
    timeout: PATIENCE,
  }, async (context) => {
    const cwd = join(folder, "pnpm-app");
    await init(cwd);
    const pnpm = (...args: readonly string[]) => command("npx", ["--yes", "--loglevel=error", "pnpm@10", ...args], cwd);
    if ((await pnpm("--version")).code !== 0) context.skip("npx cannot get pnpm");
    // Until both are published, the ranges that init writes lead nowhere: their tarballs stand for them.
    const manifest = readFileSync(join(cwd, "package.json"), "utf8")
      .replace(/("taskwire": ")\^[^"]+/, `$1file:${tarballs.runtime.file}`)
      .replace(/("@taskwire\/codegen": ")\^[^"]+/, `$1file:${tarballs.codegen.file}`);
    writeFileSync(join(cwd, "package.json"), manifest);
    const { code, said } = await pnpm("install", "--ignore-scripts", "--prefer-offline");
    expect(code, said).toBe(0);
    borrowSqlite(cwd);
    await fromSchemaToHandled(cwd, (...args) => pnpm("exec", ...args));
  });
});

/** The machine's build of SQLite, in place of the minutes of building it again. */
function borrowSqlite(cwd: string): void {
  const target = ["node_modules/better-sqlite3", "node_modules/.pnpm/node_modules/better-sqlite3"]
    .map((path) => join(cwd, path))
    .find((path) => existsSync(path));
  if (target === undefined) throw new Error("better-sqlite3 was not installed");
  const file = "build/Release/better_sqlite3.node";
  mkdirSync(join(realpathSync(target), "build/Release"), { recursive: true });
  cpSync(join(root, "node_modules/better-sqlite3", file), join(realpathSync(target), file));
}

/** What a person does: codegen, tsc, write what it asks for, run, send. */
async function fromSchemaToHandled(cwd: string, bin: (...args: readonly string[]) => Promise<Outcome>): Promise<void> {
  expect((await bin("taskwire", "codegen")).said).toMatch(/files in src\/generated/);
  const missing = await bin("tsc", "--pretty", "false");
  expect(missing.said).toMatch(/src\/emails\.ts\(\d+,\d+\): error TS\d+: [\s\S]*sendWelcome/);
  expect(missing.code).not.toBe(0);
  writeFileSync(join(cwd, "src/emails.ts"), EMAILS);
  const compiled = await bin("tsc", "--pretty", "false");
  expect(compiled.out).toBe("");
  expect(compiled.code).toBe(0);
  expect((await bin("taskwire", "codegen", "--check")).code).toBe(0);

  const mailbox = join(cwd, "mailbox");
  const main = join(cwd, "node_modules/taskwire/bin/taskwire.js");
  // As `npm run dev` does: from the sources, by tsx.
  const sources = ["--handlers", "src/handlers.ts"];
  const args = [main, "dev", ...sources, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  const worker = spawn(process.execPath, args, {
    cwd,
    env: userEnvironment({ MAILBOX: mailbox }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const onData = (chunk: Buffer) => {
    said += chunk.toString("utf8");
  };
  worker.stdout.on("data", onData);
  worker.stderr.on("data", onData);
  const ended = new Promise<number | null>((resolve) => worker.once("exit", resolve));
  try {
    const sent = await command(process.execPath, ["dist/send.js"], cwd);
    expect(sent.code, sent.said).toBe(0);
    const mail = await until(() => {
      if (worker.exitCode !== null) throw new Error(`taskwire dev ended with ${worker.exitCode}:\n${said}`);
      const text = existsSync(mailbox) ? readFileSync(mailbox, "utf8") : "";
      return text.endsWith("\n") && text;
    });
    expect(mail).toBe("ada@example.org Ada 1\n");
  } finally {
    worker.kill("SIGTERM");
  }
  expect(await ended).toBe(0);
}
