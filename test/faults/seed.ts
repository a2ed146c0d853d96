/** Another run of the same shape: `KEYFOLD_FAULTS_SEED=7 npm run test:faults`. The title of the tests names it. */
export function seedOr(fallback: number): number {
  const given = process.env['KEYFOLD_FAULTS_SEED'];
  if (given === undefined || given === '') return fallback;
  if (!/^\d{1,9}$/.test(given)) throw new Error('KEYFOLD_FAULTS_SEED: must be a whole number of up to nine digits');
  return Number(given);
}
