"""boto3 as tests use it."""
import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError


def s3_client(server, keys=None, **config):
    """A client that neither retries nor hides an error."""
    keys = keys or server.keys
    settings = {"retries": {"total_max_attempts": 1}, "s3": {"addressing_style": "path"},
                "read_timeout": 120, "max_pool_connections": 32, **config}
    return boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1",
                        aws_access_key_id=keys.access, aws_secret_access_key=keys.secret,
                        verify=getattr(server, "certificate", None),
                        config=botocore.config.Config(**settings))


def code_of(call, **arguments):
    """(status, code) of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]
