/**
 * A photo before it is kept: faces are covered, and somebody decides. Invariants: no photo is stored without a
 * decision about who is in it; it lies open here until it is stored or somebody drops it.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { PHOTO_BYTES_TARGET, PHOTO_SIDE_PIXELS_MAX } from "../../contracts/limits.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Options } from "../../ui/Options.tsx";
import { PictureMarker } from "../../ui/PictureMarker.tsx";
import { encodePicture, type Picture } from "../../ui/picture.ts";
import type { Attachments } from "./use-attachments.ts";

const DECISIONS = ["nobody", "blurred", "consent"] as const;
type Decision = (typeof DECISIONS)[number];

interface PhotoEditorProps {
  picture: Picture;
  add: Attachments["add"];
  /** Why it was not stored. */
  unstored: string | undefined;
  onEnd: () => void;
}

export function PhotoEditor({ picture, add, unstored, onEnd }: PhotoEditorProps) {
  const [strokes, setStrokes] = useState<number[][]>([]);
  const [faces, setFaces] = useState<Decision | "">("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: "start" });
  }, []);

  async function keep(): Promise<void> {
    if (faces === "") return setProblem(t("faces.choose"));
    if (faces === "blurred" && strokes.length === 0) return setProblem(t("faces.not_covered"));
    if (canvas.current === null) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const { width, height } = canvas.current;
      const photo = await encodePicture(canvas.current, PHOTO_BYTES_TARGET);
      if (await add(photo, { kind: "photo", width, height, faces })) return onEnd();
    } catch (error) {
      console.error("a photo could not be made", error);
      setProblem(t("media.failed"));
    }
    setBusy(false);
  }

  return (
    <section class="card" data-testid="photo-editor">
      <h2 ref={heading} tabIndex={-1}>
        {t("faces.title")}
      </h2>
      <p class="small quiet">{t("faces.how")}</p>
      <PictureMarker
        picture={picture}
        sideMax={PHOTO_SIDE_PIXELS_MAX}
        label={t("faces.canvas")}
        strokes={strokes}
        onStroke={(blocks) => {
          setStrokes((before) => [...before, blocks]);
          setProblem(undefined);
        }}
        canvas={canvas}
      />
      {strokes.length > 0 && (
        <Button look="plain" onClick={() => setStrokes((before) => before.slice(0, -1))} data-testid="photo-undo">
          {t("faces.undo")}
        </Button>
      )}
      <div data-testid="photo-decision" data-value={faces}>
        <Options<Decision | "">
          name="faces"
          label={t("faces.question")}
          value={faces}
          options={DECISIONS.map((value) => ({ value, label: t(`faces.${value}`) }))}
          onChange={(value) => {
            setFaces(value);
            setProblem(undefined);
          }}
        />
      </div>
      {(problem ?? unstored) !== undefined && (
        <p class="error" role="alert" data-testid="photo-problem">
          {problem ?? unstored}
        </p>
      )}
      <Button look="plain" wide disabled={busy} onClick={() => void keep()} data-testid="photo-keep">
        {t("faces.keep")}
      </Button>
      <Button look="quiet" disabled={busy} onClick={onEnd} data-testid="photo-cancel">
        {t("faces.cancel")}
      </Button>
    </section>
  );
}
