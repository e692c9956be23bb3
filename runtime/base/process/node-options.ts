/** Flags in NODE_OPTIONS that are meant for the main process only: a child process would fail or wait for ever with them. */
const MAIN_ONLY =
  /^--(input-type|eval|print|check|interactive|inspect(-brk|-wait|-port)?|debug-port|test(-[a-z-]+)?|watch(-[a-z-]+)?)(=|$)/;
/** Flags among them whose value may be the next word. */
const TAKES_WORD =
  /^--(input-type|inspect-port|debug-port|watch-path|test-(name-pattern|skip-pattern|reporter|reporter-destination|concurrency|timeout|shard|isolation))$/;

/**
 * NODE_OPTIONS for a child process that runs handlers: without the flags for the main process. Flags that load code
 * (`--require`, `--import`) or limit memory stay: instrumentation is meant for handlers, too. undefined: nothing is left.
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

/** Splits as Node does: at spaces outside of double quotes; a backslash escapes the next character. */
function wordsOf(options: string): string[] {
  return options.match(/(?:"(?:\\.|[^"\\])*"?|[^\s"])+/g) ?? [];
}
