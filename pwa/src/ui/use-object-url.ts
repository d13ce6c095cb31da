/** An address for bytes that lie in the phone's own store, for as long as the component is shown. */
import { useEffect, useState } from "preact/hooks";

/** undefined until they were read, and when they are not there. */
export function useObjectUrl(load: () => Promise<Blob | undefined>, inputs: readonly unknown[]): string | undefined {
  const [url, setUrl] = useState<string | undefined>(undefined);
  useEffect(() => {
    let made: string | undefined;
    let gone = false;
    load().then(
      (blob) => {
        if (blob === undefined || gone) return;
        made = URL.createObjectURL(blob);
        setUrl(made);
      },
      (error: unknown) => console.error("a photo or recording could not be read", error),
    );
    return () => {
      gone = true;
      setUrl(undefined);
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, inputs);
  return url;
}
