import path from "node:path";
import type {
  ExportDeclaration,
  ExportSpecifier,
  ImportDeclaration,
  ImportSpecifier,
  Project,
  SourceFile,
} from "ts-morph";
import { tsMorph } from "../typescript.js";
import { GeneratedSyntaxError } from "./syntax-error.js";

/**
 * Checks generated files before they are written, by their paths: each parses, and each name that it takes from another
 * generated file is exported there. `all` has the files that imports may lead to, the checked ones among them. Throws
 * GeneratedSyntaxError for the first fault.
 */
export function checkSyntax(texts: ReadonlyMap<string, string>, all: ReadonlyMap<string, string> = texts): void {
  if (texts.size === 0) return;
  const { Project, ts } = tsMorph();
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, noResolve: true, noLib: true, types: [] },
  });
  const sources = [...texts].map(([name, text]) => project.createSourceFile(`/${name}`, text));
  const program = project.getProgram();
  for (const source of sources) {
    const [first] = program.getSyntacticDiagnostics(source);
    if (first !== undefined) {
      const { start = 0, messageText } = first.compilerObject;
      throw faultAt(source, start, ts.flattenDiagnosticMessageText(messageText, " "));
    }
  }
  const names = new ExportedNames(project, all);
  for (const source of sources) checkNames(source, names);
}

function checkNames(source: SourceFile, names: ExportedNames): void {
  for (const declaration of source.getImportDeclarations())
    checkTaken(source, declaration, declaration.getNamedImports(), names);
  for (const declaration of source.getExportDeclarations())
    checkTaken(source, declaration, declaration.getNamedExports(), names);
}

function checkTaken(
  source: SourceFile,
  declaration: ImportDeclaration | ExportDeclaration,
  taken: readonly (ImportSpecifier | ExportSpecifier)[],
  names: ExportedNames,
): void {
  const module = declaration.getModuleSpecifierValue();
  const exported = module === undefined ? undefined : names.of(fileOf(source, module));
  const missing = exported && taken.find((one) => !exported.has(one.getName()));
  if (missing !== undefined)
    throw faultAt(source, missing.getStart(), `${JSON.stringify(module)} does not export ${missing.getName()}`);
}

/** The path, in the output folder, of a generated file that a module specifier names. */
function fileOf(source: SourceFile, module: string): string {
  const from = path.posix.dirname(source.getFilePath());
  return path.posix
    .join(from, module)
    .slice(1)
    .replace(/(\.[jt]s)?$/, ".ts");
}

/** The names that each generated file exports, read when they are asked for. */
class ExportedNames {
  readonly #project: Project;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(project: Project, texts: ReadonlyMap<string, string>) {
    this.#project = project;
    this.#texts = texts;
  }

  /** undefined: no generated file. */
  of(name: string): ReadonlySet<string> | undefined {
    const text = this.#texts.get(name);
    if (text === undefined) return undefined;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const source = this.#project.getSourceFile(`/${name}`) ?? this.#project.createSourceFile(`/${name}`, text);
    const found = exportedBy(source);
    this.#known.set(name, found);
    return found;
  }
}

function exportedBy(source: SourceFile): ReadonlySet<string> {
  const declared = [
    ...source.getVariableStatements().flatMap((one) => (one.isExported() ? one.getDeclarations() : [])),
    ...[source.getFunctions(), source.getClasses(), source.getInterfaces(), source.getTypeAliases(), source.getEnums()]
      .flat()
      .filter((one) => one.isExported()),
  ].flatMap((one) => one.getName() ?? []);
  const named = source
    .getExportDeclarations()
    .flatMap((one) => one.getNamedExports())
    .map((one) => one.getAliasNode()?.getText() ?? one.getName());
  return new Set([...declared, ...named]);
}

function faultAt(source: SourceFile, at: number, reason: string): GeneratedSyntaxError {
  const text = source.getFullText();
  const line = text.slice(0, at).split("\n").length;
  return new GeneratedSyntaxError(source.getFilePath().slice(1), line, text.split("\n")[line - 1] ?? "", reason);
}
