import { createRequire } from "node:module";
import type { ts } from "ts-morph";

const require = createRequire(import.meta.url);

/**
 * ts-morph with its compiler, loaded by the first call: that costs more than everything else in a run that changes nothing.
 * `require`, because an import would scan its nine megabytes for exports first.
 */
export function tsMorph(): typeof import("ts-morph") {
  return require("ts-morph");
}

/** The compiler of ts-morph. */
export function typescript(): typeof ts {
  return tsMorph().ts;
}
