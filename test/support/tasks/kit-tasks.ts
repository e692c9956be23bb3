import type { Registry } from "taskwire";
import { RetryTaskError } from "taskwire";
import * as $ from "taskwire/generated";
import { environment } from "../../integration/fixtures/tasks.js";

interface Item {
  sku: string;
  count: number;
}

interface Order {
  id: number;
  total: bigint;
  placed: Date;
  items: Item[];
  note?: string | undefined;
}

export interface OrderInput extends Omit<Order, "items"> {
  items?: readonly Item[] | undefined;
}

interface Numbered {
  n: number;
}

const common = {
  namespace: "shop",
  application: "shop",
  hash: "1",
  processingDeadline: 30_000,
  environments: () => ({ test: environment }),
};

const retry = { timesExceeded: "deadletter", delay: 10_000, backoff: "fixed", jitter: 0, times: 3 } as const;

const numbered = () => $.record<Numbered, Numbered>({ n: $.z.int() });

const declared = (name: string) => ({ ...common, key: `shop.${name}`, name: `shop.${name}` });

/** Tasks of the testing kit's tests, in the form of generated code. */
export const shop = {
  place: $.task<Order, OrderInput>({
    ...declared("place"),
    parameters: () =>
      $.record<Order, OrderInput>({
        id: $.z.int(),
        total: $.bigint(),
        placed: $.datetime(),
        items: $.list($.object<Item, Item>({ sku: $.z.string(), count: $.z.int() })).default(() => []),
        note: $.z.string().optional(),
      }),
  }),
  /** Delays `remind` an hour ahead. */
  confirm: $.task<Numbered, Numbered>({ ...declared("confirm"), parameters: numbered }),
  remind: $.task<Numbered, Numbered>({ ...declared("remind"), parameters: numbered }),
  /** Fails in its first two runs. */
  flaky: $.task<Numbered, Numbered>({ ...declared("flaky"), retry, parameters: numbered }),
  doomed: $.task<Numbered, Numbered>({ ...declared("doomed"), retry: { ...retry, times: 2 }, parameters: numbered }),
  /** Has no retry. */
  broken: $.task<Numbered, Numbered>({ ...declared("broken"), parameters: numbered }),
  /** Delays itself for ever. */
  endless: $.task<Numbered, Numbered>({ ...declared("endless"), parameters: numbered }),
  /** Asks for another run in a minute. */
  postponed: $.task<Numbered, Numbered>({ ...declared("postponed"), retry, parameters: numbered }),
  /** Never returns by itself. */
  hanging: $.task<Numbered, Numbered>({ ...declared("hanging"), retry, parameters: numbered }),
};

export const feed = {
  frame: $.task<{ bytes: Uint8Array }, { bytes: Uint8Array }>({
    ...common,
    namespace: "feed",
    key: "feed.frame",
    name: "feed.frame",
    raw: true,
    parameters: () => $.record<{ bytes: Uint8Array }, { bytes: Uint8Array }>({ bytes: $.bytes() }),
  }),
};

export const elsewhere = {
  audit: $.task<Numbered, Numbered>({
    ...declared("audit"),
    namespace: "audit",
    application: "other",
    key: "audit.audit",
    parameters: numbered,
  }),
};

export class Flaky extends Error {}

export const handlers: Registry = $.registry("shop", {
  shop: {
    tasks: shop,
    handlers: {
      place: async ({ id }: Order) => {
        await shop.confirm.delay({ n: id });
        return `order ${id}`;
      },
      confirm: ({ n }: Numbered) => shop.remind.delay({ n }, { countdown: "1h" }),
      remind: () => {},
      flaky: (_: Numbered, { attempt }: $.TaskRun) => {
        if (attempt < 3) throw new Flaky(`attempt ${attempt}`);
      },
      doomed: () => {
        throw new Flaky("always");
      },
      broken: () => {
        throw new RangeError("broken");
      },
      endless: ({ n }: Numbered) => shop.endless.delay({ n: n + 1 }),
      postponed: (_: Numbered, { attempt }: $.TaskRun) => {
        if (attempt === 1) throw new RetryTaskError("later", { delay: 60 });
      },
      hanging: (_: Numbered, { signal }: $.TaskRun) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    },
  },
  feed: { tasks: feed, handlers: { frame: ({ bytes }: { bytes: Uint8Array }) => bytes.length } },
});
