import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { kafkaLog } from "#runtime/log/kafka/log.js";
import type { KafkaCluster } from "#runtime/model/variables.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { Authority, NO_OPENSSL } from "../support/wire/certificates.js";

vi.setConfig({ testTimeout: 60_000 });

const REASON = NO_KAFKA ?? NO_OPENSSL;
const OAUTH = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required";

/** A token without a signature, as the unsecured validator of Kafka takes it. */
function unsecured(subject: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: "none" })}.${part({ sub: subject, iat: now - 10, exp: now + 3600 })}.`;
}

describe.skipIf(REASON !== undefined)(`access to Kafka ${KAFKA_VERSION} ${REASON ?? ""}`, () => {
  let server: KafkaServer;
  let authority: Authority;
  let folder: string;

  beforeAll(async () => {
    authority = new Authority();
    folder = mkdtempSync(join(tmpdir(), "taskwire-kafka-access-"));
    const { cert, key } = authority.issue("kafka", "IP:127.0.0.1");
    const store = join(folder, "kafka.pem");
    writeFileSync(store, `${readFileSync(key, "utf8")}${readFileSync(cert, "utf8")}`);
    server = await KafkaServer.start({
      listeners: { MUTUAL: "SSL", TOKEN: "SASL_PLAINTEXT" },
      properties: [
        "ssl.keystore.type=PEM",
        `ssl.keystore.location=${store}`,
        "ssl.truststore.type=PEM",
        `ssl.truststore.location=${authority.ca}`,
        "listener.name.mutual.ssl.client.auth=required",
        "sasl.enabled.mechanisms=OAUTHBEARER",
        `listener.name.token.oauthbearer.sasl.jaas.config=${OAUTH} unsecuredLoginStringClaim_sub="broker";`,
      ],
    });
    await server.create({ tasks: 1 });
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
    rmSync(authority.folder, { recursive: true, force: true });
  });

  const cluster = (listener: string, rest: Partial<KafkaCluster>): KafkaCluster => ({
    ...{ name: "general", kind: "kafka", brokers: [server.address(listener)], tls: false },
    ...rest,
  });
  /** Appends one record and reads it, each over connections of its own. */
  async function roundTrip(of: KafkaCluster): Promise<string> {
    const log = kafkaLog({ cluster: of, environment: "test" });
    try {
      await log.open();
      const [position] = await log.append("tasks", [{ value: Buffer.from("hello") }]);
      const reader = log.read(["tasks"], { group: `g ${Math.random()}`, journal: "j" });
      for await (const event of reader) {
        if (event.kind !== "batch") continue;
        const found = event.records.find(({ offset }) => offset === position?.offset);
        if (found !== undefined) return Buffer.from(found.value).toString();
      }
      return "the reader ended";
    } finally {
      await log.close();
    }
  }

  test("is given by a client certificate, which is read again for each connection, so that it can be replaced", async () => {
    const { cert, key } = authority.issue("client", "DNS:client");
    const own = { ca: authority.ca, cert: join(folder, "client.pem"), key: join(folder, "client.key") };
    copyFileSync(cert, own.cert);
    copyFileSync(key, own.key);
    const mutual = cluster("MUTUAL", { tls: true, certificates: own });
    expect(await roundTrip(mutual)).toBe("hello");
    // One of another authority is refused; then a good one replaces it, and the same log continues.
    const stranger = new Authority();
    const wrong = stranger.issue("client", "DNS:client");
    copyFileSync(wrong.cert, own.cert);
    copyFileSync(wrong.key, own.key);
    const log = kafkaLog({ cluster: mutual, environment: "test" });
    await expect(log.open()).rejects.toMatchObject({ code: "kafka_unreachable" });
    const next = authority.issue("next", "DNS:next");
    copyFileSync(next.cert, own.cert);
    copyFileSync(next.key, own.key);
    await log.open();
    expect(await log.append("tasks", [{ value: Buffer.from("again") }])).toHaveLength(1);
    await log.close();
    rmSync(stranger.folder, { recursive: true, force: true });
  });

  test("is refused by name without the client certificate that the listener requires, or with an invalid file", async () => {
    const without = kafkaLog({
      cluster: cluster("MUTUAL", { tls: true, certificates: { ca: authority.ca } }),
      environment: "test",
    });
    await expect(without.open()).rejects.toMatchObject({ code: "kafka_unreachable" });
    await without.close();
    const none = join(folder, "none.pem");
    writeFileSync(none, "no certificate");
    const bad = cluster("MUTUAL", { tls: true, certificates: { ca: none } });
    expect(() => kafkaLog({ cluster: bad, environment: "test" })).toThrow(
      `cluster "general", tls.ca: expected certificates in PEM form in "${none}"`,
    );
  });

  test("is given by a token from a file, and refused for an invalid token", async () => {
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, `${unsecured("taskwire")}\n`);
    const sasl = { mechanism: "oauthbearer", tokenFile } as const;
    expect(await roundTrip(cluster("TOKEN", { sasl }))).toBe("hello");
    writeFileSync(tokenFile, "not a token");
    const log = kafkaLog({ cluster: cluster("TOKEN", { sasl }), environment: "test" });
    const refused = await log.open().catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "kafka_authentication" });
    expect(String(refused)).toContain(`refuses the token in ${tokenFile} by oauthbearer`);
    expect(String(refused)).not.toContain("not a token");
    await log.close();
  });
});
