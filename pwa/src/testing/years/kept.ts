/** The dumps that stand, and which database each is of. */
import { DATABASES, type DatabaseName, type KeptDump } from "./databases.ts";

const FILES = import.meta.glob<KeptDump>("./dumps/*.json", { eager: true, import: "default" });

export const KEPT = Object.entries(FILES).map(([path, dump]) => {
  const [, of = "", version = ""] = /\/(\w+)-v(\d+)\.json$/.exec(path) ?? [];
  return { of: of as DatabaseName, version: Number(version), dump };
});

export function keptOf(of: DatabaseName): typeof KEPT {
  return KEPT.filter((one) => one.of === of);
}

/** Of the version that is made today. */
export function newest(of: DatabaseName): KeptDump {
  const found = keptOf(of).find(({ version }) => version === DATABASES[of].versions);
  if (found === undefined) throw new Error(`there is no dump of today's version of ${of}`);
  return found.dump;
}
