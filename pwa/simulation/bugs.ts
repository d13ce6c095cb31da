/**
 * Seeded bugs of the phone: each is a small edit of a source, made only while the simulation loads it; the product has no switch for them.
 * `breaks` says which rule goes. The twelve of other systems and the rules marked (r) of the design that live in the engine; those that live in the
 * server are in tests/simulation/server_bugs.py. Where two guards stand behind each other a bug takes away both: the second is `also`, or the bug
 * of the same name on the server.
 */
export interface Edit {
  /** Under src/. */
  file: string;
  /** Must be there exactly once. */
  right: string;
  wrong: string;
}

export interface Bug extends Edit {
  breaks: string;
  also?: Edit;
}

/** The answers count without the root's `next`, which says how far the request was proven. */
const BELIEVES_ACKS: Edit = {
  file: "sync/acks.ts",
  right: "if (segment.first !== verdict.acked || end > provenByServer) break;",
  wrong: "if (segment.first !== verdict.acked || end < provenByServer - 1_000_000) break;",
};

export const BUGS: Record<string, Bug> = {
  checkpoint_early: {
    breaks: "A.5 the cursor is stored before the entries (S7)",
    file: "sync/apply-reply.ts",
    right: "const pulled = await applyEntries(tx, followed.sync, reply, {",
    wrong: `const early = { ...followed.sync.cursors, ...Object.fromEntries(reply.entries.map(({ r, p }) => [r, p])) };
  await putMeta(tx, { ...followed.sync, cursors: early });
  const pulled = await applyEntries(tx, { ...followed.sync, cursors: reply.entries.length > 2 ? early : followed.sync.cursors }, reply, {`,
  },
  gc_on_send: {
    breaks: "A.5 counted as delivered when sent (S6)",
    file: "sync/engine.ts",
    right: "const exchange = await transport.exchange(this.request.frame, await credential.token());",
    wrong: `const sent = this.request;
    await db.write(["streams"], async (tx) => {
      const stream = await tx.objectStore("streams").get(sent.stream);
      const last = sent.segments.at(-1);
      if (stream !== undefined && last !== undefined) await tx.objectStore("streams").put({ ...stream, acked: last.first + last.n });
    });
    const exchange = await transport.exchange(this.request.frame, await credential.token());`,
  },
  fork_is_dup: {
    breaks: "A.5 what stands at a known place is taken for known, whatever its hash (S11)",
    file: "sync/reply.ts",
    right: `if ((kind === "gap" || kind === "fork") && isNatural(detail)) return { kind, next: detail };`,
    wrong: `if (kind === "fork") return { kind: "dup", setAside: [] };
  if (kind === "gap" && isNatural(detail)) return { kind, next: detail };`,
    also: BELIEVES_ACKS,
  },
  recut_batches: {
    breaks: "A.5 what was sent is cut anew with what came since (S4)",
    file: "sync/seal.ts",
    right: "export async function sealAll(db: PersonDatabase): Promise<number> {",
    wrong: `export async function sealAll(db: PersonDatabase): Promise<number> {
  await db.write(["streams", "segments"], async (tx) => {
    for (const stream of await tx.objectStore("streams").getAll()) {
      if (stream.limit !== undefined || stream.sealed === stream.acked) continue;
      const sealed = await tx.objectStore("segments").getAll(numbersOf(stream.stream, 0, stream.sealed));
      const chain = sealed.filter((segment) => segment.first + segment.n <= stream.acked).at(-1)?.hash ?? "";
      await tx.objectStore("segments").delete(numbersOf(stream.stream, stream.acked, stream.sealed));
      await tx.objectStore("streams").put({ ...stream, sealed: stream.acked, chain });
    }
  });`,
  },
  tabs_share_seq: {
    breaks: "A.5 two tabs give one seq: read in one transaction, written in another (S2)",
    file: "db/append.ts",
    right: "const stored = await db.write(APPEND_STORES, async (tx) => {",
    wrong: `const before = await db.read(["meta", "streams"], async (tx) => await tx.objectStore("streams").get((await getPersonMeta(tx)).current));
  await new Promise<void>((resolve) => void (globalThis as unknown as { setImmediate(go: () => void): void }).setImmediate(resolve));
  const stored = await db.write(APPEND_STORES, async (tx) => {
    if (before !== undefined) {
      for (let seq = before.next; seq < before.next + facts.length; seq += 1) await tx.objectStore("events").delete([before.stream, seq]);
      await tx.objectStore("streams").put(before);
    }`,
  },
  epoch_keeps_acks: {
    breaks: "A.5 a restored root is believed to have what the old one had (S10)",
    file: "sync/epoch.ts",
    right: 'await tx.objectStore("streams").put({ ...stream, acked: 0, safe: 0, held: 0 });',
    wrong: 'await tx.objectStore("streams").put({ ...stream });',
  },
  epoch_keeps_cursors: {
    breaks: "page: cursors outlive their epoch (S10)",
    file: "sync/epoch.ts",
    right: "cursors: {},",
    wrong: "",
  },
  epoch_keeps_follow: {
    breaks: "page: the follow list outlives its epoch (S10)",
    file: "sync/epoch.ts",
    right: "followVersion: 0,\n    follow: [],",
    wrong: "",
  },
  old_streams_not_pushed_again: {
    breaks: "r: a new epoch sees only the current stream again (S10)",
    file: "sync/epoch.ts",
    right: "acked: 0, safe: 0, held: 0 });",
    wrong: "acked: stream.limit === undefined ? 0 : stream.acked, safe: 0 });",
  },
  late_answer_applied: {
    breaks: "page: an answer counts whatever happened since the question (S8)",
    file: "sync/apply-reply.ts",
    right: "if (meta.generation !== request.generation || sync.epoch !== request.epoch) return",
    wrong: "if (meta.generation < 0) return",
  },
  ack_server_next: {
    breaks: "r: the server's `next` counts, not what the request proved (S6)",
    file: "sync/acks.ts",
    right: "return verdict;\n}",
    wrong:
      "if (reply.next !== undefined && verdict.rotateAt === undefined) verdict.acked = Math.max(verdict.acked, reply.next);\n  return verdict;\n}",
  },
  another_is_proof: {
    breaks: "page: stream_of_another counts as received (S13)",
    file: "sync/acks.ts",
    right: `(ack.kind === "aside" && ack.code !== "stream_of_another")`,
    wrong: `ack.kind === "aside"`,
    also: BELIEVES_ACKS,
  },
  fork_discards_tail: {
    breaks: "r: what follows a fork is thrown away (S14)",
    file: "sync/rotate.ts",
    right: "await emitAgain(tx, target, moved);",
    wrong: "await emitAgain(tx, target, []);",
  },
  fork_discards_prefix: {
    breaks: "r: the proven prefix is thrown away after a fork (S14)",
    file: "sync/rotate.ts",
    right: "const moved = await takeEventsFrom(tx, name, border);",
    wrong: `const moved = await takeEventsFrom(tx, name, border);
  await tx.objectStore("events").delete(numbersOf(name, 0, border));`,
  },
  save_refused_when_long: {
    breaks: "r: a text over the limit is not saved",
    file: "db/append.ts",
    right: "const fact = { kind, ts, payload: wellFormed({ ...payload }) };",
    wrong: `const fact = { kind, ts, payload: wellFormed({ ...payload }) };
      if (JSON.stringify(payload).length > 10_922) throw new Error("the text is too long");`,
  },
  emitted_again_without_origin: {
    breaks: "r: what is emitted again does not say what it repeats (S11)",
    file: "sync/rotate.ts",
    right: "origin: originOf(event),",
    wrong: "",
  },
  origin_of_origin: {
    breaks: "page: emitted again twice, the origin names the first repetition (S11)",
    file: "sync/rotate.ts",
    right: "origin: originOf(event),",
    wrong: "origin: { stream: event.stream, seq: event.seq, hash: event.hash },",
  },
  emitted_with_hash_of_stream: {
    breaks: "r: an origin carries something else than the event's own hash (S11)",
    file: "domain/event.ts",
    right: "hash: event.hash };",
    wrong: "hash: event.stream };",
  },
  elided_by_place: {
    breaks: "page: columns that were left out are taken for ours because of their place (S12)",
    file: "sync/entries.ts",
    right: "if (stream !== proven.stream || !proven.firsts.has(entry.f ?? -1)) return false;",
    wrong: "",
  },
  clone_not_seen: {
    breaks: "page: a copy of the database goes on under our stream unnoticed, and its events are taken for ours (S12)",
    file: "sync/entries.ts",
    right: `return mine?.kind === theirs.kind && mine.ts === theirs.ts && JSON.stringify(mine.payload) === JSON.stringify(theirs.payload);`,
    wrong: `return mine !== undefined;`,
  },
  rows_last_arrival: {
    breaks: "r: the row that arrived last wins, not the one of the highest position (S9)",
    file: "sync/entries.ts",
    right: "if (scope === undefined || halted.has(entry.r) || entry.p <= (cursors[entry.r] ?? 0)) continue;",
    wrong: `if (scope === undefined || halted.has(entry.r)) continue;
    if (entry.p <= (cursors[entry.r] ?? 0)) {
      if (entry.s === undefined) await applyRow(tx, scope, entry);
      continue;
    }`,
  },
  cursors_go_back: {
    breaks: "page: an older answer sets what was read back (S9)",
    file: "sync/entries.ts",
    right: "if (scope === undefined || halted.has(entry.r) || entry.p <= (cursors[entry.r] ?? 0)) continue;",
    wrong: "if (scope === undefined || halted.has(entry.r)) continue;",
  },
  dropped_scopes_kept: {
    breaks: "page: what was pulled of a dropped scope stays (S21)",
    file: "sync/follow.ts",
    right: "for (const { scope } of gone) {",
    wrong: "for (const { scope } of gone.slice(0, 0)) {",
  },
  dropped_by_name: {
    breaks: "page: a scope that came back under another number is not read again (S21)",
    file: "sync/follow.ts",
    right: `const cursors = { ...sync.cursors };
  for (const { number } of gone) delete cursors[number];`,
    wrong: `const before = new Map(sync.follow.map((item) => [item.scope, sync.cursors[item.number] ?? 0]));
  const cursors = Object.fromEntries(follow.list.map((item) => [item.number, gone.length === sync.follow.length ? 0 : (before.get(item.scope) ?? 0)]));`,
  },
  safe_unproven: {
    breaks: "relay: `safe` is believed beyond what is proven (S24)",
    file: "sync/apply-reply.ts",
    right: "const safe = Math.min(Math.max(stream.safe ?? 0, reply.safe ?? 0), acked);",
    wrong: "const safe = Math.max(stream.safe ?? 0, reply.safe ?? 0);",
  },
  safe_outlives_epoch: {
    breaks: "r: what an old history had in its backups is believed of the new one (S24)",
    file: "sync/epoch.ts",
    right: "acked: 0, safe: 0, held: 0 });",
    wrong: "acked: 0, held: 0 });",
  },
  seal_mixes_scopes: {
    breaks: "r: a segment holds events of several scopes",
    file: "sync/seal.ts",
    right: "const end = events.findIndex((event) => event.scope !== scope);",
    wrong: "const end = events.findIndex((event) => event.scope === undefined && scope !== undefined);",
  },
  kinds_filtered: {
    breaks: "r: kinds that this app does not know are not kept (S22)",
    file: "domain/columns.ts",
    right: "if (shape === undefined) return;",
    wrong: `if (shape === undefined || JSON.stringify(shape).includes("/3")) return;`,
  },
  device_not_adopted: {
    breaks: "r: a database on other hardware goes on under the old device's stream (S13)",
    file: "sync/acks.ts",
    right: `if (ack.kind === "aside") verdict.rotateAt = verdict.acked;`,
    wrong: "",
  },
  damaged_is_received: {
    breaks: "page: a damaged segment is taken for received",
    file: "sync/reply.ts",
    right: `return { kind: kind === "damaged" ? "damaged" : "unknown" };`,
    wrong: `return kind === "damaged" ? { kind: "ok", setAside: [] } : { kind: "unknown" };`,
    also: BELIEVES_ACKS,
  },
  busy_blocks: {
    breaks: "page: an answer that is not ours ends the engine for good (S19)",
    file: "api/sync-transport.ts",
    right: `if (!(error instanceof ApiError) || error.code === "unreachable") return { kind: "unreachable" };`,
    wrong: `if (!(error instanceof ApiError) || error.code === "unreachable") return { kind: "revoked" };`,
  },
};
