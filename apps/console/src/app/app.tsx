import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { shouldRetry } from '../api/queries.js';
import { ToastProvider } from '../ui/toast.js';
import { createConsoleRouter } from './router.js';

const queries = new QueryClient({ defaultOptions: { queries: { retry: shouldRetry, staleTime: 2_000 } } });
const router = createConsoleRouter(queries);

/** Everything but signing in. */
export function consoleScreen(language: string): ReactNode {
  return (
    <I18nProvider locale={language}>
      <QueryClientProvider client={queries}>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </QueryClientProvider>
    </I18nProvider>
  );
}
