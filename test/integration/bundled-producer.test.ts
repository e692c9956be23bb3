import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";
import { hasSent, producerProject } from "../support/processes/producer-program.js";

const PACKAGES = resolve(import.meta.dirname, "../../node_modules");

/** Bundles app.mjs into `out/`; nothing is left external. */
type Bundle = (folder: string) => Promise<unknown>;

const esbuildAs =
  (format: "esm" | "cjs", options: object = {}): Bundle =>
  (folder) =>
    build({
      absWorkingDir: folder,
      entryPoints: ["app.mjs"],
      bundle: true,
      platform: "node",
      target: "node20",
      format,
      outdir: "out",
      outExtension: { ".js": format === "esm" ? ".mjs" : ".cjs" },
      logLevel: "silent",
      ...options,
    });

/** What applications put in front of an ESM bundle, for packages that require Node's modules. */
const BANNER = 'import { createRequire } from "module"; const require = createRequire(import.meta.url);';

const rolldownAs =
  (format: "esm" | "cjs"): Bundle =>
  async (folder) => {
    const bundle = await rolldown({ cwd: folder, input: "app.mjs", platform: "node", logLevel: "silent" });
    return bundle.write({
      dir: join(folder, "out"),
      format,
      entryFileNames: format === "esm" ? "app.mjs" : "app.cjs",
      chunkFileNames: format === "esm" ? "[name]-[hash].mjs" : "[name]-[hash].cjs",
    });
  };

const BUNDLES: Record<string, Bundle> = {
  "esbuild, ESM": esbuildAs("esm"),
  "esbuild, ESM behind a require": esbuildAs("esm", { banner: { js: BANNER } }),
  "esbuild, ESM, minified and split": esbuildAs("esm", { minify: true, splitting: true }),
  "esbuild, CommonJS": esbuildAs("cjs"),
  "esbuild, CommonJS, minified": esbuildAs("cjs", { minify: true }),
  "rolldown, ESM": rolldownAs("esm"),
  "rolldown, CommonJS": rolldownAs("cjs"),
};

it.each(Object.entries(BUNDLES))("a producer bundled as %s sends from a folder without taskwire", async (_, bundle) => {
  using project = producerProject();
  await bundle(project.folder);
  const elsewhere = mkdtempSync(join(tmpdir(), "taskwire-bundle-"));
  try {
    cpSync(project.path("out"), join(elsewhere, "out"), { recursive: true });
    mkdirSync(join(elsewhere, "node_modules/@bokuweb"), { recursive: true });
    for (const name of ["better-sqlite3", "@bokuweb/zstd-wasm"])
      symlinkSync(join(PACKAGES, name), join(elsewhere, "node_modules", name));
    const [app = ""] = readdirSync(join(elsewhere, "out")).filter((name) => /^app\.[cm]js$/.test(name));
    const { stdout, stderr } = spawnSync(process.execPath, [join("out", app)], { cwd: elsewhere, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toBe("sent one\n");
    expect(readdirSync(join(elsewhere, "data"))).toContain("log.db");
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

it("a bundled producer without better-sqlite3 beside it says what to install", async () => {
  using project = producerProject();
  await esbuildAs("esm")(project.folder);
  const elsewhere = mkdtempSync(join(tmpdir(), "taskwire-bundle-"));
  try {
    cpSync(project.path("out"), join(elsewhere, "out"), { recursive: true });
    mkdirSync(join(elsewhere, "node_modules/@bokuweb"), { recursive: true });
    symlinkSync(join(PACKAGES, "@bokuweb/zstd-wasm"), join(elsewhere, "node_modules/@bokuweb/zstd-wasm"));
    const { stderr } = spawnSync(process.execPath, ["out/app.mjs"], { cwd: elsewhere, encoding: "utf8" });
    expect(stderr).toContain("the embedded log needs better-sqlite3");
    expect(stderr).toContain("npm install better-sqlite3");
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

it("a worker bundled into one file says that taskwire has to stay external", async () => {
  using project = producerProject();
  project.write(
    "app.mjs",
    `import { SqliteLock } from ${JSON.stringify(resolve(PACKAGES, "taskwire/dist/worker/lock/sqlite.js"))};
     import { systemClock } from ${JSON.stringify(resolve(PACKAGES, "taskwire/dist/base/clock.js"))};
     const lock = new SqliteLock(() => "/tmp/never.db", systemClock());
     await lock.add("key", 1).catch((error) => console.log(error.code, error.message));`,
  );
  await esbuildAs("esm")(project.folder);
  const { stdout } = spawnSync(process.execPath, ["out/app.mjs"], { cwd: project.folder, encoding: "utf8" });
  expect(stdout).toContain('bundled the program of thread "taskwire lock" is missing');
  expect(stdout).toContain("leave taskwire external when you bundle");
  expect(hasSent(project)).toBe(false);
});
