import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { loadModel, named } from "taskwire/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { freePort } from "../support/processes/operating-system.js";
import { lines, Processes } from "../support/processes/processes.js";
import { until } from "../support/waiting.js";

/** Docker is not needed: its files are read, and what they say is done without it. */
const ROOT = resolve(import.meta.dirname, "../..");
const strings = z.array(z.string());
const variables = z.record(z.string(), z.union([z.string(), z.number()]));
const Service = z.looseObject({
  image: z.string(),
  build: z.string().optional(),
  command: strings.optional(),
  environment: variables,
  ports: strings.default([]),
  volumes: strings.default([]),
  healthcheck: z.looseObject({ test: strings }).optional(),
  depends_on: z.record(z.string(), z.looseObject({ condition: z.string() })).default({}),
  deploy: z.looseObject({ replicas: z.number() }).default({ replicas: 1 }),
  profiles: strings.default([]),
  secrets: strings.default([]),
});
type Service = z.infer<typeof Service>;
const { services, secrets, volumes } = z
  .looseObject({
    services: z.record(z.string(), Service),
    secrets: z.record(z.string(), z.strictObject({ environment: z.string() })),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(readFileSync(join(ROOT, "compose.yaml"), "utf8"), { merge: true }));
const DOCKERFILE = readFileSync(join(ROOT, "Dockerfile"), "utf8");
const STAGES = DOCKERFILE.split(/^(?=FROM )/m).slice(1);
const GUIDE = readFileSync(join(ROOT, "docs/guide/cluster.md"), "utf8");
/** Arguments of taskwire in the guide's `docker compose exec`. */
const TRIED = [...GUIDE.matchAll(/`docker compose exec broker-1 taskwire ([^`]+)`/g)].map(([, words = ""]) =>
  spawnSync("sh", ["-c", `printf '%s\\n' ${words}`], { encoding: "utf8" })
    .stdout.split("\n")
    .slice(0, -1),
);
/** All that run taskwire. */
const ours = Object.entries(services).filter(([name]) => name !== "kafka");

function service(name: string): Service {
  const found = services[name];
  if (found === undefined) throw new Error(`compose.yaml has no service ${name}`);
  return found;
}

/** As docker compose reads it. */
const interpolated = (text: string) =>
  text.replace(/\$\$|\$\{\w+:-([^}]*)\}/g, (whole, fallback?: string) => (whole === "$$" ? "$" : (fallback ?? "")));
const variablesOf = (name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(service(name).environment).map(([key, value]) => [key, interpolated(String(value))]),
  );
const flagOf = (name: string, flag: string): string | undefined => {
  const { command = [] } = service(name);
  return command[command.indexOf(flag) + 1 || command.length];
};
const portOf = (address: string | undefined) => address?.split(":").at(-1);

describe("compose.yaml and Dockerfile", () => {
  test("the guide has people try a task, a schedule and the status", () => {
    expect(TRIED.map(([command]) => command)).toEqual(["send", "schedule", "status"]);
  });

  test("services: a Kafka, its topics, two brokers, workers, a scheduler and a console, all of one image that is built here", () => {
    expect(Object.keys(services)).toEqual([
      "kafka",
      "topics",
      "broker-1",
      "broker-2",
      "worker",
      "scheduler",
      "console",
    ]);
    expect(service("kafka").image).toMatch(/^apache\/kafka:(3\.9|4\.1)\.\d+$/);
    for (const [, { build, image }] of ours) expect([build, image]).toEqual([".", "taskwire-example"]);
    expect(service("worker").deploy.replicas).toBe(2);
  });

  test("the variables are those that the environment needs", async () => {
    const model = await loadModel(join(ROOT, "generated/taskwire.json"));
    for (const [name] of ours) {
      const { TASKWIRE_ENV = "", KAFKA_BROKERS = "", TASKWIRE_SECRETS = "", ...rest } = variablesOf(name);
      const environment = named("environment", model.environments, TASKWIRE_ENV);
      const needed = [...JSON.stringify(environment.clusters).matchAll(/\$\{(\w+)/g)].map(([, variable]) => variable);
      expect(needed).toEqual(["KAFKA_BROKERS"]);
      expect(`PLAINTEXT://${KAFKA_BROKERS}`).toBe(variablesOf("kafka").KAFKA_ADVERTISED_LISTENERS);
      expect(z.array(z.string().min(1)).min(1).safeParse(JSON.parse(TASKWIRE_SECRETS)).success).toBe(true);
      const own = { worker: ["TASKWIRE_DEMO_STORE"], console: ["TASKWIRE_CONSOLE_TOKENS"] };
      expect(Object.keys(rest)).toEqual(Object.entries(own).find(([owner]) => owner === name)?.[1] ?? []);
    }
  });

  test("the console starts only when somebody says who may sign in, knows every broker, and is published on loopback only", () => {
    const { profiles, ports, secrets: used } = service("console");
    expect(profiles).toEqual(["console"]);
    expect(Object.entries(services).flatMap(([name, each]) => (each.profiles.length > 0 ? [name] : []))).toEqual([
      "console",
    ]);
    expect(flagOf("console", "--broker")).toBe(flagOf("worker", "--broker"));
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    const [secret = ""] = used;
    expect(variablesOf("console").TASKWIRE_CONSOLE_TOKENS).toBe(`@/run/secrets/${secret}`);
    expect(secrets).toEqual({ [secret]: { environment: "TASKWIRE_CONSOLE_TOKENS" } });
    expect(GUIDE).toContain("docker compose --profile console up");
  });

  test("workers know every broker where it listens, published ports and probes are ports that are open", () => {
    const brokers = Object.keys(services).filter((name) => service(name).command?.[0] === "broker");
    const expected = brokers.map((name) => `${name}:${portOf(flagOf(name, "--listen"))}`);
    expect(flagOf("worker", "--broker")?.split(",")).toEqual(expected);
    for (const [name, { ports, healthcheck }] of ours) {
      const open = [flagOf(name, "--listen"), flagOf(name, "--http")].map(portOf);
      for (const port of ports) expect([port, open.includes(portOf(port))]).toEqual([port, true]);
      const probed = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(healthcheck?.test.join(" ") ?? "")?.[1];
      if (probed !== undefined) expect([name, probed]).toEqual([name, portOf(flagOf(name, "--http"))]);
    }
    const published = Object.values(services).flatMap(({ ports }) => ports.map((port) => port.split(":")[1]));
    expect(new Set(published).size).toBe(published.length);
  });

  test("each broker keeps its data folder in a volume of its own; every volume is declared and used", () => {
    const mounted = Object.entries(services).flatMap(([name, each]) =>
      each.volumes.map((volume) => [name, ...volume.split(":")]),
    );
    expect(mounted.map(([, volume]) => volume).sort()).toEqual(Object.keys(volumes).sort());
    expect(mounted.filter(([, , path]) => path === "/data").map(([name, volume]) => [name, volume])).toEqual([
      ["broker-1", "broker-1"],
      ["broker-2", "broker-2"],
    ]);
    expect(DOCKERFILE).toContain("TASKWIRE_DATA=/data ");
    expect(variablesOf("kafka").KAFKA_LOG_DIRS).toBe(mounted.find(([name]) => name === "kafka")?.[2]);
  });

  test("the image: two stages that build, one that runs as a user without rights; what is copied from here is there", () => {
    expect(STAGES.map((stage) => /^FROM (\S+)/.exec(stage)?.[1])).toEqual([
      "node:20-slim",
      "node:20-slim",
      "node:20-slim",
    ]);
    for (const stage of STAGES.slice(0, 2)) expect(stage).toMatch(/^RUN npm ci /m);
    expect(STAGES.at(-1)).toMatch(/^USER node$/m);
    const ignored = readFileSync(join(ROOT, ".dockerignore"), "utf8");
    for (const name of [".git", "**/node_modules", "**/dist"]) expect(ignored.split("\n")).toContain(name);
    for (const [, sources = ""] of DOCKERFILE.matchAll(/^COPY (?!--from)(.*) \S+$/gm)) {
      for (const source of sources.split(" ")) expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
    }
  });
});

describe.skipIf(NO_KAFKA !== undefined)(
  `compose.yaml without Docker, on Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`,
  () => {
    /** What the image has at /app, and each container's own folders. */
    let image: string;
    let server: KafkaServer;

    beforeAll(async () => {
      image = mkdtempSync(join(tmpdir(), "taskwire-image-"));
      for (const [, from = "", to = ""] of DOCKERFILE.matchAll(/^COPY --from=\w+ \/app\/(\S+) (\S+)$/gm)) {
        mkdirSync(dirname(join(image, to)), { recursive: true });
        if (to !== "node_modules") cpSync(join(ROOT, from), join(image, to), { recursive: true });
      }
      // As npm installs a workspace: a link. The packages are this repository's.
      mkdirSync(join(image, "node_modules"));
      for (const name of readdirSync(join(ROOT, "node_modules"))) {
        const target = name === "taskwire" ? "../runtime" : join(ROOT, "node_modules", name);
        if (!name.startsWith(".")) symlinkSync(target, join(image, "node_modules", name));
      }
      // What the image's Kafka makes of its variables; where it listens and stores is this machine's.
      const properties = Object.entries(variablesOf("kafka"))
        .map(
          ([name, value]) =>
            [
              name
                .replace(/^KAFKA_/, "")
                .toLowerCase()
                .replaceAll("_", "."),
              value,
            ] as const,
        )
        .filter(([name]) => !/listeners$|voters|log\.dirs|security\.protocol/.test(name))
        .map(([name, value]) => `${name}=${value}`);
      expect(properties).toContain("auto.create.topics.enable=false");
      server = await KafkaServer.start({ properties });
    }, 300_000);
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
      rmSync(image, { recursive: true, force: true });
    });

    test("all services start as they are written, become healthy, and run work; one that stops is no longer healthy", async () => {
      // Containers have addresses and folders of their own; here these are ports and subfolders.
      const listens = new Map<string, string>();
      for (const [name] of ours) {
        for (const flag of ["--listen", "--http"]) {
          const port = portOf(flagOf(name, flag));
          if (port !== undefined) listens.set(`${name}:${port}`, `127.0.0.1:${await freePort()}`);
        }
      }
      const here = (name: string, container: string) => (text: string) =>
        interpolated(text)
          .replaceAll("kafka:9092", server.address())
          .replace(/(broker-\d):(\d+)/g, (address) => listens.get(address) ?? address)
          .replace(/(?:0\.0\.0\.0|127\.0\.0\.1):(\d+)/g, (address, port) => listens.get(`${name}:${port}`) ?? address)
          .replace(/\/(data|store|run\/secrets)(?=\/|$)/g, (_, folder) =>
            join(image, folder === "data" ? `data-${container}` : folder),
          );
      const inside = (name: string, container = name): NodeJS.ProcessEnv => ({
        ...Object.fromEntries(
          Object.entries(variablesOf(name)).map(([key, value]) => [key, here(name, container)(value)]),
        ),
        TASKWIRE_DATA: here(name, container)("/data"),
        NODE_ENV: "production",
      });
      mkdirSync(join(image, "store"));
      await using processes = new Processes({}, image, join(image, "node_modules/taskwire/bin/taskwire.js"));
      const up = (name: string, container = name) => {
        const { command = [] } = service(name);
        // The console is no log: it prints its address.
        const ready = name === "console" ? `${flagOf(name, "--console-path")}/` : `"${command[0]} is ready"`;
        return processes.start(ready, command.map(here(name, container)), inside(name, container));
      };
      const healthy = (name: string, container = name): boolean => {
        const [kind, ...test] = service(name).healthcheck?.test.map(here(name, container)) ?? [];
        const [program = "", ...args] = kind === "CMD-SHELL" ? ["sh", "-c", ...test] : test;
        return spawnSync(program, args, { env: { ...process.env, ...inside(name, container) } }).status === 0;
      };

      const topics = await processes.ended(service("topics").command ?? [], inside("topics"));
      expect([topics.code, topics.err]).toEqual([0, ""]);
      const [first] = [await up("broker-1"), await up("broker-2")];
      const workers = [await up("worker", "worker-1"), await up("worker", "worker-2")];
      await up("scheduler");
      await until(() => ["broker-1", "broker-2", "scheduler"].every((name) => healthy(name)));
      await until(() => ["worker-1", "worker-2"].every((container) => healthy("worker", container)));

      // What docs/guide/cluster.md has people try.
      const exec = (args: readonly string[]) => processes.ended(args, inside("broker-1"));
      const broker1 = ["--broker", listens.get("broker-1:50051") ?? ""];
      for (const command of TRIED) {
        const { code, out } = await exec(command[0] === "status" ? [...command, ...broker1] : command);
        expect([command[0], code]).toEqual([command[0], 0]);
        expect(out).toContain(
          command[0] === "status" ? "pool default of environment compose" : "appended to kafka-tasks",
        );
      }
      await until(() => workers.some(({ said }) => lines(said()).some(({ transition }) => transition === "Done")));
      // The scheduled task has the database it needs.
      await until(async () => {
        const statuses = await Promise.all(
          [...listens].flatMap(([name, address]) =>
            /^broker.*:50051$/.test(name) ? [exec(["status", "--broker", address, "--json"])] : [],
          ),
        );
        const all = statuses.map(({ out }) => JSON.parse(out).ended);
        expect(all.map(({ retried, discarded, deadlettered }) => [retried, discarded, deadlettered])).toEqual([
          [0, 0, 0],
          [0, 0, 0],
        ]);
        return all.reduce((sum, { completed }) => sum + completed, 0) === 2;
      });

      const tokens = [{ name: "ann", role: "view", token: "a".repeat(43) }];
      mkdirSync(join(image, "run/secrets"), { recursive: true });
      for (const secret of Object.keys(secrets))
        writeFileSync(join(image, "run/secrets", secret), JSON.stringify(tokens));
      await up("console");
      await until(() => healthy("console"));
      const http = listens.get(`console:${portOf(flagOf("console", "--http"))}`) ?? "";
      const served = (authorization: string) =>
        fetch(`http://${http}${flagOf("console", "--console-path")}/api/v1/statuses`, { headers: { authorization } });
      expect((await served("Bearer b")).status).toBe(401);
      const { brokers, partial } = z
        .looseObject({ brokers: z.array(z.looseObject({ broker: z.string() })), partial: z.array(z.unknown()) })
        .parse(await (await served(`Bearer ${"a".repeat(43)}`)).json());
      expect([brokers.length, partial]).toEqual([2, []]);

      expect(await first?.stop()).toBe(0);
      expect(healthy("broker-1")).toBe(false);
      await Promise.all(workers.map((worker) => worker.stop()));
      expect(healthy("broker-2")).toBe(true);
    }, 180_000);
  },
);
