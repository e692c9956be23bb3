// Finds exports that nobody imports. It reads imports as written, without types: a name counts as used when a module
// that is not its own imports it, and every export of a package's entry counts as used.
import { readFileSync } from "node:fs";
import { join, posix, relative } from "node:path";
import ts from "typescript";
import { sources } from "./sources.mjs";

/** Below these folders every export needs a user. The others only import. */
const CHECKED = ["runtime", "codegen", "console", "examples", "test"];
const IMPORTING = [...CHECKED, "generated", "docs", "tools", "proto"];
/** Generated code, and files that only the compiler reads. */
const EXEMPT = /^runtime\/wire\/proto\/|^test\/([a-z]+\/)*generated\/|\.types\.ts$/;
/** The folders of the golden cases hold expected output, not modules. */
const DATA = /^test\/golden\/.*\//;
/** The comment above a function, class or constant of product code that only tests import. */
const SEAM = /\bExported for tests\b/;
const EVERYTHING = "*";

/** A sentence for every unused export below `root`, and the number of exports checked. */
export function checkExports(root) {
  const entries = entriesOf(root);
  const modules = new Map();
  for (const folder of IMPORTING) {
    for (const path of sources(join(root, folder), /\.(tsx?|mjs|js)$/)) {
      const file = relative(root, path).replaceAll("\\", "/");
      if (!DATA.test(file)) modules.set(file, read(file, readFileSync(path, "utf8"), entries));
    }
  }
  const usedByProduct = uses(modules, (file) => !file.startsWith("test/"), new Set(entries.values()));
  const usedByAnyone = uses(modules, () => true, new Set(entries.values()));
  const problems = [];
  let count = 0;
  for (const [file, module] of modules) {
    if (!CHECKED.includes(file.split("/")[0]) || EXEMPT.test(file) || !/\.tsx?$/.test(file)) continue;
    for (const [name, found] of module.exports) {
      count += 1;
      const key = keyOf(file, name);
      const fault = faultOf(found, usedByProduct.has(key), usedByAnyone.has(key), file.startsWith("test/"));
      if (fault !== undefined) problems.push(`${file}:${found.line}: export ${name} ${fault}`);
    }
  }
  return { problems, count };
}

function faultOf({ isType, seam, usedHere }, byProduct, byAnyone, inTest) {
  if (byProduct) return seam ? 'is used by product code: remove "Exported for tests" from its comment' : undefined;
  if (!byAnyone) return usedHere ? 'is used only in its own file: remove "export"' : "is used by nobody: delete it";
  // A test may name the types of what it calls.
  if (inTest || seam || (isType && usedHere)) return undefined;
  return usedHere
    ? 'is imported only by tests: test it through its users, or write "Exported for tests" in the comment above it'
    : "is used only by tests: delete it and its test";
}

/** The source file of each specifier by which a package is imported, as package.json's "exports" has it. */
function entriesOf(root) {
  const entries = new Map();
  for (const folder of ["runtime", "codegen"]) {
    let text;
    try {
      text = readFileSync(join(root, folder, "package.json"), "utf8");
    } catch {
      continue;
    }
    const { name, exports = {} } = JSON.parse(text);
    for (const [entry, target] of Object.entries(exports)) {
      if (target.default !== undefined)
        entries.set(posix.join(name, entry), sourceOf(posix.join(folder, target.default)));
    }
  }
  return entries;
}

/** Which source a built file comes from; other paths unchanged but for their extension. */
function sourceOf(path) {
  return path.replace(/(^|\/)dist\//, "$1").replace(/\.js$/, ".ts");
}

function keyOf(file, name) {
  return `${file} ${name}`;
}

function read(file, text, entries) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const module = { exports: new Map(), forwards: new Map(), stars: [], imports: [] };
  const target = (specifier) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return undefined;
    if (specifier.text.startsWith(".")) return sourceOf(posix.join(posix.dirname(file), specifier.text));
    if (/^#(runtime|codegen)\//.test(specifier.text)) return sourceOf(specifier.text.slice(1));
    return entries.get(specifier.text);
  };
  const mentions = new Map();
  const declare = (name, node) => {
    if (name === "default" || module.exports.has(name)) return;
    const comments = (ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []).map(({ pos, end }) =>
      text.slice(pos, end),
    );
    module.exports.set(name, {
      line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
      isType: ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node),
      seam: comments.some((comment) => SEAM.test(comment)),
      usedHere: false,
    });
  };
  const take = (specifier, name) => {
    const from = target(specifier);
    if (from !== undefined) module.imports.push({ from, name });
  };
  const visit = (node) => {
    if (ts.isIdentifier(node)) mentions.set(node.text, (mentions.get(node.text) ?? 0) + 1);
    else if (ts.isImportDeclaration(node)) readImport(node, take, source);
    else if (ts.isExportDeclaration(node)) readExport(node, module, declare, target);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      take(node.argument.literal, node.qualifier === undefined ? EVERYTHING : firstName(node.qualifier));
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      for (const name of takenFrom(node)) take(node.arguments[0], name);
    // A module that is loaded by its address, as bin/taskwire.js does.
    else if (ts.isNewExpression(node) && node.expression.getText(source) === "URL" && node.arguments?.length === 2)
      take(node.arguments[0], EVERYTHING);
    else if (isExported(node)) for (const name of namesOf(node)) declare(name, node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const [name, found] of module.exports)
    found.usedHere = !module.forwards.has(name) && (mentions.get(name) ?? 0) > 1;
  return module;
}

function readImport({ importClause, moduleSpecifier }, take, source) {
  if (importClause === undefined) return;
  if (importClause.name !== undefined) take(moduleSpecifier, "default");
  const { namedBindings } = importClause;
  if (namedBindings === undefined) return;
  if (ts.isNamedImports(namedBindings))
    for (const { propertyName, name } of namedBindings.elements) take(moduleSpecifier, (propertyName ?? name).text);
  else for (const name of membersUsed(source, namedBindings.name.text)) take(moduleSpecifier, name);
}

/** What is used of `import * as name`: its members, or everything where it is handed on as a whole. */
function membersUsed(source, name) {
  const found = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node) && node.text === name && !ts.isNamespaceImport(node.parent)) {
      const { parent } = node;
      if (ts.isPropertyAccessExpression(parent) && parent.expression === node) found.add(parent.name.text);
      else if (ts.isQualifiedName(parent) && parent.left === node) found.add(parent.right.text);
      else found.add(EVERYTHING);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function readExport(node, module, declare, target) {
  const from = target(node.moduleSpecifier);
  if (node.exportClause === undefined) {
    if (from !== undefined) module.stars.push(from);
  } else if (ts.isNamespaceExport(node.exportClause)) {
    declare(node.exportClause.name.text, node);
    if (from !== undefined) module.imports.push({ from, name: EVERYTHING });
  } else {
    for (const element of node.exportClause.elements) {
      declare(element.name.text, element);
      if (from !== undefined)
        module.forwards.set(element.name.text, { from, name: (element.propertyName ?? element.name).text });
    }
  }
}

function firstName(qualifier) {
  return ts.isIdentifier(qualifier) ? qualifier.text : firstName(qualifier.left);
}

/** The names that `(await import("./x.js")).name` and `const { name } = await import("./x.js")` take. */
function takenFrom(call) {
  let node = call.parent;
  if (!ts.isAwaitExpression(node)) return [EVERYTHING];
  node = ts.isParenthesizedExpression(node.parent) ? node.parent : node;
  if (ts.isPropertyAccessExpression(node.parent)) return [node.parent.name.text];
  if (ts.isVariableDeclaration(node.parent) && ts.isObjectBindingPattern(node.parent.name))
    return node.parent.name.elements.map(({ propertyName, name }) => (propertyName ?? name).text);
  return [EVERYTHING];
}

function isExported(node) {
  return ts.canHaveModifiers(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function namesOf(node) {
  if (node.modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) return [];
  if (!ts.isVariableStatement(node)) return node.name === undefined ? [] : [node.name.text];
  const names = (name) =>
    ts.isIdentifier(name) ? [name.text] : name.elements.flatMap((element) => (element.name ? names(element.name) : []));
  return node.declarationList.declarations.flatMap(({ name }) => names(name));
}

/** What is used, as keys, when only the imports of `counts` and the entries are followed through all re-exports. */
function uses(modules, counts, entries) {
  const used = new Set();
  const use = (file, name) => {
    const module = modules.get(file);
    if (module === undefined) return;
    if (name === EVERYTHING) {
      for (const each of module.exports.keys()) use(file, each);
      for (const star of module.stars) use(star, EVERYTHING);
      return;
    }
    const key = keyOf(file, name);
    if (used.has(key)) return;
    used.add(key);
    const forward = module.forwards.get(name);
    if (forward !== undefined) use(forward.from, forward.name);
    else if (!module.exports.has(name)) for (const star of module.stars) use(star, name);
  };
  for (const file of entries) use(file, EVERYTHING);
  for (const [file, { imports }] of modules) if (counts(file)) for (const { from, name } of imports) use(from, name);
  return used;
}
