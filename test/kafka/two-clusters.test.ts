import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { connect } from "taskwire";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Status } from "#runtime/broker/index.js";
import { fetchStatus } from "#runtime/cli/look.js";
import { environments } from "../../generated/environments.js";
import { ingestErrors, ingestProfiling, issues, notifications, replays, uptime } from "../../generated/index.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import type { Running } from "../support/processes/command.js";
import { freePort } from "../support/processes/operating-system.js";
import { lines, logged, Processes } from "../support/processes/processes.js";
import { until } from "../support/waiting.js";

const ROOT = resolve(import.meta.dirname, "../..");
const MODEL = join(ROOT, "generated/taskwire.json");
const HANDLERS = join(ROOT, "dist/examples/handlers.js");
const SAAS = ["--env", "saas", "--model", MODEL];
const AT = new Date("2026-01-02T03:04:05Z");

// Each starts several processes, on a machine that others may use, too.
vi.setConfig({ testTimeout: 180_000 });

const event = (project: number) => ({ project_id: project, event_id: randomUUID(), received_at: AT, payload: {} });
const check = (duration: number) => ({ subscription_id: randomUUID(), checked_at: AT, duration_ms: duration });

/** What schema/taskwire.yaml says of it. */
const DECLARED = {
  ingest: { "kafka-ingest": 8 },
  general: { "kafka-general": 4, "kafka-crons": 2 },
  profiling: { "kafka-profiling": 4, "kafka-replays": 4 },
} as const;

describe.skipIf(NO_KAFKA !== undefined)(`environment saas on two Kafkas ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let ingest: KafkaServer;
  /** Serves the clusters general and profiling. */
  let shared: KafkaServer;
  let variables: Record<string, string>;
  let created: { readonly code: number | null; readonly out: string };
  let processes: Processes;
  let folder: string;
  let receiver: Server;
  /** Group ids of the webhooks so far. */
  let requested: number[];
  let refuse: (group: number) => boolean;
  /** Those that get no answer before `release`. */
  let held: (group: number) => boolean;
  let release: () => void;
  let released: Promise<void>;

  beforeAll(async () => {
    [ingest, shared] = await Promise.all([KafkaServer.start(), KafkaServer.start()]);
    receiver = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { group_id } = JSON.parse(body);
      requested.push(group_id);
      if (held(group_id)) await released;
      response.writeHead(refuse(group_id) ? 503 : 200).end();
    });
    const port = await new Promise((resolve) => {
      receiver.listen(0, "127.0.0.1", () => {
        const address = receiver.address();
        resolve(typeof address === "object" ? address?.port : undefined);
      });
    });
    variables = {
      KAFKA_INGEST: ingest.address(),
      KAFKA_GENERAL: shared.address(),
      KAFKA_PROFILING: shared.address(),
      TASKWIRE_DEMO_WEBHOOK: `http://127.0.0.1:${port}`,
    };
    await using setup = new Processes(variables);
    created = await setup.ended(["topics", ...SAAS, "--create"]);
  }, 300_000);
  afterAll(async () => {
    receiver?.close();
    await ingest?.[Symbol.asyncDispose]();
    await shared?.[Symbol.asyncDispose]();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "taskwire-saas-"));
    processes = new Processes(variables);
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    requested = [];
    refuse = () => false;
    held = () => false;
    released = new Promise((resolve) => {
      release = resolve;
    });
  });
  afterEach(async () => {
    await processes[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A broker of a pool with a data folder of its own, and where it listens. */
  async function broker(
    pool: string,
    name = pool,
    listen = "127.0.0.1:0",
  ): Promise<{ readonly running: Running; readonly address: string }> {
    const ports = ["--listen", listen, "--http", "127.0.0.1:0"];
    const data = ["--data", join(folder, name)];
    const running = await processes.start("broker is ready", ["broker", ...SAAS, "--pool", pool, ...ports, ...data]);
    return { running, address: String(logged(running.said(), "broker is ready").address) };
  }
  function worker(...brokers: { readonly address: string }[]): Promise<Running> {
    const addresses = brokers.map(({ address }) => address).join(",");
    const flags = ["--handlers", HANDLERS, "--env", "saas", "--broker", addresses, "--children", "1"];
    return processes.start("worker is ready", ["worker", ...flags, "--data", join(folder, "worker")]);
  }
  const status = async ({ address }: { readonly address: string }): Promise<Status> =>
    JSON.parse(await fetchStatus(address));
  const settled = (at: { readonly address: string }) =>
    until(async () => Object.values((await status(at)).counts).every((count) => count === 0));
  /** What handlers of that task noted, a field of each. */
  const noted = (running: Running, task: string, field: string) =>
    lines(running.said())
      .filter((line) => line.task === task)
      .map((line) => line[field]);
  /** Records ever appended, by topic. */
  const appended = async (): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const [cluster, topics] of Object.entries(DECLARED)) {
      await (cluster === "ingest" ? ingest : shared).withAdmin(async (admin) => {
        for (const topic of Object.keys(topics)) {
          const offsets = await admin.fetchTopicOffsets(topic);
          counts[topic] = offsets.reduce((sum, { high }) => sum + Number(high), 0);
        }
      });
    }
    return counts;
  };

  /** The sum of the positions that a group has stored. */
  const committed = (groupId: string, topic: string) =>
    shared.withAdmin(async (admin) => {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return found?.partitions.reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0) ?? 0;
    });

  test("topics --create makes what each cluster needs, with the declared partitions, and is done when it is run again", async () => {
    expect(created.code).toBe(0);
    expect(created.out).toContain(
      "kafka-general-dlq    general    dead letters of kafka-general             1  created",
    );
    const partitions = (server: KafkaServer) =>
      server.withAdmin(async (admin) => {
        const { topics } = await admin.fetchTopicMetadata();
        const own = topics.filter(({ name }) => !name.startsWith("__"));
        return Object.fromEntries(own.map(({ name, partitions }) => [name, partitions.length]));
      });
    const deadLetters = (topics: object) => Object.fromEntries(Object.keys(topics).map((name) => [`${name}-dlq`, 1]));
    const controls = { "taskwire-control": 1 };
    expect(await partitions(ingest)).toEqual({ ...DECLARED.ingest, ...deadLetters(DECLARED.ingest), ...controls });
    const both = { ...DECLARED.general, ...DECLARED.profiling };
    expect(await partitions(shared)).toEqual({ ...both, ...deadLetters(both), ...controls, "taskwire-schedule": 1 });
    const again = await processes.ended(["topics", ...SAAS, "--create", "--json"]);
    expect(again.code).toBe(0);
    const states = JSON.parse(again.out).topics.map(({ state }: { readonly state: string }) => state);
    expect(new Set(states)).toEqual(new Set(["exists"]));
  });

  test("each namespace goes to the topic and the cluster of its route, and waits there for the broker of its own pool", async () => {
    const before = await appended();
    {
      await using client = await connect(environments.saas);
      expect(client.environment.name).toBe("saas");
      await ingestErrors.saveEvent.delayMany([event(1), event(2), event(3)]);
      await uptime.recordCheck.delayMany([check(1), check(2)]);
      await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 21 });
      await notifications.sendEmail.delay({ user_id: 1, template: "issue-assigned" });
      await replays.deleteReplay.delay({ project_id: 1, replay_id: randomUUID() });
      await ingestProfiling.processProfile.delay({ organization_id: 1, project_id: 1, profile: Buffer.from("p") });
    }
    // The command takes the same way.
    const parameters = '{"integration_id": 1, "group_id": 22, "status": "resolved"}';
    const sent = await processes.ended(["send", "integrations.sync_issue_status", parameters, ...SAAS]);
    expect(sent).toMatchObject({ code: 0, out: expect.stringContaining("appended to kafka-general") });
    expect(sent.err).toBe(
      'taskwire: no broker of pool "general" has ever read topic "kafka-general"; start one with `taskwire broker --env saas --pool general`\n',
    );
    const after = await appended();
    expect(
      Object.fromEntries(Object.entries(after).map(([topic, count]) => [topic, count - (before[topic] ?? 0)])),
    ).toEqual({
      "kafka-ingest": 3,
      "kafka-crons": 2,
      "kafka-general": 3,
      "kafka-profiling": 1,
      "kafka-replays": 1,
    });

    const first = await broker("ingest");
    const works = await worker(first);
    await until(() => noted(works, "sentry.ingest.tasks.save_event", "project_id").length === 3);
    await settled(first);
    const own = await status(first);
    expect([own.ended.completed, [...new Set(own.topics.map(({ topic }) => topic))], own.topics.length]).toEqual([
      3,
      ["kafka-ingest"],
      8,
    ]);
    // The others' work waited.
    const second = await broker("general");
    const third = await broker("profiling");
    const others = await worker(second, third);
    await until(() => noted(others, "sentry.uptime.tasks.record_check", "slow").length === 2);
    await until(() => requested.includes(21));
    await Promise.all([settled(second), settled(third)]);
    expect((await status(second)).ended.completed).toBe(5);
    expect((await status(third)).ended.completed).toBe(2);
    expect(noted(others, "sentry.ingest.tasks.save_event", "project_id")).toEqual([]);
    const text = await processes.ended(["status", "--broker", second.address]);
    expect(text.out).toContain(`pool general of environment saas, data in ${join(folder, "general")}\nready\n`);
    expect(text.out).toContain("since its start: 5 completed");
    for (const topic of ["kafka-general", "kafka-crons"]) expect(text.out).toContain(topic);
  });

  test("retries go back to the topic, what fails for good to its dead-letter topic on the same cluster", async () => {
    refuse = (group) => group === 31 || requested.filter((each) => each === group).length === 1;
    await using client = await connect(environments.saas);
    const at = await broker("general");
    await worker(at);
    const { id } = await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 31 });
    await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 32 });
    await until(async () => {
      const { ended } = await status(at);
      return ended.deadlettered === 1 && ended.completed === 1;
    });
    expect(requested.filter((group) => group > 30).sort()).toEqual([31, 31, 31, 32, 32]);
    const consumer = shared.client().consumer({ groupId: randomUUID() });
    await consumer.connect();
    await consumer.subscribe({ topic: "kafka-general-dlq", fromBeginning: true });
    const deadLetter = await new Promise<Record<string, string>>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          resolve(
            Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, text]) => [name, String(text)])),
          );
        },
      });
    });
    await consumer.disconnect();
    expect(deadLetter).toMatchObject({
      "taskwire-reason": "attempts_exceeded",
      "taskwire-attempts": "3",
      "taskwire-topic": "kafka-general",
      "taskwire-error": expect.stringContaining("expected status 2xx, got 503"),
    });
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(client.environment.name).toBe("saas");
  });

  test("two brokers of a pool share its partitions; when one stops, the other has them all", async () => {
    const one = await broker("general", "one");
    const two = await broker("general", "two");
    const places = async (at: { readonly address: string }) =>
      (await status(at)).topics.map(({ topic, partition }) => `${topic}/${partition}`);
    const all = Object.entries(DECLARED.general).flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => `${topic}/${partition}`),
    );
    const shares = await until(async () => {
      const found = [await places(one), await places(two)];
      return found.flat().length === all.length && found.every((each) => each.length > 0) && found;
    });
    expect(shares.flat().sort()).toEqual([...all].sort());
    const works = await worker(one, two);
    await using client = await connect(environments.saas);
    // Each call fills one partition.
    for (let n = 0; n < 20; n += 1) await uptime.recordCheck.delayMany([check(n), check(n)]);
    await until(async () => {
      const ended = await Promise.all([one, two].map(async (at) => (await status(at)).ended.completed));
      return ended.reduce((sum, count) => sum + count, 0) === 40;
    });
    expect(noted(works, "sentry.uptime.tasks.record_check", "activation").length).toBe(40);
    expect(await one.running.stop()).toBe(0);
    await until(async () => (await places(two)).length === all.length);
    await uptime.recordCheck.delay(check(99));
    await until(() => noted(works, "sentry.uptime.tasks.record_check", "activation").length === 41);
    expect(client.environment.name).toBe("saas");
  });

  test("a broker that was killed has its in-flight activations back from its own file, though Kafka has them no more", async () => {
    const parameters = (group: number) => ({ organization_id: 1, group_id: group });
    held = (group) => group >= 40;
    const listen = `127.0.0.1:${await freePort()}`;
    const killed = await broker("general", "killed", listen);
    const works = await worker(killed);
    await using client = await connect(environments.saas);
    await issues.deliverIssueWebhook.delayMany([40, 41, 42].map(parameters));
    await issues.deliverIssueWebhook.delayMany([50, 51].map(parameters), { countdown: "10s" });
    await until(() => requested.filter((group) => group >= 40).length === 3);
    // What the log does not show is on disk: claims that are open for a while, and delays.
    await until(async () => {
      const { counts, topics } = await status(killed);
      const read =
        topics
          .filter(({ topic }) => topic === "kafka-general")
          .reduce((sum, { lag }) => sum + (lag ?? Number.NaN), 0) === 0;
      return read && counts.processing === 3 && counts.delayed === 2;
    });
    await until(
      async () => (await committed("sentry.saas.general", "kafka-general")) === (await appended())["kafka-general"],
    );
    await killed.running.kill();
    await shared.withAdmin(async (admin) => {
      const ends = await admin.fetchTopicOffsets("kafka-general");
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
      await admin.deleteTopicRecords({ topic: "kafka-general", partitions });
    });
    const again = await broker("general", "killed", listen);
    const { recovered } = logged(again.running.said(), "broker is ready");
    // The delays may have passed by then.
    const { processing, delayed, pending } = { processing: 0, delayed: 0, pending: 0, ...Object(recovered) };
    expect([processing, delayed + pending]).toEqual([3, 2]);
    release();
    await settled(again);
    // The worker went on meanwhile: nothing ran twice.
    expect(requested.filter((group) => group >= 40).sort()).toEqual([40, 41, 42, 50, 51]);
    expect((await status(again)).ended).toMatchObject({ completed: 5, retried: 0, deadlettered: 0, discarded: 0 });
    expect(await works.stop()).toBe(0);
    expect(client.environment.name).toBe("saas");
  });

  test("what is wrong is named with whom it concerns and what to do, by every command that meets it", async () => {
    const command = (name: string, ...flags: string[]) => [name, ...SAAS, "--data", join(folder, "wrong"), ...flags];
    const http = ["--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
    const said = async (args: readonly string[], wrong: NodeJS.ProcessEnv = {}) => {
      const { code, err } = await processes.ended(args, wrong);
      expect(code).toBe(1);
      // Beside what it logged.
      return err.replace(/^\{.*\n/gm, "");
    };
    const pools = 'ingest, general, profiling; a broker reads one pool of environment "saas": --pool ingest';
    expect(await said(command("broker", ...http))).toBe(`taskwire: unknown pool "default"; known: ${pools}\n`);
    expect(await said(command("broker", ...http, "--pool", "ingets"))).toBe(
      `taskwire: unknown pool "ingets"; known: ${pools}\n`,
    );

    // Each needs what its own clusters need and no more.
    const missing = `taskwire: environment "saas" needs variables that are not set:
  KAFKA_PROFILING (cluster "profiling", brokers)
set them for this process, or set a default in the schema: \${NAME:-default}
`;
    const unset = { KAFKA_INGEST: "", KAFKA_PROFILING: "" };
    const replay = ["send", "replays.delete_replay", `{"project_id": 1, "replay_id": "${randomUUID()}"}`, ...SAAS];
    expect(await said(command("broker", ...http, "--pool", "profiling"), unset)).toBe(missing);
    expect(await said(replay, unset)).toBe(missing);
    expect(await said(["topics", ...SAAS], unset)).toContain(
      '  KAFKA_INGEST (cluster "ingest", brokers)\n  KAFKA_PROF',
    );
    expect((await processes.ended(["schedule", "list", ...SAAS], unset)).code).toBe(0);

    const swapped = { KAFKA_INGEST: shared.address(), KAFKA_GENERAL: ingest.address() };
    const hint = "run taskwire topics --env saas --create\n";
    const nowhere = `topic "kafka-ingest" does not exist on cluster "ingest" (${shared.address()}); ${hint}`;
    const saved = JSON.stringify({ ...event(1), received_at: AT.toISOString() });
    expect(await said(command("broker", ...http, "--pool", "ingest"), swapped)).toBe(`taskwire: ${nowhere}`);
    expect(await said(["send", "ingest.errors.save_event", saved, ...SAAS], swapped)).toBe(`taskwire: ${nowhere}`);
    const list = await processes.ended(["schedule", "list", ...SAAS], swapped);
    expect([list.code, list.err]).toEqual([
      0,
      `taskwire: cannot tell which schedules are paused: topic "taskwire-schedule" does not exist on cluster "general" (${ingest.address()}); ${hint}`,
    ]);

    const away = { KAFKA_INGEST: "127.0.0.1:1" };
    const unreachable = 'no broker of cluster "ingest" (127.0.0.1:1) answers';
    expect(await said(command("broker", ...http, "--pool", "ingest"), away)).toContain(unreachable);
    expect(await said(["send", "ingest.errors.save_event", saved, ...SAAS], away)).toContain(unreachable);
    // The other clusters work on.
    expect((await processes.ended(replay, away)).code).toBe(0);
  });

  test("schedules: list shows what runs when, a pause is stored on the cluster, the scheduler starts what is due", async () => {
    const list = await processes.ended(["schedule", "list", ...SAAS, "--json"]);
    expect([list.code, list.err]).toEqual([0, ""]);
    const rows: { readonly task: string; readonly paused: boolean; readonly next: string[] }[] = JSON.parse(list.out);
    expect(rows.map(({ task, paused, next }) => [task, paused, next.length])).toEqual(
      ["recalibrate_orgs", "boost_low_volume_projects", "boost_low_volume_transactions", "sliding_window_org"].map(
        (task) => [`dynamic_sampling.${task}`, false, 5],
      ),
    );
    const task = "dynamic_sampling.sliding_window_org";
    expect((await processes.ended(["schedule", "pause", task, ...SAAS])).out).toContain(`${task} is paused`);
    const scheduler = await processes.start('"scheduler is ready"', ["scheduler", ...SAAS]);
    const text = await processes.ended(["schedule", "list", task, ...SAAS]);
    expect([text.code, text.err]).toEqual([0, ""]);
    expect(text.out).toContain(`${task}  (paused)\n  Every 10 minutes [*/10 * * * *, UTC]\n`);
    const ran = await processes.ended(["schedule", "run", task, ...SAAS]);
    expect(ran.out).toContain("appended to kafka-general");
    expect((await processes.ended(["schedule", "resume", task, ...SAAS])).code).toBe(0);
    expect(await scheduler.stop()).toBe(0);
  });
});
