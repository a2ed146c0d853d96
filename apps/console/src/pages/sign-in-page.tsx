import type { ReactNode } from 'react';
import type { SignInOptions } from '../api/session.js';
import { useMessages } from '../text/messages-context.js';
import { buttonClass } from '../ui/button.js';
import mark from '../ui/mark.svg';
import { PasswordForm } from './password-form.js';
import styles from './sign-in.module.css';

/**
 * At whatever address: whoever has signed in goes on to what they asked for. A fresh document, so that nothing of
 * whoever was there before stays.
 */
export function signInScreen(options: SignInOptions): ReactNode {
  const { pathname, search } = location;
  const returnTo = pathname === '/console/sign-in' ? '/console/' : pathname + search;
  return <SignInPage options={options} returnTo={returnTo} onSignedIn={() => location.replace(returnTo)} />;
}

interface SignInPageProps {
  readonly options: SignInOptions;
  /** Path and query to go on to. */
  readonly returnTo: string;
  readonly onSignedIn: () => void;
}

function SignInPage({ options, returnTo, onSignedIn }: SignInPageProps): ReactNode {
  const { signIn: text } = useMessages();
  return (
    <main className={styles.page}>
      <title>{`${text.title} · Keyfold`}</title>
      <div className={styles.card}>
        <p className={styles.brand}>
          <img src={mark} alt="" /> Keyfold
        </p>
        <div>
          <h1>{text.title}</h1>
          <p className={styles.lead}>{text.lead}</p>
        </div>
        {options.oidc !== null && (
          <>
            <a
              className={buttonClass('secondary', 'wide')}
              href={`${options.oidc.startUrl}?returnTo=${encodeURIComponent(returnTo)}`}
            >
              {text.sso(options.oidc.label)}
            </a>
            <p className={styles.or}>{text.or}</p>
          </>
        )}
        <PasswordForm onSignedIn={onSignedIn} />
      </div>
    </main>
  );
}
