export type { Status, TopicStatus, UnclaimedTask } from "../operations/status/document.js";
export { type Broker, startBroker } from "./broker.js";
export { type RawTopics, rawTopics } from "./intake/raw.js";
export type { JournalPort } from "./journal/journal.js";
export type { ModelHashes } from "./observe/status/model-hashes.js";
export type { BrokerOptions } from "./options.js";
export { declaredBy } from "./runtime-config/declared.js";
export { LettersInLog } from "./start/letters-in-log.js";
