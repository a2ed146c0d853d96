import { verify } from '@node-rs/argon2';
import argon2 from 'argon2';

// What is compared with: a verification alone, one after the other. Started as: verify-alone.js <reference|own> <hash>
// <secret> <times>; prints milliseconds.
const [, , whose = '', phc = '', secret = '', times = '1'] = process.argv;
const verifyAlone = whose === 'own' ? verify : argon2.verify;
const milliseconds: number[] = [];
for (let time = 0; time < Number(times); time += 1) {
  const start = performance.now();
  if (!(await verifyAlone(phc, secret))) throw new Error('this is not its secret');
  milliseconds.push(performance.now() - start);
}
process.stdout.write(`${JSON.stringify(milliseconds)}\n`);
