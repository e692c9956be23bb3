import { full } from "./full.js";
import { classProblems, defineModel, type Model, shareProblems } from "./model.js";
import { type ClassId, type RatedClass, sortByVolume, type VolumeClass } from "./volume-class.js";

export interface ProjectsInput<Id extends ClassId = ClassId> {
  /** An organization's projects in any order; may be empty. */
  readonly classes: readonly VolumeClass<Id>[];
  /** Share of the organization's whole volume to keep, 0..1. */
  readonly sampleRate: number;
}

/** Every project aims at an equal share of the budget. */
const INTENSITY = 1;

/**
 * Rates for the projects of one organization, ascending by volume (dynamic-sampling.md 8.3).
 * Throws InvalidModelInput; DivisionByZero when all counts are 0, or one is 0 and the rate is too.
 */
export function projects<Id extends ClassId>(): Model<ProjectsInput<Id>, readonly RatedClass<Id>[]> {
  return defineModel({
    name: "projects",
    problems: ({ classes, sampleRate }: ProjectsInput<Id>) => [
      ...shareProblems("sampleRate", sampleRate),
      ...classProblems(classes),
    ],
    compute: ({ classes, sampleRate }: ProjectsInput<Id>) =>
      classes.length === 0
        ? []
        : full<Id>().run({ classes: sortByVolume(classes), sampleRate, intensity: INTENSITY }).classes,
  });
}
