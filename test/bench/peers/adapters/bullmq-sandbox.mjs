// The handler of BullMQ's sandboxed processor, in a child process.
import { ran } from "../../../../dist/test/bench/peers/programs/tally.js";

export default async (job) => ran(job.data);
