/**
 * What a teacher's phone holds after some weeks, made by the app's own code: work that arrived, work that waits sealed and unsealed, a stream that
 * was left, something set aside, a mentor's answer, drafts. Owns the story; `dump.ts` how it is kept.
 */
import type { BlobRef } from "../../contracts/events.ts";
import { append, type NewEvent } from "../../db/append.ts";
import { nameBlobs, putBlob } from "../../db/blobs.ts";
import { changeHub, putAsked, replaceProvisional } from "../../db/hubs.ts";
import { prepareDatabase } from "../../db/meta.ts";
import { openPersonDatabase, type PersonDatabase } from "../../db/person-schema.ts";
import { toHex, utf8 } from "../../domain/bytes.ts";
import { studyScope } from "../../domain/ids.ts";
import { versionOf } from "../../domain/journal-version.ts";
import { digest } from "../../platform/compression.ts";
import { SyncEngine } from "../../sync/engine.ts";
import { adoptDevice } from "../../sync/rotate.ts";
import { leaveDamagedBytes } from "../../sync/damaged-bytes.ts";
import { sealAll } from "../../sync/seal.ts";
import { impatientTimers, processLocks, seeded, steppingClock } from "../../sync/testing/ports.ts";
import { CLOSED, MENTOR, type ServerOfTheYears, STUDY, TEACHER } from "./server.ts";

export const FIRST_DEVICE = "phone-of-the-first-year";
export const DEVICE = "phone-of-today";
export const DRAFT_TEXT = "明天再问一次：为什么水会结冰？";
const ENTRY = "entry-of-the-ice";
const MADE_MS = 1_790_000_000_000;

const clock = steppingClock(MADE_MS);

interface Phone {
  db: PersonDatabase;
  person: string;
  sync: (device: string) => Promise<void>;
}

/** `photos`: the version knows photos and recordings, and levels of acknowledgement above the first. */
export async function fillPerson(server: ServerOfTheYears, photos: boolean): Promise<void> {
  const teacher = await makePhone(TEACHER, FIRST_DEVICE, server);
  const version = await firstWeek(teacher);
  await mentorAnswers(server, version);
  if (photos) server.server.backUp();
  await teacher.sync(FIRST_DEVICE);
  // Of another phone's key from here on: the first stream is left with two events behind its end.
  await append(teacher.db, clock, [message("m-moved-one", "旧手机坏了"), message("m-moved-two", "换了一部")]);
  await sealAll(teacher.db);
  await adoptDevice(teacher.db, DEVICE, seeded("the second phone"));
  await teacher.sync(DEVICE);
  await append(teacher.db, clock, [message("m-sealed-one", "今天没有信号"), message("m-sealed-two", "明天再发")]);
  await sealAll(teacher.db);
  await append(teacher.db, clock, [message("m-unsealed", "还没有封好")]);
  const photo = photos ? await photoOf(teacher.db) : undefined;
  await keepOwnThings(teacher.db, photo);
  teacher.db.close();
}

/** The database beside it: hubs, and what was asked of them. */
export async function fillHubs(): Promise<void> {
  const db = openPersonDatabase(TEACHER);
  const certificate = { hub: "hub-of-the-school", name: "石梯村小学的中转站", organisation: "o", key: "", file_key: "", sig: "" };
  await changeHub(db, certificate.hub, () => ({
    hub: certificate.hub,
    name: certificate.name,
    address: "http://192.168.1.20:8000",
    certificate,
    byRow: false,
    typed: true,
    epoch: "epoch-0AAAAAAAAAAAAAAA",
    held: { stream: 3 },
    answeredMs: MADE_MS,
    rootAgeMs: 3_600_000,
  }));
  const entry = { s: "stream", f: 3, n: 1, by: MENTOR, role: "mentor", at: MADE_MS, scope: STUDY, d: {} };
  await replaceProvisional(db, certificate.hub, "tag", [entry]);
  const asked = { nonce: "nonce", hub: certificate.hub, madeMs: MADE_MS, stream: "stream", generation: 1, cursors: { 1: 4 } };
  await putAsked(db, { ...asked, spans: [{ stream: "stream", first: 0, next: 3, chain: "" }], known: { stream: 3 } });
  db.close();
}

async function makePhone(person: string, device: string, server: ServerOfTheYears): Promise<Phone> {
  const db = openPersonDatabase(person);
  await prepareDatabase(db, person, device, seeded(`${person}'s phone`));
  return {
    db,
    person,
    async sync(from) {
      const engine = new SyncEngine({
        app: "of the years",
        seal: sealAll,
        leaveDamaged: leaveDamagedBytes,
        person,
        db,
        clock,
        random: seeded("retries"),
        locks: processLocks(),
        timers: impatientTimers,
        credential: { token: async () => "token", renew: async () => "refused" },
        transport: {
          exchange: async (frame) => ({
            kind: "answered",
            reply: JSON.parse(JSON.stringify(await server.handle(frame, { person, device: from }))) as unknown,
            sentMs: MADE_MS,
            receivedMs: MADE_MS + 400,
          }),
        },
      });
      await engine.run();
    },
  };
}

/** A lesson, a quiz, a journal entry and something that nobody there may read; all of it arrives. */
async function firstWeek({ db, sync }: Phone): Promise<string> {
  const lesson = { pack: "why-questions", version: 1, lesson: "01" };
  const answer = { ...lesson, attempt: "attempt-first", question: "q1", kind: "single", answer: "b", score: 1, duration_ms: 4000 };
  await append(db, clock, [
    { scope: STUDY, kind: "lesson_opened/1", payload: lesson },
    { scope: STUDY, kind: "question_answered/1", payload: answer },
  ]);
  await sync(FIRST_DEVICE);
  const entry = { entry: ENTRY, parents: [], text: "孩子们问：冰为什么浮在水上？\n我说不知道，我们一起看。" };
  const ver = await versionOf(digest, entry);
  await append(db, clock, [
    { scope: STUDY, kind: "journal_saved/1", payload: { ...entry, ver } },
    { ...message("m-aside", "寄错了班"), scope: CLOSED },
    message("m-arrived", "周老师好"),
  ]);
  await sync(FIRST_DEVICE);
  return ver;
}

async function mentorAnswers(server: ServerOfTheYears, ver: string): Promise<void> {
  const mentor = await makePhone(MENTOR, "phone-of-the-mentor", server);
  const feedback = { feedback: "feedback-of-zhou", entry: ENTRY, ver, verdict: "talk", text: "下周一起看冰。" } as const;
  await append(mentor.db, clock, [{ scope: STUDY, kind: "feedback_given/1", payload: feedback }]);
  await mentor.sync("phone-of-the-mentor");
  mentor.db.close();
}

function message(id: string, text: string): NewEvent {
  return { scope: studyScope(TEACHER), kind: "message_sent/1", payload: { message: id, text } };
}

/** Named by an event that waits, and its bytes wait too. */
async function photoOf(db: PersonDatabase): Promise<BlobRef> {
  const data = utf8("the bytes of a photo of ice");
  const photo: BlobRef = { sha256: toHex(await digest(data)), bytes: data.length, type: "image/webp", kind: "photo", width: 4, height: 3 };
  const entry = { entry: "entry-with-photo", parents: [], text: "冰的照片", blobs: [photo] };
  const payload = { ...entry, ver: await versionOf(digest, entry) };
  await db.write(["blobs", "blob_bytes"], async (tx) => await putBlob(tx, STUDY, photo, data, MADE_MS));
  await append(db, clock, [{ scope: STUDY, kind: "journal_saved/1", payload }], {
    also: async (tx) => await nameBlobs(tx, [photo]),
  });
  return photo;
}

async function keepOwnThings(db: PersonDatabase, photo: BlobRef | undefined): Promise<void> {
  const lesson = { pack: "why-questions", lesson: "02" };
  await db.write(["drafts", "places", "attempts", "answer_drafts", "marks"], async (tx) => {
    const draft = { draft: "new", parents: [], text: DRAFT_TEXT, prompt: "今天看见了什么？", ...lesson, changedMs: MADE_MS };
    await tx.objectStore("drafts").put({ ...draft, ...(photo === undefined ? {} : { blobs: [photo] }) });
    await tx.objectStore("drafts").put({ draft: ENTRY, entry: ENTRY, parents: [], text: "改了一半", changedMs: MADE_MS });
    await tx.objectStore("places").put({ ...lesson, block: "p7", fraction: 0.4, changedMs: MADE_MS });
    const begun = {
      attempt: "attempt-begun",
      version: 1,
      manifest: "0".repeat(64),
      language: "zh-Hans",
      begunMs: MADE_MS,
      shownMs: MADE_MS,
    };
    await tx.objectStore("attempts").put({ ...lesson, ...begun });
    await tx.objectStore("answer_drafts").put({ attempt: "attempt-begun", question: "q2", answer: ["b", "a"] });
    await tx.objectStore("answer_drafts").put({ attempt: "unsent", question: `message:${MENTOR}`, answer: "还想问您" });
    await tx.objectStore("marks").put({ mark: "inbox:first", atMs: MADE_MS });
  });
}
