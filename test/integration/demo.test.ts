import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { until } from "../support/waiting.js";

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

  it("with --console ends with the address of its console, and stays up until it is interrupted", async () => {
    const child = spawn(process.execPath, [DEMO, "--json", "--console"], { stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    try {
      const last = await until(() => {
        if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}:\n${err}`);
        return /stays up until Ctrl-C: (\S+)\n/.exec(err)?.[1];
      });
      expect(JSON.parse(out)).toMatchObject({ organizations: 51 });
      const address = new URL(last);
      expect(await (await fetch(address)).text()).toContain("<title>Taskwire</title>");
      const headers = { authorization: `Bearer ${address.hash.slice("#token=".length)}` };
      const session = await fetch(new URL("api/v1/session", address), { headers });
      expect(await session.json()).toMatchObject({ name: "demo", role: "operate", environment: "local" });
    } finally {
      child.kill("SIGINT");
    }
    expect(await ended).toBe(0);
  }, 120_000);
});
