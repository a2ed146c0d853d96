import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError, gatewayRetired, gatewayStream } from '@keyfold/domain';
import type { Tx } from '@keyfold/event-store';
import type { Written } from '../../write/decision.js';
import { StreamReader } from '../../write/stream-reader.js';
import type { WriteRequest } from '../../write/write-request.js';
import { Writer } from '../../write/writer.js';

/** A gateway that is gone for good: its keys are never accepted again, and it is forgotten. */
export class RetireGateway extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly gatewayId: string,
  ) {
    super();
  }
}

@CommandHandler(RetireGateway)
export class RetireGatewayHandler implements ICommandHandler<RetireGateway> {
  constructor(
    private readonly writer: Writer,
    private readonly streams: StreamReader,
  ) {}

  execute({ gatewayId, write }: RetireGateway): Promise<Written> {
    const stream = gatewayStream(gatewayId);
    return this.writer.run(write, () => ({
      resource: stream,
      read: async () => {
        const keys = await this.streams.gatewayKeys(gatewayId);
        return { state: keys.state, streams: [keys] };
      },
      decide: () => [gatewayRetired(gatewayId)],
      guard: (tx) => refuseUnlessOver(tx, gatewayId),
      answer: () => ({ status: 204, body: {} }),
    }));
  }
}

/**
 * Under the head lock. A lease that is granted in between keeps its row until it is over, and confirmations wait for
 * it.
 */
async function refuseUnlessOver(tx: Tx, gatewayId: string): Promise<DomainError | null> {
  const { rows } = await tx.query<{ is_known: boolean; is_running: boolean }>(selectState, [gatewayId]);
  const [state] = rows;
  if (state?.is_known !== true) return new DomainError('NOT_FOUND', 'There is no such gateway.');
  if (state.is_running)
    return new DomainError('LEASE_RUNNING', 'A process of the gateway has a lease that may still run.');
  return null;
}

const selectState = `
  select
    exists (select 1 from keyfold.gateway_leases l where l.gateway_id = $1::text)
      or exists (select 1 from keyfold.gateway_enrolments e where e.gateway_id = $1::text and e.retired_position is null) as is_known,
    exists (
      select 1
      from keyfold.gateway_leases l
      where l.gateway_id = $1::text
        and l.ended is null
        and l.longest_seconds > 0
    ) as is_running`;
