/** The simulation as it is shipped with the server, in one file (vite.simulation.config.ts): without seeded bugs. */
import { main } from "./main.ts";

await main(process.argv.slice(2));
