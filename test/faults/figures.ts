/** What a run comes to, in numbers. */
export interface Figures {
  /** Commands that were answered with success. */
  readonly acknowledged: number;
  /** What is wrong between these and the log: lost, repeated, or something else. */
  readonly lost: number;
  /** Requests that a gateway answered. */
  readonly judged: number;
  /** Allowed, although the rules refuse it on the facts that the answer names, or on facts that are too old. */
  readonly wrongAllows: number;
  /** Writes that were confirmed. */
  readonly confirmed: number;
  /** Requests that began after a confirmation and rest on what it took away, and those of them that were allowed. */
  readonly afterConfirmation: number;
  readonly allowedAfterConfirmation: number;
}

export function sumOfFigures(all: readonly Figures[]): Figures {
  const sum = (of: keyof Figures): number => all.reduce((total, figures) => total + figures[of], 0);
  return {
    acknowledged: sum('acknowledged'),
    lost: sum('lost'),
    judged: sum('judged'),
    wrongAllows: sum('wrongAllows'),
    confirmed: sum('confirmed'),
    afterConfirmation: sum('afterConfirmation'),
    allowedAfterConfirmation: sum('allowedAfterConfirmation'),
  };
}

/** Prints them in one line, past Jest's frames around what is logged. */
export function printFigures(name: string, figures: Figures): void {
  const { acknowledged, afterConfirmation, allowedAfterConfirmation, confirmed, judged, lost, wrongAllows } = figures;
  process.stdout.write(
    `${name}: ${acknowledged} commands acknowledged, ${lost} of them lost; ${judged} requests judged, ${wrongAllows} wrong allows; ` +
      `${confirmed} writes confirmed, ${allowedAfterConfirmation} allows that began after a receipt, over ${afterConfirmation} requests\n`,
  );
}
