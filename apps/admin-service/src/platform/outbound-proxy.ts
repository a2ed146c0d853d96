import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import { z } from 'zod';

/** The value may hold a password, so no message repeats it. */
const proxyUrl = z.string().refine(isProxyUrl, 'must be the http:// or https:// URL of a proxy').optional();

/** The variables that many programs read, in either case; as there, the lower-case one counts first. */
export const proxySettings = {
  HTTPS_PROXY: proxyUrl,
  https_proxy: proxyUrl,
  /**
   * Hosts that are reached without the proxy: names with their subdomains, addresses, each with a port or without; or
   * `*`.
   */
  NO_PROXY: z.string().optional(),
  no_proxy: z.string().optional(),
};

export type ProxySettings = Readonly<Partial<Record<keyof typeof proxySettings, string | undefined>>>;
type AgentOptions = NonNullable<ConstructorParameters<typeof EnvHttpProxyAgent>[0]>;

/**
 * Connects to what is https through the configured proxy, unless its host is excepted, and to all else directly: what
 * is plain HTTP stays within this machine or network, and a proxy could read it.
 */
export function outboundAgent(settings: ProxySettings, options: AgentOptions = {}): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({
    ...options,
    // Given even when empty: else the agent reads the process's environment, past the configuration, and takes
    // HTTP_PROXY for https as well.
    httpProxy: '',
    httpsProxy: proxyOf(settings),
    noProxy: settings.no_proxy ?? settings.NO_PROXY ?? '',
  });
}

export function hasProxy(settings: ProxySettings): boolean {
  return proxyOf(settings) !== '';
}

/** As much of fetch as the libraries for OpenID Connect use. */
export type OutboundFetch = (url: string, init: object) => Promise<Response>;

/**
 * A fetch by this agent. Both must be of one library: the platform's own fetch may not understand the agents of another
 * version.
 */
export function fetchBy(agent: EnvHttpProxyAgent): OutboundFetch {
  return (url, init) => undiciFetch(url, { ...init, dispatcher: agent });
}

function proxyOf({ HTTPS_PROXY, https_proxy }: ProxySettings): string {
  return https_proxy ?? HTTPS_PROXY ?? '';
}

function isProxyUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}
