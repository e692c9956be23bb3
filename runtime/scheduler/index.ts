export { type Entry, entriesOf, entryOf } from "./entry.js";
export { SCHEDULE_TOPIC } from "./log-watermarks.js";
export { SchedulerPort } from "./observe.js";
export type { EntryStatus } from "./scheduler.js";
export { marksOf, type SchedulerService, type SchedulerStatus, startScheduler } from "./service.js";
export { nextSlots } from "./slots.js";
export type { EntryState, Marks } from "./watermarks.js";
