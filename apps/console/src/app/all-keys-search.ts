/** What the list of all keys is narrowed to; it stands in the address, so that a list can be linked. */
export interface AllKeysSearch {
  readonly query?: string;
  readonly status?: string;
  readonly userId?: string;
  readonly sort?: string;
  /** Within so many days. */
  readonly ending?: string;
  /** For so many days. */
  readonly unused?: string;
}
