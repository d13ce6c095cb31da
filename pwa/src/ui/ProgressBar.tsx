/** How far something is, as a bar with a name for those who do not see it. */
interface ProgressBarProps {
  label: string;
  /** 0 to 1 */
  value: number;
  /** What is said instead of a percentage. */
  text?: string;
}

export function ProgressBar({ label, value, text }: ProgressBarProps) {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      class={percent === 100 ? "bar bar-done" : "bar"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={text}
    >
      <span style={{ inlineSize: `${percent}%` }} />
    </div>
  );
}
