/** The address of an editor, which names its draft. Touched only while the editor is what is shown. */

/** The person may have gone elsewhere while something was stored. */
export function isShown(opened: string): boolean {
  return location.pathname === opened.split("?")[0];
}

/** The address names the draft, so that a reload comes back to these very words, and goes on naming the lesson. Only while the editor is still what is shown. */
export function nameInAddress(name: string, opened: string): void {
  const [base, before] = opened.split("?");
  const query = new URLSearchParams(before);
  query.set("draft", name);
  if (isShown(opened)) history.replaceState(history.state, "", `${base}?${query.toString()}`);
}
