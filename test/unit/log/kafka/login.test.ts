import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { kafkaError } from "#runtime/log/kafka/connection/errors.js";
import { loginOf } from "#runtime/log/kafka/connection/login.js";

type Sasl = Parameters<typeof loginOf>[0];

/** The token that kafkajs gets for a connection. */
function tokensOf(sasl: Sasl): () => Promise<string> {
  const login = loginOf(sasl);
  if (login.mechanism !== "oauthbearer") throw new Error(`expected oauthbearer, got ${login.mechanism}`);
  return async () => (await login.oauthBearerProvider()).value;
}

describe("a login by token", () => {
  let folder: string;
  let server: Server | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "taskwire-login-"));
  });
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
    server = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  async function endpoint(answer: (request: IncomingMessage, body: string, response: ServerResponse) => void) {
    const started = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      answer(request, body, response);
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
    const address = started.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/token`;
  }

  test("reads its file for each connection, without what editors add", async () => {
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, "\uFEFFfirst\n");
    const token = tokensOf({ mechanism: "oauthbearer", tokenFile });
    expect(await token()).toBe("first");
    writeFileSync(tokenFile, "second");
    expect(await token()).toBe("second");
    writeFileSync(tokenFile, " \n");
    await expect(token()).rejects.toThrow(`"${tokenFile}" is empty; expected a token`);
    rmSync(tokenFile);
    await expect(token()).rejects.toThrow(`cannot read "${tokenFile}" (ENOENT)`);
  });

  test("asks for a token by client credentials, keeps it for most of its life, and then asks again", async () => {
    const asked: string[] = [];
    let life = 3600;
    const tokenUrl = await endpoint((request, body, response) => {
      asked.push(`${request.method} ${request.headers.authorization} ${body}`);
      response.end(JSON.stringify({ access_token: `t${asked.length}`, expires_in: life }));
    });
    const client = { clientId: "me:too", clientSecret: "p w", scope: "kafka" };
    const token = tokensOf({ mechanism: "oauthbearer", tokenUrl, ...client });
    expect([await token(), await token()]).toEqual(["t1", "t1"]);
    const basic = Buffer.from("me%3Atoo:p%20w").toString("base64");
    expect(asked).toEqual([`POST Basic ${basic} grant_type=client_credentials&scope=kafka`]);
    life = 0;
    const short = tokensOf({ mechanism: "oauthbearer", tokenUrl, ...client });
    expect([await short(), await short()]).toEqual(["t2", "t3"]);
  });

  test("that is refused says who was refused and by what, and no secret", async () => {
    const tokenUrl = await endpoint((_request, _body, response) => {
      response.writeHead(401).end('{"error":"invalid_client"}');
    });
    const token = tokensOf({ mechanism: "oauthbearer", tokenUrl, clientId: "me", clientSecret: "hunter2" });
    const said = await token().catch(String);
    expect(said).toContain(`${tokenUrl} refuses client "me" with status 401: {"error":"invalid_client"}`);
    expect(said).not.toContain("hunter2");
  });

  test("by AWS IAM says which package to install when it is not there", async () => {
    const failed = await tokensOf({ mechanism: "aws-msk-iam", region: "eu-central-1" })().catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({ code: "kafka_package_missing" });
    expect(String(failed)).toContain("npm install aws-msk-iam-sasl-signer-js");
    // It comes through whatever kafkajs wraps around it.
    const cluster = { name: "c", kind: "kafka", brokers: ["k:1"], tls: true } as const;
    const wrapped = new Error("kafkajs", { cause: failed });
    expect(kafkaError(wrapped, "connect", { cluster, environment: "e" })).toBe(failed);
  });
});
