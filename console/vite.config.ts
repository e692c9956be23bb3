import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

/** Pure functions of the runtime ask what kind an object of another realm is; a page has one realm. */
const nodeTypes: Plugin = {
  name: "node-types",
  enforce: "pre",
  resolveId: (id) => (id === "node:util/types" ? "\0node-types" : null),
  load: (id) =>
    id === "\0node-types"
      ? "export const isDate = (value) => value instanceof Date; export const isNativeError = (value) => value instanceof Error;"
      : null,
};

export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  // Relative addresses: one build is served under any path.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [nodeTypes],
  build: {
    outDir: "../runtime/dist/console",
    emptyOutDir: true,
    // No inline scripts or data addresses: the content security policy forbids the first, and the pages need none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    // One file of styles compresses better than one for each screen, and nothing is drawn without its style.
    cssCodeSplit: false,
    rolldownOptions: {
      // `--mode gallery --outDir ELSEWHERE`: every part on one page, to look at.
      input: join(import.meta.dirname, mode === "gallery" ? "gallery.html" : "index.html"),
      // What screens share is one file: many small ones compress worse, and are asked for one after the other.
      output: { codeSplitting: { groups: [{ name: "parts", test: /\/(console\/source\/(parts|data)|runtime)\// }] } },
    },
  },
}));
