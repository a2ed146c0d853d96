import { apiKeysDocs } from './features/api-keys/api-keys.docs.js';
import { auditDocs } from './features/audit/audit.docs.js';
import { forksDocs } from './features/forks/forks.docs.js';
import { gatewaysDocs } from './features/gateways/gateways.docs.js';
import { noticesDocs } from './features/notices/notices.docs.js';
import { oidcDocs } from './features/oidc/oidc.docs.js';
import { receiptsDocs } from './features/receipts/receipts.docs.js';
import { rolesDocs } from './features/roles/roles.docs.js';
import { settingsDocs } from './features/settings/settings.docs.js';
import { signInDocs } from './features/sign-in/sign-in.docs.js';
import { usersDocs } from './features/users/users.docs.js';
import { webhooksDocs } from './features/webhooks/webhooks.docs.js';
import type { FeatureDocs } from './http/api-docs.js';

/** What the OpenAPI document says, feature by feature, in the order in which its reader meets them. */
export const API_DOCS: readonly FeatureDocs[] = [
  signInDocs,
  oidcDocs,
  apiKeysDocs,
  noticesDocs,
  usersDocs,
  rolesDocs,
  settingsDocs,
  receiptsDocs,
  gatewaysDocs,
  webhooksDocs,
  auditDocs,
  forksDocs,
];
