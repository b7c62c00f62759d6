"""Hadoop's S3A, and Spark on top of it."""
import pathlib

import pytest

import tree
from program import java
from sdk import s3_client

pytestmark = pytest.mark.long
LOGGING = pathlib.Path(__file__).parent / "hadoop" / "log4j2.properties"
# What Spark's own launcher opens to it on Java 17.
OPENED = ["lang", "lang.invoke", "lang.reflect", "io", "net", "nio", "util", "util.concurrent",
          "util.concurrent.atomic"]
INNER = ["jdk.internal.ref", "sun.nio.ch", "sun.nio.cs", "sun.security.action",
         "sun.util.calendar"]


def hadoop(*arguments):
    packages = [f"java.{name}" for name in OPENED] + INNER
    return java("hadoop", f"-Dlog4j2.configurationFile={LOGGING}",
                *[f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in packages],
                *arguments)


@pytest.mark.timeout(900)
def test_s3a(server, source, run, name, tmp_path):
    s3 = s3_client(server)
    s3.create_bucket(Bucket=name)
    said = run(*hadoop("Files"), server.endpoint, name, source.tree, tmp_path / "back",
               source.large, timeout=800)
    assert said == f"{tree.FILES} files\n"
    tree.same(tmp_path / "back", source.digests)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=name)  # the attempt that was given up


@pytest.mark.timeout(900)
def test_spark(server, run, name):
    s3_client(server).create_bucket(Bucket=name)
    assert run(*hadoop("Tables"), server.endpoint, name, timeout=800).startswith("spark ")
