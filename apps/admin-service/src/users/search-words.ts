/**
 * What a person can be found by: the words of these texts, folded. A word is letters and digits in a row, so `anna.meier@example.org` is four.
 * Nothing else can stand in one, so it can be written into a text search query as it is.
 */
export function searchWords(...texts: readonly (string | null)[]): string[] {
  return [...new Set(texts.flatMap((text) => (text === null ? [] : wordsOf(text))))];
}

/** @returns a `tsquery` that finds who has, for each word of the text, a word that begins with it; null if the text has no word */
export function searchQuery(text: string): string | null {
  const words = [...new Set(wordsOf(text))];
  return words.length === 0 ? null : words.map((word) => `'${word}':*`).join(' & ');
}

function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}
