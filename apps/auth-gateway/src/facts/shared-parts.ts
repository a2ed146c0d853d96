/* Half of what a key and its owner take in memory is in parts that most of them have alike, and is there once. What a state says never changes,
   so sharing is safe. */

/** Different values that are worth being remembered; installations have far fewer. */
const MAX_REMEMBERED = 1_000;

/** Keeps one value for all that read the same, so that 100,000 keys do not hold 100,000 lists of the same roles. */
export class Same<Value> {
  readonly #byText = new Map<string, Value>();

  as(value: Value): Value {
    const text = JSON.stringify(value);
    const same = this.#byText.get(text);
    if (same !== undefined) return same;
    if (this.#byText.size < MAX_REMEMBERED) this.#byText.set(text, value);
    return value;
  }
}

/** Nothing, the same one everywhere. */
export const NONE: readonly [] = [];
const lists = new Same<readonly string[]>();

/** The same list for all that read alike. */
export function listOf(list: readonly string[]): readonly string[] {
  return list.length === 0 ? NONE : lists.as(list);
}

/** @param nothing the same with everything null that can be */
export function sharedIfNull<Part extends object>(part: Part, nothing: Part): Part {
  return Object.entries(part).every(([name, value]) => value === nothing[name as keyof Part]) ? nothing : part;
}

/** Whether it is a count of milliseconds that can be taken apart into days and what is left. */
export function isWholeMoment(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 0;
}
