import { header, LINTERS_OFF } from "../header.js";
import { type FilePlan, fits, type ImportPlan } from "../plan/index.js";
import { body } from "./templating.js";

/** Puts header and imports before each body. */
export function assemble(files: readonly FilePlan[]): ReadonlyMap<string, string> {
  return new Map(files.map((file) => [file.path, textOf(file)]));
}

function textOf(file: FilePlan): string {
  const head = `${header(file.source)}\n${LINTERS_OFF}`;
  const text = `${head}${file.imports.map(importOf).join("")}\n${body(file)}`;
  return `${text.replace(/\n{3,}/g, "\n\n").trimEnd()}\n`;
}

/** On several lines when one is too long. */
function importOf({ module, names }: ImportPlan): string {
  const from = `from ${JSON.stringify(module)};\n`;
  if (names === undefined) return `import * as $ ${from}`;
  const allTypes = names.every(({ typeOnly }) => typeOnly);
  const named = names.map(({ name, alias, typeOnly }) => {
    const shown = alias === undefined ? name : `${name} as ${alias}`;
    return typeOnly && !allTypes ? `type ${shown}` : shown;
  });
  const head = allTypes ? "import type {" : "import {";
  const line = `${head} ${named.join(", ")} } ${from}`;
  if (fits(line.length - 1)) return line;
  return `${head}\n${named.map((name) => `  ${name},\n`).join("")}} ${from}`;
}
