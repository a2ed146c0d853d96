import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET = /^[A-Za-z0-9_-]{43}$/;
const STATE_CHARACTERS_IN_COOKIE_NAME = 12;

/** The prefix of the cookies below; each sign-in has one of its own, so that two tabs do not disturb each other. */
const COOKIE_PREFIX = 'keyfold_oidc_';

/** Everything random of one sign-in, made from one secret that is in the browser's cookie and nowhere else. */
export class FlowSecret {
  private constructor(readonly text: string) {}

  static random(): FlowSecret {
    return new FlowSecret(randomBytes(32).toString('base64url'));
  }

  /** The secret of the browser that comes back with this state, or undefined if it did not begin that sign-in. */
  static ofCookies(cookies: Readonly<Record<string, string | undefined>>, state: string): FlowSecret | undefined {
    const text = cookies[cookieName(state)];
    if (text === undefined || !SECRET.test(text)) return undefined;
    const secret = new FlowSecret(text);
    const [expected, given] = [Buffer.from(secret.state), Buffer.from(state)];
    return expected.length === given.length && timingSafeEqual(expected, given) ? secret : undefined;
  }

  get state(): string {
    return this.derive('state');
  }

  get nonce(): string {
    return this.derive('nonce');
  }

  /** Of 43 characters, as RFC 7636 wants at least. */
  get codeVerifier(): string {
    return this.derive('code verifier');
  }

  /** What the table knows of it. */
  get hash(): Buffer {
    return createHash('sha256').update(this.text).digest();
  }

  get cookieName(): string {
    return cookieName(this.state);
  }

  private derive(purpose: string): string {
    return createHmac('sha256', this.text).update(`keyfold oidc ${purpose}`).digest('base64url');
  }
}

function cookieName(state: string): string {
  return COOKIE_PREFIX + state.slice(0, STATE_CHARACTERS_IN_COOKIE_NAME);
}
