import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ArgumentScalar,
  type Comparison,
  type Filter,
  type FilterNoun,
  type FilterTerm,
  NOUNS,
  type Pattern,
} from "#runtime/operations/filter/filter.js";
import { matchOf } from "#runtime/operations/filter/match.js";
import { parseFilter } from "#runtime/operations/filter/parse.js";
import { printFilter } from "#runtime/operations/filter/print.js";
import { codeRows, pageText } from "../../support/pages/pages.js";

const parse = (text: string, noun: FilterNoun = "activations") => parseFilter(text, noun);

function refusal(text: string, noun?: FilterNoun): string {
  try {
    parse(text, noun);
  } catch (error) {
    expect(error).toMatchObject({ kind: "bad_request", code: "bad_filter", field: "q" });
    return String(error).replace(/^\w+: filter: /, "");
  }
  throw new Error(`${text} was not refused`);
}

const NAMES = { application: "shop", namespace: "issues", task: "issues.deliver", topic: "events" };
const NOW = 1_000_000_000;

describe("a filter", () => {
  it("is read term by term: alternatives, stars, quotes, bounds and arguments", () => {
    const text = `state:pending,delayed app:shop task:issues.deliver*,"a b"* age>10m due<1h attempts>=2 args.group_id=5,"5",2.5,true,null,x args.0=-1 args.3/"odd name"=a error:"timed out"`;
    expect(parse(text)).toEqual([
      { kind: "text", key: "state", values: [exact("pending"), exact("delayed")] },
      { kind: "text", key: "app", values: [exact("shop")] },
      { kind: "text", key: "task", values: [prefix("issues.deliver"), prefix("a b")] },
      { kind: "number", key: "age", comparison: ">", value: 600_000 },
      { kind: "number", key: "due", comparison: "<", value: 3_600_000 },
      { kind: "number", key: "attempts", comparison: ">=", value: 2 },
      { kind: "argument", position: undefined, keyword: "group_id", values: [5n, "5", 2.5, true, null, "x"] },
      { kind: "argument", position: 0, keyword: undefined, values: [-1n] },
      { kind: "argument", position: 3, keyword: "odd name", values: ["a"] },
      { kind: "text", key: "error", values: [exact("timed out")] },
    ]);
    expect(parse("  ")).toEqual([]);
  });

  it("takes the values of a key that is written twice as alternatives, and two bounds as a range", () => {
    expect(printFilter(parse("task:a task:b,a args.x=1 args.x=2,1 age>1m age<60m"))).toBe(
      "task:a,b args.x=1,2 age>1m age<1h",
    );
  });

  it("that cannot be understood is refused with what was expected", () => {
    expect(refusal("stat:pending")).toBe(
      'unknown key "stat"; did you mean "state"? keys of activations: state, app, ns, task, topic, id, worker, reason, error, age, due, attempts, args.NAME',
    );
    expect(refusal("state:pendng")).toBe(
      'state: unknown state "pendng"; did you mean "pending"? states: processing, pending, retry, failure, delayed, parked',
    );
    expect(refusal("fp:9c1f")).toContain(
      "fp: it narrows ends and dead letters and error groups, not activations; keys",
    );
    expect(refusal("state:pending", "ends")).toContain("state: it narrows activations and dead letters, not ends");
    expect(refusal("args.x=1", "ends")).toBe("args: parameters narrow activations and dead letters, not ends");
    expect(refusal("timeout")).toContain('expected KEY:VALUE, got "timeout"; keys of activations');
    expect(refusal(':"x"')).toContain('expected KEY:VALUE, got ":\\"x\\""');
    expect(refusal("task:*.deliver")).toContain("task: expected a star only at the end of a value, got *.deliver");
    expect(refusal("task:*")).toContain("leave task out to match everything");
    expect(refusal("task:")).toBe("task: expected a value, got nothing");
    expect(refusal('task:"a')).toBe("task: expected a value, got a quote that is not closed");
    expect(refusal('task:"a"b')).toBe('task: expected a space or a comma after a value, got "b"');
    expect(refusal('task:"\\x"')).toContain("expected a string in quotes as in JSON");
    expect(refusal("task>a")).toBe("task: expected task:VALUE, got task>…");
    expect(refusal("age:10m")).toBe("age: expected a bound, as in age>10m or age<1h");
    expect(refusal("age>soon")).toContain('age: expected a duration such as "500ms"');
    expect(refusal("age>99999999d")).toBe("age: expected at most 36500d, got 99999999d");
    expect(refusal("attempts>=x")).toBe('attempts: expected a whole number, got "x"');
    expect(refusal("attempts>=1,2")).toContain("attempts: expected one value, as in attempts>=2");
    expect(refusal("args=5")).toContain("args: expected the name of a parameter");
    expect(refusal("args.=5")).toContain("args: expected the name of a parameter");
    expect(refusal("args.x>5")).toContain("args.x: expected args.x=VALUE; parameters are compared for equality only");
    expect(refusal("args.x=a*")).toContain("args.x: expected a whole value");
    expect(refusal("args.1025=a")).toBe("args.1025: expected a position up to 1024");
    expect(refusal("args.x=1e999")).toContain("args.x: expected a number that a 64-bit float can hold");
  });

  it("has at most 4096 characters and 256 values, counted over all terms", () => {
    expect(refusal(`task:${"a".repeat(4092)}`)).toContain("expected at most 4096 characters, got 4097");
    expect(parse(`task:${"a".repeat(4091)}`)).toHaveLength(1);
    const many = (count: number) => Array.from({ length: count }, (_, index) => `task:t${index}`).join(" ");
    expect(parse(many(256))).toMatchObject([{ values: { length: 256 } }]);
    expect(refusal(many(257))).toContain("expected at most 256 values");
  });

  it("that is printed is read as the same filter, whatever its values are", () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom<FilterNoun>("activations", "ends", "letters", "errors")
          .chain((noun) => fc.record({ noun: fc.constant(noun), filter: filters(noun) })),
        ({ noun, filter }) => {
          const text = printFilter(filter);
          fc.pre(text.length <= 4096);
          expect(parse(text, noun)).toEqual(filter);
          expect(printFilter(parse(text, noun))).toBe(text);
        },
      ),
    );
  });

  it("of any characters is read or refused, and never ends otherwise", () => {
    const words = fc.constantFrom(
      "state:",
      "task",
      "args.",
      "0/",
      '"',
      ",",
      "*",
      ">",
      "=",
      "10m",
      "5",
      " ",
      "pending",
      "\\",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(words).map((parts) => parts.join("")),
        ),
        (text) => {
          try {
            const filter = parse(text);
            expect(parse(printFilter(filter))).toEqual(filter);
          } catch (error) {
            expect(error).toMatchObject({ code: "bad_filter" });
          }
        },
      ),
    );
  });
});

it("docs/reference/filters.md has every key of filters, and says which lists it narrows", () => {
  const lists = ["activations", "ends", "letters", "errors"] as const;
  const keys = [...new Set(lists.flatMap((noun) => NOUNS[noun].keys))];
  const rows = [...codeRows(pageText("docs/reference/filters.md"))].map(([key, [, ...cells]]) => [key, cells]);
  const expected = keys.map((key) => [
    key,
    lists.map((noun) => (NOUNS[noun].keys.some((each) => each === key) ? "yes" : "no")),
  ]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected));
});

describe("a filter as a function", () => {
  it("compares names, text, ages, due times and attempts", () => {
    const item = { state: "delayed", id: "a1", worker: "", at: NOW - 5000, due: NOW + 5000, attempts: 2 };
    const matches = (text: string) => {
      const match = matchOf(parse(text), NOW);
      return match.names(NAMES) && match.item(item);
    };
    for (const text of [
      "",
      "task:issues.deliver",
      "task:other,issues.*",
      "app:shop ns:issues topic:events",
      "state:delayed,pending id:a*",
      'worker:""',
      "age>4s age<6s",
      "due<6s due>=5s",
      "attempts:2 attempts<=2 attempts>1",
    ]) {
      expect(matches(text), text).toBe(true);
    }
    for (const text of [
      "task:issues",
      "ns:other*",
      "state:pending",
      "id:a",
      "worker:w*",
      "age>5s",
      "due<5s",
      "attempts<2",
    ])
      expect(matches(text), text).toBe(false);
  });

  it("finds part of an error in any case, and a group by the beginning of its fingerprint", () => {
    const item = { end: "failure", error: "Connection TIMED OUT after 5 s", fingerprint: "9c1f00aa" };
    const matches = (text: string) => matchOf(parse(text, "ends"), NOW).item(item);
    expect(["error:timed", 'error:"timed out",x', "fp:9c1f", "end:failure"].map(matches)).toEqual(Array(4).fill(true));
    expect(["error:refused", "fp:c1f", "end:retry", "age>1s"].map(matches)).toEqual(Array(4).fill(false));
  });

  it("names the states and the only ids that can match, and whether names are excluded", () => {
    const about = (text: string) => {
      const { states, ids, hasNames, args } = matchOf(parse(text), NOW);
      return { states: states && [...states], ids, hasNames, args: args.length };
    };
    expect(about("")).toEqual({ states: undefined, ids: undefined, hasNames: false, args: 0 });
    expect(about("state:parked id:a,b args.x=1")).toEqual({
      states: ["parked"],
      ids: ["a", "b"],
      hasNames: false,
      args: 1,
    });
    expect(about("id:a,b* topic:t")).toEqual({ states: undefined, ids: undefined, hasNames: true, args: 0 });
  });
});

function exact(text: string): Pattern {
  return { text, prefix: false };
}

function prefix(text: string): Pattern {
  return { text, prefix: true };
}

/** Any filter that a text can say, with each key once as the parser leaves it. */
function filters(noun: FilterNoun): fc.Arbitrary<Filter> {
  const { keys, states } = NOUNS[noun];
  const terms = keys.flatMap((key): fc.Arbitrary<FilterTerm>[] => {
    if (key === "args") return [argument];
    if (key === "attempts") {
      const value = fc.maxSafeNat();
      return [
        fc.record({ kind: fc.constant("number"), key: fc.constant(key), comparison: fc.constantFrom(...ALL), value }),
      ];
    }
    if (key === "age" || key === "due") {
      const comparison = fc.constantFrom<Comparison>("<", "<=", ">", ">=");
      const value = fc.nat({ max: 36_500 * 86_400 }).map((seconds) => seconds * 1000);
      return [fc.record({ kind: fc.constant("number"), key: fc.constant(key), comparison, value })];
    }
    const pattern =
      key === "state"
        ? fc.constantFrom(...states).map(exact)
        : fc.record({ text: fc.string({ unit: "binary", maxLength: 20 }), prefix: fc.boolean() });
    const values = fc.uniqueArray(pattern, {
      minLength: 1,
      maxLength: 5,
      selector: ({ text, prefix }) => `${prefix}${text}`,
    });
    return [fc.record({ kind: fc.constant("text"), key: fc.constant(key), values })];
  });
  return fc.uniqueArray(fc.oneof(...terms), {
    maxLength: 6,
    selector: (term) => (term.kind === "argument" ? `args ${term.position} ${term.keyword}` : term.key),
  });
}

const ALL: readonly Comparison[] = ["=", "<", "<=", ">", ">="];

const scalar: fc.Arbitrary<ArgumentScalar> = fc.oneof(
  fc.constantFrom(null, true, false, "null", "true", "5", "-0", "1e3", "", "*", "a,b"),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
  fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
  fc.string({ unit: "binary", maxLength: 20 }),
);

const argument: fc.Arbitrary<FilterTerm> = fc
  .record({
    position: fc.option(fc.nat({ max: 1024 }), { nil: undefined }),
    keyword: fc.option(fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.constantFrom("7", "a.b")), {
      nil: undefined,
    }),
    values: fc.uniqueArray(scalar, { minLength: 1, maxLength: 5 }),
  })
  .filter(({ position, keyword }) => position !== undefined || keyword !== undefined)
  .map((term) => ({ kind: "argument", ...term }));
