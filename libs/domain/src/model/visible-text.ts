/**
 * Text that people write for other people to read: names, notes, descriptions. Characters that hide or reorder text
 * would let one person show another something that is not there, so requests may not use them, and they are removed
 * from what an identity provider sends. Categories and properties are Unicode's (UAX #44), emoji sequences those of UTS
 * #51.
 */

/** Controls, line breaks, characters that reorder text, and those that fonts show as nothing. */
const HIDING = String.raw`[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]`;

/** Where scripts and emoji need such a character, because it changes how its neighbours look. */
const NEEDED = [
  // ZWNJ and ZWJ between letters: Persian, the scripts of India.
  String.raw`(?<=[\p{L}\p{M}])(?<!\p{Default_Ignorable_Code_Point})[\u200C\u200D](?!\p{Default_Ignorable_Code_Point})(?=[\p{L}\p{M}])`,
  // ZWJ inside an emoji of several.
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic})`,
  // One variation selector behind what it varies. Several in a row could carry any hidden text.
  String.raw`(?<=[\p{L}\p{M}\p{N}\p{P}\p{S}])(?<!\p{Default_Ignorable_Code_Point})\p{Variation_Selector}`,
  // The flag of a part of a country.
  String.raw`(?<=\u{1F3F4})[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{3,6}\u{E007F}`,
].join('|');

const HIDING_OR_NEEDED = new RegExp(`(?<needed>${NEEDED})|${HIDING}`, 'gu');
/** A letter, digit or sign. The blank Braille pattern is a sign that shows nothing. */
const VISIBLE = /(?!\u2800)(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u;

/** Whether the text shows something and hides nothing. White space at its ends is the caller's to trim. */
export function isVisibleText(text: string): boolean {
  return VISIBLE.test(text) && withoutHiding(text) === text;
}

/**
 * The text without what hides or reorders, in one line, trimmed, and cut to a number of characters (code points): for
 * text that nobody can be asked to write again.
 * @returns null if nothing visible is left
 */
export function cleanText(text: string, maxCharacters: number): string | null {
  const cut = Array.from(cleaned(text.toWellFormed())).slice(0, maxCharacters).join('');
  const rest = cleaned(cut); // The cut may have parted a sequence.
  return VISIBLE.test(rest) ? rest : null;
}

/**
 * Repeats until nothing changes: a character that may stay because of its neighbour has to go once the neighbour is
 * removed.
 */
function cleaned(text: string): string {
  const next = withoutHiding(text.replace(/\s+/gu, ' ')).trim();
  return next === text ? text : cleaned(next);
}

function withoutHiding(text: string): string {
  return text.replace(HIDING_OR_NEEDED, (_match, needed: string | undefined) => needed ?? '');
}
