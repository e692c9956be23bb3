import type { EnvironmentModel, Model } from "taskwire/model";
import { namespaceNames } from "../naming.js";
import type { FilePlan, ImportedName } from "./file-plan.js";
import { literal, propertyName, textLiteral } from "./literal.js";
import { typeExports } from "./type-exports.js";

export function planRegistry(model: Model, source: string, extension: string): FilePlan {
  const own = model.namespaces.filter(({ external }) => external === undefined);
  const namespaces = own.map(({ name }) => ({ key: propertyName(name), ...namespaceNames(name) }));
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

export function planEnvironments(model: Model, source: string): FilePlan {
  return {
    path: "environments.ts",
    source,
    imports: [{ module: "taskwire/generated" }],
    template: "environments",
    data: {
      environments: model.environments.map((one) => ({
        property: propertyName(one.name),
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
    ...lists.flatMap(([key, items]) => [`${key}: [`, ...items.map((item) => `  ${literal(item)},`), "],"]),
  ];
}

export function planIndex(model: Model, source: string, extension: string): FilePlan {
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
