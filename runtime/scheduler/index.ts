export { entriesOf, entryOf } from "./entry.js";
export { SCHEDULE_TOPIC } from "./log-watermarks.js";
export { SchedulerObservation } from "./observation.js";
export { scheduleRow } from "./row.js";
export { type SchedulerService, startScheduler } from "./service.js";
export { nextSlots } from "./slots.js";
export { StoredSchedules } from "./stored.js";
