import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two processors: files that start processes of their own must not starve each other.
    maxWorkers: 2,
    maxConcurrency: 2,
    // Where other work shares the machine a test has a second try; the report shows it as (retry x1).
    retry: process.env.CI === undefined ? 0 : 1,
    reporters:
      process.env.CI === undefined ? ["default"] : ["default", ["json", { outputFile: "dist/test-results.json" }]],
    // The built runtime is loaded by Node itself, so that tests, workers and child processes share one kind of module.
    server: { deps: { external: [/\/(runtime|codegen)\/dist\//] } },
  },
});
