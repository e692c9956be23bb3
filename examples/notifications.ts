import { TaskwireError } from "taskwire";
import { defineNotificationsHandlers } from "../generated/registry.js";
import { printResult } from "./print-result.js";

const TEMPLATES: ReadonlyMap<string, string> = new Map([
  ["issue-assigned", "{issue} was assigned to you by {by}"],
  ["weekly-report", "Your week: {errors} errors in {projects} projects"],
]);

class UnknownTemplate extends TaskwireError {
  constructor(template: string) {
    super("unknown_template", `there is no email template "${template}" (known: ${[...TEMPLATES.keys()].join(", ")})`);
  }
}

export const notificationsHandlers = defineNotificationsHandlers({
  sendEmail: ({ user_id, template, context }, task) => {
    printResult(task, { user_id, subject: fill(template, new Map(Object.entries(context))) });
  },
});

/** A gap without a value stays visible. */
function fill(template: string, context: ReadonlyMap<string, string>): string {
  const text = TEMPLATES.get(template);
  if (text === undefined) throw new UnknownTemplate(template);
  return text.replace(/\{(\w+)\}/g, (gap, name: string) => context.get(name) ?? gap);
}
