// Half of the memory of a key and its owner holds parts that many of them share, so these are interned. States are
// immutable, so sharing them is safe. With packing (packed-key.ts) a key and its user take a third of the memory; bench
// part `memory` measures the whole.

/**
 * Values kept by one interner; installations have far fewer different ones. Beyond that, values are left as they are.
 */
const MAX_REMEMBERED = 1_000;

/**
 * Keeps one value for all equal ones, so that 100,000 keys do not hold 100,000 lists of the same roles. Equal: the same
 * JSON.
 */
export class Interner<Value> {
  private readonly byText = new Map<string, Value>();

  /** @returns the first value that was equal to this one */
  intern(value: Value): Value {
    const text = JSON.stringify(value);
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    if (this.byText.size < MAX_REMEMBERED) this.byText.set(text, value);
    return value;
  }
}

/** The empty list, interned. */
export const NONE: readonly [] = [];
const lists = new Interner<readonly string[]>();

/** The one list for all equal ones. */
export function internedList(list: readonly string[]): readonly string[] {
  return list.length === 0 ? NONE : lists.intern(list);
}

/** @param nothing the interned value with all optional members null; returned where `part` equals it */
export function sharedIfNull<Part extends object>(part: Part, nothing: Part): Part {
  return Object.entries(part).every(([name, value]) => value === nothing[name as keyof Part]) ? nothing : part;
}

/** Whether it is a count of milliseconds that can be taken apart into days and what is left. */
export function isWholeMoment(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 0;
}
