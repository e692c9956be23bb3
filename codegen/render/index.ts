export { assemble } from "./assemble.js";
export { checkSyntax, GeneratedSyntaxError } from "./syntax.js";
