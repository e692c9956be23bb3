import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startWorker } from "#runtime/worker/worker.js";
import { FakeBroker } from "./fake-broker.js";
import { fixture, outcome, start } from "./support.js";

const sessions = [{ name: "fake", port: new FakeBroker() }];
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The fixtures' TypeScript module in a folder of its own. */
function typescriptModule(): { folder: string; module: string } {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-handlers-"));
  folders.push(folder);
  const module = join(folder, "typed.ts");
  cpSync(fixture("typed.ts"), module);
  return { folder, module };
}

function starting(handlersModule: string, isolation: "process" | "none" = "process") {
  return startWorker({ handlersModule, sessions, concurrency: 2, isolation });
}

describe("a handlers module that a compiler made CommonJS", () => {
  const REGISTRY = `{
    kind: "taskwire.registry",
    application: "test",
    tasks: new Map([["t.echo", {
      facts: { key: "t.echo", name: "t.echo", namespace: "t", application: "test", hash: "1", processingDeadline: 30_000 },
      prepare: async () => () => {},
    }]]),
  }`;
  const compiled = `"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.default = ${REGISTRY};\n`;

  for (const isolation of ["process", "none"] as const) {
    it.each([
      ["with exports.default", "handlers.cjs", compiled],
      ["with exports.default, in a package of that type", "handlers.js", compiled],
      ["with module.exports", "handlers.cjs", `module.exports = ${REGISTRY};\n`],
    ])(`${isolation}: %s, runs`, async (_, file, text) => {
      const folder = mkdtempSync(join(tmpdir(), "taskwire-cjs-"));
      try {
        writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }');
        writeFileSync(join(folder, file), text);
        const { broker } = await start({ handlersModule: join(folder, file), isolation });
        expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

describe("a handlers module that cannot be used", () => {
  for (const isolation of ["process", "none"] as const) {
    it(`that throws while it loads is named with its error (${isolation})`, async () => {
      const module = fixture("throws.mjs");
      await expect(starting(module, isolation)).rejects.toThrow(
        `handlers module ${module}: it does not load: Error: cannot reach the thing`,
      );
    });

    it(`that exports no registry is named with what was expected (${isolation})`, async () => {
      const module = fixture("no-registry.mjs");
      await expect(starting(module, isolation)).rejects.toThrow(
        `handlers module ${module}: expected a registry as its default export (\`export default defineHandlers({ ... })\`), found a value of type object`,
      );
    });

    it(`that lacks a handler is named with the handler (${isolation})`, async () => {
      await expect(starting(fixture("misses-handler.mjs"), isolation)).rejects.toThrow("no handler for t.echo");
    });
  }

  it("that ends its process is named with the exit code", async () => {
    await expect(starting(fixture("exits.mjs"))).rejects.toThrow(
      "the child process ended while loading it (exit code 7)",
    );
  });

  it("that does not exist is named with the path", async () => {
    await expect(starting("nowhere/handlers.js")).rejects.toMatchObject({
      code: "bad_handlers_module",
      message: expect.stringMatching(/^handlers module nowhere\/handlers\.js: no such file: .*handlers\.js/),
    });
  });
});

describe("a TypeScript module", () => {
  it("without tsx is rejected with both remedies", async () => {
    const { module } = typescriptModule();
    await expect(starting(module)).rejects.toThrow(
      /tsx, which does not resolve.*npm install --save-dev tsx.*compile the module/,
    );
  });

  it("is loaded through the tsx that resolves from its folder", async () => {
    const { folder, module } = typescriptModule();
    const tsx = join(folder, "node_modules", "tsx");
    mkdirSync(tsx, { recursive: true });
    writeFileSync(join(tsx, "package.json"), JSON.stringify({ name: "tsx", type: "module", exports: "./loader.mjs" }));
    writeFileSync(
      join(tsx, "loader.mjs"),
      `import { register } from "node:module"; register("./hooks.mjs", import.meta.url);`,
    );
    writeFileSync(
      join(tsx, "hooks.mjs"),
      `import { readFileSync } from "node:fs";
      export async function load(url, context, next) {
        if (!url.endsWith(".ts")) return next(url, context);
        const source = readFileSync(new URL(url), "utf8").replace(" as const", "");
        return { format: "module", shortCircuit: true, source };
      }`,
    );
    // It was read, compiled and run: what is wrong with it is now its content.
    await expect(starting(module)).rejects.toThrow(`handlers module ${module}: its registry has no task`);
  });
});

describe("options that contradict each other", () => {
  const registry = { kind: "taskwire.registry", application: "test", tasks: new Map() } as const;

  it("are rejected with what was expected", async () => {
    await expect(startWorker({ registry, sessions, concurrency: 1, isolation: "process" })).rejects.toThrow(
      'isolation "process" needs handlersModule',
    );
    await expect(startWorker({ sessions, concurrency: 1, isolation: "none" })).rejects.toThrow(
      "either registry or handlersModule",
    );
    await expect(startWorker({ registry, sessions, concurrency: 0, isolation: "none" })).rejects.toThrow(
      "expected concurrency to be an integer of at least 1, got 0",
    );
    await expect(startWorker({ registry, sessions: [], concurrency: 1, isolation: "none" })).rejects.toThrow(
      "at least one broker",
    );
  });
});
