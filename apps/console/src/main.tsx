import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { readSignInOptions } from './api/session.js';
import { SignInPage } from './pages/sign-in-page.js';
import { loadMessages, MessagesProvider, preferredLanguage } from './text/messages-context.js';

const container = document.querySelector('#app');
if (container === null) throw new Error('index.html has no #app');

const language = preferredLanguage();
document.documentElement.lang = language;
const [messages, options] = await Promise.all([loadMessages(language), readSignInOptions()]);
createRoot(container).render(
  <StrictMode>
    <MessagesProvider language={language} messages={messages}>
      <SignInPage options={options} returnTo="/" onSignedIn={() => location.assign('/console/')} />
    </MessagesProvider>
  </StrictMode>,
);
