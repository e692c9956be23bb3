import { TaskwireError } from "../base/errors.js";
import type { Status } from "../operations/status/document.js";

/** The status document of a broker. Throws TaskwireError `broker_too_old` for a document of before operations. */
export function statusOf(json: string, broker: string): Status {
  const document: Status = JSON.parse(json);
  const api: unknown = Reflect.get(Object(Reflect.get(Object(document), "broker")), "api");
  if (api === 1) return document;
  throw new TaskwireError(
    "broker_too_old",
    `the status of the broker at ${broker} is of another version of taskwire (api ${String(api)}, expected 1); use the command of its version, or upgrade it`,
  );
}
