import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Event } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { Badge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Facts } from '../../ui/layout.js';
import { matchesCommitment } from './commitment.js';
import styles from './audit.module.css';

export interface SealedValuesProps {
  /** With `revealed` once the values have been asked for. */
  readonly event: Event;
  readonly isBusy: boolean;
  readonly onReveal: () => void;
}

/** What only its commitment stands for in the log. Seeing it is an event of its own, and the page says so before. */
export function SealedValues({ event, isBusy, onReveal }: SealedValuesProps): ReactNode {
  const { event: text } = useAuditMessages();
  const may = useMay();
  const names = Object.keys(event.sealed);
  if (names.length === 0) return null;
  if (event.revealed !== undefined)
    return (
      <Callout tone="info" title={text.sealed}>
        <Facts of={names.map((name) => [name, <Value key={name} event={event} field={name} />])} />
        <p className={styles.after}>{text.revealed}</p>
      </Callout>
    );
  return (
    <Callout
      tone="info"
      title={text.sealed}
      actions={
        may('audit.reveal') && (
          <Button size="small" isBusy={isBusy} onPress={onReveal}>
            {text.reveal}
          </Button>
        )
      }
    >
      <p>{text.sealedText(names.join(', '))}</p>
      <p>{may('audit.reveal') ? text.revealNote : text.mayNotReveal}</p>
    </Callout>
  );
}

function Value({ event, field }: { readonly event: Event; readonly field: string }): ReactNode {
  const { event: text } = useAuditMessages();
  if (!Object.hasOwn(event.revealed ?? {}, field)) return text.hash;
  const value = event.revealed?.[field];
  // A value that is null and has a salt is one that was taken away; without one it was erased.
  if (typeof event.salts?.[field] !== 'string') return text.erased;
  return (
    <>
      <bdi>{typeof value === 'string' ? value : JSON.stringify(value)}</bdi> <Match event={event} field={field} />
    </>
  );
}

/** Computed here, where the browser can: that this very value was sealed in the record. */
function Match({ event, field }: { readonly event: Event; readonly field: string }): ReactNode {
  const { event: text } = useAuditMessages();
  const match = useQuery({
    queryKey: ['commitment', event.position, field, event.revealed?.[field], event.salts?.[field]],
    queryFn: () => matchesCommitment(event, field),
    // Without a secure context there is none, whatever the type says.
    enabled: (crypto as { subtle?: SubtleCrypto }).subtle !== undefined,
    staleTime: Infinity,
    gcTime: 0,
  });
  if (match.data === undefined) return null;
  return match.data ? <Badge tone="good">{text.matches}</Badge> : <Badge tone="bad">{text.doesNotMatch}</Badge>;
}
