/**
 * Builds the service worker after the app, with the list of files that make up this version. Owns the budget of chunks and bytes: a build
 * that breaks it fails.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "vite";

const CHUNKS_MAX = 4;
const MAIN_GZIP_BYTES_MAX = 40_000;
/** Not needed offline: pictures that only the browser's own dialogs and notifications show. */
const NOT_PRECACHED = /(?:^\/sw\.js|\.map|\.br|\.gz|^\/icons\/(?!icon\.svg|icon-192).*)$/;

interface ShellOptions {
  outDir: string;
  target: string[];
  appVersion: string;
}

export function shellPlugin(options: ShellOptions): Plugin {
  return {
    name: "xuetan-shell",
    apply: "build",
    async closeBundle() {
      const files = listFiles(options.outDir).filter((url) => !NOT_PRECACHED.test(url));
      checkBudget(options.outDir, files);
      const precache = files.map((url) => ({
        url,
        hash: createHash("sha256")
          .update(readFileSync(join(options.outDir, url)))
          .digest("base64url"),
      }));
      const version = createHash("sha256").update(JSON.stringify(precache)).digest("base64url").slice(0, 16);
      await buildWorker(options, precache, version);
    },
  };
}

async function buildWorker(options: ShellOptions, precache: { url: string; hash: string }[], version: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    define: {
      __PRECACHE__: JSON.stringify(precache),
      __SHELL_VERSION__: JSON.stringify(version),
      __APP_VERSION__: JSON.stringify(options.appVersion),
    },
    build: {
      outDir: options.outDir,
      emptyOutDir: false,
      target: options.target,
      rolldownOptions: {
        input: "src/service-worker/index.ts",
        output: { format: "iife", entryFileNames: "sw.js" },
      },
    },
  });
}

function checkBudget(outDir: string, files: string[]): void {
  const scripts = files.filter((url) => url.endsWith(".js"));
  if (scripts.length > CHUNKS_MAX) throw new Error(`${scripts.length} chunks, at most ${CHUNKS_MAX} are allowed: ${scripts.join(" ")}`);
  const main = scripts.filter((url) => url.includes("/index-"));
  const bytes = main.reduce((sum, url) => sum + gzipSync(readFileSync(join(outDir, url)), { level: 9 }).length, 0);
  console.log(`code for sign-in and Today: ${bytes} bytes gzip of ${MAIN_GZIP_BYTES_MAX}; chunks: ${scripts.length} of ${CHUNKS_MAX}`);
  if (bytes > MAIN_GZIP_BYTES_MAX) throw new Error(`the main chunk takes ${bytes} bytes gzip, at most ${MAIN_GZIP_BYTES_MAX} are allowed`);
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/")}`)
    .sort();
}
