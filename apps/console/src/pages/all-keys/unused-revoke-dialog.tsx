import { type ReactNode, useState } from 'react';
import { serviceNow } from '../../api/clock.js';
import { useMessages } from '../../text/messages-context.js';
import { Select } from '../../ui/choices.js';
import { Dialog } from '../../ui/dialog.js';
import { BulkRevocation } from './bulk-revocation.js';

const DAY_MS = 86_400_000;
const DAYS = [30, 90, 180, 365];

/** Ends the keys that nobody has used for so long, whatever the list shows. */
export function UnusedRevokeDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { allKeys: text } = useMessages();
  const [isRevoked, setIsRevoked] = useState(false);
  const [days, setDays] = useState('90');
  const [openedAt] = useState(() => serviceNow());
  const unusedSince = new Date(openedAt - Number(days) * DAY_MS).toISOString();
  return (
    <Dialog title={isRevoked ? text.revoked : text.bulkTitle} onClose={onClose} isWide>
      {!isRevoked && (
        <Select
          label={text.bulkUnused}
          value={days}
          onChange={setDays}
          options={DAYS.map((one) => [String(one), text.bulkDays(one)])}
        />
      )}
      {/* Another span of time is another question. */}
      <BulkRevocation
        key={days}
        filter={{ unusedSince }}
        confirm={text.bulkConfirm}
        onRevoked={() => setIsRevoked(true)}
        onClose={onClose}
      />
    </Dialog>
  );
}
