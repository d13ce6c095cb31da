/** Files of records on the sync page: making one for somebody to carry or as a safety copy, and taking one in. Owns the words of what happened; `Carried.tsx` what is here. */
import { useEffect, useRef, useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { sayMade, sayNextFile, sayOwn, sayRefused } from "../../i18n/file-words.ts";
import { t } from "../../i18n/messages.ts";
import { sayWhen } from "../../i18n/moments.ts";
import { Button } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Status.tsx";
import { useLive } from "../../ui/use-live.ts";
import { forwardCarried, keepForwarding } from "../../use-cases/carry.ts";
import { type FileContent, handOn, lastHandedOn, type Rest } from "../../use-cases/hand-on.ts";
import type { Session } from "../../use-cases/session.ts";
import { takeIn, type TakenIn } from "../../use-cases/take-in.ts";
import { Carried, OwnCopies } from "./Carried.tsx";

interface Told {
  /** Under which heading it is said. */
  of: "carrying" | "copy";
  /** Amber: done, and something is left to do. */
  tone: "pine" | "amber" | "berry";
  kind: string;
  words: readonly string[];
}

interface CarryProps {
  session: Session;
  /** Events that wait. */
  waiting: number;
  /** The root does not know this phone: what was delivered may be here alone, so the copy of everything comes first. */
  signedOut?: boolean;
}

export function Carry({ session, waiting, signedOut = false }: CarryProps) {
  const [told, setTold] = useState<Told | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [rests, setRests] = useState<Record<FileContent, Rest | undefined>>({ waiting: undefined, everything: undefined });
  useEffect(() => keepForwarding(session), [session]);

  /** `failed`: what is said when it could not be done, as on a full phone. */
  async function work(of: Told["of"], failed: "carry.not_made" | "carry.not_taken", doing: () => Promise<Told | undefined>): Promise<void> {
    setBusy(true);
    try {
      setTold(await doing());
    } catch (error) {
      console.error("a file could not be made or taken in", error);
      setTold({ of, tone: "berry", kind: "failed", words: [t(failed)] });
    } finally {
      setBusy(false);
    }
  }

  async function take(files: FileList | null): Promise<Told | undefined> {
    let last: Told | undefined;
    for (const file of files ?? []) last = wordsOfTaken(session, await takeIn(session, new Uint8Array(await file.arrayBuffer())));
    void forwardCarried(session).catch(() => undefined);
    return last;
  }

  function make(content: FileContent): void {
    const of = content === "waiting" ? "carrying" : "copy";
    void work(of, "carry.not_made", async () => {
      const made = await handOn(session, content, rests[content]);
      if (made.ok && made.how === "cancelled") return undefined;
      setRests({ ...rests, [content]: made.ok ? made.file.rest : undefined });
      const words = sayMade(content, made);
      const isLeft = made.files.onlyHere > 0;
      if (!made.ok) return { of, tone: made.code !== "nothing" ? "berry" : isLeft ? "amber" : "pine", kind: made.code, words };
      const { rest, unsealed } = made.file;
      return { of, tone: rest === undefined && unsealed === 0 && !isLeft ? "pine" : "amber", kind: made.how, words };
    });
  }

  const copy = (
    <Copy
      key="copy"
      told={told}
      busy={busy}
      rest={rests.everything}
      session={session}
      signedOut={signedOut}
      onMake={() => make("everything")}
    />
  );
  return (
    <>
      {signedOut && copy}
      <section class="section">
        <h2>{t("carry.title")}</h2>
        <Said told={told} of="carrying" />
        {waiting > 0 && (
          <>
            <p class="small quiet">{t("carry.text")}</p>
            <Last session={session} of="waiting" />
            <Button wide look="plain" icon="send" disabled={busy} onClick={() => make("waiting")} data-testid="hand-on">
              {sayNextFile(rests.waiting, t("carry.hand_on"))}
            </Button>
          </>
        )}
        <TakeIn busy={busy} onFiles={(files) => work("carrying", "carry.not_taken", async () => await take(files))} />
        <OwnCopies session={session} />
        <Carried session={session} />
      </section>
      {!signedOut && copy}
    </>
  );
}

function TakeIn({ busy, onFiles }: { busy: boolean; onFiles: (files: FileList | null) => Promise<void> }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <p class="small quiet">{t("carry.take_in_text")}</p>
      <Button wide look="plain" icon="plus" disabled={busy} onClick={() => picker.current?.click()} data-testid="take-in">
        {t("carry.take_in")}
      </Button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        accept=".xtsync,application/octet-stream"
        data-testid="take-in-file"
        onChange={({ currentTarget }) =>
          void onFiles(currentTarget.files).then(() => {
            currentTarget.value = "";
          })
        }
      />
    </>
  );
}

/** That it was done, and when. */
function Last({ session, of }: { session: Session; of: FileContent }) {
  const last = useLive(() => live(["receipts"], () => lastHandedOn(session)), [session]);
  const atMs = last?.[of];
  if (atMs === undefined) return null;
  const time = sayWhen(atMs, session.app.ports.clock.nowMs());
  return (
    <p class="small" data-testid="file-last" data-of={of}>
      {t(of === "waiting" ? "carry.last_made" : "carry.last_copied", { time })}
    </p>
  );
}

interface CopyProps {
  session: Session;
  told: Told | undefined;
  busy: boolean;
  rest: Rest | undefined;
  signedOut: boolean;
  onMake: () => void;
}

function Copy({ session, told, busy, rest, signedOut, onMake }: CopyProps) {
  return (
    <section class="section">
      <h2>{t("carry.copy_title")}</h2>
      <Said told={told} of="copy" />
      {signedOut && <p>{t("again.copy")}</p>}
      <p class="small quiet">{t("carry.copy_text")}</p>
      <Last session={session} of="everything" />
      <Button wide look="plain" icon="phone" disabled={busy} onClick={onMake} data-testid="safety-copy">
        {sayNextFile(rest, t("carry.copy"))}
      </Button>
    </section>
  );
}

function Said({ told, of }: { told: Told | undefined; of: Told["of"] }) {
  if (told?.of !== of) return null;
  return (
    <div data-testid="file-notice" data-kind={told.kind}>
      <Notice live tone={told.tone} icon={told.tone === "pine" ? "check" : "alert"}>
        {told.words.map((words) => (
          <p key={words}>{words}</p>
        ))}
      </Notice>
    </div>
  );
}

function wordsOfTaken({ app, person }: Session, taken: TakenIn): Told {
  if (taken.kind === "refused") return { of: "carrying", tone: "berry", kind: taken.code, words: [sayRefused(taken, person.name)] };
  if (taken.kind === "carrying") {
    return {
      of: "carrying",
      tone: "pine",
      kind: "carrying",
      words: [t(taken.again ? "carry.carrying_again" : "carry.carrying_new", { name: taken.name })],
    };
  }
  if (taken.kind === "own")
    return { of: "carrying", tone: "pine", kind: "own", words: sayOwn(taken.own, taken.again, app.ports.clock.nowMs()) };
  if (taken.kind === "hub_answer")
    return { of: "carrying", tone: "pine", kind: "hub_answer", words: [t("school_hub.answer_taken", { name: taken.name })] };
  const words = taken.events === 0 ? t("carry.receipts_known") : t("carry.receipts_taken", { count: taken.events });
  return { of: "carrying", tone: "pine", kind: "receipts", words: [words] };
}
