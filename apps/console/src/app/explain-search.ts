/** What the page "Explain" is asked; it stands in the address, so that an answer can be linked. */
export interface ExplainSearch {
  /** The key's id. */
  readonly key?: string;
  readonly user?: string;
  readonly position?: string;
  readonly at?: string;
  readonly method?: string;
  readonly ip?: string;
  /** Separated by commas. */
  readonly scopes?: string;
}
