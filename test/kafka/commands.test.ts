import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import kafkajs from "kafkajs";
import type { EnvironmentModel } from "taskwire/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { COMMAND } from "../support/processes/command.js";
import { Authority, NO_OPENSSL } from "../support/wire/certificates.js";

const REASON = NO_KAFKA ?? NO_OPENSSL;
const PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required";
const SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;

describe.skipIf(REASON !== undefined)(`commands against Kafka ${KAFKA_VERSION} ${REASON ?? ""}`, () => {
  let server: KafkaServer;
  let authority: Authority;
  let folder: string;

  beforeAll(async () => {
    authority = new Authority();
    folder = mkdtempSync(join(tmpdir(), "taskwire-kafka-commands-"));
    const { cert, key } = authority.issue("kafka", "IP:127.0.0.1");
    const store = join(folder, "kafka.pem");
    writeFileSync(store, `${readFileSync(key, "utf8")}${readFileSync(cert, "utf8")}`);
    const listener = "listener.name.secure";
    server = await KafkaServer.start({
      listeners: { SECURE: "SASL_SSL" },
      properties: [
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        `${listener}.plain.sasl.jaas.config=${PLAIN} user_alice="secret";`,
        `${listener}.scram-sha-256.sasl.jaas.config=${SCRAM}`,
        `${listener}.scram-sha-512.sasl.jaas.config=${SCRAM}`,
        "ssl.keystore.type=PEM",
        `ssl.keystore.location=${store}`,
      ],
      format: [256, 512].flatMap((bits) => ["--add-scram", `SCRAM-SHA-${bits}=[name=alice,password=secret]`]),
    });
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
    rmSync(authority.folder, { recursive: true, force: true });
  });

  const run = (environment: EnvironmentModel, variables: NodeJS.ProcessEnv, ...args: string[]) => {
    const model = join(folder, "taskwire.json");
    const document = {
      taskwire: 1,
      application: "app",
      hash: "",
      types: [],
      namespaces: [],
      environments: [environment],
    };
    writeFileSync(model, JSON.stringify(document));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [COMMAND, "topics", "--model", model, "--env", environment.name, ...args],
      { encoding: "utf8", env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.ca, ...variables } },
    );
    return { status, stdout, stderr };
  };
  const environmentOf = (
    names: { topic: string; mechanism?: (typeof MECHANISMS)[number] },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the form of a variable of the schema
    brokers = "${KAFKA_GENERAL}",
  ): EnvironmentModel => ({
    name: "saas",
    clusters: [
      {
        name: "general",
        kind: "kafka",
        brokers: [brokers],
        tls: names.mechanism !== undefined,
        ...(names.mechanism === undefined
          ? {}
          : // biome-ignore lint/suspicious/noTemplateCurlyInString: the form of a variable of the schema
            { sasl: { mechanism: names.mechanism, username: "${U}", password: "${P}" } }),
      },
    ],
    topics: [
      {
        name: names.topic,
        cluster: "general",
        partitions: 3,
        deadLetter: `${names.topic}-dlq`,
        retry: `${names.topic}-retry`,
      },
    ],
    routes: [{ namespace: "*", topic: names.topic }],
    pools: [],
  });

  test("topics lists what is missing, creates it with the declared partitions, and leaves what is there alone", async () => {
    const environment = environmentOf({ topic: "orders" });
    const variables = { KAFKA_GENERAL: server.address() };
    const states = (stdout: string) =>
      JSON.parse(stdout).topics.map((line: { topic: string; state: string; found: number }) => [
        line.topic,
        line.state,
        line.found,
      ]);
    const before = run(environment, variables, "--json");
    expect([before.status, states(before.stdout)]).toEqual([
      1,
      [
        ["orders", "missing", 0],
        ["orders-retry", "missing", 0],
        ["orders-dlq", "missing", 0],
      ],
    ]);
    expect(run(environment, variables).stdout).toContain(
      "3 missing; create them with taskwire topics --env saas --create",
    );
    await server.create({ "orders-retry": 7 });
    const created = run(environment, variables, "--create", "--json");
    expect([created.status, states(created.stdout)]).toEqual([
      1,
      [
        ["orders", "created", 3],
        ["orders-retry", "wrong_partitions", 7],
        ["orders-dlq", "created", 1],
      ],
    ]);
    const found = await server.withAdmin((admin) => admin.fetchTopicMetadata({ topics: ["orders", "orders-retry"] }));
    expect(new Map(found.topics.map(({ name, partitions }) => [name, partitions.length]))).toEqual(
      new Map([
        ["orders", 3],
        ["orders-retry", 7],
      ]),
    );
  });

  test("topics creates dead-letter topics with their retention, and names settings of existing ones that lose records", async () => {
    const variables = { KAFKA_GENERAL: server.address() };
    const {
      topics: [topic],
      ...rest
    } = environmentOf({ topic: "payments" });
    if (topic === undefined) throw new Error("the environment has one topic");
    const environment = { ...rest, topics: [topic] };
    await server.create({ payments: 3 }, { "cleanup.policy": "compact" });
    expect(run(environment, variables, "--create").stdout).toContain(
      "payments has cleanup.policy compact, expected delete: kafka-configs.sh --alter --entity-type topics --entity-name payments --add-config cleanup.policy=delete",
    );
    const retentionOf = (name: string) =>
      server.withAdmin(async (admin) => {
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: ["retention.ms"] }],
        });
        return Number(resources[0]?.configEntries[0]?.configValue) / 86_400_000;
      });
    expect([await retentionOf("payments-dlq"), await retentionOf("payments-retry")]).toEqual([30, 7]);
    const longer = { ...environment, topics: [{ ...topic, deadLetterRetention: 90 * 86_400_000 }] };
    const { status, stdout } = run(longer, variables, "--json");
    expect(status).toBe(0);
    const lines: { topic: string; differences: object[] }[] = JSON.parse(stdout).topics;
    expect(lines.find((line) => line.topic === "payments-dlq")?.differences).toEqual([
      expect.objectContaining({
        setting: "retention.ms",
        expected: "90d",
        found: "30d",
        hint: expect.stringContaining("--entity-name payments-dlq --add-config retention.ms=7776000000"),
      }),
    ]);
  });

  test("all missing variables are named together, with who needs them", () => {
    const { status, stderr } = run(environmentOf({ topic: "a", mechanism: "plain" }), { U: "", P: undefined });
    expect([status, stderr]).toEqual([
      1,
      `taskwire: environment "saas" needs variables that are not set:
  KAFKA_GENERAL (cluster "general", brokers)
  U (cluster "general", sasl.username)
  P (cluster "general", sasl.password)
set them for this process, or set a default in the schema: \${NAME:-default}
`,
    ]);
  });

  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["http://127.0.0.1:9092", "http://127.0.0.1:9092"],
    ["127.0.0.1:kafka", "127.0.0.1:kafka"],
    ["127.0.0.1:65536", "127.0.0.1:65536"],
    ["127.0.0.1:9092,", ""],
  ])("brokers %s are refused before anything is asked", (brokers, address) => {
    const { status, stderr } = run(environmentOf({ topic: "a" }), { KAFKA_GENERAL: brokers });
    expect([status, stderr]).toEqual([
      1,
      `taskwire: brokers of cluster "general": expected HOST:PORT, got "${address}" from \${KAFKA_GENERAL}; separate several by commas\n`,
    ]);
  });

  test.each([
    ["TLS to a port in the clear", "PLAINTEXT", "plain"],
    ["no TLS to a port with it", "SECURE", undefined],
  ] as const)("%s is named as such, without the password", (_case, listener, mechanism) => {
    const variables = { KAFKA_GENERAL: server.address(listener), U: "alice", P: "secret" };
    const names = mechanism === undefined ? { topic: "a" } : { topic: "a", mechanism };
    const { status, stderr } = run(environmentOf(names), variables);
    expect(status).toBe(1);
    expect(stderr).toContain(`no broker of cluster "general" (${server.address(listener)}) answers: `);
    expect(stderr).toContain(`that tls: ${mechanism !== undefined} and sasl match its listener`);
    expect(stderr).not.toContain("secret");
  });

  test("a login that the port does not ask for is refused by name", () => {
    const environment = environmentOf({ topic: "a", mechanism: "plain" });
    const clusters = environment.clusters.map((cluster) => ({ ...cluster, tls: false }));
    const variables = { KAFKA_GENERAL: server.address(), U: "alice", P: "secret" };
    const { status, stderr } = run({ ...environment, clusters }, variables);
    expect(status).toBe(1);
    expect(stderr).toContain(`cluster "general" (${server.address()})`);
    expect(stderr).not.toContain("secret");
  });

  test.each(MECHANISMS)(
    "a login by %s over TLS works, and a wrong password is named without being shown",
    (mechanism) => {
      const environment = environmentOf({ topic: `login-${mechanism}`, mechanism });
      const variables = { KAFKA_GENERAL: server.address("SECURE"), U: "alice" };
      const right = run(environment, { ...variables, P: "secret" }, "--create");
      expect([right.stderr, right.status]).toEqual(["", 0]);
      const wrong = run(environment, { ...variables, P: "not-that-one" });
      expect(wrong.status).toBe(1);
      expect(wrong.stderr).toContain(
        `cluster "general" (${server.address("SECURE")}) refuses user "alice" by ${mechanism}`,
      );
      expect(wrong.stderr).not.toContain("not-that-one");
      expect(wrong.stderr).not.toContain("    at ");
    },
  );

  test("a cluster that does not answer is named with its brokers", () => {
    const { status, stderr } = run(environmentOf({ topic: "a" }, "127.0.0.1:1"), {});
    expect(status).toBe(1);
    expect(stderr).toContain('no broker of cluster "general" (127.0.0.1:1) answers');
  });
});
