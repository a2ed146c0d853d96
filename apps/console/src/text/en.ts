/** Every text of the console, in English. Other languages have this type, so a missing text does not compile. */
export const en = {
  common: {
    optional: 'optional',
    retry: 'Try again',
    cancel: 'Cancel',
    close: 'Close',
    save: 'Save',
    loading: 'Loading',
  },
  signIn: {
    title: 'Sign in',
    lead: 'to manage API keys',
    username: 'User name',
    password: 'Password',
    submit: 'Sign in',
    sso: (label: string) => `Continue with ${label}`,
    or: 'or',
    wrong: 'User name and password do not match. Nothing was changed; check both and try again.',
    throttled: (minutes: number) =>
      minutes <= 1
        ? 'Too many failed attempts. Try again in a minute.'
        : `Too many failed attempts. Try again in ${minutes} minutes.`,
  },
  problems: {
    noAnswer:
      'The service did not answer. It is not known whether anything was changed. Check the connection and try again.',
    unavailable: 'The service is not available at the moment. Nothing was changed. Try again in a moment.',
  },
};

export type Messages = typeof en;
