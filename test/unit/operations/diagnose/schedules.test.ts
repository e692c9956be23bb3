import { describe, expect, it } from "vitest";
import { diagnose } from "#runtime/operations/diagnose/diagnose.js";
import type { ScheduleDocument } from "#runtime/operations/documents/front.js";
import { schedulesWith } from "./fixtures.js";

const MINUTE = 60_000;
const NOON = Date.parse("2026-01-01T12:00:00.000Z");
const at = (minutes: number) => new Date(NOON + minutes * MINUTE).toISOString();
const found = (...changes: readonly Partial<ScheduleDocument>[]) =>
  diagnose([], { schedules: schedulesWith(...changes) }).map(({ code, level, subject, text }) => ({
    code,
    level,
    subject: subject.name,
    text,
  }));

describe("findings of schedules", () => {
  it("warn before the first start that no scheduler has ever worked for the cluster", () => {
    const never = { taken: false, scheduler: null, last: null, late: null };
    expect(found(never, { ...never, task: "mail.digest" })).toEqual([
      {
        code: "no_scheduler",
        level: "warning",
        subject: "events",
        text: "no scheduler has ever worked for cluster events: 2 schedules never start",
      },
    ]);
  });

  it("say of each cluster by itself whether a scheduler works", () => {
    const due = { overdue: { count: 2, first: at(1) } };
    expect(found({ cluster: "mail", ...due }, { task: "b.b" }).map(({ subject }) => subject)).toEqual(["mail"]);
  });

  it("blame the schedule, not the scheduler, when another schedule was started after it was due", () => {
    const due = { overdue: { count: 2, first: at(1) }, name: "mail.digest", task: "mail.digest" };
    expect(found(due, { last: at(2) })).toEqual([
      {
        code: "schedule_missed",
        level: "slow",
        subject: "mail.digest",
        text: `2 slots of schedule mail.digest are due since ${at(1)} and not started`,
      },
    ]);
    expect(found(due, { last: at(0) }).map(({ code }) => code)).toEqual(["no_scheduler"]);
  });

  it("name a schedule that the running scheduler does not know, as after a deploy without it", () => {
    expect(found({}, { task: "mail.digest", name: "mail.digest", taken: false, last: null })).toMatchObject([
      { code: "no_scheduler", level: "warning", subject: "mail.digest" },
    ]);
  });

  it("end with the next start after missed slots, and are silent when the rule made up the latest", () => {
    const missedSlots = { count: 3, first: at(-3), last: at(-1) };
    expect(found({ missedSlots, last: at(-4) })).toMatchObject([{ code: "schedule_missed", level: "warning" }]);
    expect(found({ missedSlots, last: null })).toMatchObject([{ code: "schedule_missed" }]);
    expect(found({ missedSlots, last: at(0) })).toEqual([]);
  });

  it("count neither paused schedules as due nor those of which nothing is known", () => {
    expect(found({ known: false, taken: false, last: null })).toEqual([]);
    expect(found({ paused: true, taken: false, last: null, next: [] }).map(({ code }) => code)).toEqual([
      "schedule_paused",
    ]);
  });

  it("are bounded when there are many schedules", () => {
    const many = Array.from({ length: 120 }, (_, index) => ({ task: `a.t${index}`, paused: true }));
    const texts = found(...many).map(({ text }) => text);
    expect(texts.length).toBe(51);
    expect(texts.at(-1)).toBe("70 further schedules are paused");
  });

  it("concern one task only when they are about it or about a whole cluster", () => {
    const schedules = schedulesWith({ paused: true }, { task: "mail.digest", name: "mail.digest", paused: true });
    expect(diagnose([], { schedules, task: "mail.digest" }).map(({ subject }) => subject.name)).toEqual([
      "mail.digest",
    ]);
  });
});
