/** The first words of a text, for lists. */

const EXCERPT_CHARACTERS = 80;

export function excerptOf(text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  const characters = [...line];
  return characters.length > EXCERPT_CHARACTERS ? `${characters.slice(0, EXCERPT_CHARACTERS).join("")}…` : line;
}
