import { expect, it } from "vitest";
import { formerly } from "#runtime/activation/parameter/former-names.js";
import { record } from "#runtime/activation/parameter/record.js";
import { type Task, task, z } from "#runtime/generated.js";
import { HandlerHarness } from "../support/harness/handler-harness.js";
import { ENVIRONMENT } from "../support/harness/local-broker.js";

interface Then {
  org_id: number;
}

interface Now {
  organization_id: number;
}

/** A producer that was generated before the renames. */
function producerOfThen(): Task<Then, Then> {
  return task<Then, Then>({
    key: "stuff.deliver",
    name: "stuff.deliver",
    namespace: "stuff",
    application: "test",
    hash: "0",
    processingDeadline: 30_000,
    retry: { times: 2, timesExceeded: "discard", delay: 0, backoff: "fixed", jitter: 0 },
    parameters: () => record<Then, Then>({ org_id: z.int() }),
    environments: () => ({ test: ENVIRONMENT }),
  });
}

it("what was sent before task, namespace and parameter were renamed runs after it, retries included", async () => {
  await using harness = new HandlerHarness();
  const seen: unknown[] = [];
  const parameters = () => record<Now, Now>({ organization_id: formerly(z.int(), ["org_id"]) });
  harness.task(
    "send",
    {
      formerly: ["stuff.deliver"],
      retry: { times: 2, timesExceeded: "discard", delay: 0, backoff: "fixed", jitter: 0 },
      parameters,
    },
    (given, { name, attempt }) => {
      seen.push({ given, name, attempt });
      if (attempt === 1) throw new Error("not yet");
    },
  );
  await harness.start();
  expect(harness.worker.tasks).toEqual(["things.send", "stuff.deliver"]);
  await producerOfThen().delay({ org_id: 7 });
  await harness.drained(2);
  expect(seen).toEqual([
    { given: { organization_id: 7 }, name: "stuff.deliver", attempt: 1 },
    { given: { organization_id: 7 }, name: "stuff.deliver", attempt: 2 },
  ]);
});

it("what was sent before its task moved to another namespace runs after it, retries included", async () => {
  await using harness = new HandlerHarness();
  const seen: unknown[] = [];
  const parameters = () => record<Then, Then>({ org_id: z.int() });
  const retry = { times: 2, timesExceeded: "discard", delay: 0, backoff: "fixed", jitter: 0 } as const;
  // The worker has nothing else of the old namespace.
  harness.task("deliver", { name: "stuff.deliver", retry, parameters }, (given, { namespace, attempt }) => {
    seen.push({ given, namespace, attempt });
    if (attempt === 1) throw new Error("not yet");
  });
  await harness.start();
  await producerOfThen().delay({ org_id: 7 });
  await harness.drained(2);
  expect(seen).toEqual([
    { given: { org_id: 7 }, namespace: "stuff", attempt: 1 },
    { given: { org_id: 7 }, namespace: "stuff", attempt: 2 },
  ]);
});
