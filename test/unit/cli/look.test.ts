import { afterEach, expect, it, vi } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { operationsService } from "#runtime/broker/operations/service.js";
import { fetchStatus, lookAt } from "#runtime/cli/look.js";
import { serve } from "#runtime/wire/server/server.js";
import { SkippingClock } from "../../support/skipping-clock.js";
import { statusWith } from "../../support/status.js";

afterEach(() => vi.unstubAllEnvs());

/** A gRPC server with these methods of a broker. */
async function server(endpoints: ReturnType<typeof operationsService>) {
  const facts = { address: "127.0.0.1:0", flag: "--listen", exposes: "operate", security: {} } as const;
  const served = await serve({ ...facts, endpoints, clock: new SkippingClock(), logger: silentLogger });
  return { address: served.address, [Symbol.asyncDispose]: () => served.close() };
}

it("brokers are asked once each, and those that give no status are named with the reason and what to do", async () => {
  vi.stubEnv("TASKWIRE_SECRETS", undefined);
  let asked = 0;
  await using broker = await server(
    operationsService({
      status: () => {
        asked += 1;
        return Promise.resolve(statusWith({ pool: "letters" }));
      },
      verbs: [],
      admit: () => {},
      audited: (verb, _role, _address, request, caller) => verb.run(request, caller),
    }),
  );
  await using foreign = await server([]);
  const { observed, silent } = await lookAt([broker.address, "127.0.0.1:1", foreign.address, broker.address]);
  expect(asked).toBe(1);
  expect(observed).toMatchObject([{ broker: broker.address, status: { pool: "letters" } }]);
  expect(silent).toMatchObject([
    {
      broker: "127.0.0.1:1",
      error: expect.stringMatching(/^no answer from the broker at 127\.0\.0\.1:1: /),
      hint: expect.stringMatching(/^is it running\?/),
    },
    { broker: foreign.address, error: expect.stringContaining("cannot do this: Status"), hint: "update it" },
  ]);
});

it("a server that has no status is named as too old, and asked no second time", async () => {
  await using foreign = await server([]);
  await expect(fetchStatus(foreign.address, {})).rejects.toMatchObject({
    code: "broker_too_old",
    message: `the broker at ${foreign.address} (its version is not known) cannot do this: Status; update it`,
  });
});
