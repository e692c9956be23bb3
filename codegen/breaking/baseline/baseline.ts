import { existsSync, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { loadModel, type Model, messageOf, parseModel } from "taskwire/model";
import { withoutByteOrderMark } from "../../byte-order-mark.js";
import { MODEL_FILE } from "../../model-file.js";
import { compare, formatProblem, Problems } from "../../problem/problem.js";
import { isSchemaFile, readFolder, schemaText } from "../../read/folder.js";
import type { SchemaFile } from "../../read/node.js";
import { readYaml } from "../../read/yaml.js";
import { resolve } from "../../resolve/index.js";
import { validate } from "../../validate/sections.js";
import { BaselineError, Commit } from "./git.js";

/** The old model and a description of its source. */
interface Baseline {
  readonly model: Model;
  readonly source: string;
}

interface BaselineQuery {
  /** A file, a folder, or anything that git resolves to a commit. */
  readonly against: string;
  readonly cwd: string;
  /** The schema folder and the output folder of today, absolute. */
  readonly schema: string;
  readonly out: string;
}

/** What is there as a file or a folder is that; everything else is for git. Throws BaselineError. */
export async function readBaseline(query: BaselineQuery): Promise<Baseline> {
  const { against, cwd } = query;
  const target = path.resolve(cwd, against);
  const info = await stat(target).catch(() => undefined);
  if (info?.isFile() === true) return fromFile(target, against);
  if (info?.isDirectory() === true) return fromFolder(target, query);
  return fromCommit(await Commit.find(against, cwd), query);
}

async function fromFile(file: string, shown: string): Promise<Baseline> {
  try {
    return { model: await loadModel(file), source: shown };
  } catch (error) {
    throw new BaselineError("bad_baseline", `--against "${shown}": ${messageOf(error)}`, { cause: error });
  }
}

/** A folder of generated files, or one of schema files. */
async function fromFolder(folder: string, { against, cwd }: BaselineQuery): Promise<Baseline> {
  const file = path.join(folder, MODEL_FILE);
  if ((await stat(file).catch(() => undefined))?.isFile() === true)
    return fromFile(file, path.join(against, MODEL_FILE));
  const problems = new Problems();
  const files = await readFolder(folder, cwd, problems);
  if (files.length === 0 && problems.sorted().every(({ code }) => code === "file"))
    throw new BaselineError(
      "no_model",
      `--against "${against}": expected a folder with ${MODEL_FILE} or with *.yaml files, got one with neither`,
    );
  return { model: resolved(files, against, against, problems), source: against };
}

/** What a commit has at today's places or, where the folders had other names then, at those its own package.json names. */
async function fromCommit(commit: Commit, query: BaselineQuery): Promise<Baseline> {
  const found = await atPlaces(commit, query);
  if (found !== undefined) return found;
  const then = await foldersThen(commit, query);
  const older = then === undefined ? undefined : await atPlaces(commit, { ...query, ...then });
  if (older !== undefined) return older;
  const { file, folder } = shownPlaces(query);
  const where = `commit ${commit.hash.slice(0, 12)} has neither ${file} nor *.yaml files in ${folder}`;
  throw new BaselineError(
    "no_model",
    `--against "${query.against}": ${where}; check it out elsewhere (git worktree add DIR ${query.against}) and compare with its schema folder: --against DIR/...`,
  );
}

function shownPlaces({ cwd, schema, out }: BaselineQuery): { readonly file: string; readonly folder: string } {
  return {
    file: slashes(path.relative(cwd, path.join(out, MODEL_FILE))),
    folder: slashes(path.relative(cwd, schema)) || ".",
  };
}

interface Folders {
  readonly schema: string;
  readonly out: string;
}

/**
 * The folders in a commit's package.json, of the package that contains the working directory. Undefined when today's folders
 * come from flags instead of package.json: flags name the folders exactly.
 */
async function foldersThen(commit: Commit, { cwd, schema, out }: BaselineQuery): Promise<Folders | undefined> {
  let folder = cwd;
  while (!existsSync(path.join(folder, "package.json"))) {
    if (folder === path.dirname(folder)) return undefined;
    folder = path.dirname(folder);
  }
  const file = path.join(folder, "package.json");
  const today = foldersIn(readFileSync(file, "utf8"), folder);
  if (today.schema !== schema || today.out !== out) return undefined;
  const [blob] = await commit.files(slashes(path.relative(cwd, file)));
  return blob === undefined ? undefined : foldersIn((await commit.read(blob)).toString("utf8"), folder);
}

function foldersIn(manifest: string, folder: string): Folders {
  const { schema, out } = blockIn(manifest);
  const place = (given: unknown, otherwise: string) =>
    path.resolve(folder, typeof given === "string" ? given : otherwise);
  return { schema: place(schema, "schema"), out: place(out, "generated") };
}

/** The `taskwire` block; empty when it is missing or unreadable. */
function blockIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const manifest: unknown = JSON.parse(withoutByteOrderMark(text));
    if (typeof manifest !== "object" || manifest === null || !("taskwire" in manifest)) return {};
    return typeof manifest.taskwire === "object" ? { ...manifest.taskwire } : {};
  } catch {
    return {};
  }
}

/** The committed model; without one, the schema as it was committed; undefined when there is neither. */
async function atPlaces(commit: Commit, query: BaselineQuery): Promise<Baseline | undefined> {
  const { against } = query;
  const { file, folder } = shownPlaces(query);
  const name = `${against} (${commit.hash.slice(0, 12)})`;
  const [blob] = await commit.files(file);
  if (blob !== undefined) {
    try {
      return {
        model: await parseModel((await commit.read(blob)).toString("utf8"), `${file} at ${name}`),
        source: `${file} at ${name}`,
      };
    } catch (error) {
      if (error instanceof BaselineError) throw error;
      throw new BaselineError("bad_baseline", `--against "${against}": ${messageOf(error)}`, { cause: error });
    }
  }
  const blobs = (await commit.files(folder)).filter((each) => isSchemaFile(path.relative(folder, each.path)));
  if (blobs.length === 0) return undefined;
  const problems = new Problems();
  const files: SchemaFile[] = [];
  for (const each of [...blobs].sort((a, b) => compare(a.path, b.path))) {
    const shown = `${against}:${each.path}`;
    const root = readYaml(shown, schemaText(new TextDecoder().decode(await commit.read(each))), problems);
    if (root !== undefined) files.push({ file: shown, source: each.path, root });
  }
  return { model: resolved(files, folder, against, problems), source: `${folder} at ${name}` };
}

function resolved(files: readonly SchemaFile[], schema: string, against: string, problems: Problems): Model {
  const found = problems.empty ? resolve(validate(files, schema, problems), problems).model : undefined;
  if (found !== undefined && problems.empty) return found;
  const list = problems.sorted().map((problem) => `  ${formatProblem(problem)}`);
  throw new BaselineError("bad_baseline", `--against "${against}": its schema has problems:\n${list.join("\n")}`);
}

function slashes(name: string): string {
  return name.split(path.sep).join("/");
}
