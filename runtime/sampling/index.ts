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
export { MemoryRateStore } from "./memory/rate-store.js";
export { MemoryVolumeSource } from "./memory/volume-source.js";
export { ModelType, modelFactory } from "./models/factory.js";
export { type FullInput, type FullOutput, full } from "./models/full.js";
export { type ErrorReport, guardedRun, type Model } from "./models/model.js";
export { type ProjectsInput, projects } from "./models/projects.js";
export { type TransactionsInput, type TransactionsOutput, transactions } from "./models/transactions.js";
export { type ClassId, type RatedClass, sortByVolume, type VolumeClass } from "./models/volume-class.js";
export type { Awaitable } from "./ports/awaitable.js";
export { checkedCount, checkRecord } from "./ports/checked-count.js";
export type { ConfigurationInvalidation } from "./ports/invalidation.js";
export { OPTION_DEFAULTS, type OptionName, type Options } from "./ports/options.js";
export type { Organization, Organizations, SamplingMode } from "./ports/organizations.js";
export type { Quotas } from "./ports/quotas.js";
export { checkedRate, numberOf, reportedNumber, reportedRate } from "./ports/rate.js";
export type { RateStore } from "./ports/rate-store.js";
export type {
  ActiveOrgRow,
  Measure,
  OrgsVolumeQuery,
  OrgVolumeRow,
  ProjectCountRow,
  TransactionTotalsRow,
  TransactionVolumeRow,
  VolumeQuery,
  VolumeRecord,
  VolumeSource,
} from "./ports/volume-source.js";
export { GRANULARITIES, windowBuckets } from "./ports/window.js";
export { equalRates } from "./rates/equal-rates.js";
export { floatOf } from "./rates/float-text.js";
export type { FoundRate } from "./rates/found-rate.js";
export { EXECUTED_MARK, rateKeys } from "./rates/keys.js";
export { extrapolateMonthlyVolume } from "./rates/monthly-volume.js";
export { orgSampleRate } from "./rates/org-sample-rate.js";
export { projectSampleRate, readProjectRates, storeProjectRates } from "./rates/project-sample-rate.js";
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
  computeGuardedSlidingWindowSampleRate,
  computeSlidingWindowSampleRate,
  slidingWindowSize,
  type WindowVolume,
} from "./rates/sliding-window.js";
export { readTransactionRates, storeTransactionRates, type TransactionRates } from "./rates/transaction-rates.js";
export {
  type ContextHandler,
  type ContextTaskOptions,
  dynamicSamplingTaskWithContext,
  type Stoppable,
} from "./tasks/context-task.js";
export {
  defaultInstruments,
  type Instruments,
  type MetricOptions,
  type MetricsSink,
  type Reports,
} from "./tasks/instruments.js";
export {
  LOGGED_SHARE,
  logExtrapolatedMonthlyVolume,
  logQueryTimeout,
  logSampleRateSource,
  type MonthlyVolumeLine,
  type QueryTimeoutLine,
  type SampleRateSourceLine,
} from "./tasks/log-lines.js";
export { sampleFunction } from "./tasks/sample-function.js";
export { dynamicSamplingTask, type SamplingTaskOptions } from "./tasks/sampling-task.js";
export { computeTaskName } from "./tasks/task-name.js";
export { type ContextIterator, contextIterator, type PlainIterator } from "./timing/context-iterator.js";
export { DynamicSamplingLogState, type LogStateDict, type LogStateIncrement } from "./timing/log-state.js";
export { type Monotonic, systemMonotonic } from "./timing/monotonic.js";
export { NamedTimer } from "./timing/named-timer.js";
export { TaskContext, type TaskContextDict, type TaskContextOptions } from "./timing/task-context.js";
export { timedFunction } from "./timing/timed-function.js";
export { TimedIterator } from "./timing/timed-iterator.js";
export { TimeoutException } from "./timing/timeout-exception.js";
export { Timers } from "./timing/timers.js";
export { type ActiveOrgsOptions, GetActiveOrgs } from "./volumes/active-orgs.js";
export {
  GetActiveOrgsVolumes,
  type OrganizationVolume,
  type OrgVolumesOptions,
  organizationVolume,
} from "./volumes/active-orgs-volumes.js";
export { mergeTransactions, nextTotals, zipTransactions } from "./volumes/join.js";
export { fetchProjectCounts, type ProjectCount, type ProjectCountsOptions } from "./volumes/project-counts.js";
export {
  compareIdentities,
  type ProjectIdentity,
  type ProjectTransactions,
  type ProjectTransactionTotals,
} from "./volumes/project-transactions.js";
export { FetchProjectTransactionTotals } from "./volumes/transaction-totals.js";
export { FetchProjectTransactionVolumes, type TransactionVolumesOptions } from "./volumes/transaction-volumes.js";
