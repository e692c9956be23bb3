import type { ControlDocument, ControlsAnswer } from "#runtime/operations/documents/controls.js";
import type { JobsPage, JoinedControls } from "#runtime/operations/documents/front.js";
import type { JobDocument } from "#runtime/operations/documents/jobs.js";
import { BROKERS } from "./fleet.js";

const MINUTE = 60_000;

export function controlsOfPeople(now: number): ControlDocument[] {
  return [
    {
      id: "c-3f1a",
      kind: "namespace",
      subject: "notifications",
      by: "mira",
      reason: "incident 5512 at the mail provider",
      since: iso(now - 38 * MINUTE),
      until: iso(now + 79 * MINUTE),
      source: "person",
      line: null,
      dropped: null,
      reach: "pool",
    },
    {
      id: "c-77b0",
      kind: "kill",
      subject: "catalog.import_feed",
      kwargs: { feed_id: 771 },
      by: "jonas",
      reason: "feed 771 sends the whole catalog every minute",
      since: iso(now - 142 * MINUTE),
      until: iso(now + 21 * 60 * MINUTE),
      source: "person",
      line: null,
      dropped: 58,
      reach: "pool",
    },
  ];
}

function ofFile(): ControlDocument {
  return {
    id: "file:12",
    kind: "kill",
    subject: "reports.sample_traffic",
    by: null,
    reason: "",
    since: null,
    until: null,
    source: "file",
    line: 12,
    dropped: 0,
    reach: "broker",
  };
}

export function controlsAt(now: number): JoinedControls {
  const of = (): ControlsAnswer => ({
    version: "9e02",
    controls: [...controlsOfPeople(now), ofFile()],
    leftOut: 0,
    cancelledAhead: { ids: 3, most: 10_000, since: new Date(now - 5 * 60_000).toISOString() },
    problem: null,
  });
  return { partial: [], brokers: BROKERS.map((broker) => ({ broker, ...of() })) };
}

export function jobsAt(now: number): JobsPage {
  const job = (facts: Partial<JobDocument> & Pick<JobDocument, "id" | "verb">): JobDocument => ({
    state: "done",
    actor: "mira",
    filter: "",
    reason: "",
    startedAt: iso(now - 2 * MINUTE),
    endedAt: null,
    total: null,
    matched: 0,
    done: 0,
    asked: 0,
    leftOut: {},
    error: "",
    ...facts,
  });
  return {
    partial: [],
    jobs: [
      {
        broker: BROKERS[0],
        ...job({
          id: "j-104",
          verb: "ReplayLetters",
          state: "running",
          filter: "state:open task:payments.refund_payment",
          reason: "the acquirer is back",
          startedAt: iso(now - 48_000),
          total: 37,
          matched: 24,
          done: 23,
          leftOut: { may_have_started: 1 },
        }),
      },
      {
        broker: BROKERS[1],
        ...job({
          id: "j-103",
          verb: "Cancel",
          actor: "jonas",
          filter: "task:catalog.import_feed args.feed_id=771",
          reason: "feed 771 sends the whole catalog every minute",
          startedAt: iso(now - 141 * MINUTE),
          endedAt: iso(now - 140 * MINUTE),
          total: 1204,
          matched: 1204,
          done: 1198,
          asked: 2,
          leftOut: { too_late: 4 },
        }),
      },
      {
        broker: BROKERS[0],
        ...job({
          id: "j-102",
          verb: "Purge",
          state: "failed",
          filter: "task:reports.sample_traffic state:delayed",
          reason: "not needed any more",
          startedAt: iso(now - 43 * MINUTE),
          endedAt: iso(now - 42 * MINUTE),
          total: 9000,
          matched: 2048,
          done: 2048,
          error: "the broker stopped",
        }),
      },
    ],
  };
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}
