"""Writes tables to a bucket with DuckDB and reads them back by glob.
usage: roundtrip.py ENDPOINT BUCKET ACCESS SECRET"""
import pathlib
import sys

import duckdb
import duckdb_extension_httpfs

ROWS = 200_000
TABLE = f"""
    SELECT i AS id, i % 7 AS day, 'city ' || (i % 3) || ' ä&b' AS city,
           CASE WHEN i % 11 > 0 THEN i * 0.25 END AS price,
           TIMESTAMP '2026-01-01' + INTERVAL (i) SECOND AS moment,
           md5(i::VARCHAR) AS digest
    FROM range({ROWS}) t(i)"""


def connect(endpoint, access, secret):
    db = duckdb.connect()
    extension, = pathlib.Path(duckdb_extension_httpfs.__file__).parent.glob(
        f"extensions/v{duckdb.__version__}/httpfs.duckdb_extension")
    db.load_extension(str(extension))
    db.execute(f"""CREATE SECRET (TYPE s3, KEY_ID '{access}', SECRET '{secret}',
                   REGION 'us-east-1', ENDPOINT '{endpoint.partition("://")[2]}',
                   URL_STYLE 'path', USE_SSL false)""")
    return db


def same(db, found):
    """Both ways, duplicates counted."""
    for one, other in ((TABLE, found), (found, TABLE)):
        extra = db.sql(f"({one}) EXCEPT ALL ({other})").fetchall()
        assert not extra, f"{found}: {len(extra)} rows differ: {extra[:2]}"


def main(endpoint, bucket, access, secret):
    db = connect(endpoint, access, secret)
    root = f"s3://{bucket}/tables"
    columns = "id, day, city, price, moment, digest"
    db.sql(f"COPY ({TABLE}) TO '{root}/one.parquet' (FORMAT parquet)")
    same(db, f"SELECT * FROM '{root}/one.parquet'")

    # Folders city=…/day=… with names to encode, several files each, and again over what is there.
    for _ in range(2):
        db.sql(f"COPY ({TABLE}) TO '{root}/parted' (FORMAT parquet, PARTITION_BY (city, day), "
               "OVERWRITE_OR_IGNORE)")
    files = db.sql(f"SELECT count(*) FROM glob('{root}/parted/*/*/*.parquet')").fetchone()[0]
    assert files == 21, files
    same(db, f"SELECT {columns} FROM read_parquet('{root}/parted/*/*/*.parquet', "
             "hive_partitioning = true)")
    one = db.sql(f"SELECT count(*), sum(id) FROM read_parquet('{root}/parted/**/*.parquet', "
                 "hive_partitioning = true) WHERE day = 3 AND city = 'city 1 ä&b'").fetchone()
    ids = [i for i in range(ROWS) if i % 7 == 3 and i % 3 == 1]
    assert one == (len(ids), sum(ids)), one

    # More than the part size of its multipart uploads, and compressed text.
    wide = f"SELECT id, digest || md5(digest) || md5(digest || 'x') AS text FROM ({TABLE})"
    db.sql(f"COPY ({wide}) TO '{root}/wide.csv'")
    db.sql(f"COPY ({wide}) TO '{root}/wide.json.gz'")
    for name in ("wide.csv", "wide.json.gz"):
        rows, apart = db.sql(f"SELECT count(*), count(*) FILTER (f.text <> w.text) "
                             f"FROM '{root}/{name}' f JOIN ({wide}) w USING (id)").fetchone()
        assert (rows, apart) == (ROWS, 0), (name, rows, apart)
    print(f"duckdb {duckdb.__version__}")


main(*sys.argv[1:])
