import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { call } from '../api/http.js';
import { gatewaysQuery } from '../api/queries.js';
import { useMay } from '../app/access.js';
import { useAction } from '../app/use-action.js';
import { useMessages } from '../text/messages-context.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Card, Empty, Loading, Page } from '../ui/layout.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { Table, tableStyles } from '../ui/table.js';
import { Ago } from '../ui/time.js';

/** Seen longer ago than this, it is not running or cannot reach the service. */
const LIVE_MS = 15_000;

/** Each gateway as it is now; the page asks again every two seconds. */
export function GatewaysPage(): ReactNode {
  const { gateways: text } = useMessages();
  const may = useMay();
  const queries = useQueryClient();
  const gateways = useQuery(gatewaysQuery);
  const retire = useAction(
    (id: string) => call('DELETE', `/v1/gateways/${encodeURIComponent(id)}`),
    () => void queries.invalidateQueries({ queryKey: gatewaysQuery.queryKey }),
  );
  return (
    <Page title={text.title} lead={text.lead}>
      <ProblemNotice error={gateways.error ?? retire.error} />
      {gateways.data === undefined ? (
        gateways.error === null && <Loading />
      ) : (
        <Card isFlush>
          {gateways.data.items.length === 0 ? (
            <Empty title={text.none}>{text.noneText}</Empty>
          ) : (
            <Table
              label={text.title}
              columns={[
                { name: text.gateway },
                { name: text.state },
                { name: text.lag },
                { name: text.position, align: 'number' },
                { name: text.lease },
                { name: text.lastSeen },
                { name: text.retire, isHidden: true },
              ]}
            >
              {gateways.data.items.map((gateway) => {
                const isLive = Date.now() - Date.parse(gateway.lastSeenAt) < LIVE_MS;
                return (
                  <tr key={gateway.gatewayId}>
                    <td className={tableStyles.main}>
                      <bdi>{gateway.gatewayId}</bdi>
                      <small>{versionAndProcesses(gateway, text.processes)}</small>
                    </td>
                    <td>
                      <Badge tone={isLive ? 'good' : 'bad'}>{isLive ? text.live : text.silent}</Badge>
                    </td>
                    <td>{text.behind(gateway.lagEvents)}</td>
                    <td className={tableStyles.number}>{gateway.appliedPosition}</td>
                    <td>{gateway.leaseUntil === null ? '–' : <Ago at={gateway.leaseUntil} />}</td>
                    <td>
                      <Ago at={gateway.lastSeenAt} />
                    </td>
                    <td className={tableStyles.end}>
                      {may('settings.manage') && !isLive && (
                        <Button
                          size="small"
                          look="dangerQuiet"
                          aria-label={text.retireNamed(gateway.gatewayId)}
                          isBusy={retire.isBusy}
                          onPress={() => retire.start(gateway.gatewayId)}
                        >
                          {text.retire}
                        </Button>
                      )}
                    </td>
                  </tr>
                );
              })}
            </Table>
          )}
        </Card>
      )}
    </Page>
  );
}

/** `processes` was a number and becomes a list of them. */
function versionAndProcesses(
  { processes, version }: { readonly processes: unknown; readonly version: string | null },
  sentence: (count: number) => string,
): string {
  const count = Array.isArray(processes) ? processes.length : Number(processes);
  return [version, sentence(count)].filter((part) => part !== null).join(' · ');
}
