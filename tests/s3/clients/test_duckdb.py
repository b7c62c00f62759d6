import pathlib

from program import made
from sdk import s3_client


def test_round_trip(server, run, name):
    s3_client(server).create_bucket(Bucket=name)
    script = pathlib.Path(__file__).parent / "duckdb" / "roundtrip.py"
    said = run(made("duckdb"), script, server.endpoint, name, server.keys.access,
               server.keys.secret)
    assert said.startswith("duckdb 1.")
