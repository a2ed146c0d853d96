import { type Command, Option } from 'commander';
import type { Demands } from './demands.js';

/** What a person may say about the sealed values of an export. */
export interface OpeningsOptions {
  readonly requireOpenings?: true;
  readonly unsignedOpenings?: true;
}

/** For each command that reads an export. */
export function withOpeningsOptions(command: Command): Command {
  const required = 'refuse an export without sealed values: if all of them were removed, nothing else shows it';
  const unsigned =
    'accept sealed values without the digest that the log signs, as in older exports; some may have been left out';
  return command
    .addOption(new Option('--require-openings', required))
    .addOption(new Option('--unsigned-openings', unsigned).conflicts('requireOpenings'));
}

/** What follows from the options for the export. */
export function openingsDemands({ requireOpenings, unsignedOpenings }: OpeningsOptions): Demands {
  return { requiresOpenings: requireOpenings === true, takesUnsignedOpenings: unsignedOpenings === true };
}
