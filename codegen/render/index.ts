export { assemble, GeneratedSyntaxError } from "./assemble.js";
