/** The words, the address and the action of each kind of next step. */
import { sayBytes } from "../../i18n/amounts.ts";
import { t } from "../../i18n/messages.ts";
import type { Step } from "../../use-cases/read-today.ts";

export interface StepWords {
  title: string;
  text?: string;
  /** Minutes or bytes: what the step takes. */
  amount?: string;
  action: string;
  href: string;
}

export function stepWords(step: Step): StepWords {
  switch (step.kind) {
    case "start-lesson":
    case "resume-lesson":
      return {
        title: step.title,
        text: step.packTitle,
        amount: minutes(step.minutes),
        action: step.kind === "start-lesson" ? t("today.read_lesson") : t("today.continue_lesson"),
        href: `/learn/${step.pack}/${step.lesson}`,
      };
    case "take-quiz":
    case "resume-quiz":
      return {
        title: t("today.step_quiz", { title: step.title }),
        text: step.left ? t("today.questions_left", { count: step.left }) : step.packTitle,
        amount: minutes(step.minutes),
        action: t(step.left ? "today.continue_quiz" : step.left === 0 ? "quiz.finish" : "today.take_quiz"),
        href: `/learn/${step.pack}/${step.lesson}/quiz`,
      };
    case "write-journal":
      return {
        title: t("today.step_journal", { title: step.title }),
        text: step.prompt,
        amount: minutes(step.minutes),
        action: t("today.write_journal"),
        href: `/journal/new?pack=${step.pack}&lesson=${step.lesson}`,
      };
    case "revise-entry":
      return {
        title: t("today.step_revise"),
        text: step.text,
        amount: minutes(step.minutes),
        action: t("feedback.revise"),
        href: `/journal/${step.entry}`,
      };
    case "finish-draft":
      return {
        title: t("today.step_draft"),
        text: step.excerpt,
        amount: minutes(step.minutes),
        action: t("today.finish_draft"),
        href: `/journal/new?draft=${encodeURIComponent(step.draft)}`,
      };
    case "install-pack":
      return {
        title: step.title,
        text: t("today.step_install"),
        amount: sayBytes(step.bytes),
        action: t("today.install_pack"),
        href: `/learn/${step.pack}`,
      };
    case "review-entry":
      return {
        title: t("today.step_review", { name: step.teacherName, count: step.waiting }),
        action: t("today.review_entries"),
        href: `/teachers/${step.teacher}/${step.entry}`,
      };
  }
}

function minutes(count: number): string {
  return t("unit.minutes", { count });
}
