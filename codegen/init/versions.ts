import { readFileSync } from "node:fs";

/** What a new project depends on, beside our two packages. */
export const TYPESCRIPT = "~6.0.3";
/** Runs TypeScript sources, so that `taskwire dev` needs no build. */
export const TSX = "^4.20.0";
export const NODE_TYPES = "^20.19.0";

/** The range of taskwire and @taskwire/codegen that fits this package: they have one version. */
export function ownRange(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "";
  return `^${String(version)}`;
}
