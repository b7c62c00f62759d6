"""AWS SDK for Go, plain and over TLS: there it sends checksums as trailers of streams."""
import pytest

import tree
from program import made
from server import Server
from test_http import certificate


@pytest.fixture(scope="module")
def secure():
    """(server, certificate)"""
    running = Server()
    cert, key = certificate(running.own)
    running.args = ["--tls-cert", cert, "--tls-key", key]
    with running:
        yield running, cert


def test_round_trip(server, source, run, name, tmp_path):
    said = run(made("go-sdk"), server.endpoint, name, source.tree, tmp_path / "back", source.large)
    assert said == f"{tree.FILES} files\n"
    tree.same(tmp_path / "back", source.digests)
    assert tree.digest(tmp_path / "large") == source.large_digest


def test_round_trip_over_tls(secure, source, run, name, tmp_path):
    server, cert = secure
    said = run(made("go-sdk"), server.endpoint, name, source.tree, tmp_path / "back", source.large,
               SSL_CERT_FILE=cert)
    assert said == f"{tree.FILES} files\n"
    tree.same(tmp_path / "back", source.digests)
    assert tree.digest(tmp_path / "large") == source.large_digest
    server.check()
