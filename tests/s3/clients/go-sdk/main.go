// Sends a directory tree and a large file to a bucket with the AWS SDK for Go as it comes, fetches
// them again, and does what programs do beside: presigned URLs, conditional writes, versions.
// usage: go-sdk ENDPOINT BUCKET SOURCE TARGET LARGE
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"
)

const (
	atOnce   = 16
	partSize = 8 << 20
)

type trip struct {
	ctx    context.Context
	s3     *s3.Client
	bucket *string
}

// must ends the program on the first error.
func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatalf("%+v", err)
	}
}

func expect(ok bool, what string, values ...any) {
	if !ok {
		log.Fatalf("%s: %v", what, values)
	}
}

func refused(err error, code string) {
	var refusal smithy.APIError
	expect(errors.As(err, &refusal) && refusal.ErrorCode() == code, "not "+code, err)
}

func (t trip) put(key string, body string) *s3.PutObjectOutput {
	return must(t.s3.PutObject(t.ctx, &s3.PutObjectInput{
		Bucket: t.bucket, Key: &key, Body: bytes.NewReader([]byte(body))}))
}

func (t trip) get(input *s3.GetObjectInput) string {
	input.Bucket = t.bucket
	got := must(t.s3.GetObject(t.ctx, input))
	defer got.Body.Close()
	return string(must(io.ReadAll(got.Body)))
}

// tree sends all files of `source`, lists them in pages, and fetches each to `target`.
func (t trip) tree(source, target string) int {
	var paths []string
	check(filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			paths = append(paths, must(filepath.Rel(source, path)))
		}
		return err
	}))
	send, ctx := errgroup.WithContext(t.ctx)
	send.SetLimit(atOnce)
	for _, path := range paths {
		send.Go(func() error {
			file, err := os.Open(filepath.Join(source, path))
			if err != nil {
				return err
			}
			defer file.Close()
			_, err = t.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: t.bucket, Key: &path, Body: file})
			return err
		})
	}
	check(send.Wait())

	var keys []string
	pages := s3.NewListObjectsV2Paginator(t.s3, &s3.ListObjectsV2Input{Bucket: t.bucket})
	for pages.HasMorePages() {
		for _, object := range must(pages.NextPage(t.ctx)).Contents {
			keys = append(keys, *object.Key)
		}
	}
	slices.Sort(paths)
	expect(slices.Equal(keys, paths), "listed is not what was sent", len(keys), len(paths))

	fetch, ctx := errgroup.WithContext(t.ctx)
	fetch.SetLimit(atOnce)
	for _, key := range keys {
		fetch.Go(func() error {
			got, err := t.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: t.bucket, Key: &key})
			if err != nil {
				return err
			}
			defer got.Body.Close()
			body, err := io.ReadAll(got.Body)
			if err != nil {
				return err
			}
			path := filepath.Join(target, key)
			if err = os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			return os.WriteFile(path, body, 0o644)
		})
	}
	check(fetch.Wait())
	return len(keys)
}

// large goes up and down in parts; its checksum is the SDK's default of whole objects.
func (t trip) large(source, target string) {
	key := aws.String("large/object")
	file := must(os.Open(source))
	defer file.Close()
	uploader := manager.NewUploader(t.s3, func(u *manager.Uploader) { u.PartSize = partSize })
	must(uploader.Upload(t.ctx, &s3.PutObjectInput{Bucket: t.bucket, Key: key, Body: file}))
	head := must(t.s3.HeadObject(t.ctx, &s3.HeadObjectInput{
		Bucket: t.bucket, Key: key, ChecksumMode: types.ChecksumModeEnabled}))
	expect(*head.ContentLength == must(file.Stat()).Size(), "wrong size", *head.ContentLength)
	expect(head.ChecksumCRC32 != nil, "no checksum")

	back := must(os.Create(target))
	defer back.Close()
	downloader := manager.NewDownloader(t.s3, func(d *manager.Downloader) { d.PartSize = partSize })
	must(downloader.Download(t.ctx, back, &s3.GetObjectInput{Bucket: t.bucket, Key: key}))
}

// stream has neither a length nor a way back: over TLS the SDK sends its checksum as a trailer.
func (t trip) stream() {
	key := aws.String("streamed")
	body := make([]byte, 1<<20)
	must(rand.Read(body))
	reader, writer := io.Pipe()
	go func() {
		must(writer.Write(body))
		check(writer.Close())
	}()
	must(t.s3.PutObject(t.ctx, &s3.PutObjectInput{
		Bucket: t.bucket, Key: key, Body: reader, ContentLength: aws.Int64(int64(len(body)))}))
	expect(t.get(&s3.GetObjectInput{Key: key}) == string(body), "streamed: other bytes")
}

func (t trip) presigned() {
	signer := s3.NewPresignClient(t.s3, s3.WithPresignExpires(time.Minute))
	key := aws.String("presigned/a b+c")
	put := must(signer.PresignPutObject(t.ctx, &s3.PutObjectInput{Bucket: t.bucket, Key: key}))
	request := must(http.NewRequest(put.Method, put.URL, bytes.NewReader([]byte("by URL"))))
	request.Header = put.SignedHeader
	answer := must(client().Do(request))
	expect(answer.StatusCode == http.StatusOK, "presigned PUT", answer.Status)
	get := must(signer.PresignGetObject(t.ctx, &s3.GetObjectInput{Bucket: t.bucket, Key: key}))
	answer = must(client().Get(get.URL))
	expect(string(must(io.ReadAll(answer.Body))) == "by URL", "presigned GET", answer.Status)
}

func (t trip) conditional() {
	key := aws.String("once")
	once := &s3.PutObjectInput{Bucket: t.bucket, Key: key, IfNoneMatch: aws.String("*")}
	first := must(t.s3.PutObject(t.ctx, once))
	_, err := t.s3.PutObject(t.ctx, once)
	refused(err, "PreconditionFailed")
	must(t.s3.PutObject(t.ctx, &s3.PutObjectInput{Bucket: t.bucket, Key: key, IfMatch: first.ETag,
		Body: bytes.NewReader([]byte("twice"))}))
	expect(t.get(&s3.GetObjectInput{Key: key}) == "twice", "If-Match")
}

func (t trip) versions() {
	must(t.s3.PutBucketVersioning(t.ctx, &s3.PutBucketVersioningInput{Bucket: t.bucket,
		VersioningConfiguration: &types.VersioningConfiguration{
			Status: types.BucketVersioningStatusEnabled}}))
	key := aws.String("versioned")
	older, newer := t.put(*key, "older").VersionId, t.put(*key, "newer").VersionId
	marker := must(t.s3.DeleteObject(t.ctx, &s3.DeleteObjectInput{Bucket: t.bucket, Key: key}))
	expect(*marker.DeleteMarker, "no delete marker")
	_, err := t.s3.GetObject(t.ctx, &s3.GetObjectInput{Bucket: t.bucket, Key: key})
	refused(err, "NoSuchKey")
	expect(t.get(&s3.GetObjectInput{Key: key, VersionId: older}) == "older", "by version")
	for _, version := range []*string{marker.VersionId, newer} {
		must(t.s3.DeleteObject(t.ctx, &s3.DeleteObjectInput{
			Bucket: t.bucket, Key: key, VersionId: version}))
	}
	expect(t.get(&s3.GetObjectInput{Key: key}) == "older", "the older version is not current")
}

// clean deletes every version of every key a page at a time, and the bucket.
func (t trip) clean() {
	pages := s3.NewListObjectVersionsPaginator(t.s3, &s3.ListObjectVersionsInput{Bucket: t.bucket})
	for pages.HasMorePages() {
		page := must(pages.NextPage(t.ctx))
		var doomed []types.ObjectIdentifier
		for _, version := range page.Versions {
			doomed = append(doomed, types.ObjectIdentifier{
				Key: version.Key, VersionId: version.VersionId})
		}
		gone := must(t.s3.DeleteObjects(t.ctx, &s3.DeleteObjectsInput{
			Bucket: t.bucket, Delete: &types.Delete{Objects: doomed}}))
		expect(len(gone.Errors) == 0, "DeleteObjects", gone.Errors)
	}
	must(t.s3.DeleteBucket(t.ctx, &s3.DeleteBucketInput{Bucket: t.bucket}))
}

func client() *http.Client {
	return &http.Client{Timeout: time.Minute}
}

func main() {
	endpoint, bucket, source, target, large := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	ctx := context.Background()
	loaded := must(config.LoadDefaultConfig(ctx))
	t := trip{ctx: ctx, bucket: &bucket, s3: s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.BaseEndpoint = &endpoint
		o.UsePathStyle = true
		o.RetryMaxAttempts = 1
	})}
	must(t.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}))
	files := t.tree(source, target)
	t.large(large, filepath.Join(target, "..", "large"))
	if endpoint[:6] == "https:" {
		t.stream()
	}
	t.presigned()
	t.conditional()
	t.versions()
	t.clean()
	fmt.Printf("%d files\n", files)
}
