/** Public entry `taskwire/sampling`: dynamic sampling after dynamic-sampling.md. No I/O: what it reads and writes are ports. */
export * from "./constants.js";
export {
  BudgetExceedsTotal,
  DivisionByZero,
  IdentityMismatch,
  InvalidModelInput,
  InvalidRate,
  InvalidVolume,
  TimerNameMissing,
  UnknownModelType,
} from "./errors.js";
export {
  defaultInstruments,
  type Instruments,
  type MetricOptions,
  type MetricsSink,
  type Reports,
} from "./instruments.js";
export { MemoryRateStore } from "./memory/rate-store.js";
export { MemoryVolumeSource } from "./memory/volume-source.js";
export { ModelType, modelFactory } from "./models/factory.js";
export { type FullInput, type FullOutput, full } from "./models/full.js";
export { type ErrorReport, guardedRun, type Model } from "./models/model.js";
export { type ProjectsInput, projects } from "./models/projects.js";
export { type TransactionsInput, type TransactionsOutput, transactions } from "./models/transactions.js";
export { type ClassId, type RatedClass, sortByVolume, type VolumeClass } from "./models/volume-class.js";
export { checkedCount, checkedRate, checkRecord, floatOf, numberOf, reportedNumber, reportedRate } from "./numbers.js";
export {
  type Awaitable,
  type ConfigurationInvalidation,
  OPTION_DEFAULTS,
  type OptionName,
  type Options,
  type Organization,
  type Organizations,
  type Quotas,
  type RateStore,
  type SamplingMode,
} from "./ports/ports.js";
export {
  type ActiveOrgRow,
  GRANULARITIES,
  type Measure,
  type OrgsVolumeQuery,
  type OrgVolumeRow,
  type ProjectCountRow,
  type TransactionTotalsRow,
  type TransactionVolumeRow,
  type VolumeQuery,
  type VolumeRecord,
  type VolumeSource,
  windowBuckets,
} from "./ports/volume-source.js";
export { EXECUTED_MARK, rateKeys } from "./rates/keys.js";
export {
  boundedFactor,
  computeAdjustedFactor,
  effectiveRate,
  isValidVolume,
  type KeptVolume,
  type Recalibration,
  readFactor,
  recalibrate,
  recalibrateStored,
} from "./rates/recalibration.js";
export {
  equalRates,
  type FoundRate,
  orgSampleRate,
  projectSampleRate,
  readProjectRates,
  storeProjectRates,
} from "./rates/sample-rates.js";
export {
  computeGuardedSlidingWindowSampleRate,
  computeSlidingWindowSampleRate,
  extrapolateMonthlyVolume,
  slidingWindowSize,
  type WindowVolume,
} from "./rates/sliding-window.js";
export { readTransactionRates, storeTransactionRates, type TransactionRates } from "./rates/transaction-rates.js";
export {
  LOGGED_SHARE,
  logExtrapolatedMonthlyVolume,
  logQueryTimeout,
  logSampleRateSource,
  type MonthlyVolumeLine,
  type QueryTimeoutLine,
  type SampleRateSourceLine,
  sampleFunction,
} from "./tasks/log-lines.js";
export {
  type ContextHandler,
  type ContextTaskOptions,
  computeTaskName,
  dynamicSamplingTask,
  dynamicSamplingTaskWithContext,
  type SamplingTaskOptions,
  type Stoppable,
} from "./tasks/sampling-task.js";
export { DynamicSamplingLogState, type LogStateDict, type LogStateIncrement } from "./timing/log-state.js";
export { TaskContext, type TaskContextDict, type TaskContextOptions, TimeoutException } from "./timing/task-context.js";
export { timedFunction } from "./timing/timed-function.js";
export { type ContextIterator, contextIterator, type PlainIterator, TimedIterator } from "./timing/timed-iterator.js";
export { type Monotonic, NamedTimer, systemMonotonic, Timers } from "./timing/timers.js";
export { mergeTransactions, nextTotals, zipTransactions } from "./volumes/join.js";
export {
  type ActiveOrgsOptions,
  GetActiveOrgs,
  GetActiveOrgsVolumes,
  type OrganizationVolume,
  type OrgVolumesOptions,
  organizationVolume,
} from "./volumes/organizations.js";
export { fetchProjectCounts, type ProjectCount, type ProjectCountsOptions } from "./volumes/project-counts.js";
export {
  compareIdentities,
  FetchProjectTransactionTotals,
  FetchProjectTransactionVolumes,
  type ProjectIdentity,
  type ProjectTransactions,
  type ProjectTransactionTotals,
  type TransactionVolumesOptions,
} from "./volumes/transactions.js";
