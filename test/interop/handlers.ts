import type { TaskRun } from "taskwire/generated";
import { pictures } from "./generated/index.js";
import { defineHandlers } from "./generated/registry.js";
import { note, plainly } from "./notes.js";

class Unavailable extends Error {}
class Gone extends Unavailable {}

function noted(parameters: object, { name: task, id, attempt, headers }: TaskRun): void {
  note({ task, id, attempt, headers: Object.fromEntries(headers), parameters: plainly(parameters) });
}

/** What Python sends to. */
export default defineHandlers({
  things: {
    everyType: noted,
    packed: noted,
    flaky: (parameters, run) => {
      noted(parameters, run);
      if (run.attempt < parameters.n) throw new Unavailable(`attempt ${run.attempt}`);
    },
    picky: (parameters, run) => {
      noted(parameters, run);
      switch (parameters.error) {
        case "Unavailable":
          throw new Unavailable("retried by its name");
        case "Gone":
          throw new Gone("ignored, though it is an Unavailable");
        default:
          throw new Error("not named");
      }
    },
    once: (parameters, run) => {
      noted(parameters, run);
      if (parameters.n < 0) throw new Unavailable("never again");
    },
    plain: noted,
    heartbeat: noted,
    minutely: noted,
    relay: async (parameters, run) => {
      noted(parameters, run);
      if (parameters.left > 0) await pictures.relay.delay({ left: parameters.left - 1 });
    },
  },
});
