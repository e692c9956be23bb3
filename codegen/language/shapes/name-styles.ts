import type { NameRule } from "./shape.js";

/** The same name in the style of its rule: `sendWelcome` and `send-welcome` are `send_welcome`, `order_line` is `OrderLine`. */
export function inNameRule(name: string, { pattern, refused }: NameRule): string | undefined {
  // No name holds a variable.
  if (name.includes("${")) return undefined;
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z0-9.]+/)
    .filter((word) => word !== "");
  const snake = words.join("_").toLowerCase();
  const capital = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  const rule = new RegExp(pattern);
  return [snake, snake.replaceAll("_", "-"), capital].find((one) => rule.test(one) && !refused.includes(one));
}
