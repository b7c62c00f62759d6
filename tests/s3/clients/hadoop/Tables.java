// Spark: a table as Parquet in folders by column, written, partly overwritten and read back.
// usage: java Tables ENDPOINT BUCKET
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

public final class Tables {
  private static final long ROWS = 100_000;

  private Tables() {}

  private static Dataset<Row> table(SparkSession spark, String prices) {
    return spark.range(ROWS).selectExpr("id", "concat('city ', id % 3, ' ä&b') AS city",
        "cast(id % 7 AS int) AS day", prices + " AS price", "md5(cast(id AS string)) AS digest");
  }

  private static void same(Dataset<Row> expected, Dataset<Row> found) throws Exception {
    Dataset<Row> ordered = found.select("id", "city", "day", "price", "digest");
    Storage.expect(expected.exceptAll(ordered).isEmpty() && ordered.exceptAll(expected).isEmpty(),
        "other rows: " + expected.count() + " expected, " + found.count() + " found");
  }

  public static void main(String[] args) throws Exception {
    var builder = SparkSession.builder().master("local[2]").appName("muzn")
                      .config("spark.ui.enabled", "false")
                      .config("spark.driver.host", "127.0.0.1")
                      .config("spark.driver.bindAddress", "127.0.0.1")
                      .config("spark.sql.shuffle.partitions", "4")
                      .config("spark.sql.sources.partitionOverwriteMode", "dynamic");
    for (var setting : Storage.configuration(args[0])) {
      if (setting.getKey().startsWith("fs.s3a.")) {
        builder.config("spark.hadoop." + setting.getKey(), setting.getValue());
      }
    }
    String path = "s3a://" + args[1] + "/tables/parted";
    try (SparkSession spark = builder.getOrCreate()) {
      Dataset<Row> first = table(spark, "id * 0.25");
      first.write().mode(SaveMode.Overwrite).partitionBy("city", "day").parquet(path);
      same(first, spark.read().parquet(path));

      // Only the partitions that the new rows are in are replaced.
      Dataset<Row> newer = table(spark, "id * 0.5").where("day = 3");
      newer.write().mode(SaveMode.Overwrite).partitionBy("city", "day").parquet(path);
      same(first.where("day <> 3").union(newer), spark.read().parquet(path));

      Dataset<Row> some = spark.read().parquet(path).where("city = 'city 1 ä&b' AND day = 2");
      same(first.where("city = 'city 1 ä&b' AND day = 2"), some);
      newer.write().mode(SaveMode.Append).partitionBy("city", "day").parquet(path);
      Storage.expect(spark.read().parquet(path).count() == ROWS + newer.count(), "appended");

      first.write().mode(SaveMode.Overwrite).option("header", "true").csv(path + "-csv");
      Storage.expect(spark.read().option("header", "true").csv(path + "-csv").count() == ROWS, "csv");
      System.out.println("spark " + spark.version());
    }
  }
}
