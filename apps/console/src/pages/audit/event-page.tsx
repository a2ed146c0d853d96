import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Problem } from '../../api/http.js';
import { eventQuery } from '../../api/queries.js';
import type { Event } from '../../api/types.gen.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { buttonClass } from '../../ui/button.js';
import { Card, Empty, Facts, layout, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { DateTime } from '../../ui/time.js';
import { ProofCard } from './proof-card.js';
import { SealedValues } from './sealed-values.js';
import { useSentenceOfEvent } from './sentence.js';
import styles from './audit.module.css';

const route = getRouteApi('/shell/events/$position');
const API_KEY_STREAM = 'api-key/';

/** One record of the log: what it says, what is sealed in it, and the proof that the log has it. */
export function EventPage(): ReactNode {
  const { event: text } = useAuditMessages();
  const asked = route.useParams().position;
  const isPosition = /^[1-9]\d{0,14}$/.test(asked);
  const position = Number(asked);
  return (
    <Page
      title={isPosition ? text.title(position) : text.noPosition}
      lead={
        <Link to="/timeline" className={layout.small}>
          {text.back}
        </Link>
      }
      {...(isPosition ? { actions: <Neighbours position={position} /> } : {})}
    >
      {isPosition ? (
        <OneEvent key={position} position={position} />
      ) : (
        <Card isFlush>
          <Empty title={text.noPosition} action={<Link to="/timeline">{text.back}</Link>}>
            {text.noPositionText}
          </Empty>
        </Card>
      )}
    </Page>
  );
}

function Neighbours({ position }: { readonly position: number }): ReactNode {
  const { event: text } = useAuditMessages();
  const to = (other: number, name: string): ReactNode => (
    <Link to="/events/$position" params={{ position: String(other) }} className={buttonClass('secondary', 'small')}>
      {name}
    </Link>
  );
  return (
    <>
      {position > 1 && to(position - 1, text.before)}
      {to(position + 1, text.after)}
    </>
  );
}

function OneEvent({ position }: { readonly position: number }): ReactNode {
  const { event: text } = useAuditMessages();
  const [isRevealed, setIsRevealed] = useState(false);
  const plain = useQuery(eventQuery(position, false));
  // Never fetched again by itself: each look is an event.
  const revealed = useQuery({ ...eventQuery(position, true), enabled: isRevealed, retry: false });
  if (plain.error instanceof Problem && plain.error.status === 404)
    return (
      <Card isFlush>
        <Empty title={text.beyond(position)} action={<Link to="/timeline">{text.back}</Link>}>
          {text.beyondText}
        </Empty>
      </Card>
    );
  if (plain.error !== null) return <ProblemNotice error={plain.error} onRetry={() => void plain.refetch()} />;
  if (plain.data === undefined) return <Loading />;
  return (
    <>
      <RecordCard event={plain.data}>
        <SealedValues
          event={revealed.data ?? plain.data}
          isBusy={revealed.isFetching}
          onReveal={() => {
            if (isRevealed) void revealed.refetch();
            setIsRevealed(true);
          }}
        />
        <ProblemNotice error={revealed.error} />
      </RecordCard>
      <ProofCard position={position} record={plain.data} />
    </>
  );
}

function RecordCard({ event, children }: { readonly event: Event; readonly children: ReactNode }): ReactNode {
  const { event: text } = useAuditMessages();
  const sentence = useSentenceOfEvent();
  return (
    <Card title={sentence(event)}>
      <Facts
        of={[
          [text.when, <DateTime key="when" at={event.recordedAt} />],
          [
            text.actor,
            <Link key="actor" to="/timeline" search={{ actor: event.actor }}>
              {event.actor}
            </Link>,
          ],
          [
            text.stream,
            <Link key="stream" to="/timeline" search={{ stream: event.stream }}>
              {event.stream}
            </Link>,
          ],
          [text.version, String(event.version)],
          [text.type, `${event.type} (${event.schemaVersion})`],
        ]}
      />
      {children}
      {event.stream.startsWith(API_KEY_STREAM) && (
        <p>
          <Link
            to="/explain"
            search={{ key: event.stream.slice(API_KEY_STREAM.length), position: String(event.position) }}
          >
            {text.explain}
          </Link>
        </p>
      )}
      <details>
        <summary>{text.json}</summary>
        <pre className={styles.json} tabIndex={0} dir="ltr">
          {JSON.stringify(event, null, 2)}
        </pre>
      </details>
    </Card>
  );
}
