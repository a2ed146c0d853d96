import { Injectable } from '@nestjs/common';
import { foldUser, initialUserState, type OidcIdentity, type UserState, userStream } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { foldRecords } from '../../write/stream-reader.js';

export interface LinkedIdentity {
  readonly identity: OidcIdentity;
  /** Time of the record that linked it. RFC 3339. */
  readonly linkedAt: string;
}

/**
 * Reads identities from the log: the state that gateways share has no time of linking, and a member more there would
 * make each gateway build its projection anew.
 */
@Injectable()
export class LinkedIdentities {
  constructor(private readonly store: PostgresEventStore) {}

  /** @returns the identities of a user in the order of linking; undefined if there is no such user */
  async of(userId: string): Promise<readonly LinkedIdentity[] | undefined> {
    const linkedAt = new Map<OidcIdentity, string>();
    let user: UserState = initialUserState;
    for (const stored of await this.store.readStream(userStream(userId))) {
      user = foldRecords({ category: 'user', initial: user, fold: foldUser }, [stored]);
      // The fold keeps an identity's object for as long as it is linked.
      for (const identity of identitiesOf(user) ?? [])
        if (!linkedAt.has(identity)) linkedAt.set(identity, stored.record.recordedAt);
    }
    return identitiesOf(user)?.map((identity) => ({ identity, linkedAt: linkedAt.get(identity) ?? '' }));
  }
}

function identitiesOf(user: UserState): readonly OidcIdentity[] | undefined {
  return 'oidcIdentities' in user ? user.oidcIdentities : undefined;
}
