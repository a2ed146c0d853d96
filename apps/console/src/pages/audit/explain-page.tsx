import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { call, Problem } from '../../api/http.js';
import { eventQuery } from '../../api/queries.js';
import type { Explanation } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import type { ExplainSearch } from '../../app/explain-search.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { Callout, type Tone } from '../../ui/callout.js';
import { Card, Empty, Facts, layout, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { DateTime } from '../../ui/time.js';
import { bodyOf } from './question.js';
import { QuestionForm } from './question-form.js';
import { useSentenceOfEvent } from './sentence.js';
import styles from './audit.module.css';

const route = getRouteApi('/shell/explain');

/** Why a key is, or was, let in or refused. The question stands in the address, so an answer can be linked. */
export function ExplainPage(): ReactNode {
  const { explain: text } = useAuditMessages();
  const question = route.useSearch();
  const isAsked = question.key !== undefined;
  const answer = useQuery({
    queryKey: ['explain', question],
    queryFn: async ({ signal }): Promise<Told> => {
      const { body, position } = await call<Explanation>('POST', '/v1/audit/explain', {
        body: bodyOf(question),
        signal,
      });
      return { ...body, recordedAs: position };
    },
    enabled: isAsked,
    // Asking again may be one more record.
    retry: false,
    // An answer must not change under the reader's eyes: "now" is when they asked.
    staleTime: Infinity,
    gcTime: 0,
  });
  return (
    <Page title={text.title} lead={text.lead}>
      <Card title={text.question}>
        <QuestionForm
          key={JSON.stringify(question)}
          asked={question}
          isBusy={answer.isFetching}
          error={answer.error}
          onRepeat={() => void answer.refetch()}
        />
      </Card>
      {isAsked && (
        <>
          {!isAboutAField(answer.error) && <ProblemNotice error={answer.error} onRetry={() => void answer.refetch()} />}
          {answer.isFetching && <Loading />}
          {answer.data !== undefined && !answer.isFetching && <Answer question={question} answer={answer.data} />}
        </>
      )}
    </Page>
  );
}

/** Those are shown at their fields. */
function isAboutAField(error: unknown): boolean {
  return error instanceof Problem && error.errors.length > 0;
}

interface Told extends Explanation {
  /** Position of the record of this look, where the answer rests on sealed values. */
  readonly recordedAs: number | null;
}

interface AnswerProps {
  readonly question: ExplainSearch;
  readonly answer: Told;
}

function Answer({ question, answer }: AnswerProps): ReactNode {
  const { explain: text } = useAuditMessages();
  const { allowed, at, because, decidedAtPosition, reason, recordedAs } = answer;
  const may = useMay();
  const verdict = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Who has asked goes on at the answer.
    verdict.current?.focus();
  }, []);
  const [tone, title]: [Tone, string] = allowed
    ? ['good', text.allowed]
    : reason === 'UNDETERMINED'
      ? ['info', text.open]
      : ['warn', text.refused];
  return (
    <>
      <Card title={text.answer}>
        <div ref={verdict} tabIndex={-1} className={styles.verdict}>
          <Callout tone={tone} title={title}>
            <p>{reason === null ? text.allowedText : reasonText(text.reasons, reason, may('audit.reveal'))}</p>
            {recordedAs !== null && (
              <p>
                {text.recorded}{' '}
                <Link to="/events/$position" params={{ position: String(recordedAs) }}>
                  {text.eventAt(recordedAs)}
                </Link>
              </p>
            )}
          </Callout>
        </div>
        <Facts
          of={[
            ...(reason === null ? [] : [[text.reasonCode, <code key="reason">{reason}</code>] as const]),
            [
              text.key,
              <Link key="key" to="/timeline" search={{ stream: `api-key/${bodyOf(question).keyId}` }}>
                {bodyOf(question).keyId}
              </Link>,
            ],
            [
              text.decidedAt,
              <Link key="position" to="/events/$position" params={{ position: String(decidedAtPosition) }}>
                {text.eventAt(decidedAtPosition)}
              </Link>,
            ],
            [text.clock, <DateTime key="at" at={at} />],
          ]}
        />
      </Card>
      <Card title={text.because} {...(because.length === 0 ? {} : { lead: text.becauseLead })} isFlush>
        {because.length === 0 ? (
          <Empty title={text.becauseNone}>{text.becauseNoneText}</Empty>
        ) : (
          <ol className={styles.events}>
            {because.map((event) => (
              <Cause key={event.position} {...event} />
            ))}
          </ol>
        )}
      </Card>
    </>
  );
}

/** An event as the timeline shows it; until it has come, as the service has summed it up. */
function Cause({ position, summary, type }: Explanation['because'][number]): ReactNode {
  const { explain: text, timeline } = useAuditMessages();
  const sentence = useSentenceOfEvent();
  const { data: event } = useQuery(eventQuery(position, false));
  return (
    <li>
      <Link
        to="/events/$position"
        params={{ position: String(position) }}
        className={styles.position}
        aria-label={text.eventAt(position)}
      >
        #{position}
      </Link>
      <span className={styles.sentence}>{event === undefined ? type : sentence(event)}</span>
      <span className={layout.small}>{event !== undefined && <DateTime at={event.recordedAt} />}</span>
      <span className={styles.meta}>
        {event === undefined ? summary : `${timeline.by(event.actor)} · ${event.stream}`}
      </span>
    </li>
  );
}

function reasonText(reasons: Readonly<Record<string, string>>, reason: string, mayReveal: boolean): string {
  return reasons[reason === 'UNDETERMINED' && !mayReveal ? 'WITHHELD' : reason] ?? reason;
}
