import { LOGGED_SHARE, logSampleRateSource, type SampleRateSourceLine, sampleFunction } from "taskwire/sampling";
import type { SamplingPorts } from "./ports.js";

/** Logs, one time of ten, which rate a task uses and where it comes from (dynamic-sampling.md 1 and 7). */
export function logUsedRate({ instruments }: Pick<SamplingPorts, "instruments">, line: SampleRateSourceLine): void {
  sampleFunction(
    (of: SampleRateSourceLine) => logSampleRateSource(instruments.log, of),
    LOGGED_SHARE,
    line,
    instruments.random,
  );
}
