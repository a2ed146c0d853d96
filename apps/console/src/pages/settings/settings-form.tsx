import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call, Problem } from '../../api/http.js';
import { settingsQuery, type Versioned } from '../../api/queries.js';
import type { SecuritySettings, SecuritySettingsPatch, SecuritySettingsPreview } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Form } from '../../ui/form.js';
import { Card, layout } from '../../ui/layout.js';
import { ProblemNotice, useFieldErrors } from '../../ui/problem-notice.js';
import { changeOf, differencesOf, type Draft, draftOf } from './draft.js';
import { Meanwhile } from './meanwhile.js';
import { PreviewDialog } from './preview-dialog.js';
import { KeyFields, MoreFields } from './setting-fields.js';

interface Previewed {
  readonly change: SecuritySettingsPatch;
  readonly preview: SecuritySettingsPreview;
}

export interface SettingsFormProps {
  readonly current: Versioned<SecuritySettings>;
  readonly onSaved: (position: number | null) => void;
}

/**
 * What the person has touched lies over the current state, so that a newer state, whoever made it, takes nothing away
 * that was typed.
 */
export function SettingsForm({ current, onSaved }: SettingsFormProps): ReactNode {
  const { security: text, common } = useMessages();
  const fieldErrors = useFieldErrors();
  const isReadOnly = !useMay()('settings.manage');
  const queries = useQueryClient();
  const [touched, setTouched] = useState<Partial<Draft>>({});
  const [previewed, setPreviewed] = useState<Previewed | null>(null);
  const [theirs, setTheirs] = useState<readonly (keyof Draft)[]>([]);
  const draft: Draft = { ...draftOf(current.resource), ...touched };
  const change = changeOf(draft, current.resource);
  const isChanged = Object.keys(change).length > 0;
  const patch = <Body,>(query: string, body: SecuritySettingsPatch) =>
    call<Body>('PATCH', `/v1/settings/security${query}`, { body, ifMatch: current.etag });
  const save = useAction(
    (body: SecuritySettingsPatch) => patch<SecuritySettings>('', body),
    (reply) => {
      setPreviewed(null);
      setTouched({});
      setTheirs([]);
      onSaved(reply.position);
      queries.setQueryData(settingsQuery.queryKey, { resource: reply.body, etag: reply.etag });
      void queries.invalidateQueries({ queryKey: ['me'] });
      void queries.invalidateQueries({ queryKey: ['my-keys'] });
      // Another maximum lifetime ends keys, and what is counted of them.
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  );
  const preview = useAction(
    async (body: SecuritySettingsPatch): Promise<Previewed> => ({
      change: body,
      preview: (await patch<SecuritySettingsPreview>('?dryRun=true', body)).body,
    }),
    (found) => {
      // What cuts off nobody needs no question.
      if (found.preview.affected.keys === 0) save.start(found.change);
      else setPreviewed(found);
    },
  );
  const showNew = async (): Promise<void> => {
    const newer = await queries.query({ ...settingsQuery, staleTime: 0 });
    setTheirs(differencesOf(current.resource, newer.resource));
    setPreviewed(null);
    preview.reset();
    save.reset();
  };
  const error = preview.error ?? save.error;
  const set = (name: keyof Draft) => (value: string | boolean) => setTouched((old) => ({ ...old, [name]: value }));
  return (
    <>
      {isConflict(error) ? (
        <ProblemNotice error={error} onRetry={() => void showNew()} retry={text.showNew} />
      ) : (
        <ActionStatus of={preview.isBusy || preview.error !== null ? preview : save} />
      )}
      <Meanwhile changed={theirs} now={draftOf(current.resource)} />
      <Form
        layout={layout.sections}
        problems={fieldErrors(error)}
        onSend={() => {
          onSaved(null);
          if (isChanged) preview.start(change);
        }}
      >
        <Card title={text.section} lead={text.sectionLead}>
          <KeyFields draft={draft} isReadOnly={isReadOnly} set={set} />
        </Card>
        <Card
          title={text.more}
          lead={text.moreLead}
          foot={
            !isReadOnly && (
              <>
                <Button type="submit" look="primary" isDisabled={!isChanged} isBusy={preview.isBusy || save.isBusy}>
                  {common.save}
                </Button>
                {isChanged && (
                  <Button look="quiet" onPress={() => setTouched({})}>
                    {text.discard}
                  </Button>
                )}
                <span className={layout.small}>{isChanged ? text.unsaved : ''}</span>
              </>
            )
          }
        >
          <MoreFields draft={draft} isReadOnly={isReadOnly} set={set} />
        </Card>
      </Form>
      {isReadOnly && <Callout tone="info">{text.readOnly}</Callout>}
      {previewed !== null && (
        <PreviewDialog
          preview={previewed.preview}
          save={save}
          onClose={() => setPreviewed(null)}
          onConfirm={() => save.start(previewed.change)}
        />
      )}
    </>
  );
}

function isConflict(error: unknown): boolean {
  return error instanceof Problem && error.status === 412;
}
