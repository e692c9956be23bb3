/** What the new project's handler does: it leaves a line. */
export const EMAILS = `import { appendFileSync } from "node:fs";
import { defineEmailsHandlers } from "./generated/registry.js";

export const emailsHandlers = defineEmailsHandlers({
  sendWelcome: ({ address, name }, task) =>
    appendFileSync(process.env["MAILBOX"] ?? "mailbox", \`\${address} \${name ?? "nobody"} \${task.attempt}\\n\`),
});
`;
