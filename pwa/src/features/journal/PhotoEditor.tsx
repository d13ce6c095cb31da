/** A photo before it is kept: faces are covered, and somebody decides. Invariant: no photo is attached without a decision about who is in it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { PHOTO_BYTES_TARGET, PHOTO_SIDE_PIXELS_MAX } from "../../contracts/limits.ts";
import { t } from "../../i18n/messages.ts";
import { Button } from "../../ui/Button.tsx";
import { Options } from "../../ui/Options.tsx";
import { PictureMarker } from "../../ui/PictureMarker.tsx";
import { encodePicture } from "../../ui/picture.ts";
import type { Attachments } from "./use-attachments.ts";
import { type Decision, DECISIONS, type OpenPhotos, type PhotoOnTable } from "./use-open-photo.ts";

interface PhotoEditorProps {
  photo: PhotoOnTable;
  change: OpenPhotos["change"];
  add: Attachments["add"];
  onEnd: () => void;
}

export function PhotoEditor({ photo, change, add, onEnd }: PhotoEditorProps) {
  const { picture, strokes, faces } = photo;
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
    try {
      const { width, height } = canvas.current;
      const photo = await encodePicture(canvas.current, PHOTO_BYTES_TARGET);
      await add(photo, { kind: "photo", width, height, faces });
      onEnd();
    } catch (error) {
      console.error("a photo could not be made", error);
      setProblem(t("media.failed"));
      setBusy(false);
    }
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
          change({ strokes: [...strokes, blocks] });
          setProblem(undefined);
        }}
        canvas={canvas}
      />
      {strokes.length > 0 && (
        <Button look="plain" onClick={() => change({ strokes: strokes.slice(0, -1) })} data-testid="photo-undo">
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
            change({ faces: value });
            setProblem(undefined);
          }}
        />
      </div>
      {problem !== undefined && (
        <p class="error" role="alert" data-testid="photo-problem">
          {problem}
        </p>
      )}
      <Button look="plain" wide disabled={busy} onClick={() => void keep()} data-testid="photo-keep">
        {t("faces.keep")}
      </Button>
      <Button look="quiet" onClick={onEnd} data-testid="photo-cancel">
        {t("faces.cancel")}
      </Button>
    </section>
  );
}
