import type { Measure, Organization } from "taskwire/sampling";
import { optionOf } from "../option.js";
import type { SamplingPorts } from "../ports.js";

/** How an organization's projects are counted: by spans when that is switched on and it has the feature. */
export async function measureOf({ options }: SamplingPorts): Promise<(organization?: Organization) => Measure> {
  const checked = (await optionOf(options, "dynamic-sampling.check_span_feature_flag")) === true;
  return (organization) => (checked && organization?.spans === true ? "spans" : "transactions");
}
