import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Problem } from '../../api/http.js';
import type { Event } from '../../api/types.gen.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { Badge, type BadgeTone } from '../../ui/badge.js';
import { Callout } from '../../ui/callout.js';
import { Card, layout, Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { hex } from './bytes.js';
import { PinKey, PinnedKey, storedPin } from './pinned-key.js';
import { type Step, type Verdict, verifyRecord } from './proof.js';
import styles from './audit.module.css';

/** Without a secure context there is none, whatever the type says. */
const HAS_CRYPTO = (crypto as { subtle?: SubtleCrypto }).subtle !== undefined;

export interface ProofCardProps {
  /** The one that was asked for. */
  readonly position: number;
  readonly record: Event;
}

/** Whether the record is in the signed tree, computed on this page from the bytes and not asked of the server. */
export function ProofCard({ position, record }: ProofCardProps): ReactNode {
  const { proof: text } = useAuditMessages();
  const [pinned, setPinned] = useState(storedPin);
  const [isPossible, setIsPossible] = useState(HAS_CRYPTO);
  return (
    <Card title={text.title} lead={text.lead}>
      {!isPossible ? (
        <Callout tone="warn" title={text.impossible}>
          <p>{text.impossibleText}</p>
          <Command position={position} />
        </Callout>
      ) : (
        <>
          {pinned === null ? (
            <PinKey onPinned={setPinned} onImpossible={() => setIsPossible(false)} />
          ) : (
            <>
              <Checked position={position} record={record} pinned={pinned} />
              <PinnedKey pinned={pinned} onForgotten={() => setPinned(null)} />
            </>
          )}
          <details>
            <summary>{text.commandLine}</summary>
            <div className={styles.fold}>
              <p className={layout.small}>{text.commandLineText}</p>
              <Command position={position} />
            </div>
          </details>
        </>
      )}
    </Card>
  );
}

function Command({ position }: { readonly position: number }): ReactNode {
  const { proof: text } = useAuditMessages();
  return (
    <pre className={styles.json} tabIndex={0} dir="ltr">
      {text.command(position)}
    </pre>
  );
}

function Checked({ position, record, pinned }: ProofCardProps & { readonly pinned: string }): ReactNode {
  const { proof: text } = useAuditMessages();
  const verdict = useQuery({
    queryKey: ['verdict', position, pinned, record],
    queryFn: ({ signal }) => verifyRecord({ position, record, pinnedKey: pinned }, signal),
    retry: false,
    staleTime: Infinity,
  });
  if (verdict.error instanceof Problem && verdict.error.code === 'LOG_FORKED')
    return (
      <Callout tone="bad" title={text.fork}>
        {text.forkNoticed}
      </Callout>
    );
  if (verdict.error !== null) return <ProblemNotice error={verdict.error} onRetry={() => void verdict.refetch()} />;
  if (verdict.data === undefined) return <Loading />;
  return (
    <>
      <Outcome position={position} verdict={verdict.data} pinned={pinned} />
      <ul className={styles.steps}>
        {verdict.data.steps.map((step) => (
          <li key={step.name}>
            <Badge tone={TONES[step.outcome]}>{text[step.outcome]}</Badge>
            <span>{text.steps[step.name]}</span>
          </li>
        ))}
      </ul>
      <Path verdict={verdict.data} />
      <Checkpoints verdict={verdict.data} />
    </>
  );
}

const TONES: Readonly<Record<Step['outcome'], BadgeTone>> = { holds: 'good', fails: 'bad', skipped: 'plain' };

interface OutcomeProps {
  readonly position: number;
  readonly verdict: Verdict;
  readonly pinned: string;
}

/** The verdict in a sentence. It verifies only if every single step holds. */
function Outcome({ position, verdict: { checkpoint, growth, otherSigners, steps }, pinned }: OutcomeProps): ReactNode {
  const { proof: text } = useAuditMessages();
  const failed = steps.find(({ outcome }) => outcome === 'fails');
  if (failed === undefined && checkpoint !== null && growth !== null)
    return (
      <Callout tone="good" title={text.good(position)}>
        <p>{text.goodText(checkpoint.size)}</p>
        <p>{growth.kind === 'first' ? text.firstSeen : text.seen(growth.seen.size)}</p>
      </Callout>
    );
  const now = checkpoint?.size ?? 0;
  return (
    <>
      <Callout tone="bad" title={text.bad(position)}>
        {failed !== undefined && <p>{text.badAt(text.steps[failed.name])}</p>}
        <p>{text.badText}</p>
      </Callout>
      {otherSigners !== null && (
        <Callout tone="bad" title={text.keyChanged}>
          {text.keyChangedText(pinned.split('+').slice(0, 2).join('+'), otherSigners.join(', '))}
        </Callout>
      )}
      {growth?.kind === 'forked' && (
        <Callout tone="bad" title={text.fork}>
          {text.forkText(growth.seen.size, now)}
        </Callout>
      )}
      {growth?.kind === 'shrunk' && (
        <Callout tone="bad" title={text.shrunk}>
          {text.shrunkText(growth.seen.size, now)}
        </Callout>
      )}
    </>
  );
}

function Path({ verdict: { checkpoint, leafHash, nodes } }: { readonly verdict: Verdict }): ReactNode {
  const { proof: text } = useAuditMessages();
  return (
    <details>
      <summary>{text.showPath(nodes.length)}</summary>
      <ol className={styles.path} dir="ltr">
        <li>
          <span className={layout.small}>{text.leaf}</span>
          <code>{leafHash}</code>
        </li>
        {nodes.map(({ result, sibling, side }, index) => (
          <li key={result}>
            <span className={layout.small}>
              {text.joined(side)} <code>{sibling.slice(0, 16)}…</code>
              {index === nodes.length - 1 && ` · ${text.root}`}
            </span>
            <code>{result}</code>
          </li>
        ))}
        {checkpoint !== null && (
          <li>
            <span className={layout.small}>{text.signedBy(checkpoint.origin)}</span>
            <code>{hex(checkpoint.root)}</code>
          </li>
        )}
      </ol>
    </details>
  );
}

/** The evidence, to be saved. */
function Checkpoints({ verdict: { checkpoint, growth } }: { readonly verdict: Verdict }): ReactNode {
  const { proof: text } = useAuditMessages();
  if (checkpoint === null) return null;
  const seen = growth === null || growth.kind === 'first' ? null : growth.seen;
  const notes = [
    ...(seen === null ? [] : [[text.checkpointSeen, seen.text] as const]),
    [text.checkpointNow, checkpoint.text] as const,
  ];
  return (
    <details open={growth?.kind === 'forked' || growth?.kind === 'shrunk'}>
      <summary>{text.showCheckpoints}</summary>
      <div className={styles.fold}>
        {notes.map(([name, note]) => (
          <figure key={name} className={layout.stack}>
            <figcaption className={layout.small}>{name}</figcaption>
            <pre className={styles.json} tabIndex={0} dir="ltr">
              {note}
            </pre>
          </figure>
        ))}
      </div>
    </details>
  );
}
