import { diagnose } from "../../operations/diagnose/diagnose.js";
import { summaryOf } from "../../operations/diagnose/summary.js";
import type { ProblemsDocument } from "../../operations/documents/problems.js";
import { RequestReader } from "../../operations/request.js";
import type { Status } from "../../operations/status/document.js";
import type { Verb } from "../../operations/verb.js";

/** What is wrong as this broker sees it. `broker`: its name in findings. `task`: a wire name; only what concerns it. */
export function problemsVerb(broker: string, status: () => Promise<Status>): Verb {
  return {
    name: "Problems",
    async run(request): Promise<ProblemsDocument> {
      const reader = new RequestReader(request);
      const task = reader.text("task");
      reader.end();
      const observed = [{ broker, status: await status() }];
      return { findings: diagnose(observed, { task }), summary: summaryOf(observed, task) };
    },
  };
}
