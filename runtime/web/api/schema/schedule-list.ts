import { codeOf, messageOf } from "../../../base/errors.js";
import type { Schedules } from "../../../operations/diagnose/causes/schedules.js";
import type { SchedulesDocument } from "../../../operations/documents/front.js";
import { scheduleRow } from "../../../scheduler/index.js";
import type { WebContext } from "../../context.js";
import type { Project } from "./project.js";

/** How long the schedules that problems are derived from are used, milliseconds. */
const FRESH_MS = 5000;

/** A pause that may not show yet. */
interface Changed {
  readonly name: string;
  readonly pause: { readonly paused: boolean; readonly at: number };
}

/** The schedules and what is stored of them. */
export async function scheduleList(
  context: WebContext,
  project: Project,
  changed?: Changed,
): Promise<SchedulesDocument> {
  const { document } = await read(context, project, changed);
  if (document.problem !== null)
    context.logger.warn("the schedules cannot be read in full", { problem: document.problem });
  return document;
}

/** Reads the schedules for what problems they show, at most every 5 s, and one call at a time. */
export class WatchedSchedules {
  readonly #context: WebContext;
  readonly #project: Project;
  #readAt = Number.NEGATIVE_INFINITY;
  #isReading = false;
  #found: Promise<Schedules | undefined> = Promise.resolve(undefined);

  constructor(context: WebContext, project: Project) {
    this.#context = context;
    this.#project = project;
  }

  /** undefined: the console has no model, or no data folder where one is needed, so it knows no schedules. Never rejects. */
  look(): Promise<Schedules | undefined> {
    const now = Date.now();
    if (!this.#isReading && Math.abs(now - this.#readAt) >= FRESH_MS) {
      this.#readAt = now;
      this.#found = this.#read();
    }
    return this.#found;
  }

  /** Something was changed: the next look reads again. */
  forget(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  async #read(): Promise<Schedules | undefined> {
    this.#isReading = true;
    try {
      const { document, isElsewhere } = await read(this.#context, this.#project);
      if (document.environment === null) return undefined;
      // The memory of another process can never be read: that is no problem.
      return isElsewhere ? { ...document, problem: null } : document;
    } catch (error) {
      if (codeOf(error) === "no_project") return undefined;
      return { schedules: [], environment: this.#context.options.environment, problem: messageOf(error) };
    } finally {
      this.#isReading = false;
    }
  }
}

interface Read {
  readonly document: SchedulesDocument;
  /** Whether what could not be read is in the memory of another process. */
  readonly isElsewhere: boolean;
}

async function read(context: WebContext, project: Project, changed?: Changed): Promise<Read> {
  const [model] = context.models();
  if (model === undefined) {
    const problem = "the console has no model: start it with --model FILE";
    return { document: { schedules: [], environment: null, problem }, isElsewhere: false };
  }
  const { schedules } = project.of(context);
  const now = Date.now();
  const problems: { readonly code: string; readonly text: string }[] = [];
  const rows = await Promise.all(
    schedules.entries.map(async (entry) => {
      const state = await schedules.stateOf(entry).catch((error: unknown) => {
        // Also what SQLite says of a file that it cannot open.
        problems.push({ code: codeOf(error), text: messageOf(error) });
        return undefined;
      });
      const own = changed?.name === entry.facts.name ? { pause: changed.pause } : {};
      return scheduleRow(entry, state === undefined ? undefined : { ...state, ...own }, now);
    }),
  );
  const [first] = problems;
  const problem =
    first === undefined ? null : `which schedules are paused, and when they last ran, is not known: ${first.text}`;
  return {
    document: { schedules: rows, environment: context.options.environment, problem },
    isElsewhere: problems.every(({ code }) => code === "memory_schedule"),
  };
}
