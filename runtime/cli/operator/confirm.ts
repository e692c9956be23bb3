import { createInterface } from "node:readline/promises";
import { TaskwireError } from "../../base/errors.js";
import { oneLine } from "../output/logger.js";
import type { ChangeFlags } from "./options.js";

/** From here on, the number of matches has to be typed. */
const TYPED_FROM = 1000;

/** A change that nobody has confirmed: exit code 2. */
export class UnconfirmedError extends TaskwireError {
  constructor(message: string) {
    super("unconfirmed", message);
  }
}

/**
 * Whether the change is wanted. With --yes it is; a terminal asks; without a terminal it is refused. `what` completes "this
 * will ...". Rejects with UnconfirmedError.
 */
export async function confirm({ yes }: ChangeFlags, what: string, matched: number): Promise<void> {
  if (yes === true) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UnconfirmedError(`this will ${oneLine(what)}; pass --yes to do it, or --dry-run to see more`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const expected = matched > TYPED_FROM ? String(matched) : "y";
    const how = matched > TYPED_FROM ? `type ${matched} to do it` : "y/N";
    const answer = await terminal.question(`This will ${oneLine(what)}. Continue? (${how}) `);
    if (answer.trim().toLowerCase() !== expected) throw new UnconfirmedError("nothing was changed");
  } finally {
    terminal.close();
  }
}
