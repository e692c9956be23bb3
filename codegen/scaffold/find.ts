import path from "node:path";
import type { Model } from "taskwire/model";
import { ts } from "ts-morph";
import { DEFINE_ALL, DEFINE_SOME, type NamespaceNames, namespaceNames } from "../naming.js";

/** An object literal that holds the handlers of one namespace. */
export interface HandlersObject {
  readonly namespace: string;
  readonly object: ts.ObjectLiteralExpression;
  readonly source: ts.SourceFile;
  /** Names of its properties, with their places. */
  readonly properties: ReadonlyMap<string, ts.Node>;
  /** A spread or a computed name, whose names cannot be read. */
  readonly open: boolean;
}

/** The argument of a defineHandlers or defineSomeHandlers call. */
export interface RegistryObject {
  readonly all: boolean;
  readonly object: ts.ObjectLiteralExpression;
  readonly source: ts.SourceFile;
  readonly properties: ReadonlyMap<string, ts.Node>;
  readonly open: boolean;
}

export interface Found {
  readonly handlers: readonly HandlersObject[];
  readonly registries: readonly RegistryObject[];
}

/** What a name of the generated code refers to in one file. */
type Meaning =
  | { readonly kind: "namespace"; readonly name: string }
  | { readonly kind: "registry"; readonly all: boolean };

/**
 * Reads, without types, where handlers are written: the objects passed to `define<Namespace>Handlers`, `defineHandlers` and
 * `defineSomeHandlers`, and those declared or checked as `<Namespace>Handlers`.
 */
export function findHandlers(
  texts: ReadonlyMap<string, string>,
  model: Model,
  out: string,
  options: ts.CompilerOptions,
): Found {
  const meanings = meaningsOf(model);
  const byProperty = new Map(model.namespaces.map(({ name }) => [namespaceNames(name).property, name]));
  const handlers: HandlersObject[] = [];
  const registries: RegistryObject[] = [];
  for (const [file, text] of texts) {
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const known = importedNames(source, meanings, out, options);
    if (known.size === 0) continue;
    const visit = (node: ts.Node): void => {
      const meaning = isExpectedError(node, source) ? undefined : meaningOf(node, known);
      const object = meaning === undefined ? undefined : objectOf(node);
      if (meaning?.kind === "namespace" && object !== undefined) {
        handlers.push({ namespace: meaning.name, object, source, ...propertiesOf(object) });
      }
      if (meaning?.kind === "registry" && object !== undefined) {
        const registry = { all: meaning.all, object, source, ...propertiesOf(object) };
        registries.push(registry);
        for (const [name, property] of registry.properties) {
          const namespace = byProperty.get(name);
          const inline = ts.isPropertyAssignment(property) ? literal(property.initializer) : undefined;
          if (namespace !== undefined && inline !== undefined)
            handlers.push({ namespace, object: inline, source, ...propertiesOf(inline) });
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { handlers, registries };
}

function meaningsOf(model: Model): ReadonlyMap<string, Meaning> {
  const all: [string, Meaning][] = [
    [DEFINE_ALL, { kind: "registry", all: true }],
    [DEFINE_SOME, { kind: "registry", all: false }],
  ];
  for (const { name } of model.namespaces) {
    const names: NamespaceNames = namespaceNames(name);
    all.push([names.defineHandlers, { kind: "namespace", name }], [names.handlers, { kind: "namespace", name }]);
  }
  return new Map(all);
}

/** Local names of imports from the output folder; `ns.name` for a whole module imported as ns. */
function importedNames(
  source: ts.SourceFile,
  meanings: ReadonlyMap<string, Meaning>,
  out: string,
  options: ts.CompilerOptions,
): ReadonlyMap<string, Meaning> {
  const known = new Map<string, Meaning>();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || !isGenerated(statement.moduleSpecifier.text, source.fileName, out, options)) continue;
    if (ts.isNamespaceImport(bindings)) {
      for (const [name, meaning] of meanings) known.set(`${bindings.name.text}.${name}`, meaning);
      continue;
    }
    for (const { name, propertyName } of bindings.elements) {
      const meaning = meanings.get((propertyName ?? name).text);
      if (meaning !== undefined) known.set(name.text, meaning);
    }
  }
  return known;
}

function isGenerated(specifier: string, from: string, out: string, options: ts.CompilerOptions): boolean {
  const { resolvedModule } = ts.resolveModuleName(specifier, from, options, ts.sys);
  const file = resolvedModule?.resolvedFileName ?? path.resolve(path.dirname(from), specifier);
  return file.startsWith(`${out}${path.sep}`) || file.startsWith(`${ts.sys.realpath?.(out) ?? out}${path.sep}`);
}

/** A line that is written to fail, as in tests of types, stays as it is. */
export function isExpectedError(node: ts.Node, source: ts.SourceFile): boolean {
  const line = source.text.lastIndexOf("\n", node.getStart(source)) - 1;
  return /^\s*\/\/\s*@ts-(expect-error|ignore)\b/.test(
    source.text.slice(source.text.lastIndexOf("\n", line) + 1, line + 1),
  );
}

/** Of `define...(...)`, `const x: Handlers = ...`, `... satisfies Handlers` and `... as Handlers`. */
function meaningOf(node: ts.Node, known: ReadonlyMap<string, Meaning>): Meaning | undefined {
  if (ts.isCallExpression(node)) return known.get(node.expression.getText());
  if (ts.isVariableDeclaration(node) || ts.isSatisfiesExpression(node) || ts.isAsExpression(node)) {
    return node.type !== undefined && ts.isTypeReferenceNode(node.type)
      ? known.get(node.type.typeName.getText())
      : undefined;
  }
  return undefined;
}

function objectOf(node: ts.Node): ts.ObjectLiteralExpression | undefined {
  if (ts.isCallExpression(node)) return literal(node.arguments[0]);
  if (ts.isVariableDeclaration(node)) return literal(node.initializer);
  return ts.isSatisfiesExpression(node) || ts.isAsExpression(node) ? literal(node.expression) : undefined;
}

function literal(node: ts.Expression | undefined): ts.ObjectLiteralExpression | undefined {
  if (node === undefined) return undefined;
  if (ts.isParenthesizedExpression(node)) return literal(node.expression);
  return ts.isObjectLiteralExpression(node) ? node : undefined;
}

function propertiesOf(object: ts.ObjectLiteralExpression) {
  const properties = new Map<string, ts.Node>();
  let open = false;
  for (const property of object.properties) {
    const { name } = property;
    if (name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteralLike(name)))
      properties.set(name.text, property);
    else open = true;
  }
  return { properties, open };
}
