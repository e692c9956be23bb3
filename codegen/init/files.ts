import { NODE_TYPES, ownRange, TSX, TYPESCRIPT } from "./versions.js";

/** The files of a new project by path, without the generated ones. `name`: of the package and the application. */
export function projectFiles(name: string): ReadonlyMap<string, string> {
  return new Map([
    ["package.json", json(manifest(name))],
    ["tsconfig.json", json(TSCONFIG)],
    [PNPM_FILE, PNPM],
    [".gitignore", "node_modules/\ndist/\n.taskwire/\n"],
    [".gitattributes", "src/generated/** text eol=lf linguist-generated\n"],
    [".vscode/settings.json", json(EDITOR)],
    ["schema/taskwire.yaml", schemaText(name)],
    ["src/handlers.ts", HANDLERS],
    ["src/emails.ts", EMAILS],
    ["src/send.ts", PRODUCER],
  ]);
}

/** A valid name for npm and for us, made from a folder's: lower case letters, digits, "-", "_" and ".", a letter first. */
export function projectName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, "-")
    .replace(/^[^a-z]+|[-_.]+$/g, "")
    .slice(0, 100);
  return name === "" || name === "node_modules" ? "my-app" : name;
}

function manifest(name: string): object {
  return {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    engines: { node: ">=20.19" },
    taskwire: { schema: "schema", out: "src/generated", handlers: "dist/handlers.js" },
    scripts: {
      codegen: "taskwire codegen",
      build: "tsc",
      dev: "taskwire dev --handlers src/handlers.ts",
      send: "tsc && node dist/send.js",
      check: "taskwire codegen --check && taskwire lint --strict && tsc --noEmit",
    },
    dependencies: { taskwire: ownRange() },
    devDependencies: { "@taskwire/codegen": ownRange(), "@types/node": NODE_TYPES, tsx: TSX, typescript: TYPESCRIPT },
    allowScripts: ALLOWED_BUILDS,
  };
}

/** Packages with install scripts, and whether they may run: the embedded log's SQLite is built, or fetched built. */
const ALLOWED_BUILDS = { "better-sqlite3": true, esbuild: false, protobufjs: false };

/**
 * The same for pnpm, which reads it here alone: `allowBuilds` from 10.26 on, `onlyBuiltDependencies` before. Version 9 wants
 * `packages`.
 */
export const PNPM_FILE = "pnpm-workspace.yaml";
const PNPM = `packages: ["."]
onlyBuiltDependencies: [better-sqlite3]
allowBuilds:
${Object.entries(ALLOWED_BUILDS)
  .map(([name, allowed]) => `  ${name}: ${allowed}\n`)
  .join("")}`;

const TSCONFIG = {
  compilerOptions: {
    target: "es2022",
    lib: ["es2023", "esnext.disposable"],
    types: ["node"],
    module: "nodenext",
    rootDir: "src",
    outDir: "dist",
    sourceMap: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    skipLibCheck: true,
  },
  include: ["src"],
};

const EDITOR = {
  "yaml.schemas": { "./node_modules/@taskwire/codegen/taskwire.schema.json": ["schema/**/*.yaml", "schema/**/*.yml"] },
  "files.readonlyInclude": { "src/generated/**": true },
};

export const schemaText = (
  name: string,
) => `# yaml-language-server: $schema=../node_modules/@taskwire/codegen/taskwire.schema.json
taskwire: 1
application: ${name}

retry_policies:
  mail_server:
    times: 3
    times_exceeded: deadletter
    delay: 2s
    backoff: exponential
    max_delay: 1m

namespaces:
  emails:
    description: Mail to the people who use this application.
    tasks:
      send_welcome:
        description: Welcomes a person who has just signed up.
        parameters:
          address: { type: string, max_length: 254, description: Recipient of the mail. }
          name: { type: "string?", description: Name of the person. }
        retry: mail_server

environments:
  local:
    clusters:
      local: { sqlite: log.db }
    topics:
      tasks: { cluster: local }
    routes:
      "*": tasks
`;

const HANDLERS = `import { emailsHandlers } from "./emails.js";
import { defineHandlers } from "./generated/registry.js";

/** The handlers of all namespaces; a worker loads this module. */
export default defineHandlers({
  emails: emailsHandlers,
});
`;

const EMAILS = `import { defineEmailsHandlers } from "./generated/registry.js";

export const emailsHandlers = defineEmailsHandlers({
});
`;

const PRODUCER = `import { emails } from "./generated/index.js";

const { id } = await emails.sendWelcome.delay({ address: "ada@example.org", name: "Ada" });
console.log(\`queued as \${id}; a worker will pick it up\`);
`;

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
