/** Checks that every seeded bug of the phone finds its place in the sources exactly once. */
import { readFileSync } from "node:fs";
import { BUGS, editsOf, withEdit } from "./loading.ts";

for (const [name, bug] of Object.entries(BUGS)) {
  try {
    for (const edit of editsOf(bug)) withEdit(edit, readFileSync(new URL(`../src/${edit.file}`, import.meta.url), "utf8"));
  } catch (error) {
    process.exitCode = 1;
    console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
