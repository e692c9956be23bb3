import type { EnvironmentModel, Model } from "taskwire/model";
import { below } from "../language/index.js";
import { type NamespaceNames, namespaceNames } from "../naming.js";
import type { FilePlan, ImportedName } from "./file-plan.js";
import { type PlanOptions, seen } from "./options.js";
import { docOf, taggedDocOf } from "./text/comment.js";
import { fits, literal, literalLines, propertyName, textLiteral, withComma } from "./text/literal.js";
import { typeExports } from "./type-exports.js";

export function planRegistry(model: Model, { source, importExtension: extension }: PlanOptions): FilePlan {
  const own = model.namespaces.filter(({ external }) => external === undefined);
  const namespaces = own.map(({ name }) => {
    const names = namespaceNames(name);
    const doc = docOf(`Type-checks the handlers of ${name}.`);
    return { key: propertyName(name), ...names, doc, signature: defineSignature(names) };
  });
  return {
    path: "registry.ts",
    source,
    imports: [
      { module: "taskwire/generated" },
      ...namespaces.map(({ module, object, handlers }) => {
        const names: readonly ImportedName[] = [
          { name: handlers, typeOnly: true },
          { name: object, typeOnly: false },
        ];
        return { module: `./${module}${extension}`, names };
      }),
    ],
    template: "registry",
    data: { application: textLiteral(model.application), namespaces },
  };
}

/** The head of a namespace's `define...Handlers` up to its body; its parameter is on its own line if one line is too long. */
function defineSignature({ defineHandlers, handlers }: NamespaceNames): readonly string[] {
  const line = `export function ${defineHandlers}(handlers$: ${handlers}): ${handlers} {`;
  if (fits(line.length)) return [line];
  return [`export function ${defineHandlers}(`, `  handlers$: ${handlers},`, `): ${handlers} {`];
}

export function planEnvironments(model: Model, options: PlanOptions): FilePlan {
  return {
    path: "environments.ts",
    source: options.source,
    imports: [{ module: "taskwire/generated" }],
    template: "environments",
    data: {
      environments: model.environments.map((one) => ({
        property: propertyName(one.name),
        doc: taggedDocOf({ see: seen(below("environments", one.name), "", options) }),
        lines: environmentLines(one),
      })),
    },
  };
}

/** One line a cluster, topic, route, pool and absent namespace. */
function environmentLines(environment: EnvironmentModel): readonly string[] {
  const { name, clusters, topics, routes, pools, absent } = environment;
  const lists = Object.entries({ clusters, topics, routes, pools, ...(absent === undefined ? {} : { absent }) });
  return [
    `name: ${literal(name)},`,
    ...lists.flatMap(([key, items]) => [`${key}: [`, ...items.flatMap(itemLines), "],"]),
  ];
}

/** Column of the items of an environment's lists. */
const ITEM_COLUMN = 6;

function itemLines(item: unknown): readonly string[] {
  return withComma(literalLines(item, ITEM_COLUMN, ITEM_COLUMN)).map((line) => `  ${line}`);
}

export function planIndex(model: Model, { source, importExtension: extension }: PlanOptions): FilePlan {
  const exports = typeExports(model);
  return {
    path: "index.ts",
    source,
    imports: [],
    template: "index",
    data: {
      typesModule: textLiteral(`./types${extension}`),
      types: exports.types,
      namespaces: model.namespaces.map(({ name }) => {
        const { object, module } = namespaceNames(name);
        return {
          object,
          module: textLiteral(`./${module}${extension}`),
          types: exports.namespaces.get(name) ?? [],
        };
      }),
    },
  };
}
