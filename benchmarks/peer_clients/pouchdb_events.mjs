// A phone's side of PouchDB: one document for each event, then replication both ways. Reads {"events": [...]} line by line, says {"seconds": s}.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, folder, remote] = process.argv.slice(2);
const PouchDB = createRequire(`${modules}/`)("pouchdb");
const local = new PouchDB(`${folder}/phone`);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const sync = async () => {
  const done = await local.sync(remote);
  if (done.push.errors.length + done.pull.errors.length > 0) throw new Error(JSON.stringify(done));
};

await sync();
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { events } = JSON.parse(line);
  if (events.length > 0) {
    const kept = await local.bulkDocs(events);
    if (kept.some((one) => one.error)) throw new Error(JSON.stringify(kept));
  }
  const began = performance.now();
  await sync();
  say({ seconds: (performance.now() - began) / 1000 });
}
process.exit(0);
