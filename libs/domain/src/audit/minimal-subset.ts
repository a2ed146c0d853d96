/**
 * The part of a sequence that a property needs: it holds for that part, and for it without any one of its elements it
 * does not. Tries to do without long runs first, the earliest before later ones, so that it takes few trials where the
 * part is small, and rather keeps what came last.
 *
 * @param length of the sequence; the property must hold for the whole
 * @param holds whether it holds for the elements at these places, in order
 * @returns their places, in order
 */
export function minimalSubset(length: number, holds: (places: readonly number[]) => boolean): number[] {
  let kept = Array.from({ length }, (_, place) => place);
  for (let run = kept.length; run > 1; run = Math.ceil(run / 2)) kept = withoutRuns(kept, run, holds);
  // Something that was needed may be needed no more once another element is gone: until none can go.
  for (let before = -1; before !== kept.length;) {
    before = kept.length;
    kept = withoutRuns(kept, 1, holds);
  }
  return kept;
}

function withoutRuns(places: readonly number[], run: number, holds: (places: readonly number[]) => boolean): number[] {
  let kept = [...places];
  for (let at = 0; at < kept.length;) {
    const rest = [...kept.slice(0, at), ...kept.slice(at + run)];
    if (holds(rest)) kept = rest;
    else at += run;
  }
  return kept;
}
