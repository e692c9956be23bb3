import { hostname, userInfo } from "node:os";
import { Front, type Missing } from "../../front/front.js";
import { speakersOf } from "../../front/letters/speakers.js";
import { OperationError } from "../../operations/errors.js";
import { oneLine } from "../output/logger.js";
import type { PoolLogs } from "../pool-logs.js";
import { securityFromEnvironment } from "../security.js";
import { whenInterrupted } from "../signals.js";
import type { OperatorFlags } from "./options.js";

/** How long a call that only looks may take: shorter among several brokers, so that a silent one does not hold up the others. */
const PATIENCE_MS = 5000;
const PATIENCE_AMONG_MS = 2000;
/** Exit codes of commands of operators, besides 0, 1 and 2. */
const NOTHING_MATCHED = 3;
const IN_PART = 4;

/** The brokers, and where a command prints. */
export interface Operator {
  readonly front: Front;
  readonly json: boolean;
  /** Columns of the terminal; infinite in a pipe. */
  readonly width: number;
  /** Data: one line each. */
  line(text: string): void;
  document(value: object): void;
  /** Remarks, on stderr; none with --quiet. */
  say(text: string): void;
  /** Brokers that did not answer, or refused: they are named, and the exit code becomes 4. */
  missing(partial: readonly Missing[]): void;
  nothingMatched(): void;
  inPart(): void;
}

/** Runs a command of an operator, and closes what it opened. `logs`: for commands that also read logs; it closes them. */
export async function asOperator(
  flags: OperatorFlags,
  run: (operator: Operator) => Promise<void>,
  logs?: PoolLogs,
): Promise<void> {
  const several = flags.broker.length > 1;
  const options = {
    security: securityFromEnvironment(),
    actor: actor(),
    patience: several ? PATIENCE_AMONG_MS : PATIENCE_MS,
  };
  const front = Front.connect(flags.broker, options, logs?.all);
  const stop = whenInterrupted(`stopped before the broker at ${flags.broker.join(", ")} answered`);
  const say = (text: string) => {
    if (flags.quiet !== true) process.stderr.write(`${oneLine(text)}\n`);
  };
  try {
    await run({
      front,
      json: flags.json === true,
      width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
      line: (text) => void process.stdout.write(`${text}\n`),
      document: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
      say,
      missing: (partial) => {
        for (const { broker, error } of partial)
          say(`warning: ${error instanceof OperationError ? `${broker}: ` : ""}${error.message}`);
        if (partial.length > 0) process.exitCode = IN_PART;
      },
      nothingMatched: () => {
        process.exitCode ??= NOTHING_MATCHED;
      },
      inPart: () => {
        process.exitCode = IN_PART;
      },
    });
  } finally {
    stop();
    front.close();
    await logs?.close();
  }
}

/** The same for verbs of dead letters, which one broker of each pool answers. */
export async function onePerPool(operator: Operator): Promise<Operator> {
  const { front, partial, logs } = await speakersOf(operator.front);
  operator.missing(partial);
  for (const { why } of logs) operator.say(why);
  return { ...operator, front };
}

/** Who runs this command, for the audit log. */
function actor(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A container's user may have no name.
    return `user ${process.getuid?.() ?? "unknown"}@${hostname()}`;
  }
}
