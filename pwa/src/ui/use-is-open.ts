/** Whether the component is still there, for work that ends after it. */
import { useLayoutEffect, useRef } from "preact/hooks";

/** False from the very moment on in which the component goes. */
export function useIsOpen(): { readonly current: boolean } {
  const open = useRef(true);
  useLayoutEffect(() => () => void (open.current = false), []);
  return open;
}
