import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const DEMO = join(import.meta.dirname, "../../dist/examples/demo/main.js");

function demo(...flags: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [DEMO, ...flags], (_error, out, err) =>
      done({ code: child.exitCode, out, err }),
    );
  });
}

describe("npm run demo", () => {
  it("does its work and exits 0, twice with the same rates", async () => {
    const first = await demo("--json");
    expect(first.err).toBe("");
    expect(first.code).toBe(0);
    const summary = JSON.parse(first.out);
    expect(summary).toMatchObject({ organizations: 51, projects: 299 });
    expect(summary.retries).toBeGreaterThan(0);
    const second = JSON.parse((await demo("--json")).out);
    expect(second.ratesHash).toBe(summary.ratesHash);
  }, 120_000);
});
