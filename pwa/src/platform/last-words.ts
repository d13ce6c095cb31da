/** Who has words that may not be stored yet. Whoever closes a person's database asks first, and waits. */
export const lastWords = new Set<() => Promise<void>>();

export async function storeLastWords(): Promise<void> {
  await Promise.allSettled([...lastWords].map((store) => store()));
}
