import { TaskwireError } from "../../../base/errors.js";

/** The installed kafkajs lacks an inner part that the Kafka log builds on. */
export function unknownKafkajs(what: string): TaskwireError {
  return new TaskwireError("kafkajs_unknown", `expected kafkajs 2.2, got a version without ${what}`);
}
