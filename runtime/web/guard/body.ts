import { messageOf } from "../../base/errors.js";
import { HttpProblem } from "../problem.js";

const LARGEST_BYTES = 1024 * 1024;
/** Requests have a few levels: parameters of a task, which may have more, are text. Deeper ones would end in a full stack. */
const DEEPEST = 64;

/** The JSON of a body; {} for an empty one. Rejects with HttpProblem. */
export async function jsonBody(request: Request): Promise<unknown> {
  const text = await textOf(request);
  if (text === "") return {};
  const type = (request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json")
    throw new HttpProblem(415, "not_json", `the body: expected content-type application/json, found "${type}"`);
  if (isDeep(text)) throw new HttpProblem(400, "too_deep", `the body: expected at most ${DEEPEST} levels of nesting`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpProblem(400, "bad_json", `the body is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

/** Whether JSON has too many levels. One pass, as a pattern could take long for what is no JSON. */
function isDeep(text: string): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (isQuoted && sign === "\\") at += 1;
    else if (sign === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (sign === "[" || sign === "{") depth += 1;
    else if (sign === "]" || sign === "}") depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

async function textOf(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > LARGEST_BYTES) throw tooLarge();
  // A body that is not looked at is skipped by the server.
  const { body } = request;
  if (body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  let text = "";
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > LARGEST_BYTES) throw tooLarge();
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw new HttpProblem(400, "bad_body", "the body: expected text in UTF-8", { cause: error });
  }
}

function tooLarge(): HttpProblem {
  return new HttpProblem(413, "too_large", `the body is too large, expected at most ${LARGEST_BYTES} bytes`);
}
