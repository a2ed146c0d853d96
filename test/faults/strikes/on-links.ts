import type { FaultKind, LinkName } from '../plan.js';
import type { World } from '../world.js';
import { at, opened, type Strike, type Struck } from './struck.js';

type OnLinks = Extract<FaultKind, `link ${string}`>;

export const ON_LINKS: Readonly<Record<OnLinks, Strike>> = {
  'link cut': (world, { link, target }) => {
    const struck = struckLink(world, { link, target });
    const hit = at(world.linksOf(link), target);
    hit.become('refusing');
    hit.cut();
    return Promise.resolve(struck);
  },
  'link half-open': linkBecomes('silent'),
  'link mute': linkBecomes('mute'),
  'link slow': linkBecomes('slow'),
};

function linkBecomes(kind: 'silent' | 'mute' | 'slow'): Strike {
  return (world, { delayMs, link, target }) => {
    const struck = struckLink(world, { link, target });
    at(world.linksOf(link), target).become(kind, delayMs);
    return Promise.resolve(struck);
  };
}

/**
 * A gateway asks the admin-service over HTTP only where the broker does not answer it: that way is closed as well, or
 * nothing would be hit.
 */
function struckLink(
  world: World,
  { link: name, target }: { readonly link: LinkName; readonly target: number },
): Struck {
  const link = at(world.linksOf(name), target);
  const before = link.hits;
  const beside = name === 'gateway-admin' ? [at(world.gateways, target).links.nats] : [];
  for (const other of beside) {
    other.become('refusing');
    other.cut();
  }
  return {
    heal: async () => {
      for (const each of [link, ...beside]) await opened(each);
    },
    hadEffect: () => link.hits > before,
  };
}
