import type { FieldModel, ScheduleModel, TypeModel } from "#runtime/model/model.js";

/** How much of a task there is at this instant, on all brokers together. */
interface Load {
  readonly pending?: number;
  readonly delayed?: number;
  readonly processing?: number;
  readonly retry?: number;
  readonly failure?: number;
  readonly parked?: number;
  /** In the last minute. */
  readonly done?: number;
  readonly failed?: number;
  /** Age of the oldest that waits, milliseconds. */
  readonly oldest?: number;
}

/** A task of the shop. */
export interface ShopTask {
  readonly namespace: string;
  readonly key: string;
  readonly topic: string;
  readonly description: string;
  readonly parameters: readonly FieldModel[];
  readonly deadline: number;
  readonly expires?: number;
  readonly atMostOnce?: true;
  readonly attempts?: number;
  readonly schedule?: ScheduleModel;
  readonly owner?: string;
  readonly deprecated?: string;
  readonly load: Load;
}

const OF: Readonly<Record<string, TypeModel>> = {
  int: { kind: "int" },
  bigint: { kind: "bigint" },
  float: { kind: "float", min: 0 },
  string: { kind: "string", minLength: 1, maxLength: 200 },
  bool: { kind: "bool" },
  uuid: { kind: "uuid" },
  datetime: { kind: "datetime" },
  json: { kind: "json" },
  bytes: { kind: "bytes" },
  "int[]": { kind: "list", element: { kind: "int" }, maxLength: 1000 },
  "string{}": { kind: "map", element: { kind: "string" } },
  Address: { kind: "named", name: "Address" },
  "Line[]": { kind: "list", element: { kind: "named", name: "Line" }, minLength: 1 },
  Carrier: { kind: "named", name: "Carrier" },
};

/** `name type` pairs; a question mark after the name makes it optional, an exclamation mark sensitive. */
export function fields(text: string): FieldModel[] {
  return text.split(", ").flatMap((pair) => {
    const [written = "", type = ""] = pair.split(" ");
    const model = OF[type];
    if (model === undefined) throw new Error(`no type ${type} in the catalogue`);
    const name = written.replace(/[?!]$/, "");
    const optional = written.endsWith("?");
    return [
      {
        name,
        type: model,
        optional,
        nullable: false,
        description: DESCRIPTIONS[name] ?? `The ${name.replaceAll("_", " ")}.`,
        ...(optional && type === "bool" ? { default: false } : {}),
        ...(written.endsWith("!") ? { sensitive: true as const } : {}),
      },
    ];
  });
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  order_id: "Order as the shop numbers it.",
  amount: "In cents.",
  attempted_at: "When the customer pressed the button.",
  endpoint: "Address that the customer registered.",
  signing_secret: "Key that signs the body.",
  dry_run: "Only report what would happen.",
};

const every = (seconds: number, words: string): ScheduleModel => ({
  plan: { kind: "every", period: seconds * 1000 },
  words,
  missed: "skip",
  jitter: 0,
  enabled: true,
});

const cron = (expression: string, words: string, missed: ScheduleModel["missed"] = "once"): ScheduleModel => ({
  plan: { kind: "cron", expression, timezone: "Europe/Berlin" },
  words,
  missed,
  jitter: 30_000,
  enabled: true,
});

type Rest = Partial<Omit<ShopTask, "namespace" | "key" | "description" | "parameters" | "topic">>;

const task = (name: string, description: string, parameters: string, rest: Rest = {}): ShopTask => {
  const [namespace = "", key = ""] = name.split(".");
  const topic = TOPICS[namespace] ?? "bulk";
  return {
    namespace,
    key,
    topic,
    description,
    parameters: parameters === "" ? [] : fields(parameters),
    deadline: 30_000,
    attempts: 5,
    load: {},
    ...rest,
  };
};

const TOPICS: Readonly<Record<string, string>> = {
  orders: "orders",
  payments: "orders",
  shipping: "orders",
  notifications: "messages",
  webhooks: "messages",
};

const MINUTE = 60_000;

/** Forty tasks in eight namespaces, on a night in which a few things go wrong. */
export const TASKS: readonly ShopTask[] = [
  task(
    "orders.place_order",
    "Checks stock and prices, and turns a cart into an order.",
    "cart_id uuid, customer_id int, lines Line[], address Address, attempted_at datetime",
    { load: { pending: 3, processing: 4, done: 1840, failed: 2, oldest: 120 } },
  ),
  task("orders.split_shipment", "Splits an order that several warehouses send.", "order_id bigint, warehouses int[]", {
    load: { processing: 1, done: 212, oldest: 40 },
  }),
  task("orders.expire_cart", "Releases what an abandoned cart reserved.", "cart_id uuid", {
    load: { delayed: 904, done: 318 },
  }),
  task(
    "orders.recalculate_totals",
    "Computes tax and discounts again after a change.",
    "order_id bigint, reason? string",
    { load: { pending: 1, processing: 1, done: 655, oldest: 65 } },
  ),
  task("orders.archive_order", "Moves an order to cold storage.", "order_id bigint", {
    deprecated: "orders.expire_cart",
    load: { delayed: 120, done: 12 },
  }),
  task(
    "payments.capture_payment",
    "Captures an authorized payment. It is never started twice.",
    "order_id bigint, amount int, currency string, card_token! string",
    {
      atMostOnce: true,
      deadline: 45_000,
      owner: "payments",
      load: { pending: 2, processing: 3, done: 911, failed: 4, oldest: 210 },
    },
  ),
  task(
    "payments.refund_payment",
    "Refunds a payment in part or in full.",
    "order_id bigint, amount int, reason? string",
    { owner: "payments", load: { retry: 2, delayed: 37, processing: 1, done: 64, failed: 11 } },
  ),
  task("payments.settle_batch", "Closes the day with the acquirer.", "", {
    owner: "payments",
    deadline: 600_000,
    schedule: cron("15 3 * * *", "at 03:15 every day"),
    load: {},
  }),
  task("payments.retry_dunning", "Tries cards again that were declined.", "limit? int", {
    owner: "payments",
    schedule: cron("0 */6 * * *", "every 6 hours, on the hour"),
    load: { done: 0 },
  }),
  task("payments.sync_disputes", "Reads disputes from the acquirer.", "", {
    owner: "payments",
    schedule: every(300, "every 5 minutes"),
    load: { done: 1 },
  }),
  task("shipping.buy_label", "Buys a label from the carrier.", "order_id bigint, carrier Carrier, weight_kg float", {
    atMostOnce: true,
    load: { pending: 1, processing: 2, done: 402, failed: 1, oldest: 95 },
  }),
  task("shipping.track_parcel", "Asks the carrier where a parcel is.", "parcel_id string, carrier Carrier", {
    expires: 3_600_000,
    load: { delayed: 188, processing: 6, done: 1210, failed: 9 },
  }),
  task("shipping.notify_carrier", "Announces a pickup.", "carrier Carrier, parcel_ids int[]", { load: { done: 31 } }),
  task("shipping.import_rates", "Reads the carriers' prices.", "carrier? Carrier", {
    schedule: cron("30 1 * * 1-5", "at 01:30 on weekdays"),
    load: {},
  }),
  task("shipping.schedule_pickup", "Books a van.", "warehouse_id int, at datetime", { load: { delayed: 14, done: 3 } }),
  task("catalog.import_feed", "Reads a supplier's feed into the catalog.", "feed_id int, address string, full? bool", {
    deadline: 900_000,
    load: { pending: 12, processing: 2, done: 9, oldest: 41_000 },
  }),
  task(
    "catalog.resize_image",
    "Makes the six sizes of a product picture.",
    "product_id int, image bytes, sizes int[]",
    { load: { pending: 918, processing: 8, retry: 1, delayed: 44, done: 140, failed: 38, oldest: 4 * MINUTE } },
  ),
  task("catalog.update_price", "Writes a new price to the catalog.", "product_id int, amount int, currency string", {
    load: { pending: 4, processing: 2, done: 2210, oldest: 80 },
  }),
  task("catalog.publish_product", "Makes a product visible.", "product_id int", { load: { done: 77 } }),
  task("catalog.translate_text", "Translates a description.", "product_id int, language string, text string", {
    deadline: 120_000,
    owner: "content",
    load: { parked: 4210, oldest: 36 * MINUTE },
  }),
  task("search.index_product", "Writes a product to the search index.", "product_id int, document json", {
    load: { pending: 5860, processing: 12, retry: 3, delayed: 612, done: 960, failed: 412, oldest: 11 * MINUTE },
  }),
  task("search.reindex_category", "Indexes a category again.", "category_id int, dry_run? bool", {
    deadline: 600_000,
    load: { processing: 1, done: 2 },
  }),
  task("search.warm_suggestions", "Fills the cache of suggestions.", "", {
    schedule: every(60, "every minute"),
    load: { done: 1 },
  }),
  task("search.remove_product", "Takes a product out of the index.", "product_id int", {
    load: { pending: 11, done: 18, oldest: 30_000 },
  }),
  task("search.rank_results", "Computes ranks from yesterday's clicks.", "day datetime", {
    deadline: 1_800_000,
    schedule: cron("0 4 * * *", "at 04:00 every day"),
    load: {},
  }),
  task(
    "notifications.send_email",
    "Sends one email. It is never sent twice.",
    "customer_id int, template string, context string{}",
    { atMostOnce: true, expires: 86_400_000, load: { parked: 1712, oldest: 38 * MINUTE } },
  ),
  task("notifications.send_sms", "Sends one text message.", "customer_id int, template string, phone! string", {
    atMostOnce: true,
    expires: 3_600_000,
    load: { parked: 96, oldest: 37 * MINUTE },
  }),
  task("notifications.send_push", "Sends a message to an app.", "device_id uuid, title string", {
    expires: 3_600_000,
    load: { parked: 32, oldest: 35 * MINUTE },
  }),
  task("notifications.digest_unread", "Sums up what a customer has not read.", "", {
    schedule: cron("0 7 * * *", "at 07:00 every day"),
    load: {},
  }),
  task("notifications.unsubscribe", "Stops messages to a customer.", "customer_id int, channel string", { load: {} }),
  task(
    "webhooks.deliver_webhook",
    "Posts an event to the address that a customer registered.",
    "endpoint_id int, event_id bigint, endpoint string, body json",
    {
      attempts: 3,
      load: { pending: 2, processing: 5, retry: 2, failure: 1, delayed: 96, done: 540, failed: 61, oldest: 340 },
    },
  ),
  task("webhooks.verify_endpoint", "Asks an address whether it wants events.", "endpoint_id int, endpoint string", {
    load: { done: 2 },
  }),
  task("webhooks.rotate_secret", "Gives an endpoint a new key.", "endpoint_id int, signing_secret! string", {
    load: { done: 1 },
  }),
  task(
    "webhooks.replay_events",
    "Delivers the events of a day again.",
    "endpoint_id int, from datetime, until datetime",
    { deadline: 300_000, load: { processing: 1 } },
  ),
  task("webhooks.disable_endpoint", "Stops deliveries to an address.", "endpoint_id int", { load: {} }),
  task("reports.daily_revenue", "Adds up the day.", "day? datetime", {
    deadline: 1_200_000,
    schedule: cron("5 0 * * *", "at 00:05 every day", 3),
    load: {},
  }),
  task(
    "reports.export_orders",
    "Writes orders to a file for the accountants.",
    "from datetime, until datetime, format string",
    { deadline: 1_800_000, load: { processing: 1, delayed: 2, done: 1 } },
  ),
  task("reports.refresh_dashboard", "Computes the numbers of the dashboard.", "", {
    schedule: every(600, "every 10 minutes"),
    load: {},
  }),
  task("reports.gdpr_export", "Collects what the shop knows of a customer.", "customer_id int, email! string", {
    deadline: 600_000,
    load: { delayed: 1 },
  }),
  task("reports.sample_traffic", "Keeps a sample of visits.", "visit_id uuid", { load: {} }),
];

export function nameOf({ namespace, key }: Pick<ShopTask, "namespace" | "key">): string {
  return `${namespace}.${key}`;
}
