import type { Fault, FaultKind } from './plan.js';
import { ON_BROKER } from './strikes/on-broker.js';
import { ON_LINKS } from './strikes/on-links.js';
import { ON_POSTGRES } from './strikes/on-postgres.js';
import { ON_SERVICES } from './strikes/on-services.js';
import type { Strike, Struck } from './strikes/struck.js';
import type { World } from './world.js';

const STRIKES: Readonly<Record<FaultKind, Strike>> = { ...ON_SERVICES, ...ON_BROKER, ...ON_POSTGRES, ...ON_LINKS };

/** Lets a fault strike. */
export function strike(world: World, fault: Fault): Promise<Struck> {
  return STRIKES[fault.kind](world, fault);
}
