/** One login of the server with what it may do. Subjects as NATS writes them, wildcards included. */
export interface NatsUser {
  readonly user: string;
  readonly password: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** May answer a request on the reply subject that came with it, once, whatever `publish` says. */
  readonly allowResponses?: boolean;
}

/** Text of a nats-server configuration: JetStream with file storage, only the given users (none: no authentication). */
export function natsConfig(options: {
  port: number;
  host: string;
  storeDir: string;
  users: readonly NatsUser[];
  maxPayloadBytes?: number | undefined;
}): string {
  const lines = [
    `host: ${quote(options.host)}`,
    `port: ${options.port}`,
    `jetstream { store_dir: ${quote(options.storeDir)} }`,
  ];
  if (options.maxPayloadBytes !== undefined) lines.push(`max_payload: ${options.maxPayloadBytes}`);
  if (options.users.length > 0)
    lines.push('authorization {', '  users = [', ...options.users.map(userLine), '  ]', '}');
  return `${lines.join('\n')}\n`;
}

function userLine(user: NatsUser): string {
  const responses = user.allowResponses === true ? ', allow_responses: true' : '';
  return (
    `    { user: ${quote(user.user)}, password: ${quote(user.password)}, permissions: { ` +
    `publish: ${permission(user.publish)}, subscribe: ${permission(user.subscribe)}${responses} } }`
  );
}

/** An empty list means "everything" to nats-server, so "nothing" has to be said as a denial. */
function permission(subjects: readonly string[]): string {
  return subjects.length === 0 ? '{ deny: ">" }' : `{ allow: [${subjects.map(quote).join(', ')}] }`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
