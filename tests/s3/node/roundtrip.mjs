// Sends a directory tree and a large file to a bucket with the AWS SDK for JavaScript as it comes,
// fetches them again, and does what programs do beside: presigned URLs, conditional writes, versions.
// usage: node roundtrip.mjs ENDPOINT BUCKET SOURCE TARGET LARGE
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

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

function expect(ok, what) {
  if (!ok) throw new Error(what);
}

async function refused(name, command) {
  const error = await s3.send(command).then(() => undefined, (e) => e);
  expect(error?.name === name, `not ${name}: ${error}`);
}

async function text(params) {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, ...params }));
  return Body.transformToString();
}

async function presigned() {
  const Key = "presigned/a b+c";
  const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key }), { expiresIn: 60 });
  const sent = await fetch(put, { method: "PUT", body: "by URL" });
  expect(sent.status === 200, `presigned PUT: ${sent.status} ${await sent.text()}`);
  const get = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 });
  expect((await (await fetch(get)).text()) === "by URL", "presigned GET");
}

async function conditional() {
  const Key = "once";
  const once = () => new PutObjectCommand({ Bucket, Key, Body: "", IfNoneMatch: "*" });
  const { ETag } = await s3.send(once());
  await refused("PreconditionFailed", once());
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: "twice", IfMatch: ETag }));
  expect((await text({ Key })) === "twice", "If-Match");
}

async function versions() {
  const Key = "versioned";
  const VersioningConfiguration = { Status: "Enabled" };
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const put = async (Body) => (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
  const older = await put("older");
  const newer = await put("newer");
  const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect(marker.DeleteMarker, "no delete marker");
  await refused("NoSuchKey", new GetObjectCommand({ Bucket, Key }));
  expect((await text({ Key, VersionId: older })) === "older", "by version");
  for (const VersionId of [marker.VersionId, newer]) {
    await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  }
  expect((await text({ Key })) === "older", "the older version is not current");
}

// Every version of every key a page at a time, and the bucket.
async function clean() {
  for (let markers = {}; markers; ) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, ...markers }));
    const Objects = page.Versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
    const gone = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(!gone.Errors?.length, JSON.stringify(gone.Errors));
    markers = page.IsTruncated && {
      KeyMarker: page.NextKeyMarker,
      VersionIdMarker: page.NextVersionIdMarker,
    };
  }
  await s3.send(new DeleteBucketCommand({ Bucket }));
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
await presigned();
await conditional();
await versions();
await clean();
console.log(`${keys.length} files`);
