import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const DIST = new URL('../dist/', import.meta.url).href;

/** Asks each kind of server what no strict parser takes: a request with two framings. */
const SCRIPT = `
  import fastify from 'fastify';
  import { createServer } from 'node:http';
  import { connect } from 'node:net';
  const { createGatewayServer } = await import('${DIST}apps/auth-gateway/src/surfaces/gateway-server.js');
  const { createProxyServer } = await import('${DIST}apps/auth-gateway/src/proxy/proxy-server.js');
  const { fastifyOptions } = await import('${DIST}libs/service-kit/src/http/fastify-options.js');
  const answer = (request, response) => response.end();
  const handler = { handle: answer, handleUnreadable: fastifyOptions().clientErrorHandler };
  const app = fastify(fastifyOptions());
  app.get('/', () => '');
  await app.ready();
  const servers = {
    plain: createServer(answer),
    gateway: createGatewayServer({ handle: (request, response) => !answer(request, response) }, answer),
    proxy: createProxyServer(handler),
    admin: app.server,
  };
  const statuses = {};
  for (const [name, server] of Object.entries(servers)) {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connect(server.address().port, '127.0.0.1');
    const fields = ['Host: x', 'Connection: close', 'Content-Length: 0', 'Transfer-Encoding: chunked'];
    socket.write(['GET / HTTP/1.1', ...fields, '', '0', '', ''].join('\\r\\n'));
    let text = '';
    for await (const chunk of socket) text += chunk;
    statuses[name] = Number(text.split(' ')[1]);
    server.close();
  }
  console.log(JSON.stringify(statuses));
  process.exit(0);
`;

test('no server becomes lenient, whatever Node is told', async () => {
  const words = ['--input-type=module', '--eval', SCRIPT];
  const lenient = { env: { ...process.env, NODE_OPTIONS: '--insecure-http-parser' } };
  const { stdout } = await promisify(execFile)(process.execPath, words, lenient);
  // The first is there to show that the option does what it is feared for.
  expect(JSON.parse(stdout)).toEqual({ plain: 200, gateway: 400, proxy: 400, admin: 400 });
});
