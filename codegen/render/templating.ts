import Handlebars from "handlebars";
import type { FilePlan } from "../plan/index.js";
import { PARTIALS, TEMPLATES } from "./templates.js";

const OPTIONS = { noEscape: true, strict: true, knownHelpersOnly: true, preventIndent: true } as const;

const handlebars = Handlebars.create();
for (const [name, text] of Object.entries(PARTIALS))
  handlebars.registerPartial(name, handlebars.compile(text, OPTIONS));

const bodies = {
  namespace: handlebars.compile(TEMPLATES.namespace, OPTIONS),
  types: handlebars.compile(TEMPLATES.types, OPTIONS),
  registry: handlebars.compile(TEMPLATES.registry, OPTIONS),
  environments: handlebars.compile(TEMPLATES.environments, OPTIONS),
  index: handlebars.compile(TEMPLATES.index, OPTIONS),
};

/** The file's text below its imports. */
export function body(file: FilePlan): string {
  return bodies[file.template](file.data);
}
