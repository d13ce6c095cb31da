/** Builds the phones of `xuetan rehearse`: the engine and its simulation in one file for Node, beside the server's side of it. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** What stands in for a part of the platform. */
const standIns = ["compression", "hpke"];

export default defineConfig({
  publicDir: false,
  build: {
    ssr: folder("simulation/shipped.ts"),
    outDir: folder("../server/xuetan/rehearsal/phones"),
    emptyOutDir: true,
    target: "node22",
    minify: false,
    rolldownOptions: { output: { entryFileNames: "phones.mjs", codeSplitting: false } },
  },
  ssr: { noExternal: true },
  plugins: [
    {
      name: "xuetan-at-once",
      enforce: "pre",
      resolveId: (id) => {
        const name = standIns.find((each) => id.endsWith(`/platform/${each}.ts`));
        return name === undefined ? null : folder(`simulation/${name}.ts`);
      },
    },
  ],
});
