/** As much of a browser as a sign-in needs: cookies by host and path, and redirects one at a time. */
export class Browser {
  private readonly cookies = new Map<string, { value: string; path: string }>();

  /** One request; redirects are not followed. */
  async get(url: string | URL, headers: Record<string, string> = {}): Promise<Response> {
    const { host } = new URL(url);
    const cookie = this.cookieHeader(url);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
    });
    for (const line of response.headers.getSetCookie()) this.keep(host, line);
    return response;
  }

  /** Follows redirects until one leads to a URL that begins like this; that URL, not yet visited. */
  async followUntil(url: string | URL, prefix: string): Promise<URL> {
    let next = new URL(url);
    for (let hop = 0; hop < 10; hop += 1) {
      if (next.href.startsWith(prefix)) return next;
      const response = await this.get(next);
      const location = response.headers.get('location');
      if (location === null) throw new Error(`${next.href} answers ${response.status}: ${await response.text()}`);
      next = new URL(location, next);
    }
    throw new Error(`still at ${next.href} after 10 redirects`);
  }

  /** What it sends there now. */
  cookieHeader(url: string | URL): string {
    const { host, pathname } = new URL(url);
    return [...this.cookies]
      .filter(([name, { path }]) => name.startsWith(`${host} `) && pathname.startsWith(path))
      .map(([name, { value }]) => `${name.slice(host.length + 1)}=${value}`)
      .join('; ');
  }

  cookieNames(host: string): string[] {
    return [...this.cookies.keys()]
      .filter((name) => name.startsWith(`${host} `))
      .map((name) => name.slice(host.length + 1));
  }

  private keep(host: string, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const name = `${host} ${pair.slice(0, pair.indexOf('='))}`;
    const value = pair.slice(pair.indexOf('=') + 1);
    const of = (wanted: string): string | undefined =>
      attributes.find((attribute) => attribute.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const expires = of('expires');
    const isGone = of('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= Date.now());
    if (isGone) this.cookies.delete(name);
    else this.cookies.set(name, { value, path: of('path') ?? '/' });
  }
}
