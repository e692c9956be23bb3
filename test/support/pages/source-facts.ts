import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./pages.js";

/** The parsed sources below a folder of the root, by path from the root, without what is built, generated or `left`. */
export function sources(folder: string, left = /^$/): ts.SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".ts") && !/^(dist|node_modules)\/|wire\/proto\//.test(name) && !left.test(name))
    .map((name) => {
      const text = readFileSync(join(ROOT, folder, name), "utf8");
      return ts.createSourceFile(`${folder}/${name}`, text, ts.ScriptTarget.Latest, true);
    });
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  node.forEachChild((child) => visit(child, look));
}

/** The strings that an expression may be. */
function strings(node: ts.Expression | undefined): string[] {
  if (node === undefined) return [];
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isConditionalExpression(node)) return [...strings(node.whenTrue), ...strings(node.whenFalse)];
  return [];
}

/** The stable codes that errors of the runtime are made with, each with the classes that have it. */
export function errorCodes(): ReadonlyMap<string, ReadonlySet<string>> {
  const files = [...sources("runtime"), ...sources("codegen")];
  const parents = new Map<string, string>();
  for (const file of files) {
    visit(file, (node) => {
      if (!ts.isClassDeclaration(node) || node.name === undefined) return;
      const [base] = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types ?? [];
      if (base !== undefined) parents.set(node.name.text, base.expression.getText());
    });
  }
  const known = new Set(["TaskwireError", ...[...parents.keys()].filter((name) => descends(name, parents))]);
  const found = new Map<string, Set<string>>();
  // What is given to the constructor of a class with a code of its own is no code.
  const fixed = new Set<string>();
  const add = (code: string, name: string) => {
    if (/^[a-z][a-z0-9_]*$/.test(code)) found.set(code, (found.get(code) ?? new Set()).add(name));
  };
  for (const file of files) {
    visit(file, (node) => {
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) {
        const owner = classOf(node);
        if (owner === undefined || !known.has(owner)) return;
        for (const code of strings(node.arguments[0])) {
          fixed.add(owner);
          add(code, owner);
        }
      }
    });
  }
  for (const file of files) {
    visit(file, (node) => {
      if (ts.isCallExpression(node) && /\/sqlite\/.*failures\.ts$/.test(file.fileName)) {
        for (const code of strings(node.arguments[0]))
          if (node.expression.getText() === "failure") add(code, "TaskwireError");
      } else if (ts.isNewExpression(node) && known.has(node.expression.getText())) {
        const name = node.expression.getText();
        if (fixed.has(name)) return;
        // The first argument of an OperationError is its kind.
        for (const code of strings(node.arguments?.[name === "OperationError" ? 1 : 0])) add(code, name);
      } else if (ts.isPropertyAssignment(node) && file.fileName.includes("log/sqlite/")) {
        if (node.name.getText() === "code") for (const code of strings(node.initializer)) add(code, "TaskwireError");
      } else if (ts.isPropertyDeclaration(node) && node.name.getText() === "code") {
        for (const code of strings(node.initializer)) add(code, classOf(node) ?? "");
      }
    });
  }
  return found;
}

function descends(name: string, parents: ReadonlyMap<string, string>): boolean {
  for (let at = parents.get(name); at !== undefined; at = parents.get(at)) if (at === "TaskwireError") return true;
  return false;
}

function classOf(node: ts.Node): string | undefined {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent)
    if (ts.isClassDeclaration(at)) return at.name?.text;
  return undefined;
}

/** Names of the environment variables that the packages read. */
export function environmentVariables(): ReadonlySet<string> {
  const found = new Set<string>();
  const isEnvironment = (node: ts.Expression) => /(^|\.)(env|environment)$/.test(node.getText());
  for (const file of [...sources("runtime"), ...sources("codegen")]) {
    visit(file, (node) => {
      if (ts.isStringLiteralLike(node) && /^TASKWIRE_[A-Z_]+$/.test(node.text)) found.add(node.text);
      if (ts.isPropertyAccessExpression(node) && isEnvironment(node.expression) && /^[A-Z_]+$/.test(node.name.text))
        found.add(node.name.text);
      if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer !== undefined) {
        if (!isEnvironment(node.initializer)) return;
        for (const { propertyName, name } of node.name.elements) {
          const variable = (propertyName ?? name).getText();
          if (/^[A-Z_]+$/.test(variable)) found.add(variable);
        }
      }
    });
  }
  return found;
}
