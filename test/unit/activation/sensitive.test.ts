import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ParameterError } from "#runtime/activation/errors.js";
import { parametersOfModel } from "#runtime/activation/parameter/model-parameters.js";
import { object, record } from "#runtime/activation/parameter/record.js";
import { list, map, sensitive, z } from "#runtime/generated.js";
import { parseModel } from "#runtime/model/load.js";

interface Card {
  number: string;
}

const generated = record<Record<string, unknown>, Record<string, unknown>>({
  email: sensitive(z.string().max(20)),
  pins: sensitive(list(z.int())),
  cards: sensitive(map(object<Card, Card>({ number: z.string() }))),
  source: z.string(),
});

function refused(input: Record<string, unknown>, parameters = generated): ParameterError {
  try {
    parameters.check("accounts.invite", input);
  } catch (error) {
    if (error instanceof ParameterError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const valid = { email: "a@b", pins: [1], cards: { visa: { number: "4" } }, source: "web" };

describe("messages about sensitive parameters", () => {
  it.each([
    ["email", { ...valid, email: "a-very-long-secret@example.org" }, "email", "string of a length of at most 20"],
    ["email", { ...valid, email: { secret: 1 } }, "email", "string"],
    ["an element", { ...valid, pins: [1, "secret"] }, "pins", "a valid value"],
    ["a map's key and field", { ...valid, cards: { "secret-key": { number: 5 } } }, "cards", "a valid value"],
    ["an unknown key", { ...valid, cards: { "secret-key": { number: "4", secret: 1 } } }, "cards", "a valid value"],
  ])("name the parameter and not the value: %s", (_, input, path, expected) => {
    const error = refused(input);
    expect(error.issues).toEqual([{ path, expected, found: "a value that is not shown, because it is sensitive" }]);
    expect(error.message).not.toContain("secret");
  });

  it("show the values of other parameters", () => {
    expect(refused({ ...valid, source: 5 }).issues).toEqual([{ path: "source", expected: "string", found: "5" }]);
  });

  it("cover the same values where only the model is known", async () => {
    const model = await parseModel(
      readFileSync("test/golden/sensitive/expected/taskwire.json", "utf8"),
      "taskwire.json",
    );
    const [task] = model.namespaces[0]?.tasks ?? [];
    if (task === undefined) throw new Error("the golden model has no task");
    const card = { number: "secret", holder: "secret" };
    const input = {
      email: "x",
      phone: "secret",
      level: "secret",
      address: { street: 7, city: 7, notes: [] },
      cards: { a: { ...card, more: 1 } },
      source: "web",
    };
    const { issues, message } = refused(input, parametersOfModel(model, task));
    expect(message).not.toContain("secret");
    expect(issues.map(({ path, found }) => [path, found === "7"])).toEqual([
      ["phone", false],
      ["level", false],
      ["address.street", false],
      ["address.city", true],
      ["cards", false],
    ]);
  });
});
