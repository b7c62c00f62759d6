// Sends a directory tree and a large file to a bucket with the AWS SDK for Java as it comes, fetches
// them again, and does what programs do beside: presigned URLs, conditional writes, versions.
// usage: java RoundTrip ENDPOINT BUCKET SOURCE TARGET LARGE
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.transfer.s3.S3TransferManager;

public final class RoundTrip implements AutoCloseable {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final URI endpoint;
  private final String bucket;
  private final S3Client s3;
  private final S3AsyncClient async;

  private RoundTrip(URI endpoint, String bucket) {
    this.endpoint = endpoint;
    this.bucket = bucket;
    s3 = S3Client.builder()
            .endpointOverride(endpoint)
            .forcePathStyle(true)
            .overrideConfiguration(o -> o.retryStrategy(r -> r.maxAttempts(1)))
            .build();
    async = S3AsyncClient.builder()
            .endpointOverride(endpoint)
            .forcePathStyle(true)
            .overrideConfiguration(o -> o.retryStrategy(r -> r.maxAttempts(1)))
            .multipartEnabled(true)
            .build();
  }

  @Override
  public void close() {
    s3.close();
    async.close();
  }

  private static void expect(boolean ok, String what) {
    if (!ok) throw new IllegalStateException(what);
  }

  private static void refused(String code, Runnable call) {
    try {
      call.run();
    } catch (S3Exception error) {
      expect(error.awsErrorDetails().errorCode().equals(code), error.toString());
      return;
    }
    throw new IllegalStateException("not " + code);
  }

  private PutObjectResponse put(String key, String body) {
    return s3.putObject(o -> o.bucket(bucket).key(key), RequestBody.fromString(body));
  }

  private String get(Consumer<GetObjectRequest.Builder> more) {
    return s3.getObjectAsBytes(o -> more.accept(o.bucket(bucket))).asUtf8String();
  }

  // The transfer manager sends the tree and fetches it; the paginator lists it.
  private int tree(S3TransferManager manager, Path source, Path target) throws Exception {
    var sent = manager.uploadDirectory(o -> o.bucket(bucket).source(source)).completionFuture().join();
    expect(sent.failedTransfers().isEmpty(), sent.failedTransfers().toString());
    Set<String> paths;
    try (var walk = Files.walk(source)) {
      paths = walk.filter(Files::isRegularFile).map(p -> source.relativize(p).toString())
                  .collect(Collectors.toSet());
    }
    List<String> keys = s3.listObjectsV2Paginator(o -> o.bucket(bucket)).contents().stream()
                            .map(S3Object::key).toList();
    expect(keys.size() == paths.size() && paths.containsAll(keys),
        paths.size() + " sent, " + keys.size() + " listed");
    var back = manager.downloadDirectory(o -> o.bucket(bucket).destination(target))
                   .completionFuture().join();
    expect(back.failedTransfers().isEmpty(), back.failedTransfers().toString());
    return keys.size();
  }

  private void large(S3TransferManager manager, Path source, Path target) throws Exception {
    manager.uploadFile(o -> o.source(source).putObjectRequest(p -> p.bucket(bucket).key("large/object")))
        .completionFuture().join();
    var head = s3.headObject(
        o -> o.bucket(bucket).key("large/object").checksumMode(ChecksumMode.ENABLED));
    expect(head.contentLength() == Files.size(source), "wrong size");
    expect(head.checksumCRC32() != null, "no checksum");
    manager.copy(o -> o.copyObjectRequest(c -> c.sourceBucket(bucket).sourceKey("large/object")
                                                   .destinationBucket(bucket).destinationKey("copy")))
        .completionFuture().join();
    manager.downloadFile(o -> o.destination(target).getObjectRequest(g -> g.bucket(bucket).key("copy")))
        .completionFuture().join();
  }

  // Of no known length: the SDK makes parts of it.
  private void stream() {
    var body = AsyncRequestBody.forBlockingInputStream(null);
    var done = async.putObject(o -> o.bucket(bucket).key("streamed"), body);
    body.writeInputStream(new java.io.ByteArrayInputStream(new byte[1 << 20]));
    done.join();
    expect(get(o -> o.key("streamed")).length() == 1 << 20, "streamed: wrong size");
  }

  private void presigned() throws Exception {
    String key = "presigned/a b+c";
    var http = HttpClient.newBuilder().connectTimeout(MINUTE).build();
    try (var signer = S3Presigner.builder().endpointOverride(endpoint).serviceConfiguration(
             S3Configuration.builder().pathStyleAccessEnabled(true).build()).build()) {
      var put = signer.presignPutObject(o -> o.signatureDuration(MINUTE).putObjectRequest(
          p -> p.bucket(bucket).key(key)));
      var request = HttpRequest.newBuilder(put.url().toURI())
                        .PUT(HttpRequest.BodyPublishers.ofString("by URL")).build();
      expect(http.send(request, BodyHandlers.ofString()).statusCode() == 200, "presigned PUT");
      var get = signer.presignGetObject(o -> o.signatureDuration(MINUTE).getObjectRequest(
          g -> g.bucket(bucket).key(key)));
      var answer = http.send(HttpRequest.newBuilder(get.url().toURI()).build(), BodyHandlers.ofString());
      expect(answer.body().equals("by URL"), "presigned GET: " + answer.body());
    }
  }

  private void conditional() {
    var first = s3.putObject(o -> o.bucket(bucket).key("once").ifNoneMatch("*"), RequestBody.empty());
    refused("PreconditionFailed", () ->
        s3.putObject(o -> o.bucket(bucket).key("once").ifNoneMatch("*"), RequestBody.empty()));
    s3.putObject(o -> o.bucket(bucket).key("once").ifMatch(first.eTag()), RequestBody.fromString("twice"));
    expect(get(o -> o.key("once")).equals("twice"), "If-Match");
  }

  private void versions() {
    s3.putBucketVersioning(o -> o.bucket(bucket).versioningConfiguration(
        v -> v.status(BucketVersioningStatus.ENABLED)));
    String older = put("versioned", "older").versionId();
    String newer = put("versioned", "newer").versionId();
    var marker = s3.deleteObject(o -> o.bucket(bucket).key("versioned"));
    expect(marker.deleteMarker(), "no delete marker");
    refused("NoSuchKey", () -> get(o -> o.key("versioned")));
    expect(get(o -> o.key("versioned").versionId(older)).equals("older"), "by version");
    for (String version : List.of(marker.versionId(), newer)) {
      s3.deleteObject(o -> o.bucket(bucket).key("versioned").versionId(version));
    }
    expect(get(o -> o.key("versioned")).equals("older"), "the older version is not current");
  }

  // Every version of every key a page at a time, and the bucket.
  private void clean() {
    for (var page : s3.listObjectVersionsPaginator(o -> o.bucket(bucket))) {
      var doomed = page.versions().stream().map(v -> ObjectIdentifier.builder().key(v.key())
                                                         .versionId(v.versionId()).build()).toList();
      var gone = s3.deleteObjects(o -> o.bucket(bucket).delete(d -> d.objects(doomed)));
      expect(gone.errors().isEmpty(), gone.errors().toString());
    }
    s3.deleteBucket(o -> o.bucket(bucket));
  }

  public static void main(String[] args) throws Exception {
    Path target = Path.of(args[3]);
    try (var trip = new RoundTrip(URI.create(args[0]), args[1]);
         var manager = S3TransferManager.builder().s3Client(trip.async).build()) {
      trip.s3.createBucket(o -> o.bucket(trip.bucket));
      int files = trip.tree(manager, Path.of(args[2]), target);
      trip.large(manager, Path.of(args[4]), target.resolveSibling("large"));
      trip.stream();
      trip.presigned();
      trip.conditional();
      trip.versions();
      trip.clean();
      System.out.println(files + " files");
    }
  }
}
