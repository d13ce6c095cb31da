/** Seeded bugs of the phone in what it believes of hubs; see bugs.ts. Noticed by worlds with hubs. */
import type { Bug } from "./bugs.ts";

export const HUB_BUGS: Record<string, Bug> = {
  hub_ack_is_final: {
    breaks: "A.5 what a hub holds is taken for received (S25)",
    file: "sync/held.ts",
    right: "put({ ...stream, held: now });",
    wrong: "put({ ...stream, held: now, acked: Math.min(now, stream.sealed) });",
  },
  hub_changes_epoch: {
    breaks: "r: a hub's answer changes the phone's epoch (S10)",
    file: "use-cases/hubs.ts",
    right: "const isOfOurEpoch = pulled !== undefined && asked.epoch !== undefined && pulled.epoch === asked.epoch;",
    wrong: "const isOfOurEpoch = pulled !== undefined && asked.epoch !== undefined;",
  },
  // The hub of the other history must speak, too: server_bugs.py.
  pulls_from_other_epoch: {
    breaks: "r: entries are taken from a hub of another history (S26)",
    file: "use-cases/hubs.ts",
    right: "const isOfOurEpoch = pulled !== undefined && asked.epoch !== undefined && pulled.epoch === asked.epoch;",
    wrong: "const isOfOurEpoch = pulled !== undefined && asked.epoch !== undefined;",
    also: {
      file: "use-cases/hubs.ts",
      right: "await applyReply(db, request, pulled, null, app.ports);",
      wrong: "await applyReply(db, request, { ...pulled, epoch: asked.epoch as string }, null, app.ports);",
    },
  },
  provisional_kept: {
    breaks: "relay: what a hub alone had outlives the next list (S27)",
    file: "db/hubs.ts",
    right: `await tx.objectStore("provisional").clear();`,
    wrong: "",
  },
  provisional_moves_cursors: {
    breaks: "r: what a hub holds takes positions",
    file: "use-cases/hubs.ts",
    right: "const isOfOurEpoch = pulled !== undefined && asked.epoch !== undefined && pulled.epoch === asked.epoch;",
    wrong: `const isOfOurEpoch = pulled !== undefined && asked.epoch !== undefined && pulled.epoch === asked.epoch;
  if (isOfOurEpoch) {
    const { follow } = await db.read(["meta"], getSyncMeta);
    for (const { scope, ...entry } of reply.provisional ?? []) {
      const r = follow.find((one) => one.scope === scope)?.number;
      const last = pulled.entries.filter((one) => one.r === r).at(-1)?.p;
      if (r !== undefined) pulled.entries.push({ ...entry, r, p: (last ?? asked.cursors[r] ?? 0) + 1, off: 0 });
    }
  }`,
  },
  statement_of_any_epoch: {
    breaks: "relay: the root's word counts in whatever history it was said (S23)",
    file: "sync/statements.ts",
    right: "if (sync.epoch !== undefined && sync.epoch !== statement.epoch) return 0;",
    wrong: "",
    also: {
      file: "sync/statements.ts",
      right: "await putMeta(tx, { ...sync, epoch: statement.epoch });",
      wrong: "await putMeta(tx, { epoch: statement.epoch, ...sync });",
    },
  },
};
