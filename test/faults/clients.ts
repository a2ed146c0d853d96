import { type Call, type Called, type Command, send } from './caller.js';
import type { Effect, History } from './history.js';
import { type Cast, type HeldKey, Person } from './people.js';
import { describeStep, type PlannedStep, type Step } from './plan.js';

const SIGN_IN_ROLE = 'api-key-sign-in';
const OWNER_ROLES = ['api-key-generate', SIGN_IN_ROLE];

export interface Stage {
  readonly history: History;
  readonly cast: Cast;
  readonly urls: readonly string[];
  readonly turn: () => void;
}

type Told = Pick<Command, 'label' | 'event' | 'stream' | 'effect'> & Pick<Call, 'method' | 'path' | 'body'>;

/** Carries out what a plan says, one client after the other's pattern: each command waits for its answer. */
export class Client {
  constructor(
    private readonly stage: Stage,
    private readonly round: number,
  ) {}

  async run(steps: readonly PlannedStep[]): Promise<void> {
    for (const step of steps) {
      await this.carryOut(step);
      this.stage.turn();
    }
  }

  private async carryOut(step: PlannedStep): Promise<void> {
    const carryOut = this.actions[step.do] as (step: PlannedStep) => Promise<unknown>;
    await carryOut(step);
  }

  private readonly actions: {
    readonly [Name in Step['do']]: (step: PlannedStep & { do: Name }) => Promise<unknown>;
  } = {
    issue: (step) => this.issue(this.stage.cast.owner(step.owner), step),
    rotate: (step) => this.onKey(this.stage.cast.key(step.key), step),
    revoke: (step) => this.onKey(this.stage.cast.key(step.key), step),
    'revoke all': (step) => this.onUser(this.stage.cast.owner(step.owner), step),
    'revoke older': (step) => this.revokeOlder(step),
    grant: (step) => this.onUser(this.stage.cast.owner(step.owner), step),
    withdraw: (step) => this.onUser(this.stage.cast.owner(step.owner), step),
    deactivate: (step) => this.onUser(this.stage.cast.owner(step.owner), step),
    reactivate: (step) => this.onUser(this.stage.cast.owner(step.owner), step),
    hire: (step) => this.hire(step),
    erase: (step) => this.erase(step),
    switch: (step) => this.set('apiKeyAuthenticationEnabled', step.on, step),
    lifetime: (step) => this.set('maxApiKeyLifetimeDays', step.days, step),
  };

  async issue(
    owner: Person,
    step: PlannedStep & Partial<Pick<Step & { do: 'issue' }, 'seconds' | 'readOnly'>>,
  ): Promise<void> {
    const name = this.stage.cast.name('key');
    const { readOnly, seconds } = step;
    const expiry =
      typeof seconds === 'number' ? { expiresAt: new Date(Date.now() + seconds * 1_000).toISOString() } : {};
    const answer = await this.tell(owner, step, {
      label: `${owner.username} issues ${name}${typeof seconds === 'number' ? ` for ${seconds} s` : ''}`,
      method: 'POST',
      path: '/v1/me/api-keys',
      body: { name, ...expiry, ...(readOnly === true ? { readOnly } : {}) },
      event: 'ApiKeyIssued',
      stream: null,
      effect: ({ body }) => ({ is: 'key issued', keyId: String(body['id']) }),
    });
    this.keep(owner, answer);
  }

  async onKey(key: HeldKey | undefined, step: PlannedStep & { do: 'rotate' | 'revoke' }): Promise<void> {
    if (key === undefined) return;
    const { keyId, owner } = key;
    if (step.do === 'rotate' && this.stage.cast.leavers.includes(owner)) return;
    const path = `/v1/api-keys/${keyId}/${step.do}`;
    const what = { method: 'POST', path, label: `${describeStep({ ...step })} (${keyId})` };
    if (step.do === 'rotate') {
      const answer = await this.tell(owner, step, {
        ...what,
        body: { graceSeconds: step.graceSeconds },
        event: 'ApiKeySuperseded',
        stream: `api-key/${keyId}`,
        effect: () => ({ is: 'key superseded', keyId }),
      });
      this.keep(owner, answer);
      return;
    }
    await this.tell(step.asOwner ? owner : this.stage.cast.administrator, step, {
      ...what,
      body: { reason: 'KEY_COMPROMISE' },
      event: 'ApiKeyRevoked',
      stream: `api-key/${keyId}`,
      effect: () => ({ is: 'key revoked', keyId }),
    });
  }

  async onUser(
    { userId, username }: Person,
    step: PlannedStep & { do: 'grant' | 'withdraw' | 'deactivate' | 'reactivate' | 'revoke all' },
  ): Promise<void> {
    const told = { label: `${step.do} ${username}`, stream: `user/${userId}` };
    const role = { path: `/v1/users/${userId}/roles/${SIGN_IN_ROLE}`, roleId: SIGN_IN_ROLE };
    const byAction: Record<typeof step.do, Omit<Told, 'label' | 'stream'>> = {
      grant: {
        method: 'PUT',
        path: role.path,
        event: 'RoleGranted',
        effect: () => ({ is: 'role held', userId, roleId: role.roleId }),
      },
      withdraw: {
        method: 'DELETE',
        path: role.path,
        event: 'RoleWithdrawn',
        effect: () => ({ is: 'role not held', userId, roleId: role.roleId }),
      },
      deactivate: this.state(userId, 'deactivate'),
      reactivate: this.state(userId, 'reactivate'),
      'revoke all': {
        method: 'POST',
        path: '/v1/api-keys/revoke',
        body: { filter: { userId }, reason: 'AFFILIATION_CHANGED' },
        event: 'ApiKeysBulkRevoked',
        effect: () => ({ is: 'keys of user revoked', userId }),
      },
    };
    const stream = step.do === 'revoke all' ? 'settings/security' : told.stream;
    await this.tell(this.stage.cast.administrator, step, { ...told, stream, ...byAction[step.do] });
  }

  private state(userId: string, action: 'deactivate' | 'reactivate'): Omit<Told, 'label' | 'stream'> {
    const isOn = action === 'reactivate';
    return {
      method: 'POST',
      path: `/v1/users/${userId}/${action}`,
      event: isOn ? 'UserReactivated' : 'UserDeactivated',
      effect: () => ({ is: isOn ? 'active' : 'deactivated', userId }),
    };
  }

  private async revokeOlder(step: PlannedStep): Promise<void> {
    const issuedBefore = new Date(Date.now() - 2_000).toISOString();
    await this.tell(this.stage.cast.administrator, step, {
      label: `revoke what is older than ${issuedBefore}`,
      method: 'POST',
      path: '/v1/api-keys/revoke',
      body: { filter: { issuedBefore }, reason: 'UNSPECIFIED' },
      event: 'ApiKeysBulkRevoked',
      stream: 'settings/security',
      effect: () => null,
    });
  }

  async set(name: string, value: boolean | number, step: PlannedStep): Promise<void> {
    await this.tell(this.stage.cast.administrator, step, {
      label: `${name} ${String(value)}`,
      method: 'PATCH',
      path: '/v1/settings/security',
      body: { [name]: value },
      event: 'SecuritySettingsChanged',
      stream: 'settings/security',
      effect: () => ({ is: 'setting', name, value }),
    });
  }

  /** A new user with the roles and a key. @returns null if the user could not be made */
  async hire(step: PlannedStep, prefix = 'guest'): Promise<Person | null> {
    const { cast, history } = this.stage;
    const username = cast.name(prefix);
    const password = `a long walk for ${username}`;
    const answer = await this.tell(cast.administrator, step, {
      label: `hire ${username}`,
      method: 'POST',
      path: '/v1/users',
      body: { username, password },
      event: 'UserCreated',
      stream: null,
      effect: ({ body }) => ({ is: 'exists', userId: String(body['id']) }),
    });
    if (answer?.status !== 201) return null;
    history.secrets.set(`the password of ${username}`, password);
    const person = new Person(String(answer.body['id']), username, password);
    for (const roleId of OWNER_ROLES) await this.grant(person, roleId, step);
    await this.issue(person, step);
    (prefix === 'guest' ? cast.guests : cast.owners).push(person);
    return person;
  }

  private async grant({ userId, username }: Person, roleId: string, step: PlannedStep): Promise<void> {
    await this.tell(this.stage.cast.administrator, step, {
      label: `grant ${username} ${roleId}`,
      method: 'PUT',
      path: `/v1/users/${userId}/roles/${roleId}`,
      event: 'RoleGranted',
      stream: `user/${userId}`,
      effect: () => ({ is: 'role held', userId, roleId }),
    });
  }

  private async erase(step: PlannedStep): Promise<void> {
    const { cast } = this.stage;
    const guest = cast.leavers.shift();
    if (guest === undefined) return;
    const { userId, username } = guest;
    await this.onUser(guest, { ...step, do: 'deactivate', owner: 0 });
    await this.tell(cast.administrator, step, {
      label: `erase ${username}`,
      method: 'POST',
      path: `/v1/users/${userId}/erase`,
      event: 'UserErased',
      stream: `user/${userId}`,
      effect: (): Effect => ({ is: 'erased', userId }),
    });
  }

  private keep(owner: Person, answer: Called | null): void {
    const { id, key } = answer?.body ?? {};
    if (typeof key !== 'string' || typeof id !== 'string') return;
    this.stage.cast.keys.push({ keyId: id, key, owner });
    this.stage.history.secrets.set(`the key ${id}`, key);
  }

  private async tell(by: Person, step: PlannedStep, told: Told): Promise<Called | null> {
    const { cast, history, turn, urls } = this.stage;
    const url = urls[step.replica % urls.length] ?? '';
    const token = await by.token(url, (secret) => {
      history.secrets.set(`session ${history.secrets.size} of ${by.username}`, secret);
    });
    turn();
    if (token === null) return null;
    const idempotencyKey = step.insistent && told.method === 'POST' ? cast.name('once') : undefined;
    const { do: kind, waitSeconds } = step;
    const answer = await send(
      { ...told, kind, token, actor: by.actor, idempotencyKey, waitSeconds },
      { history, round: this.round, url, turn },
    );
    if (answer?.status === 401) by.forget();
    return answer;
  }
}
