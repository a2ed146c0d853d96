import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { ApiKeysController } from './api-keys.controller.js';
import type { DelegatedKeysController } from './delegated-keys.controller.js';
import type { KeyPolicyController } from './key-policy.controller.js';
import type { RevocationsController } from './revocations.controller.js';

const ONCE = 'Only this answer contains the key itself.';
const OF_A_KEY =
  'Needs sign-in as the owner of the key or as the supervisor of the owner, or the permission `api-keys.manage`.';
const OF_OTHERS =
  'Needs the permission `api-keys.manage` for all keys, or `api-keys.supervise` for the keys of those whom the caller supervises.';
const OF_A_USER =
  'Needs the permission `api-keys.manage`, or `api-keys.supervise` for a user whom the caller supervises.';
const ISSUE_REFUSALS = ['API_KEYS_DISABLED', 'KEY_LIMIT_REACHED', 'USER_DEACTIVATED', 'EXPIRY_OUT_OF_RANGE'] as const;

const terms = {
  expiresAt:
    'When the key ends: an RFC 3339 instant, or a date, which means the end of that day in UTC. At most the maximum lifetime from now; a date that begins within it is taken as the maximum. Not together with expiresInDays; without both the key lives as long as allowed.',
  expiresInDays: 'Lifetime in days of 86,400 seconds, from 1. Not together with expiresAt.',
};
const rateLimit = {
  requests: 'Requests that may succeed in any window of `seconds`.',
  seconds: 'Length of the window in seconds.',
};
const key = {
  id: 'Opaque id, 22 characters; it is part of the key itself.',
  userId: 'Id of the owner.',
  username: "The owner's user name, which is sent with the key; null once the owner is erased.",
  name: 'What the owner calls the key, at most 100 characters; null if it has no name.',
  status:
    '`pending`: promised, not claimed yet. `active`: within its effective expiry. `superseded`: rotated. `revoked`: never passes again. `expired`: past its effective expiry.',
  hint: 'Last 4 characters of the key; null while it is pending.',
  createdAt: 'When it was issued or promised.',
  createdBy: 'Who issued or promised it: `user/<id>`.',
  expiresAt: 'Its own expiry; null while it is pending with a lifetime in days.',
  effectiveExpiresAt:
    'When it really ends: the earlier of its own expiry and its issue plus the maximum lifetime in force now.',
  effectiveExpiryBoundBy: '`key`: its own expiry comes first. `policy`: the maximum lifetime ends it earlier.',
  acceptance: 'What a gateway would decide now, leaving out the limits of a single request.',
  'acceptance.allowed': 'Whether the key passes.',
  'acceptance.reason': 'Why it does not, as a code; null if it does.',
  readOnly: 'Whether only GET, HEAD and OPTIONS pass.',
  scopes: 'At most 64 scopes; they restrict only where a scope is demanded.',
  allowedIpRanges: 'At most 64 addresses and CIDR ranges from which it may be used; null: from anywhere.',
  rateLimit: 'Its own limit; null: the setting defaultKeyRateLimit counts.',
  lastUsedAt: 'Last use that a gateway has reported, some seconds late; null if none.',
  predecessorId: 'Id of the key that it replaced by rotation.',
  successorId: 'Id of the key that replaced it by rotation.',
  supersededUntil: 'Until when it passes beside its successor.',
  revokedAt: 'When it was revoked.',
  revocationReason: 'Why it was revoked.',
};

export const apiKeysDocs: FeatureDocs = {
  tag: {
    name: 'API keys',
    description: 'Issuing, finding, rotating and revoking keys: your own, and those of others.',
  },
  operations: {
    ...operationsOf<ApiKeysController>('ApiKeys', {
      issue: operation('issueOwnApiKey', 'Issue an API key for yourself', [...ISSUE_REFUSALS, 'VERSION_CONFLICT'], {
        notes: ONCE,
      }),
      listOwn: operation('listOwnApiKeys', 'List your own API keys', [], { notes: 'Newest first.' }),
      claim: operation(
        'claimApiKey',
        'Claim a key that was promised',
        ['NOT_FOUND', 'API_KEYS_DISABLED', 'ALREADY_CLAIMED', 'KEY_NOT_ACTIVE', 'VERSION_CONFLICT'],
        { needs: 'Needs sign-in as the owner of the key.', notes: ONCE },
      ),
      read: operation('readApiKey', 'Read an API key', ['NOT_FOUND'], {
        needs: OF_A_KEY,
      }),
      rotate: operation(
        'rotateApiKey',
        'Replace an API key by a successor',
        [
          'NOT_FOUND',
          'API_KEYS_DISABLED',
          'KEY_NOT_ACTIVE',
          'VERSION_CONFLICT',
          'EXPIRY_OUT_OF_RANGE',
          'GRACE_OUT_OF_RANGE',
        ],
        {
          needs: 'Needs sign-in as the owner of the key, with the permission `api-key.generate`.',
          notes: `Answers the successor, which has the same terms. ${ONCE} The old key passes until its grace period is over.`,
        },
      ),
      revoke: operation('revokeApiKey', 'Revoke an API key', ['NOT_FOUND', 'VERSION_CONFLICT'], {
        needs: OF_A_KEY,
        notes: 'Revoking a revoked key changes nothing.',
      }),
    }),
    ...operationsOf<DelegatedKeysController>('DelegatedKeys', {
      list: operation('listApiKeys', 'List the API keys of others', ['PERMISSION_DENIED'], {
        needs: OF_OTHERS,
        notes:
          'Unless `sort` says otherwise: newest first; by expiry, the latest first, with expiresBefore or status=expired; by last use, the latest first, with unusedSince. With `Accept: text/csv` the answer is a file of all keys that match, without pages.',
        alsoAnswers: { 'text/csv': 'A line with the names of the columns, then a line for each key (RFC 4180).' },
        parameters: {
          status: 'Only keys with this status.',
          userId: 'Only keys of this user.',
          expiresBefore: 'Only keys whose effective expiry is before this instant.',
          unusedSince: 'Only keys that were never used, or last used before this instant.',
          createdBefore: 'Only keys whose first record is before this instant.',
          query: "Beginnings of words: all of the key's name, or all of its owner's user name. At most 200 characters.",
          sort: 'What to sort by, with `-` in front for descending. A key without an expiry counts as the last to end, one never used as the first.',
          accept: '`text/csv` for a file of all keys that match; otherwise JSON.',
        },
      }),
      summary: operation('summariseApiKeys', 'Count the API keys of others', ['PERMISSION_DENIED'], {
        needs: OF_OTHERS,
      }),
      listOf: operation('listUserApiKeys', 'List the API keys of a user', ['PERMISSION_DENIED', 'NOT_FOUND'], {
        needs: OF_A_USER,
        notes: 'Newest first.',
      }),
      promise: operation(
        'promiseApiKey',
        'Promise an API key to a user',
        ['PERMISSION_DENIED', 'NOT_FOUND', ...ISSUE_REFUSALS, 'USER_ERASED', 'VERSION_CONFLICT'],
        {
          needs: OF_A_USER,
          notes: 'The key is pending and has no secret yet: the owner mints it with claim.',
        },
      ),
    }),
    ...operationsOf<KeyPolicyController>('KeyPolicy', {
      read: operation('readKeyPolicy', 'Read what decides over your own keys'),
    }),
    ...operationsOf<RevocationsController>('Revocations', {
      revokeMany: operation('revokeApiKeys', 'Revoke many API keys', ['VERSION_CONFLICT', 'TOO_MANY_KEYS'], {
        notes:
          'A filter by owner or time of issue appends one event, whatever the number of keys. A filter by keyIds or unusedSince appends one for each key, at most 1,000 at once. With dryRun=true the answer says what would be revoked, and nothing is written.',
        parameters: { dryRun: '`true`: counts what would be revoked, and revokes nothing.' },
      }),
      reportLeak: operation('reportLeak', 'Report a key that has leaked', ['TOO_MANY_REQUESTS'], {
        notes: 'A genuine key is revoked; any other text gets the same answer.',
      }),
    }),
  },
  members: {
    RateLimit: rateLimit,
    ApiKey: key,
    IssuedApiKey: {
      ...key,
      key: 'The key itself, once; null in a repeat of the request, and while the key is pending.',
      replayed: 'Whether this is the answer to a repeated request with the same Idempotency-Key.',
    },
    IssueApiKey: {
      ...terms,
      name: 'At most 100 characters, trimmed, with something visible in it.',
      readOnly: 'Whether only GET, HEAD and OPTIONS shall pass; by default false.',
      scopes: 'At most 64 different scopes of the form `[a-z0-9][a-z0-9:._-]{0,63}`.',
      allowedIpRanges: '1 to 64 addresses and CIDR ranges from which the key may be used; null: from anywhere.',
      rateLimit: 'A limit of its own; null: the setting defaultKeyRateLimit counts.',
    },
    RotateApiKey: {
      ...terms,
      graceSeconds:
        'Seconds for which the old key still passes, from 0 (the default) to the setting rotationGraceMaxSeconds.',
    },
    RevokeApiKey: {
      reason: 'Why, as it stands in the log.',
      note: 'For people, at most 1,000 characters; sealed in the log.',
    },
    RevokeApiKeys: {
      filter: 'Which keys; all that is named must hold, and something must be named.',
      'filter.userId': 'Keys of this user.',
      'filter.issuedBefore': 'Keys issued or promised before this instant.',
      'filter.keyIds': 'These keys, 1 to 1,000; unknown ones are passed over.',
      'filter.unusedSince':
        'Keys made before this instant and not used since. Those whose own expiry has passed are left out.',
      reason: 'Why, as it stands in the log.',
    },
    RevokedApiKeys: { revoked: 'Keys that match and that nothing had revoked before.' },
    RevocationPreview: {
      affected: 'What would be revoked.',
      'affected.keys': 'Number of keys.',
      'affected.users': 'Number of their owners.',
      sample: 'At most 50 of these keys, the newest first.',
      'sample.keyId': 'Id of the key.',
      'sample.username': "The owner's user name.",
      'sample.name': 'Name of the key.',
      'sample.effectiveExpiresAt': 'When it would end otherwise.',
      'sample.lastUsedAt': 'Last use that a gateway has reported.',
    },
    ApiKeySummary: {
      countedAt: 'Log time of the count.',
      byStatus: 'Number of keys by status.',
      'byStatus.pending': 'Promised, not claimed yet.',
      'byStatus.active': 'Within their effective expiry.',
      'byStatus.superseded': 'Rotated.',
      'byStatus.revoked': 'Revoked, singly or in bulk.',
      'byStatus.expired': 'Past their effective expiry.',
      endingWithinDays: 'Number of active keys by the days that are left until their effective expiry.',
      'endingWithinDays.1': 'Within a day.',
      'endingWithinDays.7': 'Within 7 days.',
      'endingWithinDays.30': 'Within 30 days.',
      unusedForDays:
        'Number of active keys that are older than so many days and were not used meanwhile: with status=active, what the list holds whose unusedSince and createdBefore are that long ago.',
      'unusedForDays.30': 'For 30 days.',
      'unusedForDays.90': 'For 90 days.',
      weeks: 'The last 52 weeks, the oldest first.',
      'weeks.start': 'The Monday with which the week begins, UTC.',
      'weeks.issued': 'Keys issued or promised.',
      'weeks.revoked': 'Keys revoked, by themselves, in bulk or with their owner’s erasure.',
    },
    KeyPolicy: {
      apiKeyAuthenticationEnabled: 'Whether keys work at all.',
      maxApiKeyLifetimeDays: 'Longest lifetime of a key in days, 1 to 180.',
      rotationGraceMaxSeconds: 'Seconds for which a rotated key may still pass, 0 to 2,592,000.',
      maxActiveKeysPerUser: 'Keys that a user may have, active and pending together, 1 to 1,000.',
      activeKeys: 'Keys of the caller that count against it.',
      mayGenerate: 'Whether the caller may issue keys (permission api-key.generate).',
      maySignIn: "Whether the caller's keys pass (permission api-key.sign-in).",
      gatewayUrl: 'Where integrations reach the gateways; null if it is not configured.',
    },
    LeakReport: { key: 'The text that was found. Any text is accepted.' },
  },
};
