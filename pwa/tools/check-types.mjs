/** Compiles every realm with the types that exist there and no others; `fetch` in `domain` does not compile. */
import { spawnSync } from "node:child_process";

const realms = ["tsconfig.domain.json", "tsconfig.json", "tsconfig.worker.json", "tsconfig.tools.json"];
let failed = false;
for (const realm of realms) {
  const run = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", realm], { stdio: "inherit" });
  if (run.status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
