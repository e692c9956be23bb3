import * as $ from "taskwire/generated";
import { ran } from "../peers/programs/tally.js";
import { TASKS_VARIABLE, tasksOf } from "./tasks.js";

const tasks = tasksOf(Number(process.env[TASKS_VARIABLE] ?? "1"));
const handler = ({ n }: { readonly n: number }) => ran({ n, sent: 0 });

export default $.registry("bench", {
  bench: { tasks, handlers: Object.fromEntries(Object.keys(tasks).map((name) => [name, handler])) },
});
