import { type Command, Option } from "commander";
import type { Showing } from "../../front/shown.js";
import type { Model } from "../../model/model.js";
import type { ActivationContent } from "../../operations/documents/content.js";
import type { FilterNoun } from "../../operations/filter/filter.js";
import { modelIfAny } from "../options.js";

/** Options of commands that show or compare parameters. */
export interface ModelFlags {
  readonly model?: readonly string[];
  readonly reveal?: boolean;
  readonly reason?: string;
}

/** Adds the options with which sensitive values are shown. */
export function revealing(command: Command): Command {
  return command
    .option("--reveal", "show sensitive values; needs the right to, and --reason, which is written in the audit log")
    .option("--reason <TEXT>", "why sensitive values are shown");
}

export const modelsOption = () =>
  new Option(
    "--model <FILE>",
    "a generated taskwire.json, which names parameters; repeatable (default: that of package.json's taskwire block, if any)",
  ).argParser((value: string, before: readonly string[] = []) => [...before, value]);

/** The models that are named; else the package's own, if it has one. */
export async function modelsOf({ model }: Pick<ModelFlags, "model">): Promise<readonly Model[]> {
  const found = await Promise.all((model ?? [undefined]).map(modelIfAny));
  return found.filter((each) => each !== undefined);
}

/** A filter with parameters found by their names in the model: `args.group_id=5`. */
export async function withModel(q: string, noun: FilterNoun, flags: ModelFlags): Promise<string> {
  if (!/(^|\s)args\./.test(q)) return q;
  const { positioned } = await import("../../operations/filter/by-model.js");
  return positioned(q, noun, await modelsOf(flags));
}

/** How content is shown: sensitive values are covered unless they are to be revealed. */
export async function showingOf(flags: ModelFlags): Promise<Showing> {
  return { models: await modelsOf(flags), reveal: flags.reveal === true, large: true };
}

/** The content for a person. */
export function contentLines({ headers, parameters }: ActivationContent): string[] {
  const headed = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : [title, ...lines]);
  const pairs = (values: object) =>
    Object.entries(values).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
  switch (parameters.kind) {
    case "named": {
      const lines = parameters.parameters.map(({ name, type, value, absent, covered }) => {
        const shown = covered ? "[covered]" : absent ? "(absent)" : JSON.stringify(value);
        return `  ${name}: ${shown}${type === null ? "  (not in the schema)" : ""}`;
      });
      return [...headed("parameters", lines), ...headed("headers", pairs(headers))];
    }
    case "unnamed":
      return [
        ...headed("parameters, as sent: the model does not have the task", [
          ...parameters.args.map((value, index) => `  ${index}: ${JSON.stringify(value)}`),
          ...pairs(parameters.kwargs),
        ]),
        ...headed("headers", pairs(headers)),
      ];
    case "large":
      return [`parameters: ${parameters.bytes} bytes, not opened`, ...headed("headers", pairs(headers))];
    case "unreadable":
      return [
        `parameters: cannot be read (${parameters.problem}); ${parameters.bytes} bytes, the first of them: ${(parameters.hex ?? "covered").slice(0, 128)}`,
        ...headed("headers", pairs(headers)),
      ];
  }
}
