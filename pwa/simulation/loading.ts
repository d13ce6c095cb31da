/** What changes while the simulation's modules are loaded: see start.mjs. Owns the finding of a seeded bug's place; it must be there exactly once. */
import { type Bug, type Edit, BUGS as ENGINE_BUGS } from "./bugs.ts";
import { HUB_BUGS } from "./hub-bugs.ts";

export const BUGS: Record<string, Bug> = { ...ENGINE_BUGS, ...HUB_BUGS };

type Loaded = import("node:module").LoadFnOutput;

/** Compression, digests and sealing at once instead of in a thread of their own, whose time nobody can seed. */
export function redirect(url: string): string {
  return url.replace(/\/src\/platform\/(compression|hpke)\.ts$/, "/simulation/$1.ts");
}

export function mutate(name: string | undefined): (url: string, loaded: Loaded) => Loaded {
  if (name === undefined) return (_url, loaded) => loaded;
  const bug = BUGS[name];
  if (bug === undefined) throw new Error(`there is no seeded bug ${name}`);
  return (url, loaded) =>
    editsOf(bug)
      .filter(({ file }) => url.endsWith(`/src/${file}`))
      .reduce((changed, edit) => ({ ...changed, source: withEdit(edit, String(changed.source)) }), loaded);
}

export function editsOf(bug: Bug): Edit[] {
  return bug.also === undefined ? [bug] : [bug, bug.also];
}

export function withEdit(bug: Edit, source: string): string {
  const parts = source.split(bug.right);
  if (parts.length !== 2) throw new Error(`the place of a seeded bug in ${bug.file} was found ${parts.length - 1} times: ${bug.right}`);
  return parts.join(bug.wrong);
}
