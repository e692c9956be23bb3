import path from "node:path";
import type { Model, NamespaceModel } from "taskwire/model";
import { ts } from "ts-morph";
import { DEFINE_ALL, namespaceNames, taskNames } from "../naming.js";
import { type CodeStyle, codeStyleOf, USUAL_STYLE } from "./code-style.js";
import { addImport, addProperties, type Insertion, inserted } from "./edit.js";
import { type Found, type HandlersObject, isExpectedError, type RegistryObject } from "./find.js";

/** A handler's place: `file` is absolute, lines and columns count from 1. */
interface HandlerPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Scaffold {
  /** New text by absolute path, only of files that change or are new. */
  readonly texts: ReadonlyMap<string, string>;
  /** Tasks that get a stub, as `<namespace>.<task>`, with the file it goes to. */
  readonly added: readonly { readonly task: string; readonly file: string }[];
  /** Handlers of tasks that the schema does not have. */
  readonly leftOver: readonly (HandlerPlace & { readonly namespace: string; readonly property: string })[];
  /** What could not be checked or added, in sentences. */
  readonly warnings: readonly string[];
  /** Why nothing could be added for namespaces without handlers. */
  readonly stuck: string | undefined;
}

interface ScaffoldInput {
  readonly model: Model;
  /** Source files that may hold handlers. */
  readonly texts: ReadonlyMap<string, string>;
  readonly found: Found;
  /** The output folder, absolute. */
  readonly out: string;
  readonly importExtension: ".js" | ".ts";
  /** Where to create the module with defineHandlers if it is missing; absolute. */
  readonly handlersFile: string | undefined;
  readonly exists: (file: string) => boolean;
  /** A file as messages show it. */
  readonly shown: (file: string) => string;
}

/** Stubs for every handler that is missing. Pure. */
export function planScaffold(input: ScaffoldInput): Scaffold {
  return new Planner(input).plan();
}

class Planner {
  readonly #input: ScaffoldInput;
  readonly #namespaces: readonly NamespaceModel[];
  readonly #insertions = new Map<string, Insertion[]>();
  readonly #created = new Map<string, string>();
  readonly #added: { task: string; file: string }[] = [];
  readonly #warnings: string[] = [];
  #stuck: string | undefined;

  constructor(input: ScaffoldInput) {
    this.#input = input;
    this.#namespaces = input.model.namespaces.filter(({ external }) => external === undefined);
  }

  plan(): Scaffold {
    const { found, texts } = this.#input;
    for (const handlers of found.handlers) this.#fill(handlers);
    this.#missingNamespaces();
    const changed = [...this.#insertions].map(([file, list]) => [file, inserted(texts.get(file) ?? "", list)] as const);
    return {
      texts: new Map([...changed, ...this.#created].sort(([a], [b]) => (a < b ? -1 : 1))),
      added: this.#added,
      leftOver: this.#leftOver(),
      warnings: this.#warnings,
      stuck: this.#stuck,
    };
  }

  #fill({ namespace, object, source, properties, open }: HandlersObject): void {
    const model = this.#namespaces.find(({ name }) => name === namespace);
    const missing = model?.tasks.filter(({ key }) => !properties.has(taskNames(key).property)) ?? [];
    if (missing.length === 0) return;
    const place = placeOf(object, source);
    if (open) {
      const at = `${this.#input.shown(place.file)}:${place.line}:${place.column}`;
      const names = missing.map(({ key }) => taskNames(key).property).join(", ");
      this.#warnings.push(`${at}: a spread or computed name may contain ${names}; check there, nothing was added`);
      return;
    }
    const style = codeStyleOf(source);
    const stubs = missing.map(({ key }) => stub(namespace, key, style));
    this.#insert(source.fileName, ...addProperties(object, stubs, style));
    for (const { key } of missing) this.#added.push({ task: `${namespace}.${key}`, file: source.fileName });
  }

  #missingNamespaces(): void {
    const { found, handlersFile, shown } = this.#input;
    const written = new Set(found.handlers.map(({ namespace }) => namespace));
    const none = this.#namespaces.filter(({ name }) => !written.has(name));
    if (none.length === 0 && found.registries.length > 0) return;
    const registries = found.registries.filter(({ all }) => all);
    const [registry] = registries;
    if (registry !== undefined) {
      if (registries.length > 1) {
        const files = registries.map(({ source }) => shown(source.fileName)).join(", ");
        this.#warnings.push(
          `defineHandlers is called ${registries.length} times (${files}): new namespaces are added to the first`,
        );
      }
      this.#extend(registry, none);
      return;
    }
    const names = none.map(({ name }) => name).join(", ");
    if (found.registries.length > 0) {
      this.#warnings.push(`no handlers for ${names}; defineSomeHandlers selects namespaces, so none was added`);
    } else if (handlersFile === undefined || this.#input.exists(handlersFile)) {
      const where = handlersFile === undefined ? "in no source file" : `not in ${shown(handlersFile)}`;
      this.#stuck = `defineHandlers is called ${where}: call it in a source file of your tsconfig.json, or name the file to write with --handlers FILE.ts`;
    } else this.#createRegistry(handlersFile);
  }

  /** New files for the namespaces, and their properties in defineHandlers. */
  #extend(registry: RegistryObject, namespaces: readonly NamespaceModel[]): void {
    const { source, object } = registry;
    const style = codeStyleOf(source);
    const properties: string[][] = [];
    for (const namespace of namespaces) {
      const { property } = namespaceNames(namespace.name);
      if (registry.properties.has(property) || registry.open) {
        const { file, line, column } = placeOf(registry.properties.get(property) ?? object, source);
        const at = `${this.#input.shown(file)}:${line}:${column}`;
        this.#warnings.push(
          `${at}: the handlers of ${namespace.name} are not an object literal, so they were not checked; tsc checks them`,
        );
        continue;
      }
      const created = this.#createNamespace(namespace, path.dirname(source.fileName), style);
      this.#insert(source.fileName, addImport(source, importLine(created, style), style));
      properties.push([`${property}: ${created.name}`]);
    }
    if (properties.length > 0) this.#insert(source.fileName, ...addProperties(object, properties, style));
  }

  #createRegistry(file: string): void {
    const folder = path.dirname(file);
    const created = this.#namespaces.map((namespace) => {
      const { property } = namespaceNames(namespace.name);
      const written = this.#input.found.handlers.find((one) => one.namespace === namespace.name);
      if (written === undefined) return { property, ...this.#createNamespace(namespace, folder, USUAL_STYLE) };
      this.#warnings.push(`${this.#input.shown(file)}: import the handlers of ${namespace.name} there yourself`);
      return undefined;
    });
    const known = created.filter((one) => one !== undefined);
    const lines = [
      `import { ${DEFINE_ALL} } from "${this.#specifier(folder, path.join(this.#input.out, "registry"))}";`,
      ...known.map((one) => importLine(one, USUAL_STYLE)),
      "",
      `export default ${DEFINE_ALL}({`,
      ...known.map(({ property, name }) => `  ${property}: ${name},`),
      "});",
      "",
    ];
    this.#created.set(file, lines.join("\n"));
  }

  #createNamespace(namespace: NamespaceModel, folder: string, style: CodeStyle): { name: string; specifier: string } {
    const { module, defineHandlers, property } = namespaceNames(namespace.name);
    const base = path.join(folder, path.basename(module));
    const taken = (file: string) => this.#input.exists(file) || this.#created.has(file);
    const file = [`${base}.ts`, `${base}-handlers.ts`].find((one) => !taken(one)) ?? `${base}-task-handlers.ts`;
    const { quote, semicolon, lineEnd, indent } = style;
    const registry = this.#specifier(folder, path.join(this.#input.out, "registry"));
    const name = `${property}Handlers`;
    const stubs = namespace.tasks.map(({ key }) => stub(namespace.name, key, style));
    const lines = [
      `import { ${defineHandlers} } from ${quote}${registry}${quote}${semicolon}`,
      "",
      `export const ${name} = ${defineHandlers}({`,
      ...stubs.flatMap((one) => one.map((line, index) => `${indent}${line}${index === one.length - 1 ? "," : ""}`)),
      `})${semicolon}`,
      "",
    ];
    this.#created.set(file, lines.join(lineEnd));
    for (const { key } of namespace.tasks) this.#added.push({ task: `${namespace.name}.${key}`, file });
    return { name, specifier: this.#specifier(folder, file.replace(/\.ts$/, "")) };
  }

  #specifier(folder: string, module: string): string {
    const relative = path.relative(folder, module).split(path.sep).join("/");
    return `${relative.startsWith(".") ? "" : "./"}${relative}${this.#input.importExtension}`;
  }

  #leftOver(): Scaffold["leftOver"] {
    return this.#input.found.handlers.flatMap(({ namespace, properties, source }) => {
      const tasks = this.#namespaces.find(({ name }) => name === namespace)?.tasks ?? [];
      const known = new Set(tasks.map(({ key }) => taskNames(key).property));
      return [...properties]
        .filter(([property, node]) => !known.has(property) && !isExpectedError(node, source))
        .map(([property, node]) => ({ ...placeOf(node, source), namespace, property }));
    });
  }

  #insert(file: string, ...insertions: readonly Insertion[]): void {
    this.#insertions.set(file, [...(this.#insertions.get(file) ?? []), ...insertions]);
  }
}

/** Lines of a property without its final comma. Its parameters are typed by the surrounding object. */
function stub(namespace: string, task: string, { indent, quote, semicolon }: CodeStyle): readonly string[] {
  const message = `${namespace}.${task} is not implemented: write its handler here`;
  return [
    `${taskNames(task).property}: async (_parameters, _task) => {`,
    `${indent}throw new Error(${quote}${message}${quote})${semicolon}`,
    "}",
  ];
}

function importLine({ name, specifier }: { name: string; specifier: string }, { quote, semicolon }: CodeStyle): string {
  return `import { ${name} } from ${quote}${specifier}${quote}${semicolon}`;
}

function placeOf(node: ts.Node, source: ts.SourceFile): HandlerPlace {
  const { line, character } = ts.getLineAndCharacterOfPosition(source, node.getStart(source));
  return { file: source.fileName, line: line + 1, column: character + 1 };
}
