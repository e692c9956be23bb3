import { afterEach, describe, expect, it, vi } from "vitest";
import { devLog } from "#runtime/cli/dev/log.js";
import { coloursWanted } from "#runtime/cli/output/colours.js";
import { fromLevel, jsonLogger, processLogger, textLogger } from "#runtime/cli/output/logger.js";

const HOSTILE = 'id\n{"level":"error","message":"forged"}\r\u2028\u001b[2J"|#:\u202e';

describe("log lines in a pipe", () => {
  const lines: string[] = [];
  const logger = jsonLogger({ write: (line) => lines.push(line) });

  it("are one JSON object an event, with time, level, message and the fields", () => {
    lines.length = 0;
    logger.warn("dead letter", { id: "0123", attempts: 3, wide: 2n ** 63n, list: ["a"], error: new Error("broken") });
    expect(lines).toHaveLength(1);
    const entry: Record<string, unknown> = JSON.parse(lines[0] ?? "");
    expect(entry).toMatchObject({
      level: "warn",
      message: "dead letter",
      id: "0123",
      attempts: 3,
      wide: "9223372036854775808",
      list: ["a"],
      error: expect.stringContaining("Error: broken"),
    });
    expect(String(entry.time)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Object.keys(entry)).not.toContain("pid");
  });

  it("stay one line each, whatever ids, names and errors hold", () => {
    lines.length = 0;
    logger.error(HOSTILE, { id: HOSTILE, nested: { [HOSTILE]: HOSTILE }, error: new Error(HOSTILE) });
    const [line, ...others] = lines
      .join("")
      .trimEnd()
      .split(/\r\n|\n|\r/);
    expect(others).toEqual([]);
    expect(JSON.parse(line ?? "")).toMatchObject({ message: HOSTILE, id: HOSTILE, nested: { [HOSTILE]: HOSTILE } });
  });

  it("take a field called __proto__ as data", () => {
    lines.length = 0;
    logger.info("said", JSON.parse('{"__proto__": {"polluted": true}}'));
    expect(lines).toHaveLength(1);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("where an error was thrown, on a terminal", () => {
  it("follows its line behind a margin, each line escaped, so that none can be taken for a line of the log", () => {
    const lines: string[] = [];
    const stack = `Error: ${HOSTILE}\n    at send (mail.ts:3:7)`;
    textLogger("", false, (text) => lines.push(text)).warn("run failed", { task: "mail.send", stack });
    const [first, ...others] = lines.join("").trimEnd().split("\n");
    expect(first).toMatch(/warn {2}run failed task=mail\.send$/);
    expect(others.length).toBeGreaterThan(1);
    for (const line of others) expect(line).toMatch(/^ {4}\| [^\p{Cc}\p{Zl}\u202e]*$/u);
    expect(others.at(-1)).toBe("    |     at send (mail.ts:3:7)");
  });
});

describe("log lines on a terminal", () => {
  it("stay one line each, and hand no control characters through", () => {
    const lines: string[] = [];
    textLogger("broker ", false, (line) => lines.push(line)).warn(HOSTILE, {
      id: HOSTILE,
      nested: [HOSTILE],
      wide: 1n,
    });
    expect(lines).toHaveLength(1);
    const line = lines[0]?.slice(0, -1) ?? "";
    expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202e]/u);
    expect(line).toContain("broker warn  id\\n{");
    expect(line).toContain(" wide=1");
  });
});

it("leaves out the lines below the level of TASKWIRE_LOG_LEVEL, by default those at debug", () => {
  const heard = (lowest: string | undefined) => {
    const lines: string[] = [];
    const note = (message: string) => void lines.push(message);
    const logger = fromLevel(lowest, { debug: note, info: note, warn: note, error: note });
    for (const level of ["debug", "info", "warn", "error"] as const) logger[level](level);
    return lines;
  };
  expect(heard(undefined)).toEqual(["info", "warn", "error"]);
  expect(heard("debug")).toEqual(["debug", "info", "warn", "error"]);
  expect(heard("error")).toEqual(["error"]);
  expect(heard("nonsense")).toEqual(["info", "warn", "error"]);
});

afterEach(() => vi.unstubAllEnvs());

/** A terminal that keeps what is written to it. */
function terminal() {
  const written: string[] = [];
  return {
    written,
    stream: Object.assign(Object.create(process.stderr), { isTTY: true, write: (text: string) => written.push(text) }),
  };
}

it.each([
  [undefined, true],
  ["", true],
  ["1", false],
  ["0", false],
])("NO_COLOR %j: the log of every command has colours on a terminal: %j", (value, colours) => {
  vi.stubEnv("NO_COLOR", value);
  expect(coloursWanted(process.env)).toBe(colours);
  const { written, stream } = terminal();
  processLogger("", stream).info("ready");
  devLog(stream, stream).dev.info("ready");
  expect(written.map((line) => line.includes("\u001b["))).toEqual([colours, colours]);
});

it("the log of dev leaves out the lines below TASKWIRE_LOG_LEVEL, as those of all other commands do", () => {
  const heard = (level: string | undefined) => {
    const { written, stream } = terminal();
    const { broker } = devLog(stream, stream, { NO_COLOR: "1", TASKWIRE_LOG_LEVEL: level });
    for (const each of ["debug", "info", "warn", "error"] as const) broker[each](each);
    return written.map((line) => line.trimEnd().split(" ").at(-1));
  };
  expect(heard(undefined)).toEqual(["info", "warn", "error"]);
  expect(heard("debug")).toEqual(["debug", "info", "warn", "error"]);
  expect(heard("error")).toEqual(["error"]);
});

it("a TASKWIRE_LOG_LEVEL that does not exist is warned of, once, and info holds", () => {
  vi.stubEnv("TASKWIRE_LOG_LEVEL", "verbose");
  vi.stubEnv("NO_COLOR", "1");
  const { written, stream } = terminal();
  const logger = processLogger("", stream);
  logger.debug("hidden");
  logger.info("said");
  devLog(stream, stream);
  const warning = 'warn  TASKWIRE_LOG_LEVEL: expected debug, info, warn, error, got "verbose"; using info';
  expect(written.map((line) => line.trimEnd())).toEqual([
    expect.stringContaining(warning),
    expect.stringMatching(/info {2}said$/),
    expect.stringContaining(warning),
  ]);
});
