/**
 * Two versions put together, as a proposal: what was changed apart fits by itself, where both changed one place the owner chooses. Owns what is
 * chosen; nothing is stored before a button is pressed, and both versions stay whatever is chosen.
 */
import { useState } from "preact/hooks";
import { JOURNAL_TEXT_CHARACTERS_MAX } from "../../contracts/limits.ts";
import { keepBoth, type Piece } from "../../domain/merge-texts.ts";
import { countCharacters } from "../../domain/well-formed.ts";
import { t } from "../../i18n/messages.ts";
import { announce } from "../../ui/Announcer.tsx";
import { Button } from "../../ui/Button.tsx";
import { navigate } from "../../ui/location.ts";
import { Options } from "../../ui/Options.tsx";
import { draftOfMerge, saveMerge } from "../../use-cases/merge-versions.ts";
import type { MergeView } from "../../use-cases/merge-view.ts";
import type { Session } from "../../use-cases/session.ts";
import { useOnce } from "./use-once.ts";

type Kept = "both" | "left" | "right";
type Both = Extract<Piece, { kind: "both" }>;

interface MergeVersionsProps {
  session: Session;
  merge: MergeView;
  /** When and where each version was written, in words that tell them apart. */
  written: ReadonlyMap<string, string>;
}

export function MergeVersions({ session, merge, written }: MergeVersionsProps) {
  const [chosen, setChosen] = useState<Record<number, Kept>>({});
  const { problem, run } = useOnce();
  const places = merge.pieces.flatMap((piece, index) => (piece.kind === "both" ? [{ piece, index }] : []));
  const text = merge.pieces
    .map((piece, index) => (piece.kind === "agreed" ? piece.text : wordsOf(piece, chosen[index] ?? "both")))
    .join("");
  const isTooLong = countCharacters(text) > JOURNAL_TEXT_CHARACTERS_MAX;

  async function save(): Promise<void> {
    const result = await saveMerge(session, merge, text);
    if (result.ok) announce(t("journal.saved"));
    else throw new Error(result.code);
  }

  async function edit(): Promise<void> {
    const draft = await draftOfMerge(session, merge, text);
    navigate(`/journal/${merge.entry}/edit?draft=${encodeURIComponent(draft)}`);
  }

  return (
    <section class="card stack" data-testid="merge" data-places={places.length} data-more={merge.more}>
      <h2>{t("journal.merge_title")}</h2>
      <p>{places.length === 0 ? t("journal.merge_apart") : t("journal.merge_both", { count: places.length })}</p>
      {places.map(({ piece, index }, at) => (
        <Place
          key={index}
          number={at + 1}
          piece={piece}
          merge={merge}
          kept={chosen[index] ?? "both"}
          written={written}
          onKeep={(kept) => setChosen({ ...chosen, [index]: kept })}
        />
      ))}
      <p class="words entry-text merged-text" dir="auto" data-testid="merged-text">
        {text}
      </p>
      {merge.more > 0 && <p class="small quiet">{t("journal.merge_more", { count: merge.more })}</p>}
      {isTooLong && <p class="small quiet">{t("journal.merge_too_long")}</p>}
      {problem && (
        <p class="error" role="alert">
          {t("journal.draft_failed")}
        </p>
      )}
      <div class="row">
        {!isTooLong && (
          <Button onClick={() => void run(save)} data-testid="merge-save">
            {t("journal.merge_save")}
          </Button>
        )}
        <Button look="plain" icon="pencil" onClick={() => void run(edit)} data-testid="merge-edit">
          {t("journal.merge_edit")}
        </Button>
      </div>
    </section>
  );
}

interface PlaceProps {
  number: number;
  piece: Both;
  merge: MergeView;
  kept: Kept;
  written: ReadonlyMap<string, string>;
  onKeep: (kept: Kept) => void;
}

function Place({ number, piece, merge, kept, written, onKeep }: PlaceProps) {
  const side = (ver: string, words: string): string =>
    t("journal.merge_side", { time: written.get(ver) ?? "", words: words.trim() === "" ? t("journal.merge_deleted") : words.trim() });
  return (
    <div data-testid="merge-place" data-kept={kept}>
      <Options<Kept>
        name={`place-${number}`}
        label={t("journal.merge_place", { number })}
        value={kept}
        options={[
          { value: "both", label: t("journal.merge_keep_both") },
          { value: "left", label: side(merge.left, piece.left) },
          { value: "right", label: side(merge.right, piece.right) },
        ]}
        onChange={onKeep}
      />
    </div>
  );
}

function wordsOf(piece: Both, kept: Kept): string {
  return kept === "both" ? keepBoth(piece) : piece[kept];
}
