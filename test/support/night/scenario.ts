import { expect } from "vitest";
import type { ActivationRow } from "#runtime/operations/documents/activations.js";
import type { AuditLine } from "#runtime/operations/documents/audit.js";
import type { EndDocument } from "#runtime/operations/documents/ends.js";
import type { ErrorsDocument } from "#runtime/operations/documents/errors.js";
import type { LetterDocument, LetterOutcomes, LetterPlan } from "#runtime/operations/documents/letter.js";
import type { SessionStatus } from "#runtime/operations/status/document.js";
import { until } from "../waiting.js";
import type { Night } from "./night.js";
import { FAULTS, NIGHT, type NightProject } from "./project.js";

const REASON = ["--reason", "the night of the test"];
const each = NIGHT.failing / FAULTS.length;

/**
 * What an operator does in a night: 100,000 activations, of which 3,000 fail with four different errors. Kills the first
 * broker in the middle of a replay and of a bulk cancel. At the end each activation has exactly one account.
 */
export async function spendNight(night: Night, project: NightProject): Promise<void> {
  const first = await night.startWorker("first");
  const [hanging = ""] = await night.produce("hang", String(NIGHT.hanging));
  await until(() => project.runs().some(({ id }) => id === hanging));
  const failing = await night.produce(...FAULTS.flatMap((fault) => [fault, String(each)]));
  const booked = await night.produce("none", String(NIGHT.booked));
  const reminders = await night.produce("remind", String(NIGHT.reminders));

  // A namespace is paused before its work comes: none of it runs, through two kills of the broker.
  expect((await night.ask("pause", "--namespace", "reports", "--yes", ...REASON)).code).toBe(0);
  const reports = await night.produce("build", String(NIGHT.reports));
  expect(failing.length + booked.length + reminders.length + reports.length + 1).toBe(100_000);
  await until(async () => (await openOf(night)) === NIGHT.failing, 1000);

  const groups = await errorGroups(night);
  const fingerprint = (text: string) => groups.find(({ error }) => error.includes(text))?.fingerprint ?? "";
  expect(groups.map(({ error, task }) => [error.replace(/-?\d+/g, "N"), task]).sort()).toEqual([
    ["Error: no answer from the gateway after N ms", "orders.book"],
    ["PaymentDeclined: the bank declined payment N", "orders.book"],
    ["RangeError: amount N is below zero", "orders.book"],
    ["TypeError: customer N has no address", "orders.book"],
  ]);

  // One dead letter is read, edited and replayed.
  await editOne(night, project, fingerprint("has no address"));

  // A group is replayed at a rate after the fix; the broker is killed in the middle.
  project.fix();
  const gateway = `fp:${fingerprint("gateway")}`;
  const replay = ["dead-letters", "replay", "--filter", gateway, "--yes", ...REASON];
  expect((await night.ask(...replay, "--rate", "100/s", "--detach")).code).toBe(0);
  await until(async () => (await openOf(night, gateway)) < each - 50);
  await night.killBroker(0);
  const left = await openOf(night, gateway);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(each - 49);
  expect((await night.ask(...replay, "--rate", "0")).code).toBe(0);
  expect(await openOf(night, gateway)).toBe(0);

  // Another one is purged, after a dry run that changes nothing.
  const declined = `fp:${fingerprint("declined")}`;
  const planned = await night.ask<LetterPlan>("dead-letters", "purge", "--filter", declined, "--dry-run");
  expect(planned.document).toMatchObject({ matched: each, tasks: { "orders.book": each } });
  expect(await openOf(night, declined)).toBe(each);
  expect((await night.ask("dead-letters", "purge", "--filter", declined, "--yes", ...REASON)).code).toBe(0);
  expect(await openOf(night, declined)).toBe(0);

  // A running one is cancelled: its handler gets the signal.
  await cancelRunning(night, project, hanging);

  // All delayed ones are cancelled; the broker is killed in the middle.
  const cancel = ["activations", "cancel", "--filter", "task:orders.remind", "--yes", ...REASON];
  expect((await night.ask(...cancel, "--detach")).code).toBe(0);
  await until(async () => (await night.inFlight("delayed")) < NIGHT.reminders, 10);
  await night.killBroker(0);
  await until(async () => (await night.statuses()).every(({ topics }) => topics.every(({ lag }) => lag === 0)), 250);
  await until(async () => {
    const { code } = await night.ask(...cancel);
    return code === 3;
  }, 250);
  expect(await night.inFlight("delayed")).toBe(0);

  // A worker is drained: what comes from now on runs in the other one.
  await night.startWorker("second");
  await drain(night, first.pid);
  expect(await night.inFlight("pending", "parked")).toBe(NIGHT.reports);
  expect(project.runs().filter(({ task }) => task === "reports.build")).toEqual([]);
  expect((await night.ask("resume", "--namespace", "reports", "--yes", ...REASON)).code).toBe(0);
  await night.quiet();
  const built = project.runs().filter(({ task }) => task === "reports.build");
  expect(new Set(built.map(({ worker }) => worker))).toEqual(new Set(["second"]));

  await account(night, project, { failing, booked, reminders, hanging, reports });
}

async function errorGroups(night: Night): Promise<ErrorsDocument["groups"]> {
  return until(async () => {
    const { document } = await night.ask<ErrorsDocument>("errors");
    return document.groups.length >= FAULTS.length ? document.groups : undefined;
  }, 500);
}

const openOf = async (night: Night, ...filter: readonly string[]) =>
  (await night.list<LetterDocument>("dead-letters", "list", ...filter)).length;

async function editOne(night: Night, project: NightProject, fingerprint: string): Promise<void> {
  const [letter] = await night.list<LetterDocument>("dead-letters", "list", `fp:${fingerprint}`);
  if (letter === undefined) throw new Error("the group has no dead letter");
  const shown = JSON.stringify((await night.ask("dead-letters", "show", letter.place)).document);
  expect(shown).toContain('"value":"address"');
  expect(shown).not.toContain("4111-1111");
  project.write("edited.json", JSON.stringify({ customer: 7, fault: "wrong", card: "1" }));
  const edited = ["--parameters", project.path("edited.json")];
  const refused = await night.ask("dead-letters", "check", letter.place, ...edited);
  expect([refused.code, JSON.stringify(refused.document)]).toEqual([1, expect.stringContaining('"fault"')]);
  project.write("edited.json", JSON.stringify({ customer: 7, fault: "none", card: "1" }));
  expect((await night.ask("dead-letters", "check", letter.place, ...edited)).code).toBe(0);
  const replayed = await night.ask<LetterOutcomes>("dead-letters", "replay", letter.place, ...edited, "--yes");
  const id = replayed.document.outcomes[0]?.id;
  await until(() => project.runs().some((run) => run.id === id && run.how === "completed"), 100);
}

async function cancelRunning(night: Night, project: NightProject, id: string): Promise<void> {
  const rows = await night.list<ActivationRow>("activations", "list", "state:processing", "task:reports.hang");
  expect(rows.map((row) => row.id)).toEqual([id]);
  expect((await night.ask("activations", "cancel", id, "--yes", ...REASON)).code).toBe(0);
  await until(() => project.runs().some((run) => run.id === id && run.how === "cancelled"), 50);
  await until(async () => {
    const ends = await night.list<EndDocument>("ends", `id:${id}`);
    return ends.some(({ end }) => end === "cancelled");
  }, 100);
}

async function drain(night: Night, pid: number): Promise<void> {
  const { document } = await night.ask<{ readonly sessions: readonly SessionStatus[] }>("workers", "list");
  // It has one name with every broker, or one with each.
  const workers = new Set(document.sessions.filter(({ about }) => about?.pid === pid).map(({ worker }) => worker));
  expect(workers.size).toBeGreaterThan(0);
  for (const worker of workers) {
    const { code } = await night.ask("workers", "drain", worker, "--yes", ...REASON);
    expect(code).toBe(0);
  }
}

interface Sent {
  readonly failing: readonly string[];
  readonly booked: readonly string[];
  readonly reminders: readonly string[];
  readonly hanging: string;
  readonly reports: readonly string[];
}

/** Every activation has one account: completed, replayed and completed, purged, open as a dead letter, or cancelled. */
async function account(night: Night, project: NightProject, sent: Sent): Promise<void> {
  const runs = project.runs();
  const completed = new Set(runs.filter(({ how }) => how === "completed").map(({ id }) => id));
  const letters = await night.list<LetterDocument>("dead-letters", "list", "--state", "all");
  expect(letters.map(({ id }) => id).sort()).toEqual([...sent.failing].sort());
  const of = (state: string) => letters.filter((letter) => letter.state === state);
  expect([of("open").length, of("replayed").length, of("purged").length]).toEqual([2 * each - 1, each + 1, each]);
  const replays = of("replayed").map(({ resolved }) => resolved?.replay ?? "");
  expect(new Set(replays).size).toBe(each + 1);
  expect(completed).toEqual(new Set([...sent.booked, ...sent.reports, ...replays]));
  // Neither ran nor is anywhere: cancelled. The last one ran, and ended by its signal.
  const reminded = new Set(sent.reminders);
  expect(runs.filter(({ id }) => reminded.has(id))).toEqual([]);
  expect(runs.filter(({ id }) => id === sent.hanging).map(({ how }) => how)).toEqual(["started", "cancelled"]);
  expect(await night.inFlight("pending", "delayed", "processing", "retry", "failure", "parked")).toBe(0);

  const audit = await night.list<AuditLine>("audit");
  const acts = new Set(audit.flatMap((line) => (line.kind === "intent" ? [line.verb] : [])));
  for (const verb of ["Pause", "Resume", "ReplayLetters", "PurgeLetters", "Cancel", "Drain"]) {
    expect([...acts]).toContain(verb);
  }
  expect(JSON.stringify(audit)).not.toContain("4111-1111");
}
