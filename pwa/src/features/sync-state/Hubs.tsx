/** Hubs on the sync page: which there are, what each keeps of this phone, asking one now, a new address, and the question as a file. Owns the words. */
import { useEffect, useRef, useState } from "preact/hooks";
import { live } from "../../db/live.ts";
import { tKnown } from "../../i18n/known.ts";
import { t } from "../../i18n/messages.ts";
import { sayWhen } from "../../i18n/moments.ts";
import { Button } from "../../ui/Button.tsx";
import { TextField } from "../../ui/Field.tsx";
import { List, ListRow } from "../../ui/List.tsx";
import { Notice } from "../../ui/Status.tsx";
import { query } from "../../ui/location.ts";
import { useLive } from "../../ui/use-live.ts";
import { addHub, type Added, askHub, type Asked, handQuestion, type HubView, readHubs } from "../../use-cases/hub-page.ts";
import type { Session } from "../../use-cases/session.ts";

interface Told {
  tone: "pine" | "amber";
  kind: string;
  words: string;
}

export function Hubs({ session }: { session: Session }) {
  const hubs = useLive(() => live(["hubs", "rows", "sync"], () => readHubs(session)), [session]);
  const [told, setTold] = useState<Told | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  // The address of a hub of another place, until the person said whether to trust it.
  const [elsewhere, setElsewhere] = useState<string | undefined>(undefined);
  if (hubs === undefined) return null;

  async function work(doing: () => Promise<Told | undefined>): Promise<void> {
    setBusy(true);
    try {
      setTold(await doing());
    } finally {
      setBusy(false);
    }
  }

  async function add(address: string, anywhere = false): Promise<Told> {
    const added = await addHub(session, address, anywhere);
    setElsewhere(!added.ok && added.code === "elsewhere" ? address : undefined);
    return wordsOfAdded(added);
  }

  const ask = (hub: HubView): void => void work(async () => wordsOfAsked(await askHub(session, hub.hub), hub.name));
  const hand = (hub: HubView): void =>
    void work(async () => ((await handQuestion(session, hub.hub)) === undefined ? wordsOfAsked("none", hub.name) : undefined));
  return (
    <section class="section">
      <h2>{t("school_hub.title")}</h2>
      <p class="small quiet">{t("school_hub.text")}</p>
      {told !== undefined && (
        <div data-testid="hub-notice" data-kind={told.kind}>
          <Notice live tone={told.tone} icon={told.tone === "pine" ? "check" : "info"}>
            {told.words}
          </Notice>
          {told.kind === "elsewhere" && elsewhere !== undefined && (
            <Button wide look="plain" disabled={busy} onClick={() => void work(() => add(elsewhere, true))} data-testid="hub-add-anyway">
              {t("school_hub.add_anyway")}
            </Button>
          )}
        </div>
      )}
      {hubs.length > 0 && (
        <List>
          {hubs.map((hub) => (
            <HubRow key={hub.hub} session={session} hub={hub} busy={busy} onAsk={() => ask(hub)} onFile={() => hand(hub)} />
          ))}
        </List>
      )}
      <NewHub busy={busy} onAdd={(address) => void work(() => add(address))} />
    </section>
  );
}

interface HubRowProps {
  session: Session;
  hub: HubView;
  busy: boolean;
  onAsk: () => void;
  onFile: () => void;
}

function HubRow({ session, hub, busy, onAsk, onFile }: HubRowProps) {
  const nowMs = session.app.ports.clock.nowMs();
  const { address, answeredMs, rootHeardMs, refused } = hub;
  return (
    <ListRow
      icon={hub.kept > 0 ? "check" : "sync"}
      title={hub.name}
      data-testid="hub-item"
      data-hub={hub.hub}
      data-kept={hub.kept}
      data-refused={refused}
    >
      {hub.kept > 0 && <span class="small">{t("school_hub.kept", { count: hub.kept })}</span>}
      <span class="small quiet">
        {answeredMs === undefined
          ? t(address === "" ? "school_hub.no_address" : "school_hub.never")
          : t("school_hub.answered", { time: sayWhen(answeredMs, nowMs) })}
      </span>
      {answeredMs !== undefined && (
        <span class="small quiet">
          {rootHeardMs === undefined ? t("school_hub.root_never") : t("school_hub.root_heard", { time: sayWhen(rootHeardMs, nowMs) })}
        </span>
      )}
      {refused !== undefined && <span class="small">{tKnown(`school_hub.refusal_${refused}`, {}, "school_hub.refusal_other")}</span>}
      <span class="row">
        {hub.address !== "" && (
          <Button look="quiet" disabled={busy} onClick={onAsk} data-testid="hub-ask">
            {t("school_hub.ask")}
          </Button>
        )}
        <Button look="quiet" disabled={busy} onClick={onFile} data-testid="hub-file">
          {t("school_hub.file")}
        </Button>
      </span>
    </ListRow>
  );
}

function NewHub({ busy, onAdd }: { busy: boolean; onAdd: (address: string) => void }) {
  // The QR of a hub's own page leads here with its address; adding it is still the person's doing.
  const scanned = query("hub");
  const [address, setAddress] = useState(scanned ?? "");
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (scanned !== undefined) form.current?.scrollIntoView({ block: "center" });
  }, [scanned]);
  return (
    <form
      ref={form}
      class="stack-tight"
      onSubmit={(event) => {
        event.preventDefault();
        if (address.trim() !== "") onAdd(address);
      }}
    >
      <TextField
        id="hub-address"
        label={t("school_hub.address")}
        hint={t("school_hub.address_hint")}
        value={address}
        onInput={setAddress}
        data-testid="hub-address"
      />
      <Button wide look="plain" type="submit" disabled={busy || address.trim() === ""} data-testid="hub-add">
        {t("school_hub.add")}
      </Button>
    </form>
  );
}

function wordsOfAsked(asked: Asked, name: string): Told {
  return { tone: asked === "answered" ? "pine" : "amber", kind: asked, words: t(`school_hub.told_${asked}`, { name }) };
}

function wordsOfAdded(added: Added): Told {
  if (added.ok) return { tone: "pine", kind: "added", words: t("school_hub.added", { name: added.name }) };
  return { tone: "amber", kind: added.code, words: t(`school_hub.refused_${added.code}`, { name: added.name ?? "" }) };
}
