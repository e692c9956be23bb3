import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { compilerSettings } from "#codegen/write/tsconfig/compiler.js";
import { quickSettings } from "#codegen/write/tsconfig/quick.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "taskwire-tsconfig-"));
  write("base.json", '{ "compilerOptions": { "module": "commonjs", "allowImportingTsExtensions": true } }');
  write(
    "other.json",
    '{ "extends": "./base", "compilerOptions": { "module": "ESNext", "moduleResolution": "Bundler" } }',
  );
  write("round.json", '{ "extends": "./round.json" }');
  write("node_modules/@tsconfig/plain/package.json", '{ "name": "@tsconfig/plain" }');
  write("node_modules/@tsconfig/plain/tsconfig.json", '{ "compilerOptions": { "module": "amd" } }');
  write("node_modules/strict/package.json", '{ "exports": { "./tsconfig.json": "./base/inside.json" } }');
  write("node_modules/strict/base/inside.json", '{ "compilerOptions": { "module": "umd" } }');
  write("elsewhere/linked/package.json", "{}");
  write("elsewhere/linked/base.json", '{ "compilerOptions": { "moduleResolution": "node" } }');
  symlinkSync("../elsewhere/linked", path.join(folder, "node_modules/linked"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), text);
}

const options = (text: string) => `{ "compilerOptions": ${text} }`;

/** Files that are read without TypeScript. */
const PLAIN = [
  "{}",
  options("{}"),
  ...["commonjs", "AMD", "System", "umd", "es6", "ES2020", "NodeNext", "node16", "Preserve", "none"].map((module) =>
    options(`{ "module": "${module}" }`),
  ),
  ...["node", "Node10", "classic", "node16", "NodeNext", "bundler"].map((resolution) =>
    options(`{ "module": "commonjs", "moduleResolution": "${resolution}" }`),
  ),
  options('{ "allowImportingTsExtensions": true }'),
  options('{ "rewriteRelativeImportExtensions": true, "allowImportingTsExtensions": false }'),
  options('{ "paths": { "taskwire/generated": ["./x.d.ts"] } }'),
  options('{ "paths": { "taskwire/*": ["./x/*"] } }'),
  '\uFEFF{ // mine\r\n  "compilerOptions": { /* a\r\n comment, } */ "module": "amd", },\r\n}\r\n',
  '{ "include": ["src/**/*.ts", "a//b", "/* c */, }"], "compilerOptions": { "module": "umd" } }',
  '{ "include": ["a\\",]", "\\\\"], "compilerOptions": { "module": "umd" }, "files": [], }',
  '{ "extends": "./base.json" }',
  '{ "extends": "./base" }',
  '{ "extends": "./other.json", "compilerOptions": { "allowImportingTsExtensions": false } }',
  '{ "extends": ["./other.json", "./base.json"] }',
  '{ "extends": ["./base.json", "./other.json"], "compilerOptions": { "target": "es2022" } }',
  '{ "extends": [] }',
  '{ "extends": "@tsconfig/plain/tsconfig.json" }',
  '{ "extends": "linked/base.json" }',
];

it.each(PLAIN)("a plain tsconfig is read as TypeScript reads it: %s", (text) => {
  write("tsconfig.json", text);
  const file = path.join(folder, "tsconfig.json");
  const { extended, ...settings } = compilerSettings(file);
  const quick = quickSettings(file);
  expect(quick).toEqual({ ...settings, extended: expect.anything() });
  expect([...(quick?.extended ?? [])].sort()).toEqual([...extended].sort());
});

/** Files that only TypeScript judges, with what it says of them. */
const UNCLEAR: readonly (readonly [text: string, settings: object])[] = [
  ["{", {}],
  ["", {}],
  ["[]", {}],
  ["{ module: 'amd' }", {}],
  [options("null"), {}],
  [options('{ "module": "es3000" }'), { module: undefined }],
  [options('{ "module": 5, "moduleResolution": "classic" }'), { module: undefined, moduleResolution: "classic" }],
  [options('{ "moduleResolution": "teleport" }'), { moduleResolution: undefined }],
  [options('{ "allowImportingTsExtensions": "true" }'), { importsTypeScript: false }],
  ['{ "extends": "./base.json", "compilerOptions": { "module": null } }', { module: undefined }],
  ['{ "extends": "./round.json" }', { module: undefined }],
  ['{ "extends": "./missing.json", "compilerOptions": { "module": "amd" } }', { module: "amd" }],
  ['{ "extends": "strict/tsconfig.json" }', { module: "umd" }],
  ['{ "extends": "@tsconfig/plain" }', { module: "amd" }],
  ['{ "extends": "not-installed/tsconfig.json", "compilerOptions": { "module": "amd" } }', { module: "amd" }],
];

it.each(UNCLEAR)("a tsconfig that is not plain is left to TypeScript: %s", (text, settings) => {
  write("tsconfig.json", text);
  const file = path.join(folder, "tsconfig.json");
  expect(quickSettings(file)).toBeUndefined();
  expect(compilerSettings(file)).toMatchObject(settings);
});
