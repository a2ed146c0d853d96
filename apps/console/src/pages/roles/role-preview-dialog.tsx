import type { ReactNode } from 'react';
import type { PermissionName } from '../../api/queries.js';
import type { RolePreview } from '../../api/types.gen.js';
import type { Action } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { layout } from '../../ui/layout.js';
import { Table, tableStyles } from '../../ui/table.js';
import { DateTime } from '../../ui/time.js';
import { sentenceOf } from './role-text.js';

export interface RolePreviewDialogProps {
  readonly preview: RolePreview;
  /** What the role permits now. */
  readonly before: readonly PermissionName[];
  readonly save: Pick<Action<never>, 'isBusy' | 'isSlow' | 'error' | 'stop'>;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

/** Who gains and who loses what by a change of a role, before it is made. */
export function RolePreviewDialog({ preview, before, save, onClose, onConfirm }: RolePreviewDialogProps): ReactNode {
  const { roles: text, common } = useMessages();
  const { affected, permissions } = preview;
  const takesAway = permissions.some(({ lose }) => lose > 0);
  return (
    <Dialog title={text.previewTitle} onClose={onClose} isWide>
      <p>{text.previewLead(affected.users)}</p>
      <Table label={text.permissions} columns={[{ name: text.permission }, { name: text.effect }]}>
        {permissions.map(({ gain, lose, permission }) => (
          <tr key={permission}>
            <td className={tableStyles.main}>
              {sentenceOf(permission, text) ?? permission}
              <small>{permission}</small>
            </td>
            <td>{before.includes(permission) ? text.lose(lose) : text.gain(gain)}</td>
          </tr>
        ))}
      </Table>
      {affected.keys > 0 && <Keys preview={preview} />}
      <ActionStatus of={save} />
      <DialogFoot>
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button look={takesAway ? 'danger' : 'primary'} isBusy={save.isBusy} onPress={onConfirm}>
          {text.previewConfirm(affected.users)}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

/** One change gives the right to sign in or takes it, so all keys go the same way. */
function Keys({ preview: { affected, sample } }: { readonly preview: RolePreview }): ReactNode {
  const { roles: text, keys: keyText } = useMessages();
  const stops = sample.some(({ wouldPass }) => !wouldPass);
  const title = stops ? text.keysStop(affected.keys) : text.keysStart(affected.keys);
  return (
    <>
      <Callout tone={stops ? 'warn' : 'info'}>{title}</Callout>
      <Table label={title} columns={[{ name: keyText.name }, { name: keyText.expiry }]}>
        {sample.map(({ effectiveExpiresAt, keyId, name, username }) => (
          <tr key={keyId}>
            <td className={tableStyles.main}>
              <bdi>{name ?? keyId}</bdi>
              {username !== null && (
                <small>
                  <bdi>{username}</bdi>
                </small>
              )}
            </td>
            <td>
              <DateTime at={effectiveExpiresAt} />
            </td>
          </tr>
        ))}
      </Table>
      {affected.keys > sample.length && <p className={layout.small}>{text.andMore(affected.keys - sample.length)}</p>}
    </>
  );
}
