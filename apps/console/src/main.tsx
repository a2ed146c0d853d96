import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { readSignInOptions } from './api/session.js';
import { applyTheme, storedTheme } from './app/appearance.js';
import { loadMessages, MessagesProvider, preferredLanguage } from './text/messages-context.js';

const EXPECTED: ReadonlySet<string> = new Set(['PermissionMissing', 'Problem']);

applyTheme(storedTheme());
const container = document.querySelector('#app');
if (container === null) throw new Error('index.html has no #app');

const language = preferredLanguage();
document.documentElement.lang = language;
const [messages, options] = await Promise.all([
  loadMessages(language),
  // Without an answer the pages say what is wrong, and offer to try again.
  readSignInOptions().catch(() => null),
]);
// Whoever has to sign in loads no router, no tables and no pages.
const screen =
  options?.signedIn === false
    ? (await import('./pages/sign-in-page.js')).signInScreen(options)
    : (await import('./app/app.js')).consoleScreen(language);
createRoot(container, {
  // An error page already shows these. A missing permission, or a service that does not answer, is not a fault of this
  // program.
  onCaughtError: (error) => {
    if (!(error instanceof Error) || !EXPECTED.has(error.name)) console.error(error);
  },
}).render(
  <StrictMode>
    <MessagesProvider language={language} messages={messages}>
      {screen}
    </MessagesProvider>
  </StrictMode>,
);
