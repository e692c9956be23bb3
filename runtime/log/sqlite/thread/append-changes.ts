import { skip } from "../file/chunks.js";
import type { Topics } from "../file/topics.js";
import type { UniqueKeys } from "../file/unique-keys.js";
import type { AppendAnswer, AppendPart, AppendRequest, Failure, FileOptions } from "../messages.js";
import { failureOf } from "./failures.js";
import type { Change } from "./group-commit.js";

interface AppendTargets {
  readonly topics: Topics;
  readonly uniqueKeys: UniqueKeys;
}

/** Calls of one part, in order. */
interface Calls {
  readonly part: AppendPart;
  /** Number of the first call in the request. */
  readonly index: number;
  readonly counts: readonly number[];
  readonly records: Buffer;
}

/** The parts of one request as changes; `answer` is called when the last of its calls is settled. */
export function appendChanges(
  request: AppendRequest,
  options: FileOptions,
  targets: () => AppendTargets,
  answer: (answer: AppendAnswer) => void,
): Change[] {
  const { number, parts } = request;
  const at = Math.floor(request.now);
  let calls = 0;
  for (const { counts } of parts) calls += counts.length;
  const offsets = new Float64Array(calls);
  const repeated = new Map<number, string>();
  const failures = new Map<number, Failure>();
  let open = calls;
  const settled = (count: number): void => {
    open -= count;
    if (open === 0) answer({ kind: "appended", number, offsets, repeated, failures });
  };

  const changeOf = (calls: Calls): Change => ({
    appends: true,
    apply() {
      const { part, index, counts, records } = calls;
      const { topics, uniqueKeys } = targets();
      const { topic, uniqueKey } = part;
      if (uniqueKey !== undefined) {
        const before = uniqueKeys.find(uniqueKey, request.now);
        if (before !== undefined) {
          offsets[index] = before.offset;
          repeated.set(index, before.topic);
          return;
        }
      }
      let offset = topics.ensure(topic).append(records, sum(counts), at);
      if (uniqueKey !== undefined) uniqueKeys.store(uniqueKey, { topic, offset }, request.now);
      for (const [call, count] of counts.entries()) {
        offsets[index + call] = offset;
        offset += count;
      }
    },
    committed: () => settled(calls.counts.length),
    failed(error) {
      const failure = failureOf(error, options);
      for (let call = 0; call < calls.counts.length; call += 1) failures.set(calls.index + call, failure);
      settled(calls.counts.length);
    },
    split: () => singles(calls).map(changeOf),
  });

  let index = 0;
  return parts.map((part) => {
    const { buffer, byteOffset, byteLength } = part.records;
    const records = Buffer.from(buffer, byteOffset, byteLength);
    const change = changeOf({ part, index, counts: part.counts, records });
    index += part.counts.length;
    return change;
  });
}

/** Each call by itself. */
function singles({ part, index, counts, records }: Calls): Calls[] {
  let from = 0;
  return counts.map((count, call) => {
    const rest = records.subarray(from);
    const bytes = skip(rest, count);
    from += bytes;
    return { part, index: index + call, counts: [count], records: rest.subarray(0, bytes) };
  });
}

function sum(counts: readonly number[]): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
