import type { Reason } from "#runtime/activation/reasons.js";
import type { ErrorGroupDocument } from "#runtime/operations/documents/errors.js";
import type { EndsPage, JoinedErrors } from "#runtime/operations/documents/front.js";
import { randomOf } from "../../random.js";
import { nameOf, type ShopTask, TASKS } from "./catalogue.js";
import { iso } from "./controls.js";
import { BROKERS, workerId } from "./fleet.js";
import { hashOf } from "./model.js";

const MINUTE = 60_000;
const SECOND = 1000;

interface Failure {
  readonly task: ShopTask;
  readonly reason: Reason;
  readonly error: string;
  readonly frames: readonly string[];
  readonly count: number;
  /** When it began, milliseconds ago. */
  readonly age: number;
  readonly letters: number;
}

function shopTask(name: string): ShopTask {
  const found = TASKS.find((task) => nameOf(task) === name);
  if (found === undefined) throw new Error(`no task ${name} in the catalogue`);
  return found;
}

/** What fails on the night; the dead letters of all together are 214. */
export const FAILURES: readonly Failure[] = [
  {
    task: shopTask("search.index_product"),
    reason: "error",
    error: "ResponseError: index products-v7 is read-only: flood stage disk watermark [95%] exceeded on node es-3",
    frames: [
      "at write (/srv/shop/dist/search/index-client.js:112:13)",
      "at async indexProduct (/srv/shop/dist/search/handlers.js:41:5)",
    ],
    count: 4318,
    age: 11 * MINUTE,
    letters: 0,
  },
  {
    task: shopTask("webhooks.deliver_webhook"),
    reason: "attempts_exceeded",
    error: "WebhookError: POST https://hooks.acme-fulfilment.example/orders answered 503 Service Unavailable",
    frames: [
      "at deliver (/srv/shop/dist/webhooks/deliver.js:48:11)",
      "at async deliverWebhook (/srv/shop/dist/webhooks/handlers.js:19:3)",
    ],
    count: 1877,
    age: 52 * MINUTE,
    letters: 168,
  },
  {
    task: shopTask("catalog.resize_image"),
    reason: "deadline_exceeded",
    error: "ProcessingDeadlineExceeded: catalog.resize_image: processing deadline of 30 s passed",
    frames: [],
    count: 412,
    age: 26 * MINUTE,
    letters: 9,
  },
  {
    task: shopTask("payments.refund_payment"),
    reason: "error",
    error: "CardError: charge ch_3Qk0aZ has already been refunded",
    frames: [
      "at refund (/srv/shop/dist/payments/acquirer.js:203:9)",
      "at async refundPayment (/srv/shop/dist/payments/handlers.js:77:5)",
    ],
    count: 61,
    age: 8 * 60 * MINUTE,
    letters: 37,
  },
];

export function fingerprintOf(failure: Failure): string {
  return hashOf(`${nameOf(failure.task)}${failure.reason}`).slice(0, 16);
}

export function idOf(seed: string, index: number): string {
  return hashOf(`${seed}/${index}`).slice(0, 32);
}

export function stackOf({ error, frames }: Failure): string {
  return [error, ...frames.map((frame) => `    ${frame}`)].join("\n");
}

export function errorsAt(now: number): JoinedErrors {
  const groups = FAILURES.map((failure, at): ErrorGroupDocument => {
    const random = randomOf(at + 1);
    const began = Math.max(0, 60 - Math.ceil(failure.age / MINUTE));
    return {
      fingerprint: fingerprintOf(failure),
      application: "shop",
      namespace: failure.task.namespace,
      task: nameOf(failure.task),
      reason: failure.reason,
      error: failure.error,
      frame: failure.frames[0] ?? "",
      count: failure.count,
      firstSeen: iso(now - failure.age),
      lastSeen: iso(now - (at * 2300 + 800)),
      ids: Array.from({ length: 5 }, (_, index) => idOf(`failed-${at}`, index)),
      perMinute: Array.from({ length: 60 }, (_, minute) =>
        minute < began ? 0 : Math.round((failure.count / (60 - began)) * (0.6 + random(80) / 100)),
      ),
    };
  });
  return { partial: [], groups, matched: groups.length, ungrouped: 0, since: iso(now - 9 * 60 * MINUTE) };
}

/** The last runs that ended, the newest first: every third failed. */
export function endsAt(now: number, task?: string): EndsPage {
  const random = randomOf(7);
  const busy = TASKS.filter(({ load }) => (load.done ?? 0) > 0);
  const rows = Array.from({ length: 300 }, (_, index): EndsPage["rows"][number] => {
    const failure = index % 3 === 0 ? FAILURES[random(FAILURES.length)] : undefined;
    const of = failure?.task ?? busy[random(busy.length)] ?? shopTask("orders.place_order");
    const at = now - 400 - index * 730;
    const ran = failure?.reason === "deadline_exceeded" ? 30_000 : 8 + random(900);
    return {
      broker: BROKERS[index % 3] ?? BROKERS[0],
      end:
        failure === undefined
          ? index % 41 === 1
            ? "cancelled"
            : "completed"
          : failure.letters > 0
            ? "failure"
            : "retry",
      at: iso(at),
      id: idOf("ended", index),
      application: "shop",
      namespace: of.namespace,
      task: nameOf(of),
      topic: of.topic,
      partition: index % 6,
      offset: 13_958_000 - index,
      attempt: failure === undefined ? 1 : 1 + (index % 3),
      lost: 0,
      receivedAt: iso(at - ran - 2 * SECOND - random(4000)),
      due: null,
      handedOutAt: iso(at - ran - 6),
      held: ran + 6,
      ran,
      worker: workerId(index % 5),
      claim: 880_000 + index,
      reason: failure?.reason ?? (index % 41 === 1 ? "cancelled" : null),
      error: failure === undefined ? "" : stackOf(failure),
      fingerprint: failure === undefined ? null : fingerprintOf(failure),
    };
  });
  const found = rows.filter((row) => task === undefined || row.task === task);
  return {
    ...{ partial: [], rows: found, cursor: null, total: { count: found.length, exact: true } },
    since: iso(now - 9 * 60 * MINUTE),
    completed: { counted: 125_646_017, kept: 4210 },
  };
}
