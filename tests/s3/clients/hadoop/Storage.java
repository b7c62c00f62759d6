// What both programs ask of S3A: an endpoint, path style, keys. The rest is as it comes.
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;

final class Storage {
  private Storage() {}

  static Configuration configuration(String endpoint) {
    var conf = new Configuration();
    conf.set("fs.s3a.endpoint", endpoint);
    conf.set("fs.s3a.endpoint.region", "us-east-1");
    conf.set("fs.s3a.path.style.access", "true");
    conf.set("fs.s3a.access.key", System.getenv("AWS_ACCESS_KEY_ID"));
    conf.set("fs.s3a.secret.key", System.getenv("AWS_SECRET_ACCESS_KEY"));
    conf.set("fs.s3a.attempts.maximum", "1");
    return conf;
  }

  static void expect(boolean ok, String what) throws IOException {
    if (!ok) throw new IOException(what);
  }
}
