// CouchDB's protocol as PouchDB serves it, on LevelDB in the folder that is named; open to everybody, on the loopback alone.
import { createRequire } from "node:module";

const [modules, folder, port] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const PouchDB = require("pouchdb");
const app = require("express")();
app.use(require("express-pouchdb")(PouchDB.defaults({ prefix: `${folder}/` }), { mode: "minimumForPouchDB", logPath: "/dev/null" }));
app.listen(Number(port), "127.0.0.1");
