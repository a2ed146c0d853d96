import { assertNever } from './errors.js';
import type { ReadOf } from './event-reader.js';
import type { RecordedEvent, RoleEvent } from './events.js';
import { inCatalogueOrder, type Permission } from './permissions.js';

/** A role that exists. */
export type ActiveRole = {
  readonly status: 'active';
  readonly name: string;
  readonly description: string | null;
  /** In the catalogue's order. */
  readonly permissions: readonly Permission[];
  readonly system: boolean;
};

/** The fold of `role/<id>`. A JSON value. `unusable`: a record of the stream was invalid; gives nothing, for good. */
export type RoleState =
  { readonly status: 'none' } | ActiveRole | { readonly status: 'deleted' } | { readonly status: 'unusable' };

export const initialRoleState: RoleState = { status: 'none' };
const UNUSABLE: RoleState = { status: 'unusable' };

/** The state after the event. Total: what no decider would have written makes the role unusable. */
export function evolveRole(state: RoleState, { event }: RecordedEvent<RoleEvent>): RoleState {
  switch (event.type) {
    case 'RoleCreated':
      if (state.status !== 'none') return UNUSABLE;
      return { status: 'active', ...event.data, permissions: inCatalogueOrder(event.data.permissions) };
    case 'RoleChanged':
      if (state.status !== 'active') return UNUSABLE;
      return {
        ...state,
        ...event.data.after,
        permissions: inCatalogueOrder(event.data.after.permissions ?? state.permissions),
      };
    case 'RoleDeleted':
      return state.status === 'none' ? UNUSABLE : { status: 'deleted' };
    default:
      return assertNever(event);
  }
}

/** The state after a record of the stream, an invalid one included. */
export function foldRole(state: RoleState, read: ReadOf<'role'>): RoleState {
  return read.kind === 'event' ? evolveRole(state, read.recorded) : UNUSABLE;
}
