import { type ReactNode, useState } from 'react';
import type { ApiKey } from '../../api/types.gen.js';
import { useMessages } from '../../text/messages-context.js';
import { Dialog } from '../../ui/dialog.js';
import { BulkRevocation } from './bulk-revocation.js';

export interface BulkRevokeDialogProps {
  readonly keys: readonly ApiKey[];
  readonly onClose: (isDone: boolean) => void;
}

/** Ends the keys that were chosen. */
export function BulkRevokeDialog({ keys, onClose }: BulkRevokeDialogProps): ReactNode {
  const { allKeys: text } = useMessages();
  const [isRevoked, setIsRevoked] = useState(false);
  return (
    <Dialog title={isRevoked ? text.revoked : text.revokeTitle} onClose={() => onClose(isRevoked)} isWide>
      <BulkRevocation
        filter={{ keyIds: keys.map(({ id }) => id) }}
        confirm={() => text.revokeChosen}
        onRevoked={() => setIsRevoked(true)}
        onClose={onClose}
      />
    </Dialog>
  );
}
