import {
  type DocumentedProxy,
  type Field,
  forwardedFields,
  isOneOf,
  question,
  refused,
  replaced,
  without,
} from './documented-proxy.js';
import { at, listAt, shippedYaml, textAt, textsAt } from './shipped-yaml.js';

/**
 * forward-auth of APISIX 3: a GET with the listed fields; below 300 passes with the listed fields replaced, else the
 * client gets the listed ones.
 */
export const apisix: DocumentedProxy = async ({ http }, request) => {
  const plugins = at(shippedYaml('apisix/apisix.yaml'), 'routes', 0, 'plugins');
  const blocked = textsAt(plugins, 'uri-blocker', 'block_rules').map((rule) => new RegExp(rule, 'i'));
  if (blocked.some((rule) => rule.test(request.uri)))
    return refused(Number(at(plugins, 'uri-blocker', 'rejected_code')));
  const validNames = areUnderscoresValid() ? /^[A-Za-z0-9_-]+$/ : /^[A-Za-z0-9-]+$/;
  const valid = request.fields.filter(([name]) => validNames.test(name));
  const fields = without(valid, textsAt(plugins, 'proxy-rewrite', 'headers', 'remove'));
  const plugin = at(plugins, 'forward-auth');
  const sent = fields.filter(isOneOf(textsAt(plugin, 'request_headers')));
  const answer = await question(http, {
    method: textAt(plugin, 'request_method'),
    uri: textAt(plugin, 'uri').replace(/^http:\/\/[^/]+/, ''),
    fields: [...sent, ...forwardedFields(request)],
  });
  if (answer === null)
    return at(plugin, 'allow_degradation') === true
      ? { passed: true, fields }
      : refused(Number(at(plugin, 'status_on_error')));
  if (answer.status >= 300)
    return refused(answer.status, answer.fields.filter(isOneOf(textsAt(plugin, 'client_headers'))));
  return {
    passed: true,
    fields: cleared(plugins, replaced(fields, textsAt(plugin, 'upstream_headers'), answer.fields)),
  };
};

/** nginx drops names with other characters by itself, and those with underscores where it is told to. */
function areUnderscoresValid(): boolean {
  return textAt(shippedYaml('apisix/config.yaml'), 'nginx_config', 'http', 'underscores_in_headers') !== 'off';
}

const CLEARS_A_HEADER = /^return function\(\) ngx\.req\.clear_header\("([A-Za-z-]+)"\) end$/;

/** What the function before the proxying takes away; in an earlier phase the gateway would not see it either. */
function cleared(plugins: unknown, fields: readonly Field[]): Field[] {
  const post = at(plugins, 'serverless-post-function');
  if (at(post, 'phase') !== 'before_proxy') throw new Error('the key is taken away in the wrong phase');
  return without(
    fields,
    listAt(post, 'functions').map((lua) => CLEARS_A_HEADER.exec(String(lua))?.[1] ?? ''),
  );
}
