import { Injectable } from '@nestjs/common';
import { DomainError, type JsonObject } from '@keyfold/domain';
import { claimIdempotencyKey, type HeldClaim, releaseIdempotencyKey } from '@keyfold/event-store';
import { Database } from '../platform/database.js';
import { ApiKeyQueries } from '../tables/api-key-queries.js';
import { UserQueries } from '../tables/user-queries.js';
import type { DecidedAnswer, Written } from './decision.js';
import { type PersonalValues, withoutPersonalValues, withPersonalValues } from './personal-values.js';
import { RequestFingerprints } from './request-fingerprints.js';

/** What is kept of an answer: no secret, no personal value. */
interface RememberedAnswer {
  readonly body: JsonObject;
  readonly position: number;
  readonly version: number;
  readonly personal: { readonly kind: PersonalValues['kind']; readonly id: string } | null;
}

/** Gives a repeated request the answer of the first, per actor and Idempotency-Key. */
@Injectable()
export class IdempotentAnswers {
  constructor(
    private readonly database: Database,
    private readonly users: UserQueries,
    private readonly apiKeys: ApiKeyQueries,
    private readonly fingerprints: RequestFingerprints,
  ) {}

  /**
   * @param execute must complete the claim that it gets by what it appends; if it throws, the key is free again
   * @throws DomainError `IDEMPOTENCY_KEY_IN_USE`, `IDEMPOTENCY_KEY_REUSED`
   */
  async once(
    actor: string,
    idempotency: { key: string; fingerprint: string },
    execute: (claim: HeldClaim) => Promise<Written>,
  ): Promise<Written> {
    const { logTime, pool } = this.database;
    const fingerprints = this.fingerprints.of(idempotency.fingerprint);
    const outcome = await claimIdempotencyKey(pool, {
      actor,
      key: idempotency.key,
      fingerprints,
      keepsOldAnswers: logTime.suspicion !== null,
    });
    if (outcome.kind === 'in-use')
      throw new DomainError('IDEMPOTENCY_KEY_IN_USE', 'The first request with this Idempotency-Key is still running.');
    if (outcome.kind === 'reused')
      throw new DomainError('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another request.');
    if (outcome.kind === 'replay') return this.replay(outcome.status, outcome.body as unknown as RememberedAnswer);
    try {
      return await execute(outcome.claim);
    } catch (error) {
      // Only a claim without an answer is released: had the commit succeeded and its confirmation been lost, the answer
      // stands.
      await releaseIdempotencyKey(pool, outcome.claim);
      throw error;
    }
  }

  /** The form in which an answer is kept, in the transaction of its events. */
  toRemember(answer: DecidedAnswer, meta: { position: number; version: number }): { status: number; body: JsonObject } {
    const remembered: RememberedAnswer = {
      body: withoutPersonalValues(answer.body, answer.personal),
      ...meta,
      personal: answer.personal ? { kind: answer.personal.kind, id: answer.personal.id } : null,
    };
    return { status: answer.status, body: { ...remembered } };
  }

  private async replay(status: number, { body, position, version, personal }: RememberedAnswer): Promise<Written> {
    const filled = personal ? withPersonalValues(body, personal, await this.current(personal)) : body;
    return { status, body: filled, position, confirms: position, version, isReplay: true };
  }

  private async current({ kind, id }: PersonalValues): Promise<JsonObject> {
    if (kind === 'user') return { ...(await this.users.find(id))?.state };
    const found = await this.apiKeys.find(id);
    if (found === undefined) return {};
    const { allowedIpRanges, name } = found.key;
    const { owner } = found.view;
    const username = 'username' in owner ? owner.username : null;
    return { username, name, allowedIpRanges: allowedIpRanges === null ? null : [...allowedIpRanges] };
  }
}
