export { type Broker, type BrokerOptions, startBroker } from "./broker.js";
export type { Limits } from "./inflight/events.js";
export type { Status, Unclaimed } from "./status.js";
