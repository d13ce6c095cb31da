/** A text as the blocks that a comment can point at. Pure. */

/** What is commented on one by one: blocks between empty lines. */
export function paragraphsOf(text: string): string[] {
  return text
    .split(/\n\s*\n|\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "");
}
