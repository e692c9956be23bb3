import type { Status } from "../../operations/status/document.js";
import { isLoopback } from "../../wire/server/server.js";
import { audited } from "../operations/audit/audited.js";
import { Gate } from "../operations/gate.js";
import type { Operations } from "../operations/run-verb.js";
import type { BrokerOptions } from "../options.js";
import { verbsOf } from "./operations.js";
import type { Parts } from "./parts.js";
import type { Shutdown } from "./shutdown.js";
import type { Stations } from "./stations.js";

/** What operators may ask of this broker: its verbs, who may use them, and the log of what they did. */
export function operationsOf(
  options: BrokerOptions,
  parts: Parts,
  stations: Stations,
  status: () => Promise<Status>,
  shutdown: Shutdown,
): Operations {
  const { security = {}, listen = "" } = options;
  const { clock, pool, audit: log } = parts;
  const gate = new Gate({ security, loopback: isLoopback(listen), clock });
  return {
    status,
    verbs: verbsOf(options, parts, stations, status, shutdown),
    admit: (role, call) => gate.admit(role, call),
    admitLocal: (role) => gate.admitLocal(role),
    audited: (verb, role, address, request, caller) =>
      audited({ log, pool: pool.name, clock }, { verb, role, address }, request, caller),
  };
}
