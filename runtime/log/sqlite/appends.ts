import type { FileOptions } from "./database.js";
import { failureOf } from "./failures.js";
import type { Change } from "./group.js";
import type { AppendAnswer, AppendCall, AppendRequest, Failure } from "./messages.js";
import { type Row, Unpacker } from "./records.js";
import type { Topics } from "./topics.js";
import type { UniqueKeys } from "./unique-keys.js";

export interface AppendTargets {
  readonly topics: Topics;
  readonly uniqueKeys: UniqueKeys;
}

/** The calls of one request as changes; answers when the last of them is settled. */
export function appendChanges(
  request: AppendRequest,
  options: FileOptions,
  targets: () => AppendTargets,
  answer: (answer: AppendAnswer) => void,
): Change[] {
  const { number, calls, now } = request;
  const offsets = new Float64Array(calls.length);
  const repeated = new Map<number, string>();
  const failures = new Map<number, Failure>();
  let open = calls.length;
  const settled = (): void => {
    open -= 1;
    if (open === 0) answer({ kind: "appended", number, offsets, repeated, failures });
  };
  const records = new Unpacker(request.records);
  return calls.map((call, index) => {
    const rows = Array.from({ length: call.count }, () => records.next());
    return {
      apply() {
        const { offset, topic } = appendOne(call, rows, now, targets());
        offsets[index] = offset;
        if (topic !== call.topic || call.uniqueKey !== undefined) repeated.set(index, topic);
      },
      committed: settled,
      failed(error) {
        failures.set(index, failureOf(error, options));
        settled();
      },
    };
  });
}

/** The call's first offset, and its topic: another one when its unique key was used there. */
function appendOne(
  { topic, uniqueKey }: AppendCall,
  rows: readonly Row[],
  now: number,
  { topics, uniqueKeys }: AppendTargets,
): { readonly topic: string; readonly offset: number } {
  const before = uniqueKey === undefined ? undefined : uniqueKeys.find(uniqueKey, now);
  if (before !== undefined) return before;
  const table = topics.ensure(topic);
  let first: number | undefined;
  for (const row of rows) {
    const offset = table.insert(row);
    first ??= offset;
  }
  const position = { topic, offset: first ?? table.end() };
  if (uniqueKey !== undefined) uniqueKeys.store(uniqueKey, position, now);
  return position;
}
