import type { MetricSpec } from "./spec.js";

/** The values of one metric by their labels, and the text that is scraped of them. */
export interface Series {
  readonly spec: MetricSpec;
  /** Of a counter and a gauge: adds the value. Of a histogram: one observation. */
  add(labels: Readonly<Record<string, string>>, value: number): void;
  /** As if nothing had happened. What has no labels is 0 then. */
  reset(): void;
  /** Lines of the text format, without the header. */
  lines(): Iterable<string>;
}

export function seriesOf(spec: MetricSpec): Series {
  return spec.type === "histogram" ? new Histogram(spec, spec.buckets ?? []) : new Values(spec);
}

class Values implements Series {
  readonly spec: MetricSpec;
  readonly #values = new Map<string, number>();

  constructor(spec: MetricSpec) {
    this.spec = spec;
    this.reset();
  }

  add(labels: Readonly<Record<string, string>>, value: number): void {
    const key = labelsText(this.spec, labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + value);
  }

  reset(): void {
    this.#values.clear();
    if (this.spec.labels.length === 0) this.#values.set("", 0);
  }

  *lines(): Iterable<string> {
    for (const [labels, value] of this.#values) yield line(this.spec.name, labels, value);
  }
}

interface Observations {
  /** How many fell into each bucket; the last are those above all bounds. */
  readonly counts: number[];
  sum: number;
}

class Histogram implements Series {
  readonly spec: MetricSpec;
  readonly #bounds: readonly number[];
  readonly #observations = new Map<string, Observations>();

  constructor(spec: MetricSpec, bounds: readonly number[]) {
    this.spec = spec;
    this.#bounds = bounds;
    this.reset();
  }

  add(labels: Readonly<Record<string, string>>, value: number): void {
    const observed = this.#of(labelsText(this.spec, labels));
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = found < 0 ? this.#bounds.length : found;
    observed.counts[bucket] = (observed.counts[bucket] ?? 0) + 1;
    observed.sum += value;
  }

  reset(): void {
    this.#observations.clear();
    if (this.spec.labels.length === 0) this.#of("");
  }

  *lines(): Iterable<string> {
    const { name } = this.spec;
    for (const [labels, { counts, sum }] of this.#observations) {
      let total = 0;
      for (const [bucket, count] of counts.entries()) {
        total += count;
        const bound = `le="${numberText(this.#bounds[bucket] ?? Number.POSITIVE_INFINITY)}"`;
        yield line(`${name}_bucket`, labels === "" ? bound : `${bound},${labels}`, total);
      }
      yield line(`${name}_sum`, labels, sum);
      yield line(`${name}_count`, labels, total);
    }
  }

  #of(labels: string): Observations {
    let observed = this.#observations.get(labels);
    if (observed === undefined) {
      observed = { counts: [...this.#bounds, Number.POSITIVE_INFINITY].map(() => 0), sum: 0 };
      this.#observations.set(labels, observed);
    }
    return observed;
  }
}

/** The content type of the text format of Prometheus, which the lines here are in. */
export const TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

export function header({ name, help, type }: MetricSpec): string {
  return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${numberText(value)}\n`;
}

const LONGEST_LABEL = 120;
const ESCAPED: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };

/** Labels as they are scraped, in the order of the table: each set of them has a text of its own. */
function labelsText(spec: MetricSpec, labels: Readonly<Record<string, string>>): string {
  return spec.labels
    .map((name) => {
      const value = labels[name] ?? "";
      const cut = value.length > LONGEST_LABEL ? `${value.slice(0, LONGEST_LABEL)}…` : value;
      return `${name}="${cut.replace(/[\\\n"]/g, (found) => ESCAPED[found] ?? found)}"`;
    })
    .join(",");
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
