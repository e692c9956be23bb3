import { relative, sep } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Folders of test/ that only `npm run test:all` runs. A test file in any other folder belongs to `npm test`. */
const LONG = ["fault", "kafka", "interop", "commands", "packaging", "matrix", "browser"];
/** Order of the folders, those that prove most in their time first; a folder that is not listed comes first. */
const ORDER = ["property", "conformance", "golden", "unit", "types", "integration", ...LONG];

/** test/bench/peers/adapters has packages of its own. */
const FOREIGN = "**/node_modules/**";
const long = LONG.map((folder) => `test/${folder}/**/*.test.ts`);

class ByFolder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      ORDER.indexOf(relative(import.meta.dirname, moduleId).split(sep)[1] ?? "");
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // A test that waits fails by these; they only bound what hangs, so they hold on a machine with other work, too.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 120_000 } },
    // Two processors: files that start processes of their own must not starve each other.
    maxWorkers: 2,
    maxConcurrency: 2,
    sequence: { sequencer: ByFolder },
    reporters:
      process.env.CI === undefined ? ["default"] : ["default", ["json", { outputFile: "dist/test-results.json" }]],
    // The built runtime is loaded by Node itself, so that tests, workers and child processes share one kind of module.
    server: { deps: { external: [/\/(runtime|codegen)\/dist\//] } },
    projects: [
      { extends: true, test: { name: "quick", include: ["test/**/*.test.ts"], exclude: [...long, FOREIGN] } },
      { extends: true, test: { name: "long", include: long } },
    ],
  },
});
