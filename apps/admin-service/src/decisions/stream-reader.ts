import { Injectable } from '@nestjs/common';
import {
  apiKeyStream,
  foldApiKey,
  foldRole,
  foldSettings,
  foldUser,
  initialApiKeyState,
  initialRoleState,
  initialSettingsState,
  initialUserState,
  readEvent,
  roleStream,
  SETTINGS_STREAM,
  userStream,
  type ApiKeyState,
  type Category,
  type ReadOf,
  type RoleState,
  type SettingsState,
  type UserState,
} from '@keyfold/domain';
import { PostgresEventStore, type StoredRecord } from '@keyfold/event-store';

/** The fold of one stream, and the version up to which it was read; 0 if the stream does not exist. */
export interface Folded<State> {
  readonly stream: string;
  readonly version: number;
  readonly state: State;
}

/** Reads what decisions rest on from the log itself, not from the read models. */
@Injectable()
export class StreamReader {
  constructor(private readonly store: PostgresEventStore) {}

  settings(): Promise<Folded<SettingsState>> {
    return this.fold('settings', SETTINGS_STREAM, initialSettingsState, foldSettings);
  }

  role(roleId: string): Promise<Folded<RoleState>> {
    return this.fold('role', roleStream(roleId), initialRoleState, foldRole);
  }

  roles(roleIds: readonly string[]): Promise<Folded<RoleState>[]> {
    return Promise.all([...new Set(roleIds)].map((roleId) => this.role(roleId)));
  }

  user(userId: string): Promise<Folded<UserState>> {
    return this.fold('user', userStream(userId), initialUserState, foldUser);
  }

  apiKey(keyId: string): Promise<Folded<ApiKeyState>> {
    return this.fold('api-key', apiKeyStream(keyId), initialApiKeyState, foldApiKey);
  }

  private async fold<C extends Category, State>(
    category: C,
    stream: string,
    initial: State,
    fold: (state: State, read: ReadOf<C>) => State,
  ): Promise<Folded<State>> {
    const records = await this.store.readStream(stream);
    return { stream, version: records.length, state: foldRecords({ category, initial, fold }, records) };
  }
}

/** Folds further records of a stream, e.g. those that an append has just written. */
export function foldRecords<C extends Category, State>(
  from: { category: C; initial: State; fold: (state: State, read: ReadOf<C>) => State },
  records: readonly StoredRecord[],
): State {
  return records.reduce(
    (state, { record, openings }) => from.fold(state, readAs(from.category, record, openings)),
    from.initial,
  );
}

function readAs<C extends Category>(category: C, ...[record, openings]: Parameters<typeof readEvent>): ReadOf<C> {
  const read = readEvent(record, openings);
  // An event that this version does not know may be the one that forbids what is being decided.
  if ((read.kind !== 'event' && read.kind !== 'invalid') || read.category !== category)
    throw new Error(`record ${record.position} of ${record.stream} cannot be read by this version (${read.kind})`);
  return read as ReadOf<C>;
}
