import vm from "node:vm";
import * as fc from "fast-check";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { header } from "#codegen/header.js";
import { docOf } from "#codegen/plan/text/comment.js";
import { literal, numberLiteral, propertyName, textLiteral } from "#codegen/plan/text/literal.js";

const HOSTILE = [
  "",
  "'",
  '"',
  "`",
  "\\",
  "\\u0022",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a text that looks like one
  "${process.exit(1)}",
  "*/",
  "/*",
  "//",
  "*\\/",
  "**/",
  "*/*/",
  "<!--",
  "-->",
  "</script>",
  "\n",
  "\r\n",
  "\r",
  "\0",
  "\u0085",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2066",
  "\ufeff",
  "\ud800",
  "\udc00x",
  "\u{e0041}",
  "__proto__",
  "constructor",
  "{{x}}",
  "{{{x}}}",
  "@deprecated",
  " @see",
  "#!shebang",
  "'; canary(); '",
  '"; canary(); "',
  "*/ canary(); /*",
  "\n*/ canary(); /*",
  "\u2028canary()",
  "x\n// @ts-nocheck",
];

/** A text made of hostile pieces. */
const hostile = fc.array(fc.constantFrom(...HOSTILE, "canary()", "x"), { maxLength: 6 }).map((parts) => parts.join(""));

describe("literals", () => {
  test.each(HOSTILE)("%j is read back as it was, on one line", (text) => {
    const printed = textLiteral(text);
    expect(printed).not.toMatch(/[\n\r\u2028\u2029\u202e\u2066]/);
    expect(vm.runInNewContext(`(${printed})`)).toBe(text);
    expect(JSON.parse(printed)).toBe(text);
  });

  test("plain values are read back as they were", () => {
    const json = fc.jsonValue({ noUnicodeString: false });
    fc.assert(
      fc.property(json, hostile, hostile, (value, key, text) => {
        const whole = { value, list: [text, null, true], ...Object.fromEntries([[key, text]]) };
        const read: unknown = vm.runInThisContext(`(${literal(whole)})`);
        expect(JSON.stringify(read)).toBe(JSON.stringify(whole));
      }),
      { numRuns: 300 },
    );
  });

  test("__proto__ is a key like others", () => {
    expect(propertyName("__proto__")).toBe('["__proto__"]');
    const read: unknown = vm.runInThisContext(`(${literal(JSON.parse('{"__proto__":{"polluted":1}}'))})`);
    expect(Object.keys(Object(read))).toEqual(["__proto__"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("numbers keep their sign; what has no literal is an error", () => {
    expect(numberLiteral(-0)).toBe("-0");
    expect(numberLiteral(1e21)).toBe("1e+21");
    expect(() => numberLiteral(Number.NaN)).toThrow("NaN has no literal");
    expect(() => literal(() => 1)).toThrow("a function has no literal");
  });
});

describe("comments", () => {
  test("no text ends the comment, adds a tag or a statement", () => {
    fc.assert(
      fc.property(hostile, hostile, (first, second) => {
        const { short, lines } = docOf(first, second);
        const body = short === "" ? `/**\n${lines.map((line) => ` * ${line}`).join("\n")}\n */` : `/** ${short} */`;
        const source = ts.createSourceFile("a.ts", `${body}\nexport const after = 1;\n`, ts.ScriptTarget.ES2022, true);
        expect(source.statements.length).toBe(1);
        const [statement] = source.statements;
        expect(statement?.getText()).toBe("export const after = 1;");
        expect(statement === undefined ? [] : ts.getJSDocTags(statement)).toEqual([]);
        expect(body).not.toMatch(/[\u2028\u2029\u202e\r\0]/);
      }),
      { numRuns: 500 },
    );
  });

  test("a header stays one line, whatever the file is called", () => {
    expect(header("schema/a\nprocess.exit(1).yaml").split("\n").length).toBe(1);
  });

  test("nothing to say is no comment", () => {
    expect(docOf(undefined, " \n")).toEqual({ short: "", lines: [] });
  });
});
