export { type Entry, entriesOf, entryOf } from "./entry.js";
export { SCHEDULE_TOPIC } from "./log-watermarks.js";
export { SchedulerObservation } from "./observation.js";
export { type SchedulerService, startScheduler, watermarksOf } from "./service.js";
export { nextSlots } from "./slots.js";
export type { EntryState, Watermarks } from "./watermarks.js";
