import { Injectable } from '@nestjs/common';
import { PostgresEventStore } from '@keyfold/event-store';
import { ForkAlarm } from '@keyfold/messaging';
import { ProblemError } from '@keyfold/service-kit';
import type { Caller } from '../../http/caller.js';
import type { Confirmation } from '../../http/confirmation.js';
import { ApiKeyQueries } from '../../tables/api-key-queries.js';
import { ReceiptRows } from '../../tables/receipt-rows.js';
import { ReceiptMaker, type ReceiptProofs, type SettledRow } from './receipt-maker.js';

const KEY_STREAM = 'api-key/';

/** Receipts: made when a write is first confirmed, and who may read them. */
@Injectable()
export class Receipts {
  constructor(
    private readonly rows: ReceiptRows,
    private readonly maker: ReceiptMaker,
    private readonly forks: ForkAlarm,
  ) {}

  async confirmationOf(position: number): Promise<Confirmation | undefined> {
    const stored = await this.rows.find(position);
    // As it was stored by confirm().
    return stored?.confirmation as Confirmation | undefined;
  }

  /** Reads what the receipt of a committed write will need. */
  prepare(position: number): Promise<ReceiptProofs | null> {
    return this.maker.prepare(position);
  }

  /**
   * Makes and stores the receipt; only then is the write confirmed.
   *
   * @param settled.rows every lease row from before the write
   * @param settled.proofs what was prepared
   * @returns what is stored: of several replicas, the first
   * @throws LogForkedError on a fork
   */
  async confirm(
    position: number,
    settled: { readonly rows: readonly SettledRow[]; readonly proofs: ReceiptProofs | null },
    gateways: Confirmation['gateways'],
  ): Promise<Confirmation> {
    this.forks.assertNone();
    const file = await this.maker.make(position, settled.rows, settled.proofs);
    const confirmation: Confirmation = { status: 'confirmed', position, gateways };
    const stored = await this.rows.insert(position, { confirmation, file });
    return stored.confirmation as Confirmation;
  }

  /** Lets an actor read a receipt that confirms a request of theirs, whoever has written the record. */
  admitReader(position: number, actor: string): Promise<void> {
    return this.rows.addReader(position, actor);
  }
}

/** Who may have a receipt. */
@Injectable()
export class ReceiptFiles {
  constructor(
    private readonly rows: ReceiptRows,
    private readonly store: PostgresEventStore,
    private readonly keys: ApiKeyQueries,
  ) {}

  /**
   * The receipt file.
   *
   * @throws ProblemError 404 for a caller whom the record does not concern; 409 `NOT_CONFIRMED` before it is confirmed
   */
  async read(caller: Caller, position: number): Promise<string> {
    if (!(await this.mayRead(caller, position))) throw new ProblemError(404, 'NOT_FOUND', 'There is no such receipt.');
    const stored = await this.rows.find(position);
    if (stored === undefined) throw new ProblemError(409, 'NOT_CONFIRMED', 'The write is not confirmed yet.');
    return stored.file;
  }

  /**
   * The record's actor, the owner or supervisor of the key concerned, audit.read, and whose own request it confirmed.
   */
  private async mayRead(caller: Caller, position: number): Promise<boolean> {
    const stored = await this.store.readAt(position);
    if (stored === undefined) return false;
    const { actor, stream } = stored.record;
    if (caller.may('audit.read') || actor === caller.actor) return true;
    if (await this.rows.hasReader(position, caller.actor)) return true;
    return stream.startsWith(KEY_STREAM) && this.concernsKeyOf(caller, stream.slice(KEY_STREAM.length));
  }

  private async concernsKeyOf(caller: Caller, keyId: string): Promise<boolean> {
    const found = await this.keys.find(keyId);
    if (found === undefined) return false;
    if (found.key.userId === caller.userId) return true;
    const { owner } = found.view;
    const supervisorId = 'supervisorId' in owner ? owner.supervisorId : null;
    return supervisorId === caller.userId && caller.may('api-keys.supervise');
  }
}
