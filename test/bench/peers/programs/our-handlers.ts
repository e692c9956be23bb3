import * as $ from "taskwire/generated";
import type { Pair } from "./adapter.js";
import { tasks } from "./our-tasks.js";
import { ran } from "./tally.js";

export default $.registry("bench", {
  bench: { tasks, handlers: { pair: (pair: Pair) => ran(pair) } },
});
