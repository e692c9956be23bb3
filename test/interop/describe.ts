import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { InteropHarness } from "./interop-harness.js";
import { pythonWith } from "./python.js";

/** Starts a harness on the Kafka of these tests; as InteropHarness.start. */
type StartHarness = (name: string, options?: { readonly push?: boolean }) => Promise<InteropHarness>;

/** Tests with taskbroker-client over one Kafka; where either cannot be had they are skipped, and the title says why. */
export async function describeInterop(title: string, tests: (harness: StartHarness) => void): Promise<void> {
  const python = await pythonWith("taskbroker-client==0.20.30");
  const why = python.kind === "absent" ? `no Python with taskbroker-client: ${python.reason}` : NO_KAFKA;
  describe.skipIf(why !== undefined)(`${title} ${why === undefined ? "" : `(skipped: ${why})`}`, () => {
    let kafka: KafkaServer;
    const harnesses: InteropHarness[] = [];
    let begun = 0;
    beforeAll(async () => {
      kafka = await KafkaServer.start();
    }, 300_000);
    // A test that timed out still holds the client of this process, and the next one would fail for that alone.
    afterEach(async () => {
      for (const harness of harnesses.splice(0)) await harness[Symbol.asyncDispose]();
    }, 120_000);
    afterAll(async () => {
      await kafka?.[Symbol.asyncDispose]();
    });

    tests(async (name, options) => {
      if (python.kind === "absent") throw new Error(python.reason);
      // A second try of a test finds nothing of the first one in its topics.
      begun += 1;
      const harness = await InteropHarness.start(
        python.executable,
        kafka,
        name === "" ? "" : `${name}-${begun}`,
        options,
      );
      harnesses.push(harness);
      return harness;
    });
  });
}
