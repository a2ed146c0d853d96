import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { eventQuery } from '../../api/queries.js';
import type { Event } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Card, Facts, layout, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { DateTime } from '../../ui/time.js';
import { ProofCard } from './proof-card.js';
import { sentenceOfEvent } from './sentence.js';
import styles from './audit.module.css';

const route = getRouteApi('/shell/events/$position');

export function EventPage(): ReactNode {
  const messages = useMessages();
  const { event: text } = messages;
  const position = Number(route.useParams().position);
  const [isRevealed, setIsRevealed] = useState(false);
  const event = useQuery(eventQuery(position, isRevealed));
  return (
    <Page
      title={text.title(position)}
      lead={
        <Link to="/timeline" className={layout.small}>
          {text.back}
        </Link>
      }
    >
      <ProblemNotice error={event.error} onRetry={() => void event.refetch()} />
      {event.data === undefined ? (
        event.error === null && <Loading />
      ) : (
        <>
          <Card title={sentenceOfEvent(event.data, messages)}>
            <Facts
              of={[
                [text.when, <DateTime key="when" at={event.data.recordedAt} />],
                [text.actor, event.data.actor],
                [
                  text.stream,
                  <Link key="stream" to="/timeline" search={{ stream: event.data.stream }}>
                    {event.data.stream}
                  </Link>,
                ],
                [text.version, String(event.data.version)],
                [text.type, `${event.data.type} (${event.data.schemaVersion})`],
              ]}
            />
            <Sealed event={event.data} isRevealed={isRevealed} onReveal={() => setIsRevealed(true)} />
            <details>
              <summary>{text.json}</summary>
              <pre className={styles.json} tabIndex={0} dir="ltr">
                {JSON.stringify(event.data, null, 2)}
              </pre>
            </details>
          </Card>
          <ProofCard record={event.data} />
        </>
      )}
    </Page>
  );
}

interface SealedProps {
  readonly event: Event;
  readonly isRevealed: boolean;
  readonly onReveal: () => void;
}

/** What only its commitment stands for in the log; seeing it is an event of its own. */
function Sealed({ event, isRevealed, onReveal }: SealedProps): ReactNode {
  const { event: text } = useMessages();
  const may = useMay();
  const names = Object.keys(event.sealed);
  if (names.length === 0) return null;
  return (
    <Callout
      tone="info"
      title={text.sealed}
      actions={
        may('audit.reveal') &&
        !isRevealed && (
          <Button size="small" onPress={onReveal}>
            {text.reveal}
          </Button>
        )
      }
    >
      {isRevealed && event.revealed !== undefined ? (
        <Facts of={names.map((name) => [name, <bdi key={name}>{shown(event.revealed?.[name], text.erased)}</bdi>])} />
      ) : (
        <>
          {text.sealedText(names.join(', '))} {may('audit.reveal') && text.revealNote}
        </>
      )}
    </Callout>
  );
}

/** A revealed value comes plain, or with the salt that its commitment was made with. */
function shown(revealed: unknown, erased: string): string {
  const value =
    typeof revealed === 'object' && revealed !== null && 'salt' in revealed && 'value' in revealed
      ? revealed.value
      : revealed;
  if (value === null || value === undefined) return erased;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
