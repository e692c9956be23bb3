import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the new project's handler does: it leaves a line. */
export const EMAILS = `import { appendFileSync } from "node:fs";
import { defineEmailsHandlers } from "./generated/registry.js";

export const emailsHandlers = defineEmailsHandlers({
  sendWelcome: ({ address, name }, task) =>
    appendFileSync(process.env["MAILBOX"] ?? "mailbox", \`\${address} \${name ?? "nobody"} \${task.attempt}\\n\`),
});
`;

/** A project by hand, as `taskwire init` writes one: without a handler of its task. */
export function writeProject(folder: string): void {
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

const FILES = {
  "package.json": JSON.stringify({
    name: "my-app",
    private: true,
    type: "module",
    taskwire: { schema: "schema", out: "src/generated", handlers: "dist/handlers.js" },
  }),
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "es2022",
      lib: ["es2023", "esnext.disposable"],
      types: ["node"],
      module: "nodenext",
      rootDir: "src",
      outDir: "dist",
      strict: true,
    },
    include: ["src"],
  }),
  "schema/taskwire.yaml": `taskwire: 1
application: my-app
namespaces:
  emails:
    tasks:
      send_welcome: { parameters: { address: string, name: "string?" } }
environments:
  local:
    clusters: { local: { sqlite: log.db } }
    topics: { tasks: { cluster: local } }
    routes: { "*": tasks }
`,
  "src/handlers.ts": `import { emailsHandlers } from "./emails.js";
import { defineHandlers } from "./generated/registry.js";

export default defineHandlers({ emails: emailsHandlers });
`,
  "src/emails.ts": `import { defineEmailsHandlers } from "./generated/registry.js";

export const emailsHandlers = defineEmailsHandlers({
});
`,
  "src/send.ts": `import { emails } from "./generated/index.js";

const { id } = await emails.sendWelcome.delay({ address: "ada@example.org", name: "Ada" });
console.log(id);
`,
};
