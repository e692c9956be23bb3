import { createRequire } from "node:module";
import type { ts } from "ts-morph";

const require = createRequire(import.meta.url);

/**
 * The compiler, loaded by the first call: that costs more than everything else in a run that changes nothing. `require`,
 * because an import would scan its nine megabytes for exports first.
 */
export function typescript(): typeof ts {
  const loaded: typeof import("ts-morph") = require("ts-morph");
  return loaded.ts;
}
