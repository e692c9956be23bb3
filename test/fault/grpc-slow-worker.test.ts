import { join } from "node:path";
import { type Client, connect } from "taskwire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeOpened, encodeOpenRequest } from "#runtime/wire/codec/session-codec.js";
import { encodeFromWorker } from "#runtime/wire/codec/worker-message-codec.js";
import { SESSION_METADATA, SESSIONS, TOKEN_METADATA } from "#runtime/wire/services.js";
import { UnaryClient } from "#runtime/wire/unary-client.js";
import { FOLDER_VARIABLE, history } from "../integration/fixtures/history.js";
import { environment, strangers } from "../integration/fixtures/tasks.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";
import { frame, rawCall, rawConnection } from "../support/wire/raw-grpc.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");
const COUNT = 80;
const LARGE = "x".repeat(1024 * 1024);

let harness: ProcessHarness;
let client: Client;

beforeEach(async () => {
  const variables: NodeJS.ProcessEnv = {};
  harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
  client = await connect(environment, { dataFolder: harness.data });
});

afterEach(async () => {
  await client.close();
  await harness[Symbol.asyncDispose]();
});

describe("a worker that takes work and does not read its stream", () => {
  it("is handed what fits its bound; another worker gets the rest", async () => {
    await harness.broker();
    const address = await harness.address();
    const caller = new UnaryClient(address, {});
    const offer = {
      application: "test",
      worker: "deaf",
      tasks: [{ name: "things.quick", hash: "1" }],
      slots: 1,
      held: [],
    };
    const { session, token } = decodeOpened(await caller.call(SESSIONS.Open, encodeOpenRequest(offer), 10_000));
    caller.close();
    const connection = await rawConnection(address);
    try {
      const { stream } = rawCall(connection, SESSIONS.Attach.path, {
        [SESSION_METADATA]: session,
        [TOKEN_METADATA]: Buffer.from(token).toString("hex"),
      });
      stream.pause();
      const nothing = { started: [], outcomes: [], returned: [], draining: false, withdrawn: false, closing: false };
      stream.write(frame(encodeFromWorker({ ...nothing, number: 1, credit: 10_000 })));
      for (let n = 0; n < COUNT; n++) await strangers.quickAndLarge.delay({ n, padding: LARGE });
      // 16 MiB and the message that fills it; all others are pending again.
      const { counts, sessions } = await until(async () => {
        const status = await harness.status();
        const [deaf] = status.sessions;
        const seen = status.counts.pending + status.counts.processing;
        return seen === COUNT && deaf !== undefined && deaf.processing >= 15 && deaf.processing <= 18 && status;
      });
      expect(counts.pending).toBe(COUNT - (sessions[0]?.processing ?? 0));
      await harness.worker();
      const ended = () => history(harness.data).filter(({ what }) => what === "end").length;
      await until(() => ended() >= counts.pending);
      // The deaf one goes: its work is handed out again.
      connection.destroy();
      await until(() => ended() === COUNT);
    } finally {
      connection.destroy();
    }
  });
});
