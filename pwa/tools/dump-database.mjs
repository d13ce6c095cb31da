/**
 * Keeps a database of a phone as it is in one version: `node tools/dump-database.mjs person 2`. Run it for the new number whenever a list of
 * migrations grew; the tests ask for it. What phones may hold stays readable for ever, so a dump that stands is never written again.
 */
import "fake-indexeddb/auto";
import { existsSync, writeFileSync } from "node:fs";
import { DATABASES, makeDump } from "../src/testing/years/databases.ts";

const [of = "", version = ""] = process.argv.slice(2);
if (!(of in DATABASES)) throw new Error(`name one of ${Object.keys(DATABASES).join(", ")} and a version`);
const place = new URL(`../src/testing/years/dumps/${of}-v${Number(version)}.json`, import.meta.url);
if (existsSync(place)) throw new Error(`${of} v${Number(version)} stands, and what is kept is never written again`);
const dump = await makeDump(/** @type {keyof typeof DATABASES} */ (of), Number(version));
writeFileSync(place, `${JSON.stringify(dump, null, 1)}\n`);
