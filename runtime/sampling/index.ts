/** Public entry `taskwire/sampling`: the rebalancing models of dynamic sampling. Pure computation, no I/O. */
export { BudgetExceedsTotal, DivisionByZero, InvalidModelInput } from "./errors.js";
export { type FullInput, type FullOutput, full } from "./full.js";
export { type ErrorReport, guardedRun, type Model } from "./model.js";
export { type ProjectsInput, projects } from "./projects.js";
export { type ClassId, type RatedClass, sortByVolume, type VolumeClass } from "./volume-class.js";
