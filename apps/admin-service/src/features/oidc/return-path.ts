import { z } from 'zod';
import { fieldRule } from '@keyfold/service-kit';

const HERE = 'http://keyfold.invalid';

/**
 * Where a browser goes after signing in: a path of this very service. Anything a browser could take for another host
 * would be an open redirect.
 */
export const ReturnPath = z.string().max(2_000).refine(isLocalPath, fieldRule('LOCAL_PATH'));

function isLocalPath(text: string): boolean {
  // Browsers read a backslash as a slash and skip control characters, so `/\host` and `/<tab>/host` lead elsewhere.
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text)) return false;
  return URL.canParse(text, HERE) && new URL(text, HERE).origin === HERE;
}

/**
 * A page that goes on to the path by itself. Not a redirect: the chain of redirects began at the issuer, and a browser
 * does not send a cookie with SameSite=Strict, which ours is, along one that another site began.
 */
export function continuePage(path: string): string {
  const escaped = path
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll("'", '&#39;');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Keyfold</title><meta http-equiv="refresh" content="0;url='${escaped}'"></head>
<body><p>You are signed in. <a href="${escaped}">Go on</a></p></body>
</html>
`;
}
