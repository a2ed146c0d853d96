import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { get, Problem } from '../../api/http.js';
import { useMessages } from '../../text/messages-context.js';
import { Badge } from '../../ui/badge.js';
import { layout } from '../../ui/layout.js';
import { Ago } from '../../ui/time.js';
import styles from './receipt.module.css';

export interface Confirmation {
  readonly status: 'confirmed' | 'pending';
  readonly position: number;
  readonly gateways: readonly ConfirmedGateway[];
}

export interface ConfirmedGateway {
  readonly gatewayId: string;
  readonly by: 'applied' | 'lease-ended' | null;
  readonly confirmedAt: string | null;
  readonly leaseUntil: string | null;
}

export interface ReceiptProps {
  readonly position: number;
  /** What was written: a revocation by default. */
  readonly kind?: 'revocation' | 'revocations' | 'settings';
}

/**
 * Each gateway turning from "pending" to "refuses it", and at the end the sentence that no gateway accepts any more
 * what the write took away.
 *
 * @param position of the write
 */
export function Receipt({ position, kind = 'revocation' }: ReceiptProps): ReactNode {
  const { receipt } = useMessages();
  const text = { ...receipt, ...receipt.kinds[kind] };
  const { data, error } = useQuery({
    queryKey: ['confirmations', position],
    queryFn: ({ signal }) => get<Confirmation>(`/v1/confirmations/${position}`, signal),
    refetchInterval: ({ state }) => (state.data?.status === 'confirmed' ? false : 700),
  });
  if (error instanceof Problem && data === undefined) return <p className={layout.soft}>{text.unknown}</p>;
  const gateways = data?.gateways ?? [];
  const isConfirmed = data?.status === 'confirmed';
  return (
    <div className={styles.receipt}>
      <p className={styles.verdict} role="status">
        {isConfirmed ? (gateways.length === 0 ? text.confirmedNoGateway : text.confirmed) : text.pending}
      </p>
      <ul className={styles.list} aria-label={text.gateways}>
        {gateways.map((gateway) => (
          <li key={gateway.gatewayId}>
            <bdi>{gateway.gatewayId}</bdi>
            <GatewayVerdict gateway={gateway} refuses={text.refuses} />
          </li>
        ))}
      </ul>
      <p className={layout.small}>{text.position(position)}</p>
    </div>
  );
}

interface GatewayVerdictProps {
  readonly gateway: ConfirmedGateway;
  readonly refuses: string;
}

function GatewayVerdict({ gateway: { by, leaseUntil, confirmedAt }, refuses }: GatewayVerdictProps): ReactNode {
  const { receipt: text } = useMessages();
  if (by === 'applied')
    return (
      <span>
        {confirmedAt !== null && (
          <span className={layout.small}>
            <Ago at={confirmedAt} />{' '}
          </span>
        )}
        <Badge tone="good">{refuses}</Badge>
      </span>
    );
  if (by === 'lease-ended') return <Badge tone="good">{text.leaseEnded}</Badge>;
  return (
    <span>
      {leaseUntil !== null && (
        <span className={layout.small}>
          {text.atTheLatest} <Ago at={leaseUntil} />{' '}
        </span>
      )}
      <Badge tone="warn">{text.waiting}</Badge>
    </span>
  );
}
