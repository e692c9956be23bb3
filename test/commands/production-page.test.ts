import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { freePort } from "../support/processes/operating-system.js";
import { Processes } from "../support/processes/processes.js";
import { until } from "../support/waiting.js";

const ROOT = resolve(import.meta.dirname, "../..");
const CLI = join(ROOT, "runtime/bin/taskwire.js");
const PAGE = readFileSync(join(ROOT, "docs/guide/production.md"), "utf8");

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.number() }) }).loose();
const Pod = z
  .object({
    containers: z.array(
      z
        .object({
          name: z.string(),
          command: z.array(z.string()),
          args: z.array(z.string()),
          env: z.array(z.object({ name: z.string(), value: z.string() })),
          volumeMounts: z
            .array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean() }))
            .default([]),
          readinessProbe: probe,
          livenessProbe: probe,
        })
        .loose(),
    ),
    volumes: z.array(z.object({ name: z.string() }).loose()).default([]),
  })
  .loose();

/** The containers of the page's examples. */
const pods = [...PAGE.matchAll(/^```yaml\n(containers:[\s\S]*?)^```/gm)].map(([, yaml = ""]) => Pod.parse(parse(yaml)));
const containers = pods.flatMap((pod) => pod.containers.map((container) => ({ ...container, volumes: pod.volumes })));
const folder = mkdtempSync(join(tmpdir(), "taskwire-page-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the Kubernetes examples of the production page", () => {
  it("have a worker and a console, whose flags the command knows", () => {
    expect(containers.map(({ name }) => name)).toEqual(["worker", "console"]);
    for (const { command, args } of containers) {
      expect(command[0]).toBe("node");
      expect(existsSync(join(ROOT, command[1] ?? ""))).toBe(true);
      const { stdout } = spawnSync(process.execPath, [CLI, args[0] ?? "", "--help"], { encoding: "utf8" });
      for (const flag of args.filter((each) => each.startsWith("--"))) expect(stdout).toContain(`${flag} `);
    }
  });

  it("probe the ports that are open, and mount what they name", () => {
    for (const { name, args, readinessProbe, livenessProbe, volumeMounts, volumes, env } of containers) {
      const port = Number(args[args.indexOf("--http") + 1]?.split(":").at(-1));
      expect([name, readinessProbe.httpGet, livenessProbe.httpGet]).toEqual([
        name,
        { path: "/readyz", port },
        { path: "/healthz", port },
      ]);
      expect(volumeMounts.map((mount) => mount.name)).toEqual(volumes.map((volume) => volume.name));
      const files = env.flatMap(({ value }) => (value.startsWith("@") ? [dirname(value.slice(1))] : []));
      expect(volumeMounts.map(({ mountPath }) => mountPath).sort()).toEqual(files.sort());
    }
  });

  it("start a console behind its proxy: below its path, for its host, with the tokens and secrets of the folders", async () => {
    const { args, env } = containers.find(({ name }) => name === "console") ?? { args: [], env: [] };
    const http = `127.0.0.1:${await freePort()}`;
    const token = "a".repeat(43);
    const files = new Map([
      ["tokens.json", JSON.stringify([{ name: "ann", role: "view", token }])],
      ["secrets.json", JSON.stringify(["of the page"])],
    ]);
    const own = Object.fromEntries(
      env.map(({ name, value }) => {
        const file = join(folder, value.slice(1));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, files.get(file.slice(file.lastIndexOf("/") + 1)) ?? "");
        return [name, `@${file}`];
      }),
    );
    const model = join(folder, "taskwire.json");
    const cluster = { name: "main", kind: "kafka", brokers: ["127.0.0.1:1"], tls: false };
    const environment = { name: "production", clusters: [cluster], topics: [], routes: [], pools: [] };
    const application = { taskwire: 1, application: "test", hash: "", types: [], namespaces: [] };
    writeFileSync(model, JSON.stringify({ ...application, environments: [environment] }));
    const here = args.map((each) =>
      each === "0.0.0.0:50053" ? http : each.replace(/broker-\d\.broker:/g, "127.0.0.1:"),
    );
    await using processes = new Processes({}, folder, CLI);
    await processes.start("/ops/", [...here, "--model", model], { ...process.env, ...own });
    const at = (path: string, headers: Record<string, string> = {}) => fetch(`http://${http}${path}`, { headers });
    await until(async () => (await at("/readyz")).ok);
    expect((await at("/ops/")).status).toBe(200);
    expect((await at("/ops/api/v1/session")).status).toBe(401);
    const session = await at("/ops/api/v1/session", { authorization: `Bearer ${token}` });
    expect(await session.json()).toMatchObject({ name: "ann", environment: "production", production: true });
  });
});
