import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useMay } from '../../app/access.js';
import type { ExplainSearch } from '../../app/explain-search.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import type { AuditMessages } from '../../text/en/audit.js';
import { Button } from '../../ui/button.js';
import { Select } from '../../ui/choices.js';
import { TextField, textOf } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { layout } from '../../ui/layout.js';
import { useFieldErrors } from '../../ui/problem-notice.js';
import { holdsSecret, keyIdIn } from './question.js';
import styles from './audit.module.css';

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];
type Moment = keyof AuditMessages['explain']['moments'];

export interface QuestionFormProps {
  /** What the address asks. */
  readonly asked: ExplainSearch;
  readonly isBusy: boolean;
  readonly error: unknown;
  /** The same is asked once more. */
  readonly onRepeat: () => void;
}

/** What is asked goes into the address, and from there to the service. A secret goes into neither. */
export function QuestionForm({ asked, isBusy, error, onRepeat }: QuestionFormProps): ReactNode {
  const { explain: text } = useAuditMessages();
  const fieldErrors = useFieldErrors();
  const navigate = useNavigate();
  const may = useMay();
  const [moment, setMoment] = useState<Moment>(momentOf(asked));
  const ask = (form: HTMLFormElement): void => {
    const question = questionOf(new FormData(form), moment);
    if (JSON.stringify(question) === JSON.stringify(asked)) onRepeat();
    else void navigate({ to: '/explain', search: question });
  };
  return (
    <Form problems={namedForForm(fieldErrors(error), text)} onSend={ask}>
      <div className={styles.fields}>
        <KeyIdField asked={asked.key ?? ''} />
        <TextField
          label={text.user}
          name="user"
          hint={text.userHint}
          defaultValue={asked.user ?? ''}
          autoComplete="off"
        />
      </div>
      <div className={styles.fields}>
        <Select
          label={text.moment}
          value={moment}
          onChange={(value) => setMoment(value as Moment)}
          options={Object.entries(text.moments)}
        />
        <MomentField moment={moment} asked={asked} />
      </div>
      <fieldset className={styles.group}>
        <legend>{text.request}</legend>
        <p className={layout.small}>{text.requestHint}</p>
        <p className={layout.small}>{may('audit.reveal') ? text.sealedRecorded : text.sealedWithheld}</p>
        <div className={styles.fields}>
          <Select
            label={text.method}
            name="method"
            defaultValue={asked.method ?? ''}
            options={[['', text.anyMethod], ...withOwn(METHODS, asked.method).map((name) => [name, name] as const)]}
          />
          <TextField label={text.ip} name="ip" defaultValue={asked.ip ?? ''} autoComplete="off" />
          <TextField
            label={text.scopes}
            name="scopes"
            hint={text.scopesHint}
            defaultValue={asked.scopes ?? ''}
            autoComplete="off"
          />
        </div>
      </fieldset>
      <div className={layout.actions}>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {text.ask}
        </Button>
      </div>
    </Form>
  );
}

/** A whole key that is pasted here is cut down to its id at once. */
function KeyIdField({ asked }: { readonly asked: string }): ReactNode {
  const { explain: text } = useAuditMessages();
  const [id, setId] = useState(keyIdIn(asked));
  const [wasWhole, setWasWhole] = useState(holdsSecret(asked));
  return (
    <TextField
      label={text.key}
      name="key"
      value={id}
      onChange={(value) => {
        setWasWhole(holdsSecret(value));
        setId(holdsSecret(value) ? keyIdIn(value) : value);
      }}
      hint={wasWhole ? <strong>{text.keyTaken}</strong> : text.keyHint}
      isRequired
      autoComplete="off"
      inputProps={{ spellCheck: false }}
    />
  );
}

function MomentField({ moment, asked }: { readonly moment: Moment; readonly asked: ExplainSearch }): ReactNode {
  const { explain: text } = useAuditMessages();
  if (moment === 'now') return null;
  if (moment === 'position')
    return (
      <TextField
        label={text.position}
        name="position"
        hint={text.positionHint}
        defaultValue={asked.position ?? ''}
        isRequired
        inputMode="numeric"
        autoComplete="off"
      />
    );
  return (
    <TextField
      label={text.at}
      name="at"
      type="datetime-local"
      hint={text.atHint(Intl.DateTimeFormat().resolvedOptions().timeZone)}
      defaultValue={asked.at === undefined ? '' : localInput(asked.at)}
      isRequired
      inputProps={{ step: 1 }}
    />
  );
}

function momentOf({ at, position }: ExplainSearch): Moment {
  if (position !== undefined) return 'position';
  return at === undefined ? 'now' : 'at';
}

function questionOf(data: FormData, moment: Moment): ExplainSearch {
  const at = textOf(data, 'at');
  const members = {
    key: keyIdIn(textOf(data, 'key')),
    user: textOf(data, 'user').trim(),
    position: moment === 'position' ? textOf(data, 'position').trim() : '',
    at: moment === 'at' && at !== '' ? new Date(at).toISOString() : '',
    method: textOf(data, 'method'),
    ip: textOf(data, 'ip').trim(),
    scopes: textOf(data, 'scopes')
      .split(/[\s,]+/)
      .filter(Boolean)
      .join(','),
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== ''));
}

/** The fields' own names for what the service found wrong. */
function namedForForm(problems: Record<string, string>, text: AuditMessages['explain']): Record<string, string> {
  const { keyId, username, at, position, ...rest } = problems;
  return {
    ...rest,
    ...(keyId === undefined ? {} : { key: text.noKeyId }),
    ...(username === undefined ? {} : { user: username }),
    ...(at === undefined ? {} : { at: text.noMoment }),
    ...(position === undefined ? {} : { position: text.noMoment }),
  };
}

function withOwn(names: readonly string[], own: string | undefined): string[] {
  return own === undefined || names.includes(own) ? [...names] : [...names, own];
}

/** As `datetime-local` wants it: the reader's own time, without a zone. */
function localInput(instant: string): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
