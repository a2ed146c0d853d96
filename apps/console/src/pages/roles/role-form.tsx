import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call, newIntent } from '../../api/http.js';
import { type PermissionName, roleQuery, rolesQuery, type Versioned } from '../../api/queries.js';
import type { Role, RolePreview } from '../../api/types.gen.js';
import { type Action, useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { DialogFoot } from '../../ui/dialog.js';
import { TextField, textOf } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { useFieldErrors } from '../../ui/problem-notice.js';
import { useAnnounce } from '../../ui/toast.js';
import { PermissionChoice } from './permission-choice.js';
import { RolePreviewDialog } from './role-preview-dialog.js';

interface RoleFormProps {
  /** As it was when the dialog was opened, so that nothing is overwritten unseen; null for a new one. */
  readonly current: Versioned<Role> | null;
  readonly onClose: () => void;
  readonly onDeleted?: () => void;
}

interface RoleBody {
  readonly name: string;
  readonly description: string | null;
  readonly permissions: readonly PermissionName[];
}

interface Previewed {
  readonly body: RoleBody;
  readonly preview: RolePreview;
}

/** What a change does to the holders of the role is shown before it is made. */
export function RoleForm({ current, onClose, onDeleted }: RoleFormProps): ReactNode {
  const { roles: text, common } = useMessages();
  const fieldErrors = useFieldErrors();
  const queries = useQueryClient();
  const role = current?.resource ?? null;
  const [chosen, setChosen] = useState<ReadonlySet<PermissionName>>(() => new Set(role?.permissions));
  const [previewed, setPreviewed] = useState<Previewed | null>(null);
  const [idempotencyKey] = useState(() => newIntent());
  const finish = useFinish(onClose);
  const change = <Body,>(query: string, body: RoleBody) =>
    call<Body>('PATCH', `/v1/roles/${role?.id ?? ''}${query}`, { body, ifMatch: current?.etag ?? null });
  const save = useAction(
    (body: RoleBody) =>
      role === null ? call<Role>('POST', '/v1/roles', { body, idempotencyKey }) : change<Role>('', body),
    () => {
      if (role !== null) void queries.invalidateQueries({ queryKey: roleQuery(role.id).queryKey });
      finish(common.saved);
    },
  );
  const preview = useAction(
    async (body: RoleBody): Promise<Previewed> => ({
      body,
      preview: (await change<RolePreview>('?dryRun=true', body)).body,
    }),
    (found) => {
      // What concerns nobody needs no question.
      if (found.preview.affected.users === 0) save.start(found.body);
      else setPreviewed(found);
    },
  );
  const remove = useAction(
    () => call('DELETE', `/v1/roles/${role?.id ?? ''}`),
    () => {
      onDeleted?.();
      finish(text.deleted);
    },
  );
  const send = (form: HTMLFormElement): void => {
    const body = bodyOf(new FormData(form), chosen);
    if (role === null) save.start(body);
    else preview.start(body);
  };
  return (
    <>
      <Form problems={fieldErrors(preview.error ?? save.error)} onSend={send}>
        {previewed === null && <ActionStatus of={lastOf(preview, save)} />}
        <ActionStatus of={remove} />
        <TextField label={text.name} name="name" defaultValue={role?.name ?? ''} isRequired autoFocus />
        <TextField
          label={text.description}
          name="description"
          defaultValue={role?.description ?? ''}
          isMarkedOptional
        />
        <PermissionChoice chosen={chosen} onChange={setChosen} />
        <DialogFoot>
          {role !== null && (
            <Button look="dangerQuiet" isBusy={remove.isBusy} onPress={() => remove.start()}>
              {common.delete}
            </Button>
          )}
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={preview.isBusy || save.isBusy}>
            {common.save}
          </Button>
        </DialogFoot>
      </Form>
      {previewed !== null && (
        <RolePreviewDialog
          preview={previewed.preview}
          before={role?.permissions ?? []}
          save={save}
          onClose={() => setPreviewed(null)}
          onConfirm={() => save.start(previewed.body)}
        />
      )}
    </>
  );
}

/** Saving comes after a preview that went well. */
function lastOf(preview: Action<never>, save: Action<never>): Action<never> {
  return preview.isBusy || preview.error !== null ? preview : save;
}

function bodyOf(data: FormData, chosen: ReadonlySet<PermissionName>): RoleBody {
  const description = textOf(data, 'description').trim();
  return { name: textOf(data, 'name').trim(), description: description || null, permissions: [...chosen] };
}

function useFinish(onClose: () => void): (sentence: string) => void {
  const queries = useQueryClient();
  const announce = useAnnounce();
  return (sentence) => {
    announce(sentence);
    void queries.invalidateQueries({ queryKey: rolesQuery.queryKey });
    void queries.invalidateQueries({ queryKey: ['me'] });
    onClose();
  };
}
