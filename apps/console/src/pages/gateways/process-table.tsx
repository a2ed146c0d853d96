import { type ReactNode, useState } from 'react';
import type { GatewayProcess } from '../../api/types.gen.js';
import { useMessages } from '../../text/messages-context.js';
import { Badge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { Table, tableStyles } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';
import { ApproveDialog } from './approve-dialog.js';

export interface ProcessTableProps {
  readonly gatewayId: string;
  readonly processes: readonly GatewayProcess[];
  readonly mayApprove: boolean;
}

/** The processes of a gateway: each has a key of its own and, if it may decide, a lease. */
export function ProcessTable({ gatewayId, processes, mayApprove }: ProcessTableProps): ReactNode {
  const { gateways: text } = useMessages();
  const [approving, setApproving] = useState<GatewayProcess | null>(null);
  return (
    <>
      <Table
        label={text.processesOf(gatewayId)}
        columns={[
          { name: text.process },
          { name: text.state },
          { name: text.lag },
          { name: text.lease },
          { name: text.lastSeen },
          { name: text.approve, isHidden: true },
        ]}
      >
        {processes.map((process) => (
          <tr key={process.incarnation}>
            <td className={tableStyles.main}>
              {process.slot === null ? text.olderProcess : text.slot(process.slot)}
              <small>
                <bdi>{process.version ?? ''}</bdi>
              </small>
            </td>
            <td>
              <ProcessState process={process} />
            </td>
            <td>{text.behind(process.lagEvents)}</td>
            <td>{process.leaseUntil === null ? '–' : <Ago at={process.leaseUntil} />}</td>
            <td>
              <Ago at={process.lastSeenAt} />
            </td>
            <td className={tableStyles.end}>
              {mayApprove && waitsForApproval(process) && (
                <Button
                  size="small"
                  look="primary"
                  aria-label={text.approveNamed(gatewayId, process.slot ?? '')}
                  onPress={() => setApproving(process)}
                >
                  {text.approve}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      {approving !== null && (
        <ApproveDialog gatewayId={gatewayId} process={approving} onClose={() => setApproving(null)} />
      )}
    </>
  );
}

function waitsForApproval({ noLease, verifierKey }: GatewayProcess): boolean {
  return noLease === 'NOT_APPROVED' && verifierKey !== null;
}

function ProcessState({ process }: { readonly process: GatewayProcess }): ReactNode {
  const { gateways: text } = useMessages();
  const { noLease } = process;
  if (noLease === null) return <Badge tone="good">{text.decides}</Badge>;
  const reasons: Readonly<Record<string, string>> = text.noLease;
  return (
    <>
      <Badge tone={waitsForApproval(process) ? 'warn' : 'bad'}>
        {waitsForApproval(process) ? text.waits : text.refusesAll}
      </Badge>
      {/* A reason that a newer service knows and this page does not is shown as it is. */}
      <small>{reasons[noLease] ?? noLease}</small>
    </>
  );
}
