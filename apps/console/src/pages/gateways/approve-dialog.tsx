import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { call } from '../../api/http.js';
import { gatewaysQuery } from '../../api/queries.js';
import type { GatewayProcess } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { useAnnounce } from '../../ui/toast.js';
import styles from './gateways.module.css';

export interface ApproveDialogProps {
  readonly gatewayId: string;
  readonly process: GatewayProcess;
  readonly onClose: () => void;
}

/**
 * Lets a process decide, after a person has compared its key with what it logs: whoever has the shared secret could ask
 * in its name.
 */
export function ApproveDialog({ gatewayId, process, onClose }: ApproveDialogProps): ReactNode {
  const { gateways: text, common } = useMessages();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const approve = useAction(
    () =>
      call('POST', `/v1/gateways/${encodeURIComponent(gatewayId)}/approve`, {
        body: { verifierKeys: [process.verifierKey] },
      }),
    () => {
      announce(text.approved);
      void queries.invalidateQueries({ queryKey: gatewaysQuery.queryKey });
      onClose();
    },
  );
  return (
    <Dialog title={text.approveTitle} onClose={onClose}>
      <p>{text.approveText(gatewayId, process.slot ?? '')}</p>
      <Callout tone="warn">{text.approveWarning}</Callout>
      <code className={styles.fingerprint} translate="no">
        {process.fingerprint}
      </code>
      <ActionStatus of={approve} />
      <DialogFoot>
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button look="primary" isBusy={approve.isBusy} onPress={() => approve.start()}>
          {text.approveConfirm}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
