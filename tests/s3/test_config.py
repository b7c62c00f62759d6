"""Options from flags, environment and file."""
import subprocess
import tomllib

import pytest

from server import BINARY, clean_environment


def check(*args, **environment):
    return subprocess.run([str(BINARY), "server", "--check-config", *args], capture_output=True,
                          text=True, timeout=60, env=clean_environment(**environment), check=False)


def in_force(*args, **environment):
    done = check(*args, **environment)
    assert done.returncode == 0, done.stderr
    return tomllib.loads(done.stdout)


def test_defaults_and_what_is_printed_reads_back(tmp_path):
    config = in_force("--data", "/data")
    assert config["data"] == "/data" and config["listen"] == "127.0.0.1:9000"
    assert config["region"] == "us-east-1" and config["domain"] == []
    file = tmp_path / "muzn.toml"
    file.write_text(check("--data", "/data").stdout)
    assert in_force("--config", str(file)) == config


def test_flag_beats_environment_beats_file(tmp_path):
    file = tmp_path / "muzn.toml"
    file.write_text('data = "/from-file"\nregion = "file-1"\nworkers = 3\ndomain = ["a", "b"]\n')
    config = in_force("--config", str(file), "--region", "flag-1", MUZN_REGION="env-1",
                      MUZN_WORKERS="5")
    assert (config["data"], config["region"], config["workers"]) == ("/from-file", "flag-1", 5)
    assert config["domain"] == ["a", "b"]
    assert in_force(MUZN_CONFIG=str(file), MUZN_DOMAIN="c,d")["domain"] == ["c", "d"]


@pytest.mark.parametrize("args, named", [
    (["--data", "/d", "--colour", "red"], "--colour"),
    (["--data", "/d", "--workers", "0"], "--workers"),
    (["--data", "/d", "--workers", "many"], "--workers"),
    (["--data", "/d", "--tls-cert", "c.pem"], "--tls-key"),
    (["--data", "/d", "--listen", "nowhere"], "nowhere"),
    (["--data", "/d", "--log", "xml"], "--log"),
    (["--data"], "--data"),
    ([], "--data"),
    (["--data", "/d", "word"], "word"),
    (["--config", "/no/such/file"], "/no/such/file"),
])
def test_mistakes_are_named(args, named):
    done = check(*args)
    assert done.returncode == 2 and named in done.stderr and done.stdout == ""


@pytest.mark.parametrize("line, named", [
    ("colour = 1", "colour"), ("workers = 0", "workers"), ("workers = 'x'", "workers"),
    ("data = 7.5", "data"), ("= 1", "line 2"), ("[section]\nx = 1", "section")])
def test_mistakes_in_the_file_are_named(tmp_path, line, named):
    file = tmp_path / "muzn.toml"
    file.write_text(f'data = "/d"\n{line}\n')
    done = check("--config", str(file))
    assert done.returncode == 2 and named in done.stderr


def test_mistakes_in_the_environment_are_named():
    done = check("--data", "/d", MUZN_WORKERS="many")
    assert done.returncode == 2 and "MUZN_WORKERS" in done.stderr


def test_help_names_every_option():
    text = subprocess.run([str(BINARY), "server", "--help"], capture_output=True, text=True,
                          timeout=60, check=True, env=clean_environment()).stdout
    for option in in_force("--data", "/d"):
        assert f"--{option.replace('_', '-')}" in text, option


def test_half_a_root_pair_is_refused(tmp_path):
    done = subprocess.run([str(BINARY), "server", "--data", str(tmp_path / "d"), "--listen",
                           "127.0.0.1:0"], capture_output=True, text=True, timeout=60, check=False,
                          env=clean_environment(MUZN_ROOT_ACCESS_KEY="ONLYTHEKEY"))
    assert done.returncode == 1 and "MUZN_ROOT_SECRET_KEY" in done.stderr
