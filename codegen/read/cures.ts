/** A cron expression that starts with a star and stands without quotes. */
const CRON = /\s(\*\/[^#"'{}[\],]*[^\s#"'{}[\],])/;

/** A way out for what the YAML parser cannot read, from the line it stopped at. */
export function cureFor(code: string, message: string, line: string): string | undefined {
  const variable = /(?:[[,:{]\s*)(\$\{[^}\s]*\}?[^\s,\]}]*)/.exec(line);
  if (variable !== null && /[[{]/.test(line)) {
    return `text with a variable is quoted inside brackets: "${variable[1] ?? ""}"`;
  }
  const type = /([A-Za-z][A-Za-z0-9]*(?:\[\]|\{\})+\??)/.exec(line);
  if (type !== null && line.includes("{")) return `a type with a suffix is quoted inside braces: "${type[1] ?? ""}"`;
  if (/(^|[\s{,])\*\s*:/.test(line) || /[[,]\s*\*\s*[\],]/.test(line)) return 'a star is quoted: "*"';
  const cron = CRON.exec(line);
  if (cron !== null) return `text that starts with a star is quoted: "${cron[1] ?? ""}"`;
  if (code === "MISSING_CHAR" && line.trim() === "") return "close the quote or bracket that is open";
  if (code === "BAD_INDENT") {
    return /end with a [}\]]/.test(message) ? "close the bracket that is open" : "indent the keys of a mapping alike";
  }
  if (code === "TAB_AS_INDENT") return "indent with spaces";
  if (code === "BAD_SCALAR_START") return "quote the text";
  if (code === "BLOCK_AS_IMPLICIT_KEY") return "text that holds a colon and a space is quoted";
  return undefined;
}

/** A way out for an alias without an anchor. */
export function cureForAlias(name: string, line: string): string {
  const cron = CRON.exec(line);
  if (name.startsWith("/") && cron !== null) return `text that starts with a star is quoted: "${cron[1] ?? ""}"`;
  return `quote it if it is text: "*${name}"`;
}
