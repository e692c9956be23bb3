import { describe, expect, test } from "vitest";
import { isQuiet, parseBrokerStatus } from "../../../examples/demo/broker-status.js";
import { allDone } from "../../../examples/demo/completion.js";
import { bar } from "../../../examples/demo/progress.js";
import { summaryText, tableText } from "../../../examples/demo/report.js";
import { ratesHash, resultsOf } from "../../../examples/demo/result.js";

const volumes = [
  {
    organization: "AK",
    projects: [
      { project: "ANC", total: 6000 },
      { project: "JNU", total: 2000 },
    ],
  },
  { organization: "WY", projects: [{ project: "JAC", total: 100 }] },
];
const rates = [
  { organization: "AK", project: "ANC", rate: 1 / 6 },
  { organization: "AK", project: "JNU", rate: 0.5 },
  { organization: "WY", project: "JAC", rate: 0.25 },
];

describe("the results", () => {
  test("join volumes and rates, in columns", () =>
    expect(tableText(resultsOf(volumes, rates))).toBe(
      [
        "organization  projects  volume   kept  lowest  highest",
        "------------  --------  ------  -----  ------  -------",
        "AK                   2   8,000  2,000  0.1667   0.5000",
        "WY                   1     100     25  0.2500   0.2500",
      ].join("\n"),
    ));

  test("need a rate for every project", () =>
    expect(() => resultsOf(volumes, rates.slice(1))).toThrow("project ANC of organization AK has no rate"));

  test("have a hash that changes with the last bit of a rate", () => {
    expect(ratesHash(rates)).toMatch(/^[0-9a-f]{12}$/);
    expect(ratesHash([...rates])).toBe(ratesHash(rates));
    expect(ratesHash([...rates.slice(0, 2), { organization: "WY", project: "JAC", rate: 0.25 + 2 ** -54 }])).not.toBe(
      ratesHash(rates),
    );
  });

  test("end in a summary", () =>
    expect(
      summaryText({
        organizations: 51,
        projects: 299,
        activations: 1103,
        retries: 10,
        tasksPerSecond: 40.25,
        seconds: 2.8,
        ratesHash: "abc",
        data: "/d",
      }),
    ).toBe(
      [
        "organizations      51",
        "projects           299, each with a rate",
        "activations        1,103",
        "retries            10 (the receiver refuses every fifth request once)",
        "tasks per second   40.3 in 2.80 s, retry delays included",
        "hash of all rates  abc",
        "data               /d",
      ].join("\n"),
    ));
});

describe("the broker's status", () => {
  const document = (pending: unknown) =>
    JSON.stringify({ counts: { pending, processing: 0 }, ended: { completed: 3, retried: 1 }, topics: [] });

  test("is quiet when all counts are 0", () => {
    expect(isQuiet(parseBrokerStatus(document(0)))).toBe(true);
    expect(isQuiet(parseBrokerStatus(document(1)))).toBe(false);
    expect(parseBrokerStatus(document(0)).ended.get("retried")).toBe(1);
  });

  test.each([
    ["no JSON", "oops", 'expected `taskwire status --json` to print JSON, got "oops"'],
    ["a list", "[]", "expected the status of the broker's status to be an object, got []"],
    ["no counts", "{}", 'expected "counts" of the broker\'s status to be an object, got undefined'],
    ["a count that is no number", document("1"), 'expected pending of "counts" to be a number, got "1"'],
  ])("refuses %s", (_name, text, message) => expect(() => parseBrokerStatus(text)).toThrow(message));
});

describe("waiting for the work", () => {
  const quiet = { show: () => {}, end: () => {} };
  const expected = (rateCount: () => number) => ({
    store: { rateCount },
    receiver: { delivered: new Map([[1, 1]]), refusals: 0 },
    rates: 2,
    webhooks: 1,
  });

  test("ends when rates and webhooks are complete, and shows how far it is", async () => {
    const shown: string[] = [];
    let stored = 0;
    const show = (text: string) => void shown.push(text);
    await allDone({ ...expected(() => stored++), timeout: 10_000 }, { ...quiet, show }, new AbortController().signal);
    expect(shown.map((text) => text.match(/\d\/\d/g)?.join(" "))).toEqual(["0/2 1/1", "1/2 1/1", "2/2 1/1"]);
  });

  test("gives up after the timeout with what is missing", () =>
    expect(allDone({ ...expected(() => 1), timeout: 1 }, quiet, new AbortController().signal)).rejects.toThrow(
      "after 0.001 s 1 of 2 rates are stored and 1 of 1 webhooks delivered",
    ));

  test("ends when it is aborted", () =>
    expect(allDone({ ...expected(() => 1), timeout: 10_000 }, quiet, AbortSignal.abort())).rejects.toThrow(/aborted/));
});

test.each([
  [0, 4, "rates [------------------------] 0/4"],
  [3, 4, "rates [##################------] 3/4"],
  [5, 4, "rates [########################] 5/4"],
])("a bar of %i of %i", (done, all, text) => expect(bar("rates", done, all)).toBe(text));
