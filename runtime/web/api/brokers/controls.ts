import { perBroker } from "../../../front/join/per-broker.js";
import type { ControlAnswer, ControlsAnswer } from "../../../operations/documents/controls.js";
import type { ControlsChange, JoinedControls } from "../../../operations/documents/front.js";
import { conditionsByName } from "../../../operations/kill-conditions.js";
import type { RequestReader } from "../../../operations/request.js";
import type { VerbName } from "../../../operations/verbs.js";
import type { Call, Route, WebContext } from "../../context.js";
import { bodyOf, withoutQuery } from "../request.js";

type Request = (reader: RequestReader, context: WebContext) => object;

const subjectOf = (reader: RequestReader) => ({ kind: reader.text("kind"), subject: reader.text("subject") });

export const CONTROLS: readonly Route[] = [
  {
    method: "GET",
    path: "controls",
    role: "view",
    async answer(call): Promise<JoinedControls> {
      withoutQuery(call);
      return perBroker(await call.front.ask<ControlsAnswer>("Controls", {}));
    },
  },
  changing("pause", "Pause", (reader) => ({ ...subjectOf(reader), until: reader.text("until") })),
  changing("resume", "Resume", subjectOf),
  changing("kill", "Kill", (reader, context) => {
    const task = reader.requiredText("task");
    return { task, until: reader.text("until"), ...conditionsByName(context.models(), task, reader.any("args")) };
  }),
  changing("unkill", "Unkill", (reader) => ({ id: reader.requiredText("id") })),
];

/** A change of a control on every broker. One that does not have the subject leaves it to the others. */
function changing(path: string, verb: VerbName, requestOf: Request): Route {
  return {
    method: "POST",
    path,
    role: "operate",
    async answer(call: Call): Promise<ControlsChange> {
      const reader = bodyOf(call);
      const request = requestOf(reader, call.context);
      const how = { reason: reader.text("reason"), dryRun: reader.flag("dryRun") || undefined };
      reader.end();
      return perBroker(await call.front.ask<ControlAnswer>(verb, { ...request, ...how }));
    },
  };
}
