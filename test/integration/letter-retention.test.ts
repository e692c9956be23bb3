import type { TopicModel } from "taskwire/model";
import { expect, it } from "vitest";
import type { LetterDetails } from "#runtime/operations/documents/letter.js";
import { WithActivation } from "#runtime/operations/verb.js";
import { DEAD, LettersHarness } from "../support/harness/letters-harness.js";
import { letterRecord } from "../support/letters.js";
import { until } from "../support/waiting.js";

const DAY_MS = 86_400_000;

function topic(name: string, change: Partial<TopicModel>): TopicModel {
  return { name, cluster: "main", partitions: 1, deadLetter: DEAD, retry: name, ...change };
}

it("a dead letter says when its topic deletes it, where the topic does: the longest retention of those that share it", async () => {
  const days = [3, 14].map((days) => topic(`work${days}`, { deadLetterRetention: days * DAY_MS }));
  await using harness = new LettersHarness({ topics: [...days, topic("other", { deadLetter: "other-dlq" })] });
  const [place] = await harness.append(letterRecord(1));
  await harness.log.append("other-dlq", [letterRecord(2)]);
  const { letters } = await harness.list({ order: "oldest" });
  const [kept, endless] = [
    letters.find((letter) => letter.place === place),
    letters.find((one) => one.place !== place),
  ];
  if (kept?.at === undefined) throw new Error("it says when it ended");
  expect(Date.parse(kept.deletedAfter ?? "") - Date.parse(kept.at)).toBe(14 * DAY_MS);
  expect([endless?.place, endless?.deletedAfter]).toEqual(["other-dlq/0/0", undefined]);
  const shown = await harness.ask("ShowLetter", { place });
  const document: LetterDetails = Object(shown instanceof WithActivation ? shown.document : undefined);
  expect(document.letter.deletedAfter).toBe(kept.deletedAfter);
});

it("the status says which open dead letter is deleted first while its index is open, and that no question opens it", async () => {
  const topics = [topic("work", { deadLetterRetention: 3 * DAY_MS }), topic("other", { deadLetter: "other-dlq" })];
  await using harness = new LettersHarness({ topics });
  await harness.log.append("other-dlq", [letterRecord(1)]);
  const [place = ""] = await harness.append(letterRecord(2), letterRecord(3));
  expect(harness.letters.status).toBeNull();
  const { letters } = await harness.list({ order: "oldest" });
  const next = async (open: number) =>
    until(() => {
      harness.clock.skip(1000);
      const { status } = harness.letters;
      return status?.open === open ? status : undefined;
    });
  const found = await next(3);
  const deletedAfter = Date.parse(letters.find((letter) => letter.place === place)?.deletedAfter ?? "");
  expect(found.deletedNext).toMatchObject({ place, in: Math.round(deletedAfter - harness.clock.wall()) });
  await harness.purge({ places: [place] });
  expect((await next(2)).deletedNext?.place).not.toBe(place);
});

it("the status says nothing of dead letters where no topic of the pool ever deletes one", async () => {
  await using harness = new LettersHarness({ topics: [topic("other", {})] });
  await harness.append(letterRecord(1));
  await harness.list({});
  for (let second = 0; second < 30; second += 1) harness.clock.skip(1000);
  expect((await harness.list({})).counts.open).toBe(1);
  expect(harness.letters.status).toBeNull();
});
