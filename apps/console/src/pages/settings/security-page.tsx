import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { settingsQuery } from '../../api/queries.js';
import { useMessages } from '../../text/messages-context.js';
import { Card, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { Receipt } from '../keys/receipt.js';
import { SettingsForm } from './settings-form.js';

export function SecurityPage(): ReactNode {
  const { security: text } = useMessages();
  const settings = useQuery(settingsQuery);
  // Of the last change that was made here.
  const [position, setPosition] = useState<number | null>(null);
  return (
    <Page title={text.title} lead={text.lead}>
      <ProblemNotice error={settings.error} onRetry={() => void settings.refetch()} />
      {settings.data === undefined ? (
        settings.error === null && <Loading />
      ) : (
        <SettingsForm current={settings.data} onSaved={setPosition} />
      )}
      {position !== null && (
        <Card title={text.savedTitle}>
          <Receipt position={position} kind="settings" />
        </Card>
      )}
    </Page>
  );
}
