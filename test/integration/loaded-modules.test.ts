import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const TASKWIRE = resolve("runtime/bin/taskwire.js");

/** What each thread of a process had loaded when it was ready and was stopped: the main one, then the others. */
async function loadedBy(args: readonly string[]): Promise<readonly (readonly string[])[]> {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-loaded-"));
  try {
    writeFileSync(join(folder, "package.json"), "{}");
    const child = spawn(process.execPath, [TASKWIRE, ...args, "--data", join(folder, "data")], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, NODE_V8_COVERAGE: join(folder, "loaded"), NODE_OPTIONS: "", TASKWIRE_ENV: "local" },
    });
    let said = "";
    child.stderr.on("data", (bytes: Buffer) => {
      if (/is ready/.test(said)) return;
      said += String(bytes);
      if (/is ready/.test(said)) child.kill("SIGTERM");
    });
    const [code] = await once(child, "exit");
    expect(code, said).toBe(0);
    return readdirSync(join(folder, "loaded"))
      .map((name) => [/^coverage-(\d+)-\d+-(\d+)\.json$/.exec(name), name] as const)
      .filter(([match]) => Number(match?.[1]) === child.pid)
      .sort(([one], [other]) => Number(one?.[2]) - Number(other?.[2]))
      .map(([, name]) => filesOf(join(folder, "loaded", name)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function filesOf(report: string): string[] {
  const { result }: { readonly result: readonly { readonly url: string }[] } = JSON.parse(readFileSync(report, "utf8"));
  return result.map(({ url }) => url).filter((url) => url.startsWith("file:"));
}

function packagesIn(files: readonly string[] = []): string[] {
  const names = files.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

const OF_THE_WIRE = ["@bufbuild/protobuf", "@grpc/grpc-js", "@js-sdsl/ordered-map", "commander"];

it("a broker that is ready has loaded its wire and its command line, and one own file in each of its threads", async () => {
  const model = resolve("generated/taskwire.json");
  const ports = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  const [main, ...threads] = await loadedBy(["broker", "--model", model, ...ports]);
  expect(packagesIn(main)).toEqual(OF_THE_WIRE);
  expect(threads).toHaveLength(2);
  for (const files of threads) {
    expect(packagesIn(files)).toEqual(["better-sqlite3", "bindings", "file-uri-to-path"]);
    expect(files.filter((url) => !url.includes("/node_modules/"))).toEqual([
      expect.stringMatching(/\/(journal|sqlite)\/thread\.bundle\.cjs$/),
    ]);
  }
});

it("a worker that is ready has loaded its wire and its command line, and what handlers need in its children alone", async () => {
  const handlers = resolve("dist/examples/handlers.js");
  const [main, ...threads] = await loadedBy([
    "worker",
    "--handlers",
    handlers,
    "--broker",
    "127.0.0.1:1",
    "--children",
    "1",
  ]);
  expect(packagesIn(main)).toEqual(OF_THE_WIRE);
  expect(threads).toEqual([]);
});
