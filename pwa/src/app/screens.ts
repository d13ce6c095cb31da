/** Every screen that is not needed for sign-in and Today, with its texts: one chunk, loaded when the first of them is opened. */
import { Caseload } from "../features/caseload/Caseload.tsx";
import { Teacher } from "../features/caseload/Teacher.tsx";
import { Inbox } from "../features/inbox/Inbox.tsx";
import { Entry } from "../features/journal/Entry.tsx";
import { Journal } from "../features/journal/Journal.tsx";
import { JournalEditor } from "../features/journal/JournalEditor.tsx";
import { Lesson } from "../features/lesson/Lesson.tsx";
import { Me } from "../features/me/Me.tsx";
import { Messages } from "../features/mentor-thread/Messages.tsx";
import { Learn } from "../features/packs/Learn.tsx";
import { Pack } from "../features/packs/Pack.tsx";
import { Quiz } from "../features/quiz/Quiz.tsx";
import { Review } from "../features/review/Review.tsx";
import { Settings } from "../features/settings/Settings.tsx";
import { Sync } from "../features/sync-state/Sync.tsx";
import { messages } from "../i18n/generated/zh-hans-screens.ts";
import { addMessages } from "../i18n/language.ts";
import "../ui/more-icons.ts";
import { Missing } from "./Missing.tsx";

addMessages("zh-Hans", messages);

export { ForgotPin } from "../features/forgot-pin/ForgotPin.tsx";
export { PlainPage } from "./PlainPage.tsx";
export { UpdatePrompt } from "./UpdatePrompt.tsx";
export { WipedNotice } from "./WipedNotice.tsx";
/** What the core leaves for this chunk; boot.ts hands it on. */
export * as later from "../use-cases/later.ts";

export const SCREENS = {
  Caseload,
  Entry,
  Inbox,
  Journal,
  JournalEditor,
  Learn,
  Lesson,
  Me,
  Messages,
  Missing,
  Pack,
  Quiz,
  Review,
  Settings,
  Sync,
  Teacher,
};
