import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { serviceNow } from '../api/clock.js';
import { get } from '../api/http.js';
import { gatewaysQuery, type Page as ListPage, settingsQuery, webhooksQuery } from '../api/queries.js';
import { readSignInOptions } from '../api/session.js';
import type { ApiKey, User } from '../api/types.gen.js';
import { useMessages } from '../text/messages-context.js';
import { Badge } from '../ui/badge.js';
import { buttonClass } from '../ui/button.js';
import { Card, Empty, layout, Loading, Page } from '../ui/layout.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { Table, tableStyles } from '../ui/table.js';
import { Ago } from '../ui/time.js';
import { KeyExpiry, KeyName } from './keys/key-state.js';
import { KeyCounts } from './overview-counts.js';
import styles from './overview.module.css';

const SOON_MS = 30 * 86_400_000;

export function OverviewPage(): ReactNode {
  const { overview: text } = useMessages();
  return (
    <Page title={text.title} lead={text.lead}>
      <Checklist />
      <KeyCounts />
      <EndingSoon />
      <Gateways />
    </Page>
  );
}

interface Step {
  readonly name: string;
  readonly hint: string;
  readonly isDone: boolean;
  readonly link: LinkProps;
  readonly action: string;
}

/** What an installation still needs, from what is there; each step leads to where it is done. */
function Checklist(): ReactNode {
  const { overview: text } = useMessages();
  const settings = useQuery(settingsQuery);
  const gateways = useQuery(gatewaysQuery);
  const webhooks = useQuery(webhooksQuery);
  const options = useQuery({ queryKey: ['sign-in-options'], queryFn: readSignInOptions });
  const granted = useQuery(grantedQuery);
  const all = [settings, gateways, webhooks, options, granted];
  const failed = all.find(({ error }) => error !== null);
  if (failed !== undefined) return <ProblemNotice error={failed.error} onRetry={() => void failed.refetch()} />;
  const isLoaded = settings.data && gateways.data && webhooks.data && options.data && granted.data !== undefined;
  if (!isLoaded)
    return (
      <Card title={text.firstSteps}>
        <Loading />
      </Card>
    );
  const steps: Step[] = [
    {
      ...text.steps.allow,
      isDone: settings.data.resource.apiKeyAuthenticationEnabled,
      link: { to: '/settings/security' },
    },
    {
      ...text.steps.grant,
      isDone: granted.data,
      link: { to: '/users' },
    },
    { ...text.steps.gateway, isDone: gateways.data.items.length > 0, link: { to: '/gateways' } },
    { ...text.steps.webhook, isDone: webhooks.data.items.length > 0, link: { to: '/webhooks' } },
  ];
  const open = steps.filter(({ isDone }) => !isDone).length;
  return (
    <Card
      title={text.firstSteps}
      lead={open === 0 ? text.allDone : text.open(open)}
      isFlush
      actions={
        <Badge tone={options.data.oidc === null ? 'plain' : 'good'}>
          {options.data.oidc === null ? text.noSso : text.sso}
        </Badge>
      }
    >
      {open > 0 && (
        <ol className={styles.steps}>
          {steps.map((step) => (
            <li key={step.name} className={step.isDone ? styles.isDone : undefined}>
              <span className={styles.mark} aria-hidden="true">
                {step.isDone && (
                  <svg viewBox="0 0 16 16">
                    <path d="M3 8.5 6.5 12 13 4.5" />
                  </svg>
                )}
              </span>
              <span>
                <strong>{step.name}</strong>
                <span className="visually-hidden"> {step.isDone ? text.done : text.notDone}</span>
                {!step.isDone && <span className={layout.small}> {step.hint}</span>}
              </span>
              {!step.isDone && (
                <Link {...step.link} className={buttonClass('secondary', 'small')}>
                  {step.action}
                </Link>
              )}
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

/** Whether anybody holds a role that lets them make keys and one that lets them sign in with these. */
const grantedQuery = {
  queryKey: ['users', 'granted'],
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<boolean> => {
    const roles = await get<ListPage<{ id: string; permissions: readonly string[]; system: boolean }>>(
      '/v1/roles?limit=200',
      signal,
    );
    const giving = roles.items.filter(
      ({ permissions }) => permissions.includes('api-key.sign-in') && !permissions.includes('settings.manage'),
    );
    for (const { id } of giving) {
      const holders = await get<ListPage<User>>(`/v1/users?role=${encodeURIComponent(id)}&limit=1`, signal);
      if (holders.items.length > 0) return true;
    }
    return false;
  },
};

function Gateways(): ReactNode {
  const { overview: text, gateways: gatewayText } = useMessages();
  const { data } = useQuery(gatewaysQuery);
  if (data === undefined) return null;
  return (
    <Card title={text.gateways} isFlush actions={<Link to="/gateways">{text.allGateways}</Link>}>
      {data.items.length === 0 ? (
        <Empty title={gatewayText.none}>{gatewayText.noneText}</Empty>
      ) : (
        <Table
          label={text.gateways}
          columns={[{ name: gatewayText.gateway }, { name: gatewayText.lag }, { name: gatewayText.lastSeen }]}
        >
          {data.items.map((gateway) => (
            <tr key={gateway.gatewayId}>
              <td className={tableStyles.main}>
                <bdi>{gateway.gatewayId}</bdi>
              </td>
              <td>
                <Badge tone={gateway.lagEvents === 0 ? 'good' : 'warn'}>{gatewayText.behind(gateway.lagEvents)}</Badge>
              </td>
              <td>
                <Ago at={gateway.lastSeenAt} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}

function EndingSoon(): ReactNode {
  const { overview: text } = useMessages();
  const { data } = useQuery({
    queryKey: ['api-keys', 'ending'],
    queryFn: ({ signal }) => {
      const before = new Date(serviceNow() + SOON_MS).toISOString();
      return get<ListPage<ApiKey>>(
        `/v1/api-keys?status=active&limit=10&sort=effectiveExpiresAt&expiresBefore=${before}`,
        signal,
      );
    },
  });
  if (data === undefined) return null;
  return (
    <Card title={text.endingSoon} lead={text.endingSoonLead} isFlush>
      {data.items.length === 0 ? (
        <Empty title={text.noneEnding}>{text.noneEndingText}</Empty>
      ) : (
        <Table label={text.endingSoon} columns={[{ name: text.key }, { name: text.owner }, { name: text.ends }]}>
          {data.items.map((key) => (
            <tr key={key.id}>
              <td className={tableStyles.main}>
                <KeyName apiKey={key} />
              </td>
              <td>
                <Link to="/users/$userId" params={{ userId: key.userId }}>
                  <bdi>{key.username}</bdi>
                </Link>
              </td>
              <td>
                <KeyExpiry apiKey={key} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}
