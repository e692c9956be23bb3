import type { Logger } from "../../base/logger.js";
import { coloursWanted } from "../output/colours.js";
import { fromLevel, oneLine, textLogger, warnOfLevel } from "../output/logger.js";

/** Loggers of `taskwire dev`, one per part. */
export interface DevLog {
  readonly dev: Logger;
  readonly broker: Logger;
  readonly worker: Logger;
  readonly scheduler: Logger;
  /** A line that a handler wrote. */
  handlers(line: string, stream: "stdout" | "stderr"): void;
  /** Several lines that belong together, such as where a module does not parse. */
  block(text: string): void;
}

const COLOURS = { dev: 32, broker: 35, worker: 34, handlers: 36, scheduler: 33 } as const;
const WIDTH = Math.max(...Object.keys(COLOURS).map((name) => name.length));

interface Destination {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Every line begins with its part; lines below TASKWIRE_LOG_LEVEL are left out. Colours only on a terminal, and not with
 * NO_COLOR. Output of handlers on stdout goes to stdout, everything else to stderr.
 */
export function devLog(
  stdout: Destination = process.stdout,
  stderr: Destination = process.stderr,
  environment: NodeJS.ProcessEnv = process.env,
): DevLog {
  const colourful = (to: Destination) => to.isTTY === true && coloursWanted(environment);
  const prefix = (name: keyof typeof COLOURS, to: Destination) => {
    const padded = name.padEnd(WIDTH);
    return colourful(to) ? `\u001b[${COLOURS[name]}m${padded}\u001b[0m ` : `${padded} `;
  };
  const logger = (name: keyof typeof COLOURS) =>
    fromLevel(
      environment.TASKWIRE_LOG_LEVEL,
      textLogger("", colourful(stderr), (lines) => {
        const own = prefix(name, stderr);
        stderr.write(lines.replaceAll(/^(?=.)/gm, own));
      }),
    );
  const dev = logger("dev");
  warnOfLevel(environment.TASKWIRE_LOG_LEVEL, dev);
  return {
    dev,
    broker: logger("broker"),
    worker: logger("worker"),
    scheduler: logger("scheduler"),
    handlers: (line, stream) => {
      const to = stream === "stdout" ? stdout : stderr;
      to.write(`${prefix("handlers", to)}${line}\n`);
    },
    block: (text) => {
      for (const line of text.split("\n")) stderr.write(`${prefix("dev", stderr)}  ${oneLine(line)}\n`);
    },
  };
}
