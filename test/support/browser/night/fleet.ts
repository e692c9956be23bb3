import type { Status } from "#runtime/operations/status/document.js";
import { hashOf } from "./model.js";

type Session = Status["sessions"][number];

export const BROKERS = ["broker-1.shop:50051", "broker-2.shop:50051", "broker-3.shop:50051"] as const;

const MIB = 2 ** 20;

/** Six workers: two take everything but search, one drains, one has a crash loop. */
const FLEET: readonly (Partial<Session> & { readonly host: string; readonly broker: number; readonly rss: number })[] =
  [
    { host: "app-1", broker: 0, tasks: 34, processing: 14, slots: 16, credit: 2, rss: 412 },
    { host: "app-2", broker: 1, tasks: 34, processing: 11, slots: 16, credit: 5, rss: 398 },
    { host: "app-3", broker: 2, tasks: 34, processing: 3, slots: 16, credit: 0, drained: true, rss: 431 },
    { host: "search-1", broker: 1, tasks: 5, processing: 13, slots: 16, credit: 3, rss: 903 },
    { host: "images-1", broker: 0, tasks: 1, processing: 6, slots: 8, credit: 0, rss: 1630 },
    {
      host: "images-2",
      broker: 2,
      tasks: 1,
      processing: 2,
      slots: 8,
      credit: 0,
      rss: 1210,
    },
  ];

export function workerId(index: number): string {
  const { host } = FLEET[index % FLEET.length] ?? { host: "app-1" };
  return `${host}:${4100 + index * 17}:${hashOf(host).slice(0, 8)}`;
}

export function sessionsOf(broker: number): Session[] {
  return FLEET.flatMap(({ host, rss, broker: of, ...facts }, index): Session[] => {
    if (of !== broker) return [];
    const { lost = false, processing = 0, slots = 16 } = facts;
    const crashing = host === "images-1";
    return [
      {
        worker: workerId(index),
        application: "shop",
        tasks: 34,
        processing,
        draining: false,
        drained: false,
        lost,
        slots,
        credit: 0,
        claimsEndIn: null,
        about: {
          host,
          pid: 4100 + index * 17,
          version: host === "app-3" ? "0.1.0-rc.4" : "0.1.0",
          isolation: "process",
        },
        vitals: lost
          ? null
          : {
              busy: processing,
              unstarted: 0,
              children: crashing ? 3 : 4,
              deaths: crashing ? 27 : 0,
              crashLoop: crashing
                ? "killed by SIGKILL while it ran catalog.resize_image; the kernel may have run out of memory"
                : "",
              rss: rss * MIB,
              loopLag: crashing ? 184 : 6 + index,
              age: 1200 + index * 310,
            },
        ...facts,
      },
    ];
  });
}
