import { connect } from 'node:net';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Field names in lower case; several lines of a field are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Sends bytes to an HTTP server as they are, for what no client would send, and reads the first answer. The request
 * should ask for `Connection: close`; the answer is taken to end when the server ends, or when as much came as it
 * announced.
 *
 * @param lines of the head, without line ends
 * @param encoding `latin1` to send bytes beyond ASCII
 */
export function rawRequest(url: string, lines: readonly string[], body = ''): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
    });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('no answer in time')));
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('data', (chunk: string) => {
      text += chunk;
      const answer = parse(text);
      if (answer?.isWhole !== true) return;
      socket.destroy();
      resolve(answer);
    });
    socket.on('close', () => {
      const answer = parse(text);
      if (answer === null) reject(new Error(`no answer: ${text.slice(0, 200)}`));
      else resolve(answer);
    });
  });
}

/** Sends bytes and reads everything until the server ends the connection. */
export function rawConversation(url: string, sent: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(Buffer.from(sent, 'latin1'));
    });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('the server keeps the connection')));
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (text += chunk));
    // A server that has had enough may reset the connection after its answer.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(text);
      else reject(error);
    });
    socket.on('close', () => {
      resolve(text);
    });
  });
}

function parse(text: string): (RawAnswer & { readonly isWhole: boolean }) | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [first = '', ...fields] = text.slice(0, end).split('\r\n');
  const status = Number(first.split(' ')[1]);
  // An interim answer; the one that counts follows.
  if (status < 200) return parse(text.slice(end + 4));
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const colon = field.indexOf(':');
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const body = text.slice(end + 4);
  return { status, headers, body, isWhole: body.length >= Number(headers['content-length'] ?? Infinity) };
}
