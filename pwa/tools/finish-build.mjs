/**
 * After `vite build`: brotli and gzip copies beside every file that gets smaller, so that the server compresses nothing
 * while it serves; and htmx for the console, which is no part of the phone but comes from the same lock file.
 */
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const server = join(here, "..", "..", "server", "xuetan");
const compressible = /\.(css|html|js|json|svg|txt|webmanifest)$/;
const smallest = 256;

/** @param {string} folder */
function finish(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) finish(path);
    else if (compressible.test(name)) compress(path);
  }
}

/** @param {string} path */
function compress(path) {
  const bytes = readFileSync(path);
  if (bytes.length < smallest) return;
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
  const copies = { br: brotliCompressSync(bytes, options), gz: gzipSync(bytes, { level: 9 }) };
  for (const [ending, copy] of Object.entries(copies)) {
    if (copy.length < bytes.length) writeFileSync(`${path}.${ending}`, copy);
  }
}

finish(join(server, "pwa_dist"));
const htmx = join(server, "console", "static", "htmx.min.js");
copyFileSync(join(here, "..", "node_modules", "htmx.org", "dist", "htmx.min.js"), htmx);
compress(htmx);
