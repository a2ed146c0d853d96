/** Calls the admin-service as one user, its administrator unless another is named. */
export class AdminSession {
  private constructor(
    private readonly url: string,
    private readonly token: string,
    readonly userId: string,
  ) {}

  static async signIn(url: string, password: string, username = 'admin'): Promise<AdminSession> {
    const body = { username, password };
    const answer = await send<{ token: string; user: { id: string } }>(url, {
      method: 'POST',
      path: '/v1/sessions',
      body,
    });
    return new AdminSession(url, answer.token, answer.user.id);
  }

  call<Answer = unknown>(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return send<Answer>(this.url, { method, path, body, headers, token: this.token });
  }

  /** The answer of a GET, whose body is not read yet. @throws Error for a refusal */
  async open(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const response = await fetch(this.url + path, { headers: { authorization: `Bearer ${this.token}`, ...headers } });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** Switches keys on, gives the administrator the two roles, and issues a key: the name and key to sign in with. */
  async provisionKey(): Promise<{ username: string; key: string }> {
    await this.call('PATCH', '/v1/settings/security', { apiKeyAuthenticationEnabled: true });
    const { items } = await this.call<{ items: { id: string; name: string }[] }>('GET', '/v1/roles');
    for (const name of ['API Key Generate', 'API Key Sign In']) {
      const role = items.find((item) => item.name === name);
      await this.call('PUT', `/v1/users/${this.userId}/roles/${role?.id ?? name}`);
    }
    const { key } = await this.call<{ key: string }>('POST', '/v1/me/api-keys', { name: 'bench' });
    return { username: 'admin', key };
  }
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
}

async function send<Answer>(url: string, { method, path, body, headers, token }: Call): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  // The caller names the shape that the contract gives this answer.
  return (await response.json()) as Answer;
}
