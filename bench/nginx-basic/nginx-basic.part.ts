import type { Figure, Part } from '../harness/figure.js';
import { ANSWER_END } from '../proxy/answer-end.js';
import { withProvenKey } from '../stack/proven-key.js';
import { compareServers } from '../support/compare-servers.js';
import { withScratch } from '../support/scratch.js';
import { locateNginx, startNginx } from './nginx.js';

const NAME = 'forward-auth, against nginx auth_basic';

export const nginxBasicPart: Part = {
  name: 'nginx-basic',
  about: 'a proven key at the gateway against auth_basic of nginx in front of a static file',
  async run(options): Promise<Figure[]> {
    const program = locateNginx();
    if (program === null) {
      const reason = 'nginx is not installed here (Debian: apt-get install nginx-light)';
      options.progress(`nginx-basic: ${reason}`);
      return [{ kind: 'not-run', name: NAME, reason }];
    }
    options.progress('nginx-basic: starting the product');
    return withScratch((folder) =>
      withProvenKey(folder, ({ gateway, key, load, username }) =>
        withScratch(async (nginxFolder) => {
          const nginx = await startNginx(program, nginxFolder, { name: username, password: key });
          try {
            const ours = { server: gateway, load: load(`${gateway.url}/v1/forward-auth`, options.seconds) };
            const theirs = {
              server: nginx,
              load: { ...load(`${nginx.url}/report.txt`, options.seconds), answerEnd: ANSWER_END },
            };
            return await compareServers({ name: NAME, aim: 1, ours, theirs }, options);
          } finally {
            await nginx.stop();
          }
        }),
      ),
    );
  },
};
