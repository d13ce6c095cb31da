/**
 * Starts the simulation from the sources: Node reads TypeScript itself. Owns two changes that are made while modules load: compression
 * and sealing that do not wait (`compression.ts`, `hpke.ts`), and the seeded bug that was asked for (`bugs.ts`). The product's sources have neither.
 */
import { registerHooks } from "node:module";
import { mutate, redirect } from "./loading.ts";

const named = process.argv.indexOf("--bug");
const change = mutate(named === -1 ? undefined : process.argv[named + 1]);

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    return { ...found, url: redirect(found.url) };
  },
  load: (url, context, next) => change(url, next(url, context)),
});

const { main } = await import("./main.ts");
await main(process.argv.slice(2));
