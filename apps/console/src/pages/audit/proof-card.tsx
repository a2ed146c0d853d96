import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { get } from '../../api/http.js';
import type { Event, InclusionProof } from '../../api/types.gen.js';
import { useMessages } from '../../text/messages-context.js';
import { Badge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { dialogStyles } from '../../ui/dialog.js';
import { TextField, textOf } from '../../ui/field.js';
import { Card, layout, Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { readVerifierKey, type Verdict, verifyInclusion } from './proof.js';
import styles from './audit.module.css';

const PINNED = 'keyfold.log-key';

/** Whether the record is in the signed tree, computed on this page from the bytes and not asked of the server. */
export function ProofCard({ record }: { readonly record: Event }): ReactNode {
  const { proof: text } = useMessages();
  const [pinnedKey, setPinnedKey] = useState(() => localStorage.getItem(PINNED));
  // The type says that it is always there; without a secure context it is not.
  const isPossible = (crypto as { subtle?: SubtleCrypto }).subtle !== undefined;
  return (
    <Card title={text.title} lead={text.lead}>
      {!isPossible ? (
        <Callout tone="warn" title={text.impossible}>
          <code>{text.command(record.position)}</code>
        </Callout>
      ) : pinnedKey === null ? (
        <PinKey
          onPinned={(key) => {
            localStorage.setItem(PINNED, key);
            setPinnedKey(key);
          }}
        />
      ) : (
        <>
          <Checked record={record} pinnedKey={pinnedKey} />
          <details>
            <summary>{text.pinned}</summary>
            <p>
              <code>{pinnedKey}</code>
            </p>
            <Button
              size="small"
              onPress={() => {
                localStorage.removeItem(PINNED);
                setPinnedKey(null);
              }}
            >
              {text.unpin}
            </Button>
          </details>
        </>
      )}
      <p className={layout.small}>{text.worth}</p>
    </Card>
  );
}

function PinKey({ onPinned }: { readonly onPinned: (key: string) => void }): ReactNode {
  const { proof: text } = useMessages();
  const [problem, setProblem] = useState<string | null>(null);
  const pin = async (key: string): Promise<void> => {
    try {
      await readVerifierKey(key);
      onPinned(key);
    } catch {
      setProblem(text.badKey);
    }
  };
  return (
    <Form
      className={dialogStyles.form ?? ''}
      validationErrors={problem === null ? {} : { key: problem }}
      onSubmit={(event) => {
        event.preventDefault();
        void pin(textOf(new FormData(event.currentTarget), 'key').trim());
      }}
    >
      <TextField
        label={text.key}
        name="key"
        hint={text.keyHint}
        isRequired
        autoComplete="off"
        inputProps={{ spellCheck: false }}
      />
      <div className={layout.actions}>
        <Button type="submit" look="primary">
          {text.pin}
        </Button>
      </div>
    </Form>
  );
}

function Checked({ record, pinnedKey }: { readonly record: Event; readonly pinnedKey: string }): ReactNode {
  const { proof: text } = useMessages();
  const verdict = useQuery({
    queryKey: ['verdict', record.position, pinnedKey],
    queryFn: async ({ signal }) => {
      const proof = await get<InclusionProof>(`/v1/events/${record.position}/proof`, signal);
      return verifyInclusion(record, proof, pinnedKey);
    },
    retry: false,
    staleTime: Infinity,
  });
  if (verdict.error !== null) return <ProblemNotice error={verdict.error} onRetry={() => void verdict.refetch()} />;
  if (verdict.data === undefined) return <Loading />;
  const isGood = verdict.data.steps.every((step) => step.isGood);
  return (
    <>
      <Callout
        tone={isGood ? 'good' : 'bad'}
        title={isGood ? text.good(record.position, verdict.data.treeSize) : text.bad}
      >
        {isGood ? text.goodText : text.badText}
      </Callout>
      <ul className={styles.steps}>
        {verdict.data.steps.map(({ name, isGood: isStepGood }) => (
          <li key={name}>
            <Badge tone={isStepGood ? 'good' : 'bad'}>{isStepGood ? text.holds : text.fails}</Badge>
            {text.steps[name]}
          </li>
        ))}
      </ul>
      <Path verdict={verdict.data} />
    </>
  );
}

function Path({ verdict: { leafHash, nodes, origin, root } }: { readonly verdict: Verdict }): ReactNode {
  const { proof: text } = useMessages();
  return (
    <details>
      <summary>{text.showPath(nodes.length)}</summary>
      <ol className={styles.path} dir="ltr">
        <li>
          <span className={layout.small}>{text.leaf}</span>
          <code>{leafHash}</code>
        </li>
        {nodes.map(({ result, side, sibling }, index) => (
          <li key={result}>
            <span className={layout.small}>
              {text.joined(side)} <code>{sibling.slice(0, 16)}…</code>
              {index === nodes.length - 1 && ` · ${text.root}`}
            </span>
            <code>{result}</code>
          </li>
        ))}
        <li>
          <span className={layout.small}>{text.signedBy(origin)}</span>
          <code>{root}</code>
        </li>
      </ol>
    </details>
  );
}
