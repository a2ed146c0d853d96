import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { forksQuery } from '../../api/queries.js';
import type { LogForks, StandingFork } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { forkState } from '../../app/fork-banner.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Card, Empty, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { AcknowledgeDialog, type NewOrigin } from './acknowledge-dialog.js';
import { History } from './history.js';
import { LostCard } from './lost-card.js';
import { PublicKey } from './public-key.js';
import styles from './forks.module.css';

const route = getRouteApi('/shell/forks');

/** The fork that stands, with what it takes to go on; and those that are over. */
export function ForksPage(): ReactNode {
  const { forks: text } = useAuditMessages();
  const forks = useQuery({ ...forksQuery, refetchInterval: 3_000 });
  const [done, setDone] = useState<NewOrigin | null>(null);
  const { data } = forks;
  // Whoever has acknowledged it knows that the service is away for a moment.
  const isAwaited = done !== null || (data !== undefined && forkState(data) === 'restarting');
  return (
    <Page title={text.title} lead={text.lead}>
      {!isAwaited && <ProblemNotice error={forks.error} onRetry={() => void forks.refetch()} />}
      {done !== null && <Done origin={done} />}
      {data === undefined ? forks.error === null && <Loading /> : <State forks={data} onDone={setDone} />}
    </Page>
  );
}

function Done({ origin: { origin, publicKey } }: { readonly origin: NewOrigin }): ReactNode {
  const { forks: text } = useAuditMessages();
  return (
    <div role="status">
      <Callout tone="good" title={text.acknowledged}>
        <p>{text.acknowledgedText(origin)}</p>
        <p>{text.again}</p>
        <PublicKey publicKey={publicKey} />
      </Callout>
    </div>
  );
}

interface StateProps {
  readonly forks: LogForks;
  readonly onDone: (origin: NewOrigin) => void;
}

function State({ forks, onDone }: StateProps): ReactNode {
  const { forks: text } = useAuditMessages();
  const { of } = route.useSearch();
  const { acknowledged, fork, publicKey } = forks;
  const state = forkState(forks);
  const shown = acknowledged.find(({ recordPosition }) => String(recordPosition) === of);
  return (
    <>
      {fork !== null && <Standing fork={fork} onDone={onDone} />}
      {state === 'restarting' && <Callout tone="info">{text.restarting}</Callout>}
      {state === 'unconfirmed' && (
        <Callout tone="warn" title={text.unconfirmed}>
          {text.unconfirmedText}
        </Callout>
      )}
      {shown !== undefined && <LostCard key={shown.recordPosition} fork={shown} of={shown.recordPosition} />}
      {acknowledged.length > 0 ? (
        <History acknowledged={acknowledged} publicKey={publicKey} />
      ) : (
        fork === null && (
          <Card isFlush>
            <Empty title={text.none}>{text.noneText}</Empty>
          </Card>
        )
      )}
    </>
  );
}

interface StandingProps {
  readonly fork: StandingFork;
  readonly onDone: (origin: NewOrigin) => void;
}

function Standing({ fork, onDone }: StandingProps): ReactNode {
  const { forks: text } = useAuditMessages();
  const mayManage = useMay()('settings.manage');
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Callout tone="bad" title={text.standing(fork.position)}>
        {text.standingText}
      </Callout>
      <Card title={text.meaning}>
        <ul className={styles.points}>
          {text.meanings.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </Card>
      <LostCard fork={fork} of={null} />
      <Card
        title={text.before}
        foot={
          mayManage ? (
            <Button look="danger" onPress={() => setIsOpen(true)}>
              {text.acknowledge}
            </Button>
          ) : (
            text.readOnly
          )
        }
      >
        <ol className={styles.numbered}>
          {text.steps.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ol>
      </Card>
      {isOpen && <AcknowledgeDialog fork={fork} onClose={() => setIsOpen(false)} onDone={onDone} />}
    </>
  );
}
