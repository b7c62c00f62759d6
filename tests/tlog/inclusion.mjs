// Verifies proofs of inclusion with @sigstore/verify, which npm verifies packages with.
//   inclusion.mjs MODULES DIR      MODULES: where node_modules are
// It covers the checkpoint's text and signature, the proof, and the entry. Then every byte of these
// is changed, one at a time, and none may pass.
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, dir] = process.argv.slice(2);
// Below the package's own list of exports, which offers whole bundles of sigstore only.
const inside = (name) =>
  createRequire(join(modules, 'x'))(join(modules, 'node_modules/@sigstore/verify/dist', name));
const { verifyMerkleInclusion } = inside('timestamp/merkle.js');
const { verifyCheckpoint } = inside('timestamp/checkpoint.js');

const [name, keyId, ...rest] = readFileSync(join(dir, 'vkey'), 'utf8').split('+');
const keyText = rest.join('+');
const raw = Buffer.from(keyText, 'base64').subarray(1);
const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
const log = {
  logID: Buffer.concat([Buffer.from(keyId, 'hex'), Buffer.alloc(28)]),
  publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  baseURL: `https://${name}`,
  validFor: { start: new Date(0), end: new Date(8e15) },
};

function verify(leaf, index, hashes, envelope) {
  const lines = envelope.toString('utf8').split('\n');
  const entry = {
    canonicalizedBody: leaf,
    integratedTime: '1800000000',
    inclusionProof: {
      logIndex: String(index),
      treeSize: lines[1],
      rootHash: Buffer.from(lines[2], 'base64'),
      hashes,
      checkpoint: { envelope: envelope.toString('utf8') },
    },
  };
  verifyMerkleInclusion(entry);
  verifyCheckpoint(entry, [log]);
}

function passes(...what) {
  try {
    verify(...what);
    return true;
  } catch {
    return false;
  }
}

// What it reads of a checkpoint: the text, and the bytes of the signature in any spelling.
function meaning(envelope) {
  const text = envelope.toString('utf8');
  const split = text.indexOf('\n\n');
  return text.slice(0, split) + Buffer.from(text.slice(split).split(' ')[2] ?? '', 'base64').toString('hex');
}

const envelope = readFileSync(join(dir, 'checkpoint'));
const proofs = JSON.parse(readFileSync(join(dir, 'proofs.json'), 'utf8'));
let changes = 0;
function changed(bytes, test) {
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] ^= 1 << at % 8;
    if (!test()) throw new Error(`a change of byte ${at} passes`);
    bytes[at] ^= 1 << at % 8;
    changes++;
  }
}
for (const proof of proofs) {
  const leaf = Buffer.from(proof.leaf, 'base64');
  const hashes = proof.hashes.map((hash) => Buffer.from(hash, 'base64'));
  verify(leaf, proof.index, hashes, envelope);
  if (passes(leaf, proof.index + 1, hashes, envelope)) throw new Error('another index passes');
  const test = () => !passes(leaf, proof.index, hashes, envelope);
  changed(leaf, test);
  for (const hash of hashes) changed(hash, test);
  if (proof !== proofs[0]) continue;
  const right = meaning(envelope);
  changed(envelope, () => test() || meaning(envelope) === right);
}
console.log(`${proofs.length} proofs, ${changes} changes noticed`);
