import { NIGHT } from "./bed.js";
import { activationsAt } from "./night/activations.js";
import { letterAt } from "./night/letters.js";

interface Screen {
  readonly name: string;
  readonly path: string;
  /** What the full night shows on it. */
  readonly shows: readonly (string | RegExp)[];
  /** What it says when there is nothing. */
  readonly empty: readonly (string | RegExp)[];
  /** What it says when one of three brokers does not answer; absent: it has nothing of that broker. */
  readonly partial?: RegExp;
}

const rows = activationsAt(NIGHT);
const processing = rows.row(0);
const letter = letterAt(NIGHT, 0);

/** Every screen of the console. */
export const SCREENS: readonly Screen[] = [
  {
    name: "Overview",
    path: "",
    shows: [/notifications is paused/i, "Busiest tasks", "214"],
    empty: ["No activation yet"],
    partial: /≥ 214 open/,
  },
  {
    name: "Activations",
    path: "activations",
    shows: ["orders.place_order", /14,941/],
    empty: ["Nothing is in flight"],
    partial: /broker-3\.shop:50051 did not answer: the list is not complete/,
  },
  {
    name: "Activation",
    path: `activations/${processing.id}`,
    shows: ["Line of time", "cart_id", "taskwire-root"],
    empty: ["Not in flight"],
  },
  {
    name: "Tasks",
    path: "tasks",
    shows: ["catalog.translate_text", /no worker/],
    empty: ["No task is known"],
    partial: /broker-3\.shop:50051 did not answer: what it has is not counted/,
  },
  {
    name: "Task",
    path: "tasks/payments.refund_payment",
    shows: [/CardError/, "order_id", "The last hour"],
    empty: ["No such task is known"],
  },
  {
    name: "Dead letters",
    path: "dead-letters",
    shows: [/WebhookError/, "webhooks.deliver_webhook", "168"],
    empty: ["No open dead letters"],
    partial: /broker-3\.shop:50051 did not answer: letters of its pool are missing/,
  },
  {
    name: "Dead letter",
    path: `dead-letters/${letter.place}`,
    shows: [/Service Unavailable/, "endpoint_id"],
    empty: [/no dead letter here/],
  },
  {
    name: "Schedules",
    path: "schedules",
    shows: ["payments.settle_batch", /03:15/, "Europe/Berlin"],
    empty: [/No model is known here/],
  },
  {
    name: "Controls",
    path: "controls",
    shows: ["incident 5512 at the mail provider", "catalog.import_feed", /feed_id/],
    empty: [/Nothing is paused or dropped/],
    partial: /broker-3\.shop:50051 did not answer: its acts are missing/,
  },
  {
    name: "Workers",
    path: "workers",
    shows: ["crash loop", /^search-1/, "wrong secret"],
    empty: [/No worker is connected/],
    partial: /At least 4 workers/,
  },
  {
    name: "Brokers",
    path: "brokers",
    shows: ["broker-2.shop:50051", "max_pending_count"],
    empty: ["127.0.0.1:50051"],
    partial: /broker-3\.shop:50051 did not answer within 2 s/,
  },
  {
    name: "Ended",
    path: "activations?tab=ended",
    shows: [/completions are kept/],
    empty: ["Nothing has ended yet"],
    partial: /broker-3\.shop:50051 did not answer: the history is not complete/,
  },
];
