// Prints the sizes of files and how rooms hang together, as a table: lines by file (median, p90, largest) of product and
// tests; for some rooms, what one sees at first sight (boxes: its files and folders), arrows between boxes, floors (the
// longest chain of arrows), and circles of boxes and of files. Type-only imports count.
// Usage: node test/walls/measure.mjs [ROOT] [ROOM ...]; ROOT defaults to this checkout, so that two can be compared.
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { sources as sourcesOf } from "./sources.mjs";

const ROOMS = [
  "runtime",
  "runtime/broker",
  "runtime/broker/inflight",
  "runtime/broker/journal",
  "runtime/worker",
  "runtime/log/sqlite",
  "runtime/log/kafka",
  "runtime/scheduler",
  "runtime/cli",
  "runtime/sampling",
  "codegen",
];
const GENERATED = /^runtime\/wire\/proto\/|^test\/(interop\/generated|golden)\/|^generated\//;

/** Golden trees are data. */
const sources = (folder) => sourcesOf(folder, /\.[mc]?[tj]s$/).filter((file) => !file.includes("/golden/"));

function importsOf(file) {
  const found = readFileSync(file, "utf8").matchAll(/\bfrom "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/g);
  return [...found].map(([, from, dynamic]) => resolve(dirname(file), from ?? dynamic).replace(/\.js$/, ".ts"));
}

/** Strongly connected parts of a graph, by Tarjan's algorithm; in the order of their floors, lowest first. */
function parts(graph) {
  const state = new Map();
  const stack = [];
  const found = [];
  function visit(node) {
    const own = { index: state.size, low: state.size, open: true };
    state.set(node, own);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const other = state.get(next);
      if (other === undefined) own.low = Math.min(own.low, visit(next).low);
      else if (other.open) own.low = Math.min(own.low, other.index);
    }
    if (own.low === own.index) {
      const part = stack.splice(stack.indexOf(node));
      for (const member of part) state.get(member).open = false;
      found.push(part);
    }
    return own;
  }
  for (const node of graph.keys()) if (!state.has(node)) visit(node);
  return found;
}

function floorsOf(graph) {
  const partOf = new Map();
  const height = new Map();
  for (const part of parts(graph)) {
    for (const node of part) partOf.set(node, part);
    const below = part.flatMap((node) => [...graph.get(node)].map((next) => partOf.get(next)));
    height.set(part, 1 + Math.max(0, ...below.filter((other) => other !== part).map((other) => height.get(other))));
  }
  return Math.max(0, ...height.values());
}

function circlesOf(graph) {
  return parts(graph).filter((part) => part.length > 1);
}

function graphOf(root, room, nameOf) {
  const files = sources(join(root, room));
  const present = new Set(files);
  const graph = new Map(files.map((file) => [nameOf(file), new Set()]));
  for (const file of files) {
    for (const target of importsOf(file)) {
      if (present.has(target) && nameOf(file) !== nameOf(target)) graph.get(nameOf(file)).add(nameOf(target));
    }
  }
  return graph;
}

const arrows = (graph) => [...graph.values()].reduce((sum, targets) => sum + targets.size, 0);

const [given = ".", ...chosen] = process.argv.slice(2);
const root = resolve(given);
for (const [title, folders] of [
  ["product", ["runtime", "codegen", "examples"]],
  ["tests", ["test"]],
]) {
  const lines = folders
    .flatMap((folder) => sources(join(root, folder)))
    .filter((file) => !GENERATED.test(relative(root, file)))
    .map((file) => [readFileSync(file, "utf8").split("\n").length - 1, relative(root, file)])
    .sort(([a], [b]) => a - b);
  const at = (share) => lines[Math.min(lines.length - 1, Math.floor(share * lines.length))][0];
  const [largest, name] = lines[lines.length - 1];
  console.log(
    `${title}: ${lines.length} files, lines: median ${at(0.5)}, p90 ${at(0.9)}, largest ${largest} (${name})`,
  );
}
const rows = (chosen.length > 0 ? chosen : ROOMS).map((room) => {
  const byFile = graphOf(root, room, (file) => relative(root, file));
  const byBox = graphOf(root, room, (file) => relative(join(root, room), file).split("/")[0]);
  return {
    room,
    files: byFile.size,
    boxes: byBox.size,
    "arrows between boxes": arrows(byBox),
    floors: floorsOf(byBox),
    "circles of boxes": circlesOf(byBox).length,
    "circles of files": circlesOf(byFile).length,
  };
});
console.table(rows);
