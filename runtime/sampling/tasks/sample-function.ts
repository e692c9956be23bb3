/**
 * Calls `run(args)` when sampleRate is at least 1, or when one uniform draw from [0, 1) is at most sampleRate: so rate 0
 * calls at a draw of 0, a negative rate never; undefined is 1 (dynamic-sampling.md 7). Gives nothing, whatever `run` gives.
 */
export function sampleFunction<A>(
  run: (args: A) => unknown,
  sampleRate: number | undefined = 1,
  args: A,
  random: () => number = Math.random,
): void {
  if (sampleRate >= 1 || random() <= sampleRate) run(args);
}
