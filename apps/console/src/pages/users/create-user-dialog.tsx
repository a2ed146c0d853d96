import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { call, Problem } from '../../api/http.js';
import type { User } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { TextField, textOf } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { ProblemNotice, useFieldErrors } from '../../ui/problem-notice.js';

export function CreateUserDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { users: text, common } = useMessages();
  const fieldErrors = useFieldErrors();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useAction(
    async (form: FormData) => {
      const given = ['username', 'displayName', 'email', 'password']
        .map((name) => [name, textOf(form, name)] as const)
        .filter(([, value]) => value !== '');
      return (await call<User>('POST', '/v1/users', { body: Object.fromEntries(given) })).body;
    },
    ({ id }) => {
      void queries.invalidateQueries({ queryKey: ['users'] });
      void navigate({ to: '/users/$userId', params: { userId: id } });
    },
  );
  return (
    <Dialog title={text.create} onClose={onClose}>
      <Form
        problems={isTaken(create.error) ? { username: text.taken } : fieldErrors(create.error)}
        onSend={(form) => create.start(new FormData(form))}
      >
        {!isTaken(create.error) && <ProblemNotice error={create.error} />}
        <TextField
          label={text.username}
          name="username"
          isRequired
          autoFocus
          autoComplete="off"
          hint={text.usernameHint}
          inputProps={{ autoCapitalize: 'none', spellCheck: false }}
        />
        <TextField label={text.displayName} name="displayName" isMarkedOptional autoComplete="off" />
        <TextField label={text.email} name="email" type="email" isMarkedOptional autoComplete="off" />
        <TextField
          label={text.firstPassword}
          name="password"
          type="password"
          isMarkedOptional
          autoComplete="new-password"
          hint={text.firstPasswordHint}
        />
        <DialogFoot>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={create.isBusy}>
            {text.create}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}

function isTaken(error: unknown): boolean {
  return error instanceof Problem && error.code === 'USERNAME_TAKEN';
}
