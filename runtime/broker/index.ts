export { type Broker, type BrokerOptions, startBroker } from "./broker.js";
export type { Limits } from "./inflight/limits.js";
export { type RawTopics, rawTopics } from "./intake/raw.js";
export type { JournalPort } from "./journal/journal.js";
export type { ModelHashes, Status, TopicStatus, Unclaimed } from "./observe/status.js";
export { declaredBy } from "./runtime-config/declared.js";
