import type { Parameters } from "../activation/parameters.js";
import { rawId } from "../activation/raw.js";
import type { DelayOptions, TaskFacts } from "../activation/task.js";
import { newId } from "../base/ids.js";
import type { LogRecord } from "../log/port.js";
import type { LogClient } from "./client.js";
import { withHooks, withTrace } from "./headers.js";
import { timingOf } from "./options.js";
import { rawHeadersOf, rawRecordOf } from "./raw.js";
import { appendWith, recordOf } from "./records.js";

/**
 * Sends activations of one task and gives their ids, in order, when all are durable. The caller's mistakes are found before
 * anything is awaited. `options.id` is only for a single input.
 */
export async function send<P, I>(
  client: LogClient,
  facts: TaskFacts,
  parameters: Parameters<P, I>,
  inputs: readonly I[],
  options?: DelayOptions,
): Promise<string[]> {
  if (facts.raw === true) return sendRaw(client, facts, parameters, inputs, options);
  const ids: string[] = [];
  const written = inputs.map((input) => parameters.write(facts.key, input));
  const timing = timingOf(facts, options);
  const given = withHooks(facts, timing.headers);
  await client.during(async () => {
    const found = withTrace(given);
    // Every call pays for an await; only the first ones of a process need it.
    const headers = found instanceof Promise ? await found : found;
    const traced = headers === timing.headers ? timing : { ...timing, headers };
    const records: LogRecord[] = [];
    for (const bytes of written) {
      const id = options?.id ?? newId();
      ids.push(id);
      records.push(await recordOf(facts, bytes, id, traced));
    }
    await appendWith(client, facts, records);
  });
  return ids;
}

/** The records of a raw task are its bytes, and their ids follow from the positions they are appended at. */
async function sendRaw<P, I>(
  client: LogClient,
  facts: TaskFacts,
  parameters: Parameters<P, I>,
  inputs: readonly I[],
  options?: DelayOptions,
): Promise<string[]> {
  const checked = inputs.map((input) => parameters.check(facts.key, input));
  const given = withHooks(facts, rawHeadersOf(facts, options));
  return client.during(async () => {
    const headers = await withTrace(given);
    const records = checked.map((values) => rawRecordOf(facts, values, headers));
    return (await appendWith(client, facts, records)).map(rawId);
  });
}
