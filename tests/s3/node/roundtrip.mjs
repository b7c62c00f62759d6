// Sends a directory tree and a large file to a bucket with the AWS SDK for JavaScript as it comes,
// and fetches them again. usage: node roundtrip.mjs ENDPOINT BUCKET SOURCE TARGET LARGE
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const [endpoint, Bucket, source, target, large] = process.argv.slice(2);
const s3 = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, maxAttempts: 1 });
const AT_ONCE = 16;

async function* walk(directory) {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}

// Runs `work` over all items, some at once; the first failure ends it.
async function forAll(items, work) {
  const iterator = items[Symbol.iterator]();
  const worker = async () => {
    for (const item of iterator) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function send(path) {
  const { size } = await stat(path);
  const Key = relative(source, path);
  const Body = createReadStream(path);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: size }));
}

async function fetchTo(Key, path) {
  await mkdir(dirname(path), { recursive: true });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  await pipeline(Body, createWriteStream(path));
}

await s3.send(new CreateBucketCommand({ Bucket }));
const paths = [];
for await (const path of walk(source)) paths.push(path);
await forAll(paths, send);

const keys = [];
for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket })) {
  for (const { Key } of page.Contents ?? []) keys.push(Key);
}
if (keys.length !== paths.length) throw new Error(`${paths.length} sent, ${keys.length} listed`);
await forAll(keys, (key) => fetchTo(key, join(target, key)));

const params = { Bucket, Key: "large/object", Body: createReadStream(large) };
await new Upload({ client: s3, params, partSize: 8 << 20, queueSize: 4 }).done();
const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "large/object" }));
if (head.ContentLength !== (await stat(large)).size) throw new Error("large: wrong size");
await fetchTo("large/object", join(target, "..", "large"));
console.log(`${keys.length} files`);
