import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { call, Problem } from '../../api/http.js';
import { settingsQuery, type Versioned } from '../../api/queries.js';
import type { SecuritySettings, SecuritySettingsPatch, SecuritySettingsPreview } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Checkbox } from '../../ui/choices.js';
import { dialogStyles } from '../../ui/dialog.js';
import { TextField } from '../../ui/field.js';
import { Card, layout, Loading, Page } from '../../ui/layout.js';
import { fieldErrors, ProblemNotice } from '../../ui/problem-notice.js';
import { Receipt } from '../keys/receipt.js';
import { PreviewDialog } from './preview-dialog.js';

export function SecurityPage(): ReactNode {
  const { security: text } = useMessages();
  const settings = useQuery(settingsQuery);
  // Of the last change that was made here; it outlives the form, which a change replaces.
  const [position, setPosition] = useState<number | null>(null);
  return (
    <Page title={text.title} lead={text.lead}>
      <ProblemNotice error={settings.error} onRetry={() => void settings.refetch()} />
      {settings.data === undefined ? (
        settings.error === null && <Loading />
      ) : (
        // Another version is another form: what was typed on the basis of the old one is not mixed with the new one.
        <SettingsForm key={settings.data.etag} current={settings.data} onSaved={setPosition} />
      )}
      {position !== null && (
        <Card title={text.savedTitle}>
          <Receipt position={position} kind="settings" />
        </Card>
      )}
    </Page>
  );
}

/** The numbers as they are typed; what cannot be read as one is left to the service to refuse. */
const NUMBERS = [
  'maxApiKeyLifetimeDays',
  'maxActiveKeysPerUser',
  'rotationGraceMaxSeconds',
  'gatewayLeaseSeconds',
] as const satisfies readonly (keyof SecuritySettings)[];

type Draft = { readonly apiKeyAuthenticationEnabled: boolean } & Readonly<Record<(typeof NUMBERS)[number], string>>;

interface Previewed {
  readonly change: SecuritySettingsPatch;
  readonly preview: SecuritySettingsPreview;
}

interface SettingsFormProps {
  readonly current: Versioned<SecuritySettings>;
  readonly onSaved: (position: number | null) => void;
}

function SettingsForm({ current, onSaved }: SettingsFormProps): ReactNode {
  const { security: text, common } = useMessages();
  const isReadOnly = !useMay()('settings.manage');
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => draftOf(current.resource));
  const [previewed, setPreviewed] = useState<Previewed | null>(null);
  const change = changeOf(draft, current.resource);
  const isChanged = Object.keys(change).length > 0;
  const save = useAction(
    (body: SecuritySettingsPatch) =>
      call<SecuritySettings>('PATCH', '/v1/settings/security', { body, ifMatch: current.etag }),
    (reply) => {
      setPreviewed(null);
      onSaved(reply.position);
      queries.setQueryData(settingsQuery.queryKey, { resource: reply.body, etag: reply.etag });
      void queries.invalidateQueries({ queryKey: ['me'] });
      void queries.invalidateQueries({ queryKey: ['my-keys'] });
    },
  );
  const preview = useAction(
    async (body: SecuritySettingsPatch): Promise<Previewed> => {
      const reply = await call<SecuritySettingsPreview>('PATCH', '/v1/settings/security?dryRun=true', {
        body,
        ifMatch: current.etag,
      });
      return { change: body, preview: reply.body };
    },
    (found) => {
      // What cuts off nobody needs no question.
      if (found.preview.affected.keys === 0) save.start(found.change);
      else setPreviewed(found);
    },
  );
  const error = preview.error ?? save.error;
  const set = (name: keyof Draft) => (value: string | boolean) => setDraft((old) => ({ ...old, [name]: value }));
  return (
    <>
      {error !== null && (
        <ProblemNotice
          error={error}
          {...(isConflict(error) && {
            onRetry: () => void queries.invalidateQueries({ queryKey: settingsQuery.queryKey }),
          })}
        />
      )}
      <Form
        className={layout.sections ?? ''}
        validationErrors={fieldErrors(error)}
        onSubmit={(event) => {
          event.preventDefault();
          onSaved(null);
          if (isChanged) preview.start(change);
        }}
      >
        <Card
          title={text.section}
          lead={text.sectionLead}
          foot={
            !isReadOnly && (
              <>
                <Button type="submit" look="primary" isDisabled={!isChanged} isBusy={preview.isBusy || save.isBusy}>
                  {common.save}
                </Button>
                {isChanged && (
                  <Button look="quiet" onPress={() => setDraft(draftOf(current.resource))}>
                    {text.discard}
                  </Button>
                )}
                <span className={layout.small}>{isChanged ? text.unsaved : ''}</span>
              </>
            )
          }
        >
          <Checkbox
            label={text.allow}
            hint={text.allowHint}
            isDisabled={isReadOnly}
            isSelected={draft.apiKeyAuthenticationEnabled}
            onChange={set('apiKeyAuthenticationEnabled')}
          />
          <div className={dialogStyles.form}>
            {NUMBERS.map((name) => (
              <TextField
                key={name}
                label={text.fields[name].label}
                hint={text.fields[name].hint}
                unit={text.fields[name].unit}
                name={name}
                value={draft[name]}
                onChange={set(name)}
                isReadOnly={isReadOnly}
                isRequired
                inputProps={{ inputMode: 'numeric', size: 9, style: { maxWidth: '11ch' } }}
              />
            ))}
          </div>
        </Card>
      </Form>
      {isReadOnly && <Callout tone="info">{text.readOnly}</Callout>}
      {previewed !== null && (
        <PreviewDialog
          preview={previewed.preview}
          isBusy={save.isBusy}
          onClose={() => setPreviewed(null)}
          onConfirm={() => save.start(previewed.change)}
        />
      )}
    </>
  );
}

function draftOf(settings: SecuritySettings): Draft {
  return {
    apiKeyAuthenticationEnabled: settings.apiKeyAuthenticationEnabled,
    maxApiKeyLifetimeDays: String(settings.maxApiKeyLifetimeDays),
    maxActiveKeysPerUser: String(settings.maxActiveKeysPerUser),
    rotationGraceMaxSeconds: String(settings.rotationGraceMaxSeconds),
    gatewayLeaseSeconds: String(settings.gatewayLeaseSeconds),
  };
}

/** Only what differs is sent, so that two people who change different things do not undo each other. */
function changeOf(draft: Draft, settings: SecuritySettings): SecuritySettingsPatch {
  const isEnabled = draft.apiKeyAuthenticationEnabled;
  return {
    ...(isEnabled !== settings.apiKeyAuthenticationEnabled && { apiKeyAuthenticationEnabled: isEnabled }),
    ...Object.fromEntries(
      NUMBERS.filter((name) => draft[name].trim() !== String(settings[name])).map((name) => [
        name,
        Number(draft[name]),
      ]),
    ),
  };
}

function isConflict(error: unknown): boolean {
  return error instanceof Problem && error.status === 412;
}
