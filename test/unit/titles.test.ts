import ts from "typescript";
import { expect, it } from "vitest";
import { banned } from "../support/pages/banned-phrases.js";
import { sources } from "../support/pages/source-facts.js";

/** A title of fewer words says nothing when it stands alone in a CI log. */
const FEWEST_WORDS = 4;

/** The title of each test of a file as a log shows it: those of its groups before its own. */
function titlesOf(file: ts.SourceFile): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node, groups: readonly string[]): void => {
    const title = ts.isCallExpression(node) ? node.arguments[0] : undefined;
    if (
      ts.isCallExpression(node) &&
      title !== undefined &&
      (ts.isStringLiteralLike(title) || ts.isTemplateExpression(title))
    ) {
      const text = title.getText().slice(1, -1);
      const called = calledBy(node.expression);
      if (called === "it" || called === "test") return void titles.push([...groups, text].join(" "));
      if (called === "describe" || called === "describeInterop") {
        for (const argument of node.arguments.slice(1)) visit(argument, [...groups, text]);
        return;
      }
    }
    ts.forEachChild(node, (child) => visit(child, groups));
  };
  visit(file, []);
  return titles;
}

/** `it` of `it`, `it.skipIf(...)` and `it.each(...)`. */
function calledBy(expression: ts.Expression): string {
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression))
    return calledBy(expression.expression);
  return ts.isIdentifier(expression) ? expression.text : "";
}

it("every title of a test makes sense alone: at least four words, and no banned phrase", () => {
  const titles = sources("test", /generated|golden\/\w+\//).flatMap((file) =>
    titlesOf(file).map((title) => [file.fileName, title] as const),
  );
  expect(titles.length).toBeGreaterThan(1000);
  const faults = titles.flatMap(([file, title]) => [
    ...(title.split(/\s+/).length < FEWEST_WORDS ? [`${file}: too short: ${title}`] : []),
    ...banned(title).map((found) => `${file}: ${found} in: ${title}`),
  ]);
  expect(faults).toEqual([]);
});
