// Hadoop's S3A as a file system: a tree there and back, folders renamed and removed, uploads in
// parts, ranges read at random, and a job that is committed by the magic committer.
// usage: java Files ENDPOINT BUCKET SOURCE TARGET LARGE
import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.JobID;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.TaskID;
import org.apache.hadoop.mapreduce.TaskType;
import org.apache.hadoop.mapreduce.lib.output.FileOutputFormat;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitterFactory;
import org.apache.hadoop.mapreduce.task.JobContextImpl;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;

public final class Files {
  private static final int TASKS = 3;

  private Files() {}

  private static void write(FileSystem fs, Path path, byte[] body) throws Exception {
    try (var out = fs.create(path, true)) {
      out.write(body);
    }
  }

  private static byte[] read(FileSystem fs, Path path) throws Exception {
    try (var in = fs.open(path)) {
      return in.readAllBytes();
    }
  }

  private static TreeSet<String> list(FileSystem fs, Path root) throws Exception {
    var found = new TreeSet<String>();
    var top = fs.makeQualified(root).toUri();
    for (var files = fs.listFiles(root, true); files.hasNext();) {
      found.add(top.relativize(files.next().getPath().toUri()).getPath());
    }
    return found;
  }

  private static int tree(FileSystem fs, String source, String target) throws Exception {
    var root = new Path("/tree");
    fs.copyFromLocalFile(new Path(source), root);
    var sent = new TreeSet<String>();
    var top = java.nio.file.Path.of(source);
    try (var walk = java.nio.file.Files.walk(top, FileVisitOption.FOLLOW_LINKS)) {
      walk.filter(java.nio.file.Files::isRegularFile).forEach(p -> sent.add(top.relativize(p).toString()));
    }
    Storage.expect(list(fs, root).equals(sent), "listed is not what was sent");
    var moved = new Path("/renamed tree");
    Storage.expect(fs.rename(root, moved), "rename");
    Storage.expect(!fs.exists(root) && list(fs, moved).equals(sent), "renamed is not what was sent");
    fs.copyToLocalFile(false, moved, new Path(target), true);
    Storage.expect(fs.delete(moved, true) && !fs.exists(moved), "delete");
    return sent.size();
  }

  private static void folders(FileSystem fs) throws Exception {
    var inner = new Path("/a/b/c");
    Storage.expect(fs.mkdirs(inner) && fs.getFileStatus(inner).isDirectory(), "mkdirs");
    write(fs, new Path(inner, "file"), new byte[] {1});
    Storage.expect(fs.delete(new Path(inner, "file"), false) && fs.exists(inner), "the folder is gone");
    try {
      fs.mkdirs(new Path("/a/b"));
      write(fs, new Path("/a/file"), new byte[] {2});
      fs.mkdirs(new Path("/a/file/below"));
      Storage.expect(false, "a folder below a file");
    } catch (FileAlreadyExistsException expected) {
      Storage.expect(fs.exists(new Path("/a/file")), "the file is gone");
    }
    try {
      fs.open(new Path("/none")).close();
      Storage.expect(false, "opened what is not there");
    } catch (FileNotFoundException expected) {
      fs.delete(new Path("/a"), true);
    }
  }

  private static void large(FileSystem fs, String source) throws Exception {
    var body = java.nio.file.Files.readAllBytes(java.nio.file.Path.of(source));
    var path = new Path("/large");
    write(fs, path, body);
    var random = new Random(4);
    try (var in = fs.open(path)) {
      for (int i = 0; i < 50; ++i) {
        int at = random.nextInt(body.length - 100_000);
        var part = new byte[random.nextInt(100_000) + 1];
        in.readFully(at, part);
        Storage.expect(Arrays.equals(part, 0, part.length, body, at, at + part.length), "range");
      }
    }
    Storage.expect(fs.rename(path, new Path("/renamed")), "rename");  // copied in parts
    Storage.expect(Arrays.equals(read(fs, new Path("/renamed")), body), "large: other bytes");
  }

  private static TaskAttemptContext attempt(Configuration conf, JobID job, int task, int number) {
    return new TaskAttemptContextImpl(conf,
        new TaskAttemptID(new TaskID(job, TaskType.MAP, task), number));
  }

  // Tasks upload in parts that only the job's commit completes; one attempt of a task is given up.
  private static void magic(FileSystem fs, Configuration conf) throws Exception {
    conf.set("fs.s3a.committer.name", "magic");
    conf.set("mapreduce.outputcommitter.factory.scheme.s3a",
        "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory");
    var output = fs.makeQualified(new Path("/job"));
    conf.set(FileOutputFormat.OUTDIR, output.toString());
    var id = new JobID("muzn", 1);
    conf.setInt("mapreduce.job.application.attempt.id", 1);
    JobContext job = new JobContextImpl(conf, id);
    PathOutputCommitter committer =
        PathOutputCommitterFactory.createCommitter(output, attempt(conf, id, 0, 0));
    Storage.expect(committer.getClass().getSimpleName().equals("MagicS3GuardCommitter"),
        committer.toString());
    committer.setupJob(job);
    for (int task = 0; task < TASKS; ++task) {
      for (int number = 0; number < (task == 1 ? 2 : 1); ++number) {
        var context = attempt(conf, id, task, number);
        var own = PathOutputCommitterFactory.createCommitter(output, context);
        own.setupTask(context);
        write(fs, new Path(own.getWorkPath(), "part-" + task), ("of task " + task).getBytes(StandardCharsets.UTF_8));
        Storage.expect(!fs.exists(new Path(output, "part-" + task)), "there before the commit");
        if (task == 1 && number == 0) {
          own.abortTask(context);
        } else {
          Storage.expect(own.needsTaskCommit(context), "nothing to commit");
          own.commitTask(context);
        }
      }
    }
    committer.commitJob(job);
    var found = list(fs, output);
    Storage.expect(found.toString().equals("[_SUCCESS, part-0, part-1, part-2]"), found.toString());
    for (int task = 0; task < TASKS; ++task) {
      var body = new String(read(fs, new Path(output, "part-" + task)), StandardCharsets.UTF_8);
      Storage.expect(body.equals("of task " + task), body);
    }
  }

  public static void main(String[] args) throws Exception {
    var conf = Storage.configuration(args[0]);
    conf.set("fs.defaultFS", "s3a://" + args[1]);
    conf.set("fs.s3a.multipart.size", "8M");
    conf.set("fs.s3a.multipart.threshold", "16M");
    try (var fs = FileSystem.get(conf)) {
      int files = tree(fs, args[2], args[3]);
      folders(fs);
      large(fs, args[4]);
      magic(fs, conf);
      System.out.println(files + " files");
    }
  }
}
