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
    // `--mode gallery --outDir ELSEWHERE`: every part on one page, to look at.
    rolldownOptions: { input: join(import.meta.dirname, mode === "gallery" ? "gallery.html" : "index.html") },
  },
}));
