import { call } from './caller.js';

/** A user whom the run has made. */
export class Person {
  private _token: string | null = null;

  constructor(
    readonly userId: string,
    readonly username: string,
    readonly password: string,
  ) {}

  get actor(): string {
    return `user/${this.userId}`;
  }

  /** A session, made now if there is none. @returns null if that does not succeed */
  async token(url: string, keep: (secret: string) => void): Promise<string | null> {
    if (this._token !== null) return this._token;
    const { password, username } = this;
    const answer = await call(url, {
      method: 'POST',
      path: '/v1/sessions',
      body: { username, password },
      token: '',
    });
    if (answer?.status !== 201) return null;
    const token = String(answer.body['token']);
    keep(token);
    this._token = token;
    return token;
  }

  /** The session has ended. */
  forget(): void {
    this._token = null;
  }
}

/** A key whose text a client has. */
export interface HeldKey {
  readonly keyId: string;
  readonly key: string;
  readonly owner: Person;
}

const NEWEST = 14;

/** Who there is and which keys they have, as the clients know it. */
export class Cast {
  readonly owners: Person[] = [];
  /** Hired in this round. */
  readonly guests: Person[] = [];
  /**
   * Hired in an earlier one: they get no further keys, so that all of theirs were seen in the log before they are
   * erased.
   */
  readonly leavers: Person[] = [];
  readonly keys: HeldKey[] = [];
  private named = 0;

  constructor(readonly administrator: Person) {}

  owner(number: number): Person {
    const everybody = [...this.owners, ...this.guests.slice(-2)];
    return everybody[number % everybody.length] ?? this.administrator;
  }

  /** One of those that are worth something, mostly. */
  key(number: number): HeldKey | undefined {
    const newest = this.keys.slice(-NEWEST);
    return newest[number % Math.max(1, newest.length)];
  }

  endOfRound(): void {
    this.leavers.push(...this.guests.splice(0));
  }

  name(prefix: string): string {
    this.named += 1;
    return `${prefix}-${this.named}`;
  }
}
