import type { ProblemsDocument } from "../../operations/documents/problems.js";
import { coloursWanted } from "./colours.js";
import { oneLine } from "./logger.js";
import { wrapped } from "./table.js";

const LABELS = { stopped: "STOPPED", slow: "SLOW", warning: "WARNING" } as const;
const COLOURS = { stopped: 31, slow: 33, warning: 36 } as const;
/** Width of the column of levels. */
const COLUMN = 9;
/** Columns where there is no terminal to ask. */
const WIDTH = 100;

/** Findings for a person: level and sentence, the evidence, the hint. `task`: the one that was asked for. */
export function findingsText({ findings, summary }: ProblemsDocument, task?: string): string {
  const stream = process.stdout;
  const width = stream.columns ?? WIDTH;
  const coloured = stream.isTTY === true && coloursWanted(process.env);
  const whose = task === undefined ? "" : ` with ${task}`;
  const lines = findings.flatMap(({ level, text, evidence, hint }) => {
    const body = [text, ...evidence, `hint: ${hint}`].flatMap((line) => wrapped(oneLine(line), width - COLUMN));
    return body.map((line, index) => {
      const label = (index === 0 ? LABELS[level] : "").padEnd(COLUMN);
      return (coloured && index === 0 ? `\u001b[${COLOURS[level]}m${label}\u001b[0m` : label) + line;
    });
  });
  const last = findings.length === 0 ? `nothing is wrong${whose}: ${summary}` : `${task ?? "now"}: ${summary}`;
  return `${[...lines, ...wrapped(oneLine(last), width)].join("\n")}\n`;
}
