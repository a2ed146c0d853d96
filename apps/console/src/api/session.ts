import { call, callOnce, get, Problem } from './http.js';

export interface SignInOptions {
  readonly signedIn: boolean;
  readonly password: boolean;
  readonly oidc: { readonly startUrl: string; readonly label: string } | null;
}

export function readSignInOptions(): Promise<SignInOptions> {
  return get<SignInOptions>('/v1/sign-in-options');
}

/**
 * The session comes as a cookie that no script can read; the token in the body is dropped here. @throws Problem 401,
 * 429
 */
export async function signIn(username: string, password: string): Promise<void> {
  await call('POST', '/v1/sessions', { body: { username, password } });
}

/** @throws Problem if the session could not be ended: it then goes on, and whoever leaves must know that */
export async function signOut(): Promise<void> {
  try {
    await callOnce('DELETE', '/v1/sessions/current');
  } catch (error) {
    // A session that has ended already is as good as one that ends now.
    if (!(error instanceof Problem) || error.status !== 401) throw error;
  }
}
