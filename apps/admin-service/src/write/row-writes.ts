import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@keyfold/domain';
import { completeIdempotencyKey } from '@keyfold/event-store';
import { Database } from '../platform/database.js';
import { LogHead } from '../tables/log-head.js';
import type { Written } from './decision.js';
import { IdempotentAnswers } from './idempotent-answers.js';
import type { WriteRequest } from './write-request.js';

/** What a write of rows answers. */
export interface RowAnswer {
  readonly status: number;
  readonly body: JsonObject;
  readonly version: number;
}

/** Writes that are rows and no events, with the conventions of all writes: position of the head, Idempotency-Key. */
@Injectable()
export class RowWrites {
  constructor(
    private readonly database: Database,
    private readonly answers: IdempotentAnswers,
    private readonly head: LogHead,
  ) {}

  /**
   * @param work runs once; not for a repeat. Its answer is remembered after it: a crash in between leaves what it has
   *   written, and a repeat would write again.
   */
  async run({ actor, idempotency }: WriteRequest, work: () => Promise<RowAnswer>): Promise<Written> {
    if (idempotency === null) return this.answered(await work());
    return this.answers.once(actor, idempotency, async (claim) => {
      const written = await this.answered(await work());
      const { body, position, status, version } = written;
      const remembered = this.answers.toRemember({ status, body }, { position, version });
      await completeIdempotencyKey(this.database.pool, claim, remembered);
      return written;
    });
  }

  private async answered(answer: RowAnswer): Promise<Written> {
    const position = await this.head.position();
    return { ...answer, position, confirms: position, isReplay: false };
  }
}
