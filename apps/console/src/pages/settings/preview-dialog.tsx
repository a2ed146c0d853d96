import type { ReactNode } from 'react';
import type { SecuritySettingsPreview } from '../../api/types.gen.js';
import type { Action } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { layout } from '../../ui/layout.js';
import { Table, tableStyles } from '../../ui/table.js';
import { DateTime } from '../../ui/time.js';

export interface PreviewDialogProps {
  readonly preview: SecuritySettingsPreview;
  readonly save: Pick<Action<never>, 'isBusy' | 'isSlow' | 'error' | 'stop'>;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

/** Which keys and people a change would touch, before it is made. */
export function PreviewDialog({ preview, save, onClose, onConfirm }: PreviewDialogProps): ReactNode {
  const { security: text, common } = useMessages();
  const { affected, sample } = preview;
  return (
    <Dialog title={text.previewTitle} onClose={onClose} isWide>
      <Callout tone="warn">{text.affected(affected.keys, affected.users)}</Callout>
      <Table
        label={text.previewTitle}
        columns={[{ name: text.owner }, { name: text.endsNow }, { name: text.wouldEnd }]}
      >
        {sample.map((row) => (
          <tr key={row.keyId}>
            <td className={tableStyles.main}>
              <bdi>{row.username ?? text.erased}</bdi>
            </td>
            <td>
              <DateTime at={row.effectiveExpiresAt} />
            </td>
            <td>{row.wouldBe === null ? text.wouldBeRefused : <DateTime at={row.wouldBe} />}</td>
          </tr>
        ))}
      </Table>
      {affected.keys > sample.length && <p className={layout.small}>{text.andMore(affected.keys - sample.length)}</p>}
      <ActionStatus of={save} />
      <DialogFoot>
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button look="danger" isBusy={save.isBusy} onPress={onConfirm}>
          {text.confirm(affected.keys)}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
