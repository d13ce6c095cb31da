/** The build of the phone's application. Owns names and targets; `tools/shell-plugin.ts` the service worker and the budgets. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { shellPlugin } from "./tools/shell-plugin.ts";

const outDir = fileURLToPath(new URL("../server/xuetan/pwa_dist", import.meta.url));
/** Chrome 87 class browsers. */
const target = ["chrome87", "firefox91", "safari15.4"];
/**
 * Chrome calls optional chaining finished with 91: before, a call of nothing failed where an argument follows one that is spread, `f?.(...x, y)`. Lowered everywhere for that, it
 * was a hundredth of the first visit. What else came between, and is lowered no more, is nowhere either: `notBefore91` looks.
 */
const pageTarget = ["chrome91", ...target.slice(1)];
const { version: appVersion } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as { version: string };
const server = process.env["XUETAN_DEV_SERVER"] ?? "http://127.0.0.1:8000";

/** Vite wraps every dynamic import in a helper that preloads styles; there is one style sheet, and it is loaded. */
const plainImports: Plugin = {
  name: "xuetan-plain-imports",
  apply: "build",
  enforce: "pre",
  resolveId: (id) => (id === "\0vite/preload-helper.js" ? "\0xuetan-plain-import" : null),
  load: (id) => (id === "\0xuetan-plain-import" ? "export const __vitePreload = (load) => load();" : null),
};

/** The HPKE library asks Node for what every browser has; without this the empty answer would be a chunk of its own. */
const browserCrypto: Plugin = {
  name: "xuetan-browser-crypto",
  apply: "build",
  transform: (code, id) => (id.includes("@hpke") ? code.replace(/import\("crypto"\)/g, "({ webcrypto: globalThis.crypto })") : null),
};

/** Everything here goes through transactions; idb's shortcuts on a database, its cursors and iterators are bytes that no phone would ever run. */
const transactionsOnly: Plugin = {
  name: "xuetan-transactions-only",
  apply: "build",
  transform(code, id) {
    if (!id.endsWith("/idb/build/index.js")) return null;
    const cursors = "getCursorAdvanceMethods().includes(func)";
    const [from, to] = [code.indexOf("const readMethods"), code.indexOf("export { deleteDB")];
    if (from < 0 || to < from || !code.includes(cursors)) throw new Error("idb is not made as it was: look what vite.config.ts leaves out");
    return { code: (code.slice(0, from) + code.slice(to)).replace(cursors, "false"), map: null };
  },
};

const notBefore91: Plugin = {
  name: "xuetan-not-before-91",
  apply: "build",
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== "chunk") continue;
      const found = findNewer(this.parse(file.code), { isFunction: false, isChain: false });
      if (found !== undefined) throw new Error(`${file.fileName}: ${found}; Chrome 87 to 90 cannot do that (see pageTarget)`);
    }
  },
};

interface Syntax {
  type?: string;
  left?: Syntax;
  flags?: string;
  arguments?: Syntax[];
}

/** What browsers between the two targets would stumble over, in the words of ESTree. */
function findNewer(node: unknown, around: { isFunction: boolean; isChain: boolean }): string | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  const { type = "", left, flags = "", arguments: given = [] } = node as Syntax;
  if (around.isChain && given.slice(0, -1).some((one) => one.type === "SpreadElement"))
    return "an argument behind a spread one in an optional chain";
  if (type === "BinaryExpression" && left?.type === "PrivateIdentifier") return "`#private in`";
  if (type === "AwaitExpression" && !around.isFunction) return "`await` outside of functions";
  if (flags.includes("d")) return "the flag d of a regular expression";
  const isFunction = around.isFunction || type.includes("Function");
  const isChain = type === "ChainExpression" || (around.isChain && !type.includes("Function"));
  for (const child of Object.values(node)) {
    const found = findNewer(child, { isFunction, isChain });
    if (found !== undefined) return found;
  }
  return undefined;
}

export default defineConfig({
  define: { __APP_VERSION__: JSON.stringify(appVersion) },
  build: {
    outDir,
    emptyOutDir: true,
    target: pageTarget,
    cssTarget: target,
    cssCodeSplit: false,
    // The second chunk is loaded when it is wanted; preloading it would spend bytes on the first visit.
    modulePreload: false,
    assetsInlineLimit: 0,
    // A twentieth smaller than Vite's own, which pays for itself on every first visit over a slow line.
    minify: "terser",
    terserOptions: {
      ecma: 2020,
      module: true,
      compress: {
        passes: 6,
        inline: 1,
        sequences: false,
        unsafe: true,
        unsafe_arrows: true,
        unsafe_methods: true,
        pure_getters: true,
        keep_fargs: false,
      },
    },
  },
  server: { proxy: Object.fromEntries(["/api", "^/sync/\\d", "/packs", "/console", "/healthz"].map((path) => [path, { target: server }])) },
  plugins: [plainImports, browserCrypto, transactionsOnly, notBefore91, shellPlugin({ outDir, target, appVersion })],
});
