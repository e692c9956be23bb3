import type {
  ConfigurationInvalidation,
  Instruments,
  Options,
  Organizations,
  Quotas,
  RateStore,
  VolumeSource,
} from "taskwire/sampling";

/** All that the sampling tasks read, write and are observed by. */
export interface SamplingPorts {
  readonly volumes: VolumeSource;
  readonly rates: RateStore;
  readonly options: Options;
  readonly organizations: Organizations;
  readonly quotas: Quotas;
  readonly invalidation: ConfigurationInvalidation;
  readonly instruments: Instruments;
}
