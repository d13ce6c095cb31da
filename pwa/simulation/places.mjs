/** Checks that every seeded bug of the phone finds its place in the sources exactly once. */
import { readFileSync } from "node:fs";
import { BUGS } from "./bugs.ts";
import { withBug } from "./loading.ts";

for (const [name, bug] of Object.entries(BUGS)) {
  try {
    withBug(bug, readFileSync(new URL(`../src/${bug.file}`, import.meta.url), "utf8"));
  } catch (error) {
    process.exitCode = 1;
    console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
