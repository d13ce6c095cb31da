/** A mark beside a time that may be wrong, in a sign and words; touched, it says why. In a row that is a link, the mark alone. */
import { Status } from "./Status.tsx";

export function Doubtful({ mark, why }: { mark: string; why?: string }) {
  const sign = (
    <Status tone="amber" icon="info">
      {mark}
    </Status>
  );
  if (why === undefined) return <span data-testid="doubtful">{sign}</span>;
  return (
    <details class="doubtful" data-testid="doubtful">
      <summary>{sign}</summary>
      <p class="small quiet">{why}</p>
    </details>
  );
}
