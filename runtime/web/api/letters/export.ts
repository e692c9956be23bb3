import { messageOf } from "../../../base/errors.js";
import { roleRefused } from "../../../front/front.js";
import { exportLetters } from "../../../front/letters/export.js";
import { speakersOf } from "../../../front/letters/speakers.js";
import { OperationError } from "../../../operations/errors.js";
import type { Call, Route } from "../../context.js";
import { problemOf } from "../../problem.js";
import { queryOf } from "../request.js";
import { selectionOf } from "./selection.js";

/** Bytes of lines that are sent as one chunk. */
const CHUNK_BYTES = 64 * 1024;

/** One export of each person at a time: it reads whole topics. */
export function exportRoute(): Route {
  const running = new Map<string, Call>();
  return {
    method: "GET",
    path: "dead-letters/export",
    role: "view",
    async answer(call): Promise<Response> {
      const { name } = call.session;
      if (running.has(name))
        throw new OperationError("too_many", "export_running", `an export of ${name} is running; end it first`);
      running.set(name, call);
      const ended = () => {
        if (running.get(name) === call) running.delete(name);
      };
      // Its stream is not even begun for a caller who has left, or who asked with HEAD.
      call.signal.addEventListener("abort", ended);
      if (call.signal.aborted) ended();
      try {
        return await exported(call, ended);
      } catch (error) {
        ended();
        throw error;
      }
    },
  };
}

async function exported(call: Call, ended: () => void): Promise<Response> {
  const reader = queryOf(call, { raw: "flag", reveal: "flag" });
  const selection = selectionOf(reader, call);
  const raw = reader.flag("raw");
  const reveal = reader.flag("reveal");
  const reason = raw || reveal ? reader.requiredText("reason") : reader.text("reason");
  reader.end();
  if ((raw || reveal) && !call.session.reveal) throw roleRefused("reveal");
  const speakers = await speakersOf(call.front);
  const models = call.context.models();
  const lines = linesOf(exportLetters(speakers, selection, { models, reveal, large: true, raw, reason }));
  // What is wrong with the request shows with the first line: until then it is answered as an error.
  const first = await lines.next();
  return new Response(streamOf(first, lines, call, ended), {
    headers: {
      "content-type": "application/x-ndjson; charset=utf-8",
      "content-disposition": 'attachment; filename="dead-letters.ndjson"',
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}

/** Lines of JSON: dead letters, damaged parts of topics as `damaged`, and silent brokers as `missing`. */
async function* linesOf(exported: ReturnType<typeof exportLetters>): AsyncGenerator<string> {
  for await (const each of exported) {
    if (each.kind === "letter") yield each.line;
    else if (each.kind === "damaged") yield JSON.stringify({ damaged: each.damaged });
    else yield JSON.stringify({ missing: each.missing });
  }
}

/**
 * The lines as bytes. The next ones are read when the caller takes them, so little is in memory at a time. What fails on the
 * way is the last line, as `problem`, and the answer ends as one that is cut off.
 */
function streamOf(
  first: IteratorResult<string>,
  lines: AsyncGenerator<string>,
  { context, signal }: Call,
  ended: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: IteratorResult<string> | undefined = first;
  let failure: Error | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (failure !== undefined) return controller.error(failure);
        let chunk = "";
        try {
          while (chunk.length < CHUNK_BYTES) {
            signal.throwIfAborted();
            const { done, value } = next ?? (await lines.next());
            next = undefined;
            if (done === true) {
              ended();
              if (chunk !== "") controller.enqueue(encoder.encode(chunk));
              return controller.close();
            }
            chunk += `${value}\n`;
          }
        } catch (error) {
          ended();
          failure = error instanceof Error ? error : new Error(messageOf(error));
          context.logger.warn("an export of dead letters ended early", { error: failure.message });
          const document = problemOf(error)?.document ?? { code: "cut_off", message: "the export ended early" };
          chunk += `${JSON.stringify({ problem: document })}\n`;
        }
        controller.enqueue(encoder.encode(chunk));
      },
      async cancel() {
        ended();
        await lines.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}
