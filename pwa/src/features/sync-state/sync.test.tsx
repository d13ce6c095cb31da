// @vitest-environment happy-dom
/** The sync page's own word on what is received. What is counted is tested in `mentor.test.ts`. */
import { render } from "preact";
import { afterEach, beforeAll, expect, test } from "vitest";
import { messages } from "../../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { noteFailure } from "../../sync/apply-reply.ts";
import { announce } from "../../db/topics.ts";
import { reviewed, teacher } from "../../testing/pair.ts";
import { until } from "../../testing/until.ts";
import { markRead } from "../../use-cases/comments.ts";
import { listEntries, saveEntry } from "../../use-cases/journal.ts";
import { syncNow } from "../../use-cases/sync-now.ts";
import { Sync } from "./Sync.tsx";
import { SyncChip } from "./SyncChip.tsx";

beforeAll(() => addMessages("zh-Hans", messages));
afterEach(() => render(null, document.body));

const at = (id: string) => document.querySelector<HTMLElement>(`[data-testid=${id}]`);

test("while only a read mark waits the chip is calm, and the page says what waits and does not say that everything was received", async () => {
  const { feedback } = await reviewed();
  render(
    <>
      <SyncChip session={teacher} />
      <Sync session={teacher} />
    </>,
    document.body,
  );
  await until(() => expect(at("sync-state")?.textContent).toContain(t("sync.all_received_text")));
  await markRead(teacher, feedback);
  await until(() => expect(at("sync-state")?.textContent).toContain(t("sync.marks_wait", { count: 1 })));
  expect(at("sync-state")?.textContent).not.toContain(t("sync.all_received_text"));
  expect(at("sync-chip")?.textContent).toBe(t("chip.all_received"));
  expect(at("sync-chip")?.dataset).toMatchObject({ state: "all-received", waiting: "1", work: "0" });
  await until(() => expect(at("waiting-item")?.dataset).toMatchObject({ kind: "feedback_read", count: "1" }));
});

test("where the records of what waits are missing, the page says that something waits and not that it is only marks", async () => {
  const { feedback } = await reviewed();
  render(<Sync session={teacher} />, document.body);
  await markRead(teacher, feedback);
  await until(() => expect(at("sync-state")?.dataset).toMatchObject({ waiting: "1", work: "0" }));
  await teacher.db.write(["events"], async (tx) => await tx.objectStore("events").clear());
  announce(["rows"]);
  await until(() => expect(at("sync-state")?.dataset).toMatchObject({ state: "waiting", waiting: "1", work: "1" }));
  expect(at("sync-state")?.textContent).toContain(t("sync.waiting_text"));
  expect(at("sync-state")?.textContent).not.toContain(t("sync.marks_wait", { count: 1 }));
});

test("while the root does not know the phone nothing is called received: the card says not to clear it, offers the way back in and the copy, and all is well after an answer", async () => {
  await saveEntry(teacher, { parents: [], text: "送到过的一篇" });
  await syncNow(teacher);
  const delivery = async () => (await listEntries(teacher, "zh-Hans")).map((one) => one.delivery);
  expect(await delivery()).toEqual(["received"]);
  await noteFailure(teacher.db, { reachable: true, problem: "sign_in_required" });
  render(<Sync session={teacher} />, document.body);
  await until(() => expect(at("sync-state")?.textContent).toContain(t("sync.problem.sign_in_required")));
  await until(() => expect(at("sign-in-again")?.textContent).toContain(t("again.hint", { name: "马小云" })));
  expect(await delivery()).toEqual(["to_check"]);
  const page = document.body.textContent ?? "";
  for (const words of [t("again.copy"), t("sync.waits_to_check"), t("sync.receipts_to_check")]) expect(page).toContain(words);
  // Before everything that does not help now.
  expect(page.indexOf(t("carry.copy"))).toBeLessThan(page.indexOf(t("sync.waits")));
  await syncNow(teacher);
  await until(() => expect(at("sign-in-again")).toBeNull());
  expect(await delivery()).toEqual(["received"]);
});
