/** Short messages between a teacher and the mentor. The mentor opens it from a teacher's page, the teacher from Me or a lesson. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { COMMENT_TEXT_CHARACTERS_MAX } from "../../contracts/limits.ts";
import { live } from "../../db/live.ts";
import { language } from "../../i18n/language.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { TextArea } from "../../ui/TextArea.tsx";
import { query } from "../../ui/location.ts";
import { Opening, Screen } from "../../ui/Screen.tsx";
import { useKeptText } from "../../ui/use-kept-text.ts";
import { useLive } from "../../ui/use-live.ts";
import { readTeacher } from "../../use-cases/caseload.ts";
import { readDoubts } from "../../use-cases/doubts.ts";
import { listMessages, type MessageView, sendMessage } from "../../use-cases/messages.ts";
import { readMentors } from "../../use-cases/mentors.ts";
import { readLesson } from "../../use-cases/read-lesson.ts";
import type { Session } from "../../use-cases/session.ts";
import { UnsentWords } from "../../use-cases/unsent-words.ts";
import { Talk } from "./Talk.tsx";

interface MessagesProps {
  session: Session;
  params: Readonly<Record<string, string>>;
}

interface Thread {
  messages: MessageView[];
  /** Who is on the other side; absent while nobody is. */
  withName?: string;
  aboutTitle?: string;
}

export function Messages({ session, params }: MessagesProps) {
  const teacher = params.person ?? session.person.id;
  const pack = query("pack");
  const lesson = query("lesson");
  const about = pack !== undefined && lesson !== undefined ? { pack, lesson } : undefined;
  const shown = language.value;
  const thread = useLive(
    () => live(["events", "pulled", "rows", "sync"], () => readThread(session, teacher, about, shown)),
    [session, teacher, pack, lesson, shown],
  );
  const doubts = useLive(() => live(["events", "pulled", "sync"], () => readDoubts(session, teacher)), [session, teacher]);
  const count = thread?.messages.length ?? 0;
  useEffect(() => {
    // The newest stands at the end, above the place to write.
    if (count > 0) scrollTo(0, document.documentElement.scrollHeight);
  }, [count]);
  if (thread === undefined) return <Opening label={t("app.loading")} />;
  const nowMs = session.app.ports.clock.nowMs();
  const { messages, withName, aboutTitle } = thread;
  return (
    <Screen atEnd={messages.length > 0} title={withName === undefined ? t("messages.title") : t("messages.title_with", { name: withName })}>
      {messages.length === 0 && <p class="quiet">{withName === undefined ? t("messages.no_mentor") : t("messages.empty")}</p>}
      <Talk messages={messages} doubts={doubts} nowMs={nowMs} />
      <Composer session={session} teacher={teacher} about={about} aboutTitle={aboutTitle} />
    </Screen>
  );
}

async function readThread(
  session: Session,
  teacher: string,
  about: { pack: string; lesson: string } | undefined,
  shown: string,
): Promise<Thread> {
  const messages = await listMessages(session, teacher);
  const withName =
    teacher === session.person.id ? (await readMentors(session)).join("、") : (await readTeacher(session, teacher, shown))?.name;
  const lesson = about === undefined ? undefined : await readLesson(session, about.pack, about.lesson, shown);
  return {
    messages,
    ...(withName ? { withName } : {}),
    ...(lesson?.ok === true ? { aboutTitle: lesson.lesson.title } : {}),
  };
}

interface ComposerProps {
  session: Session;
  teacher: string;
  about: { pack: string; lesson: string } | undefined;
  aboutTitle: string | undefined;
}

function Composer({ session, teacher, about, aboutTitle }: ComposerProps) {
  const unsent = useMemo(() => new UnsentWords(session, `message:${teacher}`), []);
  const { text, change, settle, sent } = useKeptText(unsent);
  // Not shown: saving takes no longer than to draw that it goes on, and the drawing would stand in its way.
  const sending = useRef(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);

  async function send(): Promise<void> {
    if (text.trim() === "" || sending.current) return;
    sending.current = true;
    try {
      await settle();
      const result = await sendMessage(session, teacher, text, about, unsent);
      if (result.ok) {
        sent(text);
        setProblem(undefined);
        announce(t("messages.saved"));
      } else setProblem(t("review.too_long"));
    } catch (error) {
      console.error("a message could not be stored", error);
      setProblem(t("journal.draft_failed"));
    } finally {
      sending.current = false;
    }
  }

  return (
    <form
      class="dock"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {aboutTitle !== undefined && <p class="small quiet">{t("messages.about", { title: aboutTitle })}</p>}
      <TextArea
        id="message"
        data-testid="message-text"
        label={t("messages.label")}
        labelHidden
        placeholder={t("messages.label")}
        rows={2}
        value={text}
        onInput={change}
        maxLength={COMMENT_TEXT_CHARACTERS_MAX}
        error={problem}
      />
      <Button wide type="submit" icon="send" disabled={text.trim() === ""} data-testid="message-send">
        {t("messages.send")}
      </Button>
    </form>
  );
}
