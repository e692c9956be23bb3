export { type Broker, type BrokerOptions, startBroker } from "./broker.js";
export type { Limits } from "./inflight/events.js";
export { type RawTopics, rawTopics } from "./raw.js";
export type { Status, Unclaimed } from "./status.js";
