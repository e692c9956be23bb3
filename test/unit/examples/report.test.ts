import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { isQuiet, parseBrokerStatus } from "../../../examples/demo/broker-status.js";
import { chartSvg } from "../../../examples/demo/chart.js";
import { brokerQuiet } from "../../../examples/demo/completion.js";
import { type OrganizationOutcome, ratesHash } from "../../../examples/demo/outcome.js";
import { bar } from "../../../examples/demo/progress.js";
import { summaryText, tableText } from "../../../examples/demo/report.js";
import { resultsOf } from "../../../examples/demo/result.js";
import { ratedProjects } from "../../support/rated-projects.js";

const outcomes: readonly OrganizationOutcome[] = [
  {
    id: 1,
    name: "A<K",
    baseRate: 0.25,
    factor: 2,
    projects: [
      { name: "ANC", rate: 0.2, transactions: { explicit: new Map([["SEA", 0.1]]), implicitRate: 0.5 } },
      { name: "JNU", rate: 0.5, transactions: { explicit: new Map(), implicitRate: 0.5 } },
    ],
  },
  {
    id: 2,
    name: "WY",
    baseRate: 0.5,
    factor: 1,
    projects: [{ name: "JAC", rate: 0.5, transactions: { explicit: new Map(), implicitRate: 0.5 } }],
  },
];
const projectIds = new Map([
  [1, "ANC"],
  [2, "JNU"],
  [3, "JAC"],
]);
const record = (orgId: number, projectId: number, name: string, total: number) =>
  ({ measure: "transactions", orgId, projectId, name, at: 0, total, keep: 0 }) as const;
const records = [
  record(1, 1, "SEA", 6000),
  record(1, 1, "PDX", 1000),
  record(1, 2, "SEA", 2000),
  record(2, 3, "DEN", 100),
];
const results = resultsOf(outcomes, projectIds, records);

describe("the results", () => {
  test("join volumes and rates: a transaction's own rate, else its project's implicit one", () =>
    expect(results).toEqual([
      {
        organization: "A<K",
        projects: 2,
        volume: 9000,
        baseRate: 0.25,
        factor: 2,
        keptShare: (6000 * 0.1 + 1000 * 0.5 + 2000 * 0.5) / 9000,
        rareGain: 2,
        commonGain: 0.4,
      },
      {
        organization: "WY",
        projects: 1,
        volume: 100,
        baseRate: 0.5,
        factor: 1,
        keptShare: 0.5,
        rareGain: null,
        commonGain: 1,
      },
    ]));

  test("are a table, in columns", () =>
    expect(tableText(results)).toBe(
      [
        "organization  projects  events  base rate  factor    kept   rare  common",
        "------------  --------  ------  ---------  ------  ------  -----  ------",
        "A<K                  2   9,000       0.25  2.0000  0.2333  x2.00   x0.40",
        "WY                   1     100       0.50  1.0000  0.5000      -   x1.00",
      ].join("\n"),
    ));

  test("are a chart: well-formed, a bar for each that has transactions, with names escaped", () => {
    const svg = chartSvg(results);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg.match(/<title>/g)).toHaveLength(3);
    expect(svg).toContain(">A&lt;K<");
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
    const open = (svg.match(/<(\w+)[^>]*[^/]>/g) ?? []).length;
    expect(svg.match(/<\/\w+>/g)).toHaveLength(open);
    expect(chartSvg(results)).toBe(svg);
  });

  test("need a rate for every project, and a base rate", () => {
    const [first, second] = outcomes;
    if (first === undefined || second === undefined) throw new Error("there are two");
    const unrated = { name: "JAC", rate: null, transactions: { explicit: new Map(), implicitRate: null } };
    expect(() => resultsOf([{ ...second, projects: [unrated] }], projectIds, records)).toThrow(
      "project JAC of organization WY has no rate",
    );
    expect(() => resultsOf([{ ...first, baseRate: null }], projectIds, records)).toThrow(
      "organization A<K has no base rate",
    );
    expect(ratedProjects(outcomes)).toBe(3);
    expect(ratedProjects([{ ...second, projects: [unrated] }])).toBe(0);
  });

  test("have a hash that changes with the last bit of any rate, and not with the order of names", () => {
    expect(ratesHash(outcomes)).toMatch(/^[0-9a-f]{12}$/);
    const [first, ...rest] = outcomes;
    if (first === undefined) throw new Error("there are two");
    const bit = 2 ** -54;
    expect(ratesHash([{ ...first, baseRate: 0.25 + bit }, ...rest])).not.toBe(ratesHash(outcomes));
    expect(ratesHash([{ ...first, factor: 2 + 2 ** -51 }, ...rest])).not.toBe(ratesHash(outcomes));
    const named = (...pairs: [string, number][]): OrganizationOutcome => ({
      ...first,
      projects: [{ name: "X", rate: 1, transactions: { explicit: new Map(pairs), implicitRate: 1 } }],
    });
    expect(ratesHash([named(["a", 1], ["b", 0.5])])).toBe(ratesHash([named(["b", 0.5], ["a", 1])]));
    expect(ratesHash([named(["a", 1])])).not.toBe(ratesHash([named(["a", 1 - bit * 2])]));
  });

  test("end in a summary", () =>
    expect(
      summaryText({
        organizations: 51,
        projects: 299,
        activations: 1103,
        completed: 1103,
        retries: 10,
        tasksPerSecond: 40.25,
        seconds: 2.8,
        ratesHash: "abc",
        data: "/d",
        chart: "/d/c.svg",
      }),
    ).toBe(
      [
        "base rate  share of events that an organization of this size keeps",
        "factor     correction, because the last period kept more or less than planned",
        "kept       share of its events that the new rates keep",
        "rare       its rare events are kept this many times as often as the base rate says",
        "common     the same for its common events",
        "",
        "1,103 of 1,103 tasks completed, in a broker and a worker process of their own.",
        "They computed rates for 51 organizations and 299 projects.",
        "The web server that receives the results refused 10 calls; each succeeded when Taskwire retried it.",
        "",
        "rates  abc (a hash; equal in every run)",
        "data   /d",
        "chart  /d/c.svg (open it in a browser)",
      ].join("\n"),
    ));
});

const document = (pending: unknown, lag: unknown = 0) =>
  JSON.stringify({ counts: { pending, processing: 0 }, ended: { completed: 3, retried: 1 }, topics: [{ lag }] });

describe("the broker's status", () => {
  test("is quiet when all counts are 0 and the log was read", () => {
    expect(isQuiet(parseBrokerStatus(document(0)))).toBe(true);
    expect(isQuiet(parseBrokerStatus(document(1)))).toBe(false);
    expect(isQuiet(parseBrokerStatus(document(0, 1)))).toBe(false);
    expect(parseBrokerStatus(document(0)).ended.get("retried")).toBe(1);
  });

  test.each([
    ["no JSON", "oops", 'expected the broker\'s /api/status to be JSON, got "oops"'],
    ["a list", "[]", "expected the status of the broker's status to be an object, got []"],
    ["no counts", "{}", 'expected "counts" of the broker\'s status to be an object, got undefined'],
    ["a count that is no number", document("1"), 'expected pending of "counts" to be a number, got "1"'],
    ["a lag that is no number", document(0, "1"), 'expected lag of a topic to be a number, got "1"'],
  ])("refuses %s", (_name, text, message) => expect(() => parseBrokerStatus(text)).toThrow(message));
});

describe("waiting for a quiet broker", () => {
  /** A broker's HTTP port that answers with these statuses in turn, the last one for ever. */
  async function serve(statuses: readonly string[]) {
    let asked = 0;
    const server = createServer((_request, response) => {
      response.end(statuses[Math.min(asked, statuses.length - 1)]);
      asked += 1;
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return {
      http: `127.0.0.1:${port}`,
      asked: () => asked,
      [Symbol.asyncDispose]: () =>
        new Promise<void>((closed) => {
          server.closeAllConnections();
          server.close(() => closed());
        }),
    };
  }
  const signal = new AbortController().signal;

  test("one quiet status alone proves nothing: it takes two in a row", async () => {
    await using broker = await serve([document(0), document(1), document(0, 2), document(0), document(0)]);
    let looks = 0;
    const status = await brokerQuiet({ http: broker.http, timeout: 60_000, signal, look: () => looks++ });
    expect([status.ended.get("completed"), broker.asked(), looks]).toEqual([3, 5, 5]);
  });

  test("gives up after the timeout with what is left", async () => {
    await using broker = await serve([document(2, 5)]);
    await expect(brokerQuiet({ http: broker.http, timeout: 1, signal })).rejects.toThrow(
      "after 0.001 s the broker still has work in flight: pending 2, processing 0, unread records 5",
    );
  });

  test("ends when it is aborted", async () => {
    await using broker = await serve([document(1)]);
    const aborted = AbortSignal.abort(new Error("stopped"));
    await expect(brokerQuiet({ http: broker.http, timeout: 60_000, signal: aborted })).rejects.toThrow("stopped");
  });
});

test.each([
  [0, 4, "rates [------------------------] 0/4"],
  [3, 4, "rates [##################------] 3/4"],
  [5, 4, "rates [########################] 5/4"],
])("a bar of %i of %i", (done, all, text) => expect(bar("rates", done, all)).toBe(text));
