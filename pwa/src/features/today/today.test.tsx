// @vitest-environment happy-dom
/** Today's own wording of what waits. What is chosen is tested in `mentor.test.ts` and `study.test.ts`. */
import { render } from "preact";
import { afterEach, expect, test } from "vitest";
import { dayOf, sayDay } from "../../i18n/dates.ts";
import { exchange, mentor, reviewed, teacher, teacherApp } from "../../testing/pair.ts";
import { until } from "../../testing/until.ts";
import { giveFeedback } from "../../use-cases/caseload.ts";
import { Today } from "./Today.tsx";

afterEach(() => render(null, document.body));

const lines = (): (string | null)[] => [...document.querySelectorAll("[data-testid=feedback-item] .clamp-2")].map((one) => one.textContent);

test("an answer stands with its day and the first words of its entry, or with its day alone where the entry is not on this phone", async () => {
  await reviewed();
  const given = await giveFeedback(mentor, {
    teacher: teacher.person.id,
    entry: "elsewhere",
    ver: "v",
    verdict: "comment",
    text: "写得好",
  });
  expect(given).toMatchObject({ ok: true });
  await exchange();
  render(<Today session={teacher} />, document.body);
  const day = sayDay(dayOf(teacherApp.ports.fake.nowMs));
  await until(() => expect(lines()).toEqual(["写得好", day, "写下题木", `${day} · 今天安静了十分钟。`]));
});
