import { describe, expect, test } from "vitest";
import { Receiver } from "../../../examples/demo/receiver.js";
import { postJson, WebhookUnavailable } from "../../../examples/webhook.js";

const never = new AbortController().signal;
const body = (organization_id: number) => ({ organization_id, group_id: 10 * organization_id });

/** The status of the refusal, undefined when it was accepted. */
async function post(url: string, content: unknown): Promise<number | undefined> {
  try {
    await postJson(url, content, never);
    return undefined;
  } catch (error) {
    if (error instanceof WebhookUnavailable) return error.status;
    throw error;
  }
}

describe("the receiver", () => {
  test("refuses every fifth request once", async () => {
    await using receiver = await Receiver.start();
    const answers: (number | undefined)[] = [];
    for (let organization = 1; organization <= 11; organization++)
      answers.push(await post(receiver.url, body(organization)));
    expect(answers.map((status) => status === 503)).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
    expect([...receiver.delivered.keys()]).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 11]);
    expect(receiver.refusals).toBe(2);

    expect(await post(receiver.url, body(5))).toBeUndefined();
    expect(receiver.delivered.get(5)).toBe(50);
  });

  test("refuses no organization twice, even when its retry is a fifth request again", async () => {
    await using receiver = await Receiver.start();
    for (const organization of [1, 2, 3, 4]) await post(receiver.url, body(organization));
    expect(await post(receiver.url, body(5))).toBe(503);
    for (const organization of [6, 7, 8, 9]) await post(receiver.url, body(organization));
    expect(await post(receiver.url, body(5))).toBeUndefined();
    expect(receiver.requests).toBe(10);
  });

  test.each([
    ["no object", [1]],
    ["a missing field", { organization_id: 1 }],
    ["a text for a number", { organization_id: "1", group_id: 1 }],
    ["too much", { text: "x".repeat(70_000) }],
  ])("answers 400 to %s and counts nothing", async (_name, content) => {
    await using receiver = await Receiver.start();
    expect(await post(receiver.url, content)).toBe(400);
    expect(receiver.requests).toBe(0);
    expect(receiver.delivered.size).toBe(0);
  });
});

describe("posting a webhook", () => {
  test("to nobody is WebhookUnavailable without a status", async () => {
    const receiver = await Receiver.start();
    const { url } = receiver;
    await receiver.close();
    const failed = postJson(url, body(1), never);
    await expect(failed).rejects.toThrow(new WebhookUnavailable(url, undefined));
    await expect(failed).rejects.toMatchObject({
      name: "WebhookUnavailable",
      code: "webhook_unavailable",
      status: undefined,
    });
  });

  test("that is refused names the status", async () => {
    await using receiver = await Receiver.start();
    await expect(postJson(receiver.url, "no delivery", never)).rejects.toThrow(
      `${receiver.url}: expected status 2xx, got 400`,
    );
  });

  test("ends with the signal's reason when that aborts", async () => {
    await using receiver = await Receiver.start();
    const reason = new Error("the worker stops");
    await expect(postJson(receiver.url, body(1), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(receiver.requests).toBe(0);
  });
});
