/** One line on a terminal that shows progress; nothing in a pipe. */
export interface Progress {
  show(text: string): void;
  /** Clears the line. */
  end(): void;
}

const CLEAR_LINE = "\r\u001b[2K";

export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { show: () => {}, end: () => {} };
  let shown = "";
  return {
    show(text) {
      const line = text.slice(0, Math.max(0, stream.columns - 1));
      if (line === shown) return;
      shown = line;
      stream.write(`${CLEAR_LINE}${line}`);
    },
    end() {
      if (shown !== "") stream.write(CLEAR_LINE);
      shown = "";
    },
  };
}

const BAR_CELLS = 24;

/** `steps [########----] 2/3`. */
export function bar(name: string, done: number, all: number): string {
  const cells = all === 0 ? BAR_CELLS : Math.floor((Math.min(done, all) / all) * BAR_CELLS);
  return `${name} [${"#".repeat(cells)}${"-".repeat(BAR_CELLS - cells)}] ${done}/${all}`;
}
