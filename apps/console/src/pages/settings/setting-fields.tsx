import type { ReactNode } from 'react';
import { useMessages } from '../../text/messages-context.js';
import { Checkbox, Select } from '../../ui/choices.js';
import { dialogStyles } from '../../ui/dialog.js';
import { TextField } from '../../ui/field.js';
import { layout } from '../../ui/layout.js';
import { type Draft, KEY_NUMBERS, type NumberName } from './draft.js';

export interface FieldsProps {
  readonly draft: Draft;
  readonly isReadOnly: boolean;
  readonly set: (name: keyof Draft) => (value: string | boolean) => void;
}

/** Whether keys work at all, and for how long. */
export function KeyFields({ draft, isReadOnly, set }: FieldsProps): ReactNode {
  const { security: text } = useMessages();
  return (
    <>
      <Checkbox
        label={text.allow}
        hint={text.allowHint}
        isDisabled={isReadOnly}
        isSelected={draft.apiKeyAuthenticationEnabled}
        onChange={set('apiKeyAuthenticationEnabled')}
      />
      <div className={dialogStyles.form}>
        {KEY_NUMBERS.map((name) => (
          <NumberField key={name} {...{ name, draft, isReadOnly, set }} />
        ))}
      </div>
    </>
  );
}

/** What is written down, how often keys may be used, and which gateway processes may decide. */
export function MoreFields({ draft, isReadOnly, set }: FieldsProps): ReactNode {
  const { security: text } = useMessages();
  return (
    <div className={`${dialogStyles.form ?? ''} ${layout.narrow ?? ''}`}>
      <fieldset className={dialogStyles.form} aria-describedby="rate-limit-hint">
        <legend>
          <strong>{text.rateLimit}</strong>
        </legend>
        <p id="rate-limit-hint" className={layout.small}>
          {text.rateLimitHint}
        </p>
        <div className={layout.columns}>
          <TextField
            label={text.rateLimitRequests}
            name="rateLimitRequests"
            value={draft.rateLimitRequests}
            onChange={set('rateLimitRequests')}
            isReadOnly={isReadOnly}
            inputProps={NUMERIC}
          />
          <TextField
            label={text.rateLimitSeconds}
            name="rateLimitSeconds"
            value={draft.rateLimitSeconds}
            onChange={set('rateLimitSeconds')}
            isReadOnly={isReadOnly}
            unit={text.fields.gatewayLeaseSeconds.unit}
            inputProps={NUMERIC}
          />
        </div>
      </fieldset>
      <Select
        label={text.journal}
        hint={text.journalHint}
        value={draft.journal}
        isDisabled={isReadOnly}
        onChange={set('journal')}
        options={Object.entries(text.journals)}
      />
      <NumberField name="journalRetentionDays" {...{ draft, isReadOnly, set }} />
      <Select
        label={text.gatewayEnrolment}
        hint={text.gatewayEnrolmentHint}
        value={draft.gatewayEnrolment}
        isDisabled={isReadOnly}
        onChange={set('gatewayEnrolment')}
        options={Object.entries(text.enrolments)}
      />
    </div>
  );
}

const NUMERIC = { inputMode: 'numeric', size: 9, style: { maxWidth: '11ch' } } as const;

function NumberField({ name, draft, isReadOnly, set }: FieldsProps & { readonly name: NumberName }): ReactNode {
  const { security: text } = useMessages();
  const { label, hint, unit } = text.fields[name];
  return (
    <TextField
      {...{ label, hint, unit, name }}
      value={draft[name]}
      onChange={set(name)}
      isReadOnly={isReadOnly}
      isRequired
      inputProps={NUMERIC}
    />
  );
}
