import type { ApiKeyState, Category, RoleState, SettingsState, UserState } from '@keyfold/domain';

/** The domain's state for a stream of each category. */
export interface StateOf {
  settings: SettingsState;
  role: RoleState;
  user: UserState;
  'api-key': ApiKeyState;
}

/** What a stream's records up to `version` say. */
export interface Fact<State> {
  readonly version: number;
  readonly state: State;
}

/** A fact as it is after a batch, and where it was touched last. */
export type FactChange = { readonly [C in Category]: ChangeOf<C> }[Category];

export interface ChangeOf<C extends Category> {
  readonly category: C;
  readonly stream: string;
  readonly id: string;
  readonly fact: Fact<StateOf[C]>;
  /** The stream began in this batch, so no row of it exists. */
  readonly isNew: boolean;
  readonly position: number;
  /**
   * Of the sealed fields that records of the batch brought, the newest of each. Only rows keep them, memory does
   * without.
   */
  readonly commitments: Commitments;
}

/** Commitments by the names of the sealed fields. */
export type Commitments = Readonly<Record<string, string>>;
