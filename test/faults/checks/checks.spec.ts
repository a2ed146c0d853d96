import { beforeEach, describe, expect, test } from '@jest/globals';
import { encodeLeaf, type NewEvent } from '@keyfold/domain';
import { event, phcHash, TestLog } from '../../../libs/domain/test/test-log.js';
import type { CommandRecord, Moment, Observation, Report } from '../history.js';
import type { SeenRecord } from '../log-copy.js';
import { FAULTS, planOf } from '../plan.js';
import { problemsOfCommands } from './commands.js';
import { type AfterConfirmation, judgeAfterConfirmation } from './confirmed.js';
import { problemsOfDecisions, problemsOfLeases, problemsOfReadingBack } from './decisions.js';
import { problemsOfReports } from './reports.js';

/* The checks of a fault run, each seen to find what it is for: a run that finds nothing says something only then. */

const START_MS = Date.parse('2026-01-02T03:04:05.000Z');
const LEASE_MS = 5_000;
const KEY = '0000000000000000000001';
const moment = (ms: number): Moment => ({ ms, wallMs: START_MS + ms });

let records: SeenRecord[];
let commands: CommandRecord[];
let observations: Observation[];

/** Issued at 4 and revoked at 5; the gateway has said so both times. */
beforeEach(() => {
  records = logOf([
    event('settings/security', 'SecuritySettingsChanged', {
      before: { apiKeyAuthenticationEnabled: false },
      after: { apiKeyAuthenticationEnabled: true },
    }),
    event('role/sign-in', 'RoleCreated', {
      name: 'Sign in',
      description: '',
      permissions: ['api-key.sign-in'],
      system: false,
    }),
    event('user/u1', 'UserCreated', { supervisorId: null }, { username: 'dana', displayName: null, email: null }),
    event('user/u1', 'RoleGranted', { roleId: 'sign-in' }),
    event(
      `api-key/${KEY}`,
      'ApiKeyIssued',
      {
        userId: 'u1',
        expiry: { days: 30 },
        readOnly: false,
        scopes: [],
        rateLimit: null,
        hint: 'aB3x',
        predecessorId: null,
      },
      { secretHash: phcHash() },
    ),
    event(`api-key/${KEY}`, 'ApiKeyRevoked', { reason: 'UNSPECIFIED' }),
  ]);
  commands = [
    command({ event: 'ApiKeyIssued', position: 5, requestIds: ['request-5'], sentAt: moment(500) }),
    command({
      event: 'ApiKeyRevoked',
      position: 6,
      requestIds: ['request-6'],
      sentAt: moment(600),
      effect: { is: 'key revoked', keyId: KEY },
    }),
  ];
  observations = [
    observation({ position: 5, allowed: true, sentAt: moment(550) }),
    observation({ position: 6, allowed: false, reason: 'REVOKED', sentAt: moment(650) }),
  ];
});

function logOf(events: readonly NewEvent[]): SeenRecord[] {
  const log = new TestLog();
  for (const [at, each] of events.entries()) log.append(each, { atMs: START_MS + 100 * (at + 1), actor: 'user/admin' });
  return log.entries.map(({ openings, record }) => {
    // What made the world before the run began is nobody's command.
    const { position } = record;
    const actor = position < 5 ? 'system' : record.actor;
    const own = { ...record, actor, correlationId: `request-${position}` };
    return { record: own, openings, leaf: encodeLeaf(own) };
  });
}

function command(given: Partial<CommandRecord>): CommandRecord {
  const sentAt = given.sentAt ?? moment(0);
  return {
    label: given.event ?? '',
    kind: 'revoke',
    round: 1,
    actor: 'user/admin',
    event: '',
    stream: `api-key/${KEY}`,
    sentAt,
    answeredAt: moment(sentAt.ms + 20),
    status: 200,
    code: '',
    outcome: 'done',
    requestIds: [],
    lost: 0,
    maybes: 0,
    position: null,
    effect: null,
    waitedFor: null,
    ...given,
  };
}

function observation(given: Partial<Observation>): Observation {
  const sentAt = given.sentAt ?? moment(0);
  return {
    gateway: 'gateway-0',
    life: 1,
    alone: true,
    surface: 'verify',
    keyId: KEY,
    username: 'dana',
    isGenuine: true,
    method: 'GET',
    sentAt,
    answeredAt: moment(sentAt.ms + 10),
    status: 200,
    allowed: false,
    reason: null,
    position: null,
    said: given.allowed === true ? { username: 'dana', keyId: KEY, expiresAt: null } : null,
    ...given,
  };
}

const problems = (): string[] => [
  ...problemsOfCommands(commands, records),
  ...problemsOfDecisions(observations, records),
  ...problemsOfLeases(observations, commands, LEASE_MS),
  ...problemsOfReadingBack(observations, new Set()),
];
const again = (at: number, position: number): SeenRecord => {
  const seen = records[at - 1];
  if (seen === undefined) throw new RangeError(`no record ${at}`);
  return { ...seen, record: { ...seen.record, position } };
};

test('what is right has no problems', () => {
  expect(problems()).toEqual([]);
});

describe('of commands', () => {
  test.each<[string, () => void]>([
    ['a success that is not in the log', () => void records.pop()],
    ['a success that is in the log twice', () => void records.push(again(6, 7))],
    ['a record that nobody asked for', () => void commands.shift()],
    [
      'a refusal that was carried out',
      () => (commands[1] = command({ ...commands[1], outcome: 'refused', status: 409 })),
    ],
    ['a success that is something else', () => (commands[1] = command({ ...commands[1], event: 'ApiKeySuperseded' }))],
    ['an answer with another position', () => (commands[1] = command({ ...commands[1], position: 4 }))],
    [
      'a success without an effect',
      () => (commands[1] = command({ ...commands[1], position: 5, requestIds: ['none'] })),
    ],
    ['an answer of 500', () => (commands[1] = command({ ...commands[1], outcome: 'unknown', status: 500 }))],
    ['an order against time', () => (commands[0] = command({ ...commands[0], sentAt: moment(900) }))],
    [
      'more of one thing than was asked for without an answer',
      () => {
        commands[1] = command({ ...commands[1], outcome: 'unknown', answeredAt: null, requestIds: [] });
        const seen = again(6, 7);
        records.push({ ...seen, record: { ...seen.record, correlationId: 'request-7' } });
      },
    ],
  ])('finds %s', (_name, spoil) => {
    spoil();
    expect(problemsOfCommands(commands, records)).not.toEqual([]);
  });

  test('what has no answer may have happened, or not', () => {
    commands[1] = command({ ...commands[1], outcome: 'unknown', answeredAt: null, requestIds: [], effect: null });
    expect(problemsOfCommands(commands, records)).toEqual([]);
    expect(problemsOfCommands(commands, records.slice(0, 5))).toEqual([]);
  });

  test('a repeat may be answered by what its first attempt did', () => {
    commands[1] = command({ ...commands[1], lost: 1, requestIds: ['of the repeat'] });
    expect(problemsOfCommands(commands, records)).toEqual([]);
  });
});

describe('of decisions', () => {
  const late = moment(700 + LEASE_MS);
  test.each<[string, () => void]>([
    [
      'what the rules refuse',
      () => void observations.push(observation({ position: 6, allowed: true, sentAt: moment(700) })),
    ],
    [
      'what is older than a lease',
      () => void observations.push(observation({ position: 5, allowed: true, sentAt: late })),
    ],
    [
      'what was confirmed to be over',
      () => {
        commands[1] = command({ ...commands[1], waitedFor: { position: 6, confirmedAt: moment(690) } });
        observations.push(observation({ position: 5, allowed: true, sentAt: moment(700) }));
      },
    ],
    ['a forged secret', () => void observations.push(observation({ position: 5, allowed: true, isGenuine: false }))],
    ['another user name', () => void observations.push(observation({ position: 5, allowed: true, username: 'erin' }))],
    [
      'somebody else',
      () =>
        void observations.push(
          observation({ position: 5, allowed: true, said: { username: 'erin', keyId: KEY, expiresAt: null } }),
        ),
    ],
    ['another reason', () => void observations.push(observation({ position: 6, reason: 'EXPIRED', sentAt: late }))],
    [
      'a refusal without any',
      () => void observations.push(observation({ position: 5, reason: 'REVOKED', sentAt: moment(550) })),
    ],
    [
      'a position from the future',
      () => void observations.push(observation({ position: 5, allowed: true, sentAt: moment(-5_000) })),
    ],
    ['a position that is not there', () => void observations.push(observation({ position: 7, sentAt: late }))],
    [
      'older facts than before',
      () => void observations.push(observation({ position: 5, allowed: true, sentAt: moment(800) })),
    ],
    ['an answer of 500', () => void observations.push(observation({ status: 500 }))],
  ])('finds %s', (_name, spoil) => {
    spoil();
    expect(problems()).not.toEqual([]);
  });

  test('facts of a moment ago may still be decided on, within the lease', () => {
    const other = { gateway: 'gateway-1', position: 5, allowed: true, sentAt: moment(4_000) };
    observations.push(observation(other));
    expect(problems()).toEqual([]);
  });
});

describe('of requests that began after a confirmation', () => {
  const judged = (): AfterConfirmation => judgeAfterConfirmation(observations, commands, records);

  beforeEach(() => {
    commands[1] = command({ ...commands[1], waitedFor: { position: 6, confirmedAt: moment(690) } });
  });

  test('counts those that rest on what it took away', () => {
    expect(judged()).toEqual({ requests: new Map(), problems: [] });
    observations.push(observation({ position: 6, reason: 'REVOKED', sentAt: moment(700) }));
    observations.push(observation({ status: 0, sentAt: moment(700) }));
    expect(judged()).toEqual({ requests: new Map([['REVOKED', 1]]), problems: [] });
  });

  test('finds one that was allowed, on whatever facts', () => {
    observations.push(observation({ position: 5, allowed: true, sentAt: moment(700) }));
    observations.push(observation({ position: 7, allowed: true, sentAt: moment(700) }));
    expect(judged().problems).toHaveLength(2);
  });

  test('leaves out one that began before, and one without the secret', () => {
    observations.push(observation({ position: 5, allowed: true, sentAt: moment(680) }));
    observations.push(observation({ position: 6, isGenuine: false, sentAt: moment(700) }));
    expect(judged()).toEqual({ requests: new Map(), problems: [] });
  });
});

describe('of reports', () => {
  const report = (given: Partial<Report>, metrics: Partial<NonNullable<Report['metrics']>> = {}): string[] => {
    const askedAt = moment(700 + LEASE_MS);
    const numbers = { askedAt, answeredAt: askedAt, applied: 6, knownHead: 6, lag: 0, leaseSeconds: 4, ...metrics };
    const one = { gateway: 'gateway-0', life: 1, alone: true, askedAt, ready: true, readiness: '', ...given };
    return problemsOfReports([{ ...one, metrics: numbers }], { commands, records, leaseMs: LEASE_MS });
  };

  test('finds what cannot be', () => {
    expect(report({})).toEqual([]);
    expect(report({}, { applied: 5, lag: 1, leaseSeconds: 0 })).toHaveLength(1);
    expect(report({ ready: false }, { applied: 5, lag: 1 })).toHaveLength(1);
    expect(report({ ready: false }, { applied: 5, lag: 1, leaseSeconds: 0 })).toEqual([]);
    expect(report({}, { leaseSeconds: 6 })).toHaveLength(1);
    expect(report({}, { lag: 3 })).toHaveLength(1);
    expect(report({}, { applied: 9, knownHead: 9 })).toHaveLength(2);
  });
});

test('a plan is its seed, and has each fault once', () => {
  const options = { seed: 7, clients: 3, stepsPerClient: 5, faults: FAULTS };
  expect(planOf(options)).toEqual(planOf(options));
  expect(planOf({ ...options, seed: 8 })).not.toEqual(planOf(options));
  const struck = planOf(options).flatMap(({ faults }) => faults.map(({ kind }) => kind));
  expect(struck.toSorted()).toEqual([...FAULTS].sort());
});
