/** Beginnings up to this many characters are indexed as such; a longer beginning is looked for among whole words. */
const INDEXED_CHARACTERS = 6;

/**
 * What a person is found by: for each word of these texts its beginnings (`an*`) and, if it is longer than those,
 * itself. A word is letters and digits in a row, folded, so `anna.meier@example.org` is four. Beginnings have entries
 * of their own because a search through all the words that begin with two letters would read most of the index, and
 * because Postgres then knows how many people each finds.
 */
export function searchWords(...texts: readonly (string | null)[]): string[] {
  return [...new Set(texts.flatMap((text) => (text === null ? [] : wordsOf(text).flatMap(entriesOf))))];
}

/**
 * @returns a `tsquery` that finds who has, for each word of the text, a word that begins with it; null if the text has
 * no word
 */
export function searchQuery(text: string): string | null {
  const words = [...new Set(wordsOf(text))];
  // Words are letters and digits alone, so they can stand in a query as they are.
  const terms = words.map((word) => (Array.from(word).length > INDEXED_CHARACTERS ? `'${word}':*` : `'${word}*'`));
  return terms.length === 0 ? null : terms.join(' & ');
}

/** How keys are searched for. */
export interface KeySearch {
  /** A `tsquery`. */
  readonly words: string;
  /** Regular expressions that a user name must match, all of them: each word begins one of its words. */
  readonly beginnings: readonly string[];
}

/** @returns null if the text has no word, and so finds nothing */
export function keySearch(text: string): KeySearch | null {
  const words = searchQuery(text);
  // User names are lower-case ASCII; words are letters and digits alone, so they can stand in an expression as they
  // are.
  return words === null ? null : { words, beginnings: wordsOf(text).map((word) => `(^|[^a-z0-9])${word}`) };
}

function entriesOf(word: string): string[] {
  const characters = Array.from(word);
  const beginnings = characters
    .slice(0, INDEXED_CHARACTERS)
    .map((_, index) => `${characters.slice(0, index + 1).join('')}*`);
  return characters.length > INDEXED_CHARACTERS ? [...beginnings, word] : beginnings;
}

function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}
