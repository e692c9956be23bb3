import type { Model } from "taskwire/model";
import { compareEnvironments } from "./environments.js";
import { compareNamedTypes } from "./named-types.js";
import { compareNamespaces } from "./namespaces.js";
import { type Change, Report } from "./report.js";
import { TypePair } from "./types.js";

/** What of the old model the new one breaks. Pure; without places in files. */
export function compareModels(before: Model, after: Model): readonly Change[] {
  const report = new Report();
  if (before.application !== after.application)
    report.add("application_changed", ["application"], `was "${before.application}", is "${after.application}"`);
  const types = new TypePair(before, after);
  compareNamedTypes(types, report);
  compareNamespaces(before, after, types, report);
  compareEnvironments(before, after, report);
  return report.changes();
}
