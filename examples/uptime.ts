import { defineUptimeHandlers } from "../generated/registry.js";
import { printResult } from "./print-result.js";

const SLOW_MS = 5000;

export const uptimeHandlers = defineUptimeHandlers({
  recordCheck: ({ subscription_id, checked_at, status_code, duration_ms }, task) => {
    printResult(task, {
      subscription_id,
      checked_at: checked_at.toISOString(),
      outcome: outcomeOf(status_code),
      slow: duration_ms > SLOW_MS,
    });
  },
});

/** Redirects count as up: the address answered. */
function outcomeOf(status: number | undefined): "up" | "down" | "unreachable" {
  if (status === undefined) return "unreachable";
  return status >= 200 && status < 400 ? "up" : "down";
}
