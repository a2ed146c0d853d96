import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import { call, get, Problem } from '../api/http.js';
import type { Page as ListPage } from '../api/queries.js';
import type { Session } from '../api/types.gen.js';
import { useMe } from '../app/access.js';
import { applyTheme, storedTheme, THEMES } from '../app/appearance.js';
import { useAction } from '../app/use-action.js';
import { LANGUAGES, storeLanguage, useLanguage, useMessages } from '../text/messages-context.js';
import { ActionStatus } from '../ui/action-status.js';
import { Tags } from '../ui/badge.js';
import { Button, buttonClass } from '../ui/button.js';
import { Select } from '../ui/choices.js';
import { TextField, textOf } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { Card, Facts, layout, Loading, Page } from '../ui/layout.js';
import { ProblemNotice, useFieldErrors } from '../ui/problem-notice.js';
import { useAnnounce } from '../ui/toast.js';
import { MyTabs } from './my-tabs.js';
import { SessionsTable } from './sessions-table.js';

export function MySettingsPage(): ReactNode {
  const { mySettings: text, keys } = useMessages();
  const me = useMe();
  return (
    <Page title={text.title} lead={text.lead}>
      <MyTabs />
      <Card title={text.profile}>
        <Facts
          of={[
            [text.username, <bdi key="username">{me.username}</bdi>],
            [text.displayName, me.displayName === null ? '–' : <bdi key="name">{me.displayName}</bdi>],
            [text.email, me.email ?? '–'],
            [
              text.roles,
              me.roles.length === 0 ? text.noRoles : <Tags key="roles" of={me.roles.map(({ name }) => name)} />,
            ],
          ]}
        />
      </Card>
      <Card title={text.security} lead={keys.lead}>
        <div className={layout.actions}>
          <Link to="/my/keys" search={{ create: 'yes' }} className={buttonClass('primary')}>
            {keys.create}
          </Link>
          <Link to="/my/keys" className={buttonClass('secondary')}>
            {text.showKeys}
          </Link>
        </div>
      </Card>
      <Appearance />
      <PasswordCard />
      <Sessions />
    </Page>
  );
}

function Appearance(): ReactNode {
  const { mySettings: text } = useMessages();
  const language = useLanguage();
  const [theme, setTheme] = useState(storedTheme);
  return (
    <Card title={text.appearance}>
      <div className={layout.columns}>
        <Select
          label={text.language}
          value={language}
          options={Object.entries(LANGUAGES)}
          onChange={(value) => {
            storeLanguage(value);
            location.reload();
          }}
        />
        <Select
          label={text.theme}
          value={theme}
          options={THEMES.map((one) => [one, text.themes[one]])}
          onChange={(value) => {
            const next = THEMES.find((one) => one === value) ?? 'system';
            applyTheme(next);
            setTheme(next);
          }}
        />
      </div>
    </Card>
  );
}

function PasswordCard(): ReactNode {
  const { mySettings: text } = useMessages();
  const fieldErrors = useFieldErrors();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const change = useAction(
    (data: FormData) => {
      const body = { currentPassword: textOf(data, 'currentPassword'), newPassword: textOf(data, 'newPassword') };
      return call('PUT', '/v1/me/password', { body });
    },
    () => {
      form.current?.reset();
      announce(text.passwordChanged);
      void queries.invalidateQueries({ queryKey: ['my-sessions'] });
      void queries.invalidateQueries({ queryKey: ['me'] });
    },
  );
  const isWrong = change.error instanceof Problem && change.error.code === 'INVALID_CREDENTIALS';
  return (
    <Card id="password" title={text.password} lead={text.passwordLead}>
      <Form
        ref={form}
        problems={isWrong ? { currentPassword: text.wrongPassword } : fieldErrors(change.error)}
        onSend={(sent) => change.start(new FormData(sent))}
      >
        {!isWrong && <ActionStatus of={change} />}
        <div className={layout.columns}>
          <TextField
            label={text.currentPassword}
            name="currentPassword"
            type="password"
            autoComplete="current-password"
            isRequired
          />
          <TextField
            label={text.newPassword}
            name="newPassword"
            type="password"
            autoComplete="new-password"
            isRequired
            minLength={12}
            hint={text.newPasswordHint}
          />
        </div>
        <div className={layout.actions}>
          <Button type="submit" isBusy={change.isBusy}>
            {text.changePassword}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function Sessions(): ReactNode {
  const { mySettings: text } = useMessages();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const sessions = useQuery({
    queryKey: ['my-sessions'],
    queryFn: ({ signal }) => get<ListPage<Session>>('/v1/me/sessions?limit=200', signal),
  });
  const others = sessions.data?.items.filter(({ current }) => !current) ?? [];
  const end = useAction(
    (ids: readonly string[]) => Promise.all(ids.map((id) => call('DELETE', `/v1/me/sessions/${id}`))),
    () => {
      announce(text.sessionsEnded);
      void queries.invalidateQueries({ queryKey: ['my-sessions'] });
    },
  );
  return (
    <Card
      title={text.sessions}
      lead={text.sessionsLead}
      isFlush
      actions={
        others.length > 0 && (
          <Button size="small" isBusy={end.isBusy} onPress={() => end.start(others.map(({ id }) => id))}>
            {text.endOthers}
          </Button>
        )
      }
    >
      <ProblemNotice error={sessions.error} onRetry={() => void sessions.refetch()} />
      <ActionStatus of={end} />
      {sessions.data === undefined ? (
        sessions.error === null && <Loading />
      ) : (
        <SessionsTable
          sessions={sessions.data.items}
          isBusy={end.isBusy}
          onEnd={(sessionId) => end.start([sessionId])}
        />
      )}
    </Card>
  );
}
