import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Problem } from '../api/http.js';
import { signIn } from '../api/session.js';
import { useMessages } from '../text/messages-context.js';
import { sentenceOf } from '../text/problem-text.js';
import { Button } from '../ui/button.js';
import { Callout } from '../ui/callout.js';
import { TextField, textOf } from '../ui/field.js';
import styles from './sign-in.module.css';

export interface PasswordFormProps {
  /** Fixed where a session is renewed. */
  readonly username?: string;
  readonly onSignedIn: () => void;
}

export function PasswordForm({ username, onSignedIn }: PasswordFormProps): ReactNode {
  const messages = useMessages();
  const { signIn: text } = messages;
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  const submit = async (data: FormData): Promise<void> => {
    setProblem(null);
    setIsBusy(true);
    try {
      await signIn(textOf(data, 'username'), textOf(data, 'password'));
      onSignedIn();
    } catch (error) {
      setIsBusy(false);
      setProblem(refusalText(error));
    }
  };
  const refusalText = (error: unknown): string => {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 429) return text.throttled(Math.ceil((error.retryAfterSeconds ?? 60) / 60));
    // A name or password of a shape that no account has is as wrong as any other.
    if (error.status === 401 || error.status === 400) return text.wrong;
    return sentenceOf(error, messages);
  };
  return (
    <Form
      className={styles.form ?? ''}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void submit(new FormData(event.currentTarget));
      }}
    >
      {problem !== null && <Callout tone="bad">{problem}</Callout>}
      <TextField
        label={text.username}
        name="username"
        autoComplete="username"
        isRequired
        autoFocus={username === undefined}
        {...(username === undefined ? {} : { value: username, isReadOnly: true })}
        inputProps={{ autoCapitalize: 'none', spellCheck: false }}
      />
      <TextField
        label={text.password}
        name="password"
        type="password"
        autoComplete="current-password"
        isRequired
        autoFocus={username !== undefined}
      />
      <Button type="submit" look="primary" size="wide" isBusy={isBusy}>
        {text.submit}
      </Button>
    </Form>
  );
}
