export { assemble } from "./assemble.js";
export { checkSyntax } from "./syntax.js";
export { GeneratedSyntaxError } from "./syntax-error.js";
