/** A key as the recorder sees it: one object for as long as the key is in memory, so that what it was used for is found without a look-up. */
export interface UsedKey {
  readonly key: string;
  /** Where its use waits, if it does; the recorder's alone. */
  useMark: number;
}

/** For a key that has not been used yet. */
export const NO_USE = -1;
