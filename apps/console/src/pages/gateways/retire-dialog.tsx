import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { call, Problem } from '../../api/http.js';
import { gatewaysQuery } from '../../api/queries.js';
import type { Gateway } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { Ago } from '../../ui/time.js';
import { useAnnounce } from '../../ui/toast.js';

export interface RetireDialogProps {
  readonly gateway: Gateway;
  readonly isLive: boolean;
  readonly onClose: () => void;
}

/**
 * Forgets a gateway for good. As long as a lease of its processes may run the service refuses: a gateway that decides
 * cannot be taken back unseen.
 */
export function RetireDialog({ gateway, isLive, onClose }: RetireDialogProps): ReactNode {
  const { gateways: text, common } = useMessages();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const retire = useAction(
    () => call('DELETE', `/v1/gateways/${encodeURIComponent(gateway.gatewayId)}`),
    () => {
      announce(text.retired);
      void queries.invalidateQueries({ queryKey: gatewaysQuery.queryKey });
      onClose();
    },
  );
  const isLeaseRunning = retire.error instanceof Problem && retire.error.code === 'LEASE_RUNNING';
  return (
    <Dialog title={text.retireTitle(gateway.gatewayId)} onClose={onClose}>
      <p>{text.retireText}</p>
      {isLive && <Callout tone="warn">{text.retireLive}</Callout>}
      {isLeaseRunning ? (
        <Callout tone="bad">
          {text.leaseRunning}
          {gateway.leaseUntil !== null && (
            <>
              {' '}
              {text.lease} <Ago at={gateway.leaseUntil} />.
            </>
          )}
        </Callout>
      ) : (
        <ActionStatus of={retire} />
      )}
      <DialogFoot>
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button look="danger" isBusy={retire.isBusy} onPress={() => retire.start()}>
          {text.retire}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
