"""Requester Pays: others must say that they pay; the owner need not."""
import pytest

from sdk import code_of
from test_acl import anyone, shared  # noqa: F401

DENIED = (403, "AccessDenied")
PAYS = {"RequestPayer": "requester"}


def charged(answer):
    return answer.get("RequestCharged")


@pytest.fixture
def paid(s3, shared):  # noqa: F811
    """Everybody may read and write it, and pays for that."""
    s3.put_bucket_acl(Bucket=shared, ACL="public-read-write")
    s3.put_object(Bucket=shared, Key="k", Body=b"x", ACL="public-read")
    s3.put_bucket_request_payment(Bucket=shared, RequestPaymentConfiguration={"Payer": "Requester"})
    return shared


def test_the_configuration(s3, other_s3, bucket):
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    for payer in ("Requester", "BucketOwner", "Requester"):
        s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": payer})
        assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == payer
    assert code_of(s3.put_bucket_request_payment, Bucket=bucket,
                   RequestPaymentConfiguration={"Payer": "Somebody"}) == (400, "MalformedXML")
    assert code_of(other_s3.get_bucket_request_payment, Bucket=bucket) == DENIED
    assert code_of(other_s3.put_bucket_request_payment, Bucket=bucket,
                   RequestPaymentConfiguration={"Payer": "BucketOwner"}) == DENIED


def test_the_owner_pays_as_ever(s3, paid):
    assert charged(s3.get_object(Bucket=paid, Key="k")) is None
    assert charged(s3.put_object(Bucket=paid, Key="k2", Body=b"x", **PAYS)) is None


def test_others_say_that_they_pay(s3, other_s3, paid, bucket):
    at = {"Bucket": paid, "Key": "k"}
    assert code_of(other_s3.get_object, **at) == DENIED
    assert code_of(other_s3.put_object, Bucket=paid, Key="new", Body=b"x") == DENIED
    assert code_of(other_s3.list_objects_v2, Bucket=paid) == DENIED
    assert code_of(other_s3.head_object, **at)[0] == 403
    assert charged(other_s3.get_object(**at, **PAYS)) == "requester"
    assert charged(other_s3.put_object(Bucket=paid, Key="new", Body=b"x", **PAYS)) == "requester"
    assert charged(other_s3.list_objects_v2(Bucket=paid, **PAYS)) == "requester"
    s3.put_bucket_request_payment(Bucket=paid,
                                  RequestPaymentConfiguration={"Payer": "BucketOwner"})
    assert charged(other_s3.get_object(**at)) is None


def test_nobody_can_not_pay(anyone, paid):  # noqa: F811
    assert code_of(anyone.get_object, Bucket=paid, Key="k") == DENIED
    assert code_of(anyone.get_object, Bucket=paid, Key="k", **PAYS) == DENIED


def test_the_source_of_a_copy(other_s3, paid):
    own = f"{paid}-copy"
    other_s3.create_bucket(Bucket=own)
    copy = {"Bucket": own, "Key": "k", "CopySource": f"{paid}/k"}
    assert code_of(other_s3.copy_object, **copy) == DENIED
    other_s3.copy_object(**copy, **PAYS)


def test_a_presigned_address(other, wire, paid):
    signer = wire.with_keys(other[1]).signer()

    def get(query):
        return wire.anonymous("GET", signer.presign("GET", wire.host, f"/{paid}/k{query}"))

    assert get("").status == 403
    answer = get("?x-amz-request-payer=requester")
    assert answer.status == 200 and answer.get("x-amz-request-charged") == "requester"
