/** Flags in NODE_OPTIONS that only the process that a person started should obey: a second one fails by them or waits for ever. */
const MAIN_ONLY =
  /^--(input-type|eval|print|check|interactive|inspect(-brk|-wait|-port)?|debug-port|test(-[a-z-]+)?|watch(-[a-z-]+)?)(=|$)/;
/** Those whose value may be the next word. */
const TAKES_WORD =
  /^--(input-type|inspect-port|debug-port|watch-path|test-(name-pattern|skip-pattern|reporter|reporter-destination|concurrency|timeout|shard|isolation))$/;

/**
 * NODE_OPTIONS for a child process that is to run handlers: without flags for the main program. What loads code
 * (`--require`, `--import`), limits memory or opens debuggers by other means stays, as instrumentation is meant for
 * handlers, too. undefined: nothing is left.
 */
export function handlerNodeOptions(options: string | undefined): string | undefined {
  const kept: string[] = [];
  const words = wordsOf(options ?? "");
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const plain = word.replaceAll(/"|\\(?=.)/g, "");
    if (!MAIN_ONLY.test(plain)) kept.push(word);
    else if (TAKES_WORD.test(plain)) at += 1;
  }
  return kept.length === 0 ? undefined : kept.join(" ");
}

/** As Node splits them: at spaces that are in no double quotes, where a backslash keeps what follows it. */
function wordsOf(options: string): string[] {
  return options.match(/(?:"(?:\\.|[^"\\])*"?|[^\s"])+/g) ?? [];
}
