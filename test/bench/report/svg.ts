/** Colours of the series, in their order; every scheme has its own. */
const SERIES = {
  light: ["#0b57d0", "#b3261e", "#e06c00", "#2e7d32", "#7b1fa2"],
  dark: ["#8ab4f8", "#f28b82", "#fdb462", "#81c995", "#d7aefb"],
} as const;
const SCHEMES = {
  light: { ground: "#ffffff", text: "#1f1f1f", faint: "#5f6368", line: "#dadce0" },
  dark: { ground: "#17181c", text: "#e8eaed", faint: "#b0b4ba", line: "#3c4043" },
} as const;

function rules(scheme: "light" | "dark"): string {
  const { ground, text, faint, line } = SCHEMES[scheme];
  const series = SERIES[scheme].map(
    (colour, at) => `.s${at}{fill:${colour}}.l${at}{stroke:${colour};fill:none;stroke-width:2}`,
  );
  return [
    `.ground{fill:${ground}}text{fill:${text}}.faint{fill:${faint}}`,
    `.rule{stroke:${line}}.whisker{stroke:${text};stroke-width:1.2}`,
    ...series,
  ].join("");
}

const STYLE = [
  "text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif}.title{font-size:15px;font-weight:600}.end{text-anchor:end}",
  ".middle{text-anchor:middle}.small{font-size:12px}",
  rules("light"),
  `@media (prefers-color-scheme:dark){${rules("dark")}}`,
].join("");

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

type Attributes = Readonly<Record<string, string | number>>;

/** An element; numbers are rounded to a tenth. `inside` is markup. */
export function element(name: string, attributes: Attributes, inside = ""): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === "number" ? String(Math.round(value * 10) / 10) : escaped(value);
    return ` ${key}="${text}"`;
  });
  return `<${name}${written.join("")}${inside === "" ? "/>" : `>${inside}</${name}>`}`;
}

export function label(x: number, y: number, words: string, classes = ""): string {
  return element("text", { x, y, ...(classes === "" ? {} : { class: classes }) }, escaped(words));
}

/** A whole picture, in the colours of the reader's scheme. `description` is what readers of the screen are given. */
export function picture(width: number, height: number, title: string, description: string, inside: string): string {
  const ground = element("rect", { class: "ground", width, height, rx: 6 });
  const head = `${element("title", {}, escaped(title))}${element("desc", {}, escaped(description))}<style>${STYLE}</style>`;
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
  };
  return `${element("svg", attributes, `${head}${ground}${label(16, 26, title, "title")}${inside}`)}\n`;
}
