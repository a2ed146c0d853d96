import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { gatewaysQuery } from '../../api/queries.js';
import type { Gateway } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Badge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { Card, Empty, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { Ago, useNow } from '../../ui/time.js';
import { ProcessTable } from './process-table.js';
import { RetireDialog } from './retire-dialog.js';
import styles from './gateways.module.css';

/** Seen longer ago than this, it is not running or cannot reach the service. */
const LIVE_MS = 15_000;

/** Each gateway as it is now; the page asks again every two seconds. */
export function GatewaysPage(): ReactNode {
  const { gateways: text } = useMessages();
  const gateways = useQuery(gatewaysQuery);
  return (
    <Page title={text.title} lead={text.lead}>
      <ProblemNotice error={gateways.error} onRetry={() => void gateways.refetch()} />
      {gateways.data === undefined ? (
        gateways.error === null && <Loading />
      ) : gateways.data.items.length === 0 ? (
        <Card isFlush>
          <Empty title={text.none}>{text.noneText}</Empty>
        </Card>
      ) : (
        gateways.data.items.map((gateway) => <GatewayCard key={gateway.gatewayId} gateway={gateway} />)
      )}
    </Page>
  );
}

function GatewayCard({ gateway }: { readonly gateway: Gateway }): ReactNode {
  const { gateways: text } = useMessages();
  const mayManage = useMay()('settings.manage');
  const [isRetiring, setIsRetiring] = useState(false);
  const isLive = useNow(5_000) - Date.parse(gateway.lastSeenAt) < LIVE_MS;
  return (
    <Card
      title={
        <span className={styles.name}>
          <bdi>{gateway.gatewayId}</bdi>
          <Badge tone={isLive ? 'good' : 'bad'}>{isLive ? text.live : text.silent}</Badge>
        </span>
      }
      lead={<Summary gateway={gateway} />}
      isFlush
      actions={
        mayManage && (
          <Button
            size="small"
            look="dangerQuiet"
            aria-label={text.retireNamed(gateway.gatewayId)}
            onPress={() => setIsRetiring(true)}
          >
            {text.retire}
          </Button>
        )
      }
    >
      {gateway.processes.length === 0 ? (
        <Empty title={text.noProcess}>{text.noProcessText}</Empty>
      ) : (
        <ProcessTable gatewayId={gateway.gatewayId} processes={gateway.processes} mayApprove={mayManage} />
      )}
      {isRetiring && <RetireDialog gateway={gateway} isLive={isLive} onClose={() => setIsRetiring(false)} />}
    </Card>
  );
}

/** How far it is, how long it may decide, and when it was heard of. */
function Summary({ gateway }: { readonly gateway: Gateway }): ReactNode {
  const { gateways: text } = useMessages();
  return (
    <span className={styles.summary}>
      <span>{text.behind(gateway.lagEvents)}</span>
      <span>{text.atPosition(gateway.appliedPosition)}</span>
      <span>
        {text.lastSeen} <Ago at={gateway.lastSeenAt} />
      </span>
      {gateway.leaseUntil !== null && (
        <span>
          {text.lease} <Ago at={gateway.leaseUntil} />
        </span>
      )}
      {gateway.version !== null && <span>{text.version(gateway.version)}</span>}
    </span>
  );
}
