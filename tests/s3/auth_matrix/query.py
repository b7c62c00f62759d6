"""The doors of IAM, STS and CloudTrail: the same tampers and credentials on every call. Each takes
Signature Version 4 in a header over a hashed body and nothing else; AssumeRoleWithWebIdentity alone
takes a token, and is not here."""
import dataclasses
import json
import random
import re

from auth_matrix.case import Case
from auth_matrix.credentials import CREDENTIALS
from auth_matrix.operations import Operation, Plain
from auth_matrix.signing import HASH, HEADER, PAYLOADS, QUERY
from auth_matrix.tampers import TAMPERS
from server import ROOT
from sigv4 import encode

TABLE = re.compile(r"kCalls = std::to_array<CallInfo>\(\{\n(.*?)\n\}\);", re.S)
LINE = re.compile(r'^    \{"(\w+)",', re.M)
OPEN = {"AssumeRoleWithWebIdentity"}
# What would be another request than the tamper means: the calls' own service and region of the scope.
NOT_HERE = {"another-service-in-the-scope", "signed-for-another-service"}
# What a door says. Behind it a call says what is wrong with it: NoSuchEntity, ValidationError, ...
REFUSALS = {
    "query": {"AccessDenied", "IncompleteSignature", "InvalidClientTokenId",
              "MissingAuthenticationToken", "SignatureDoesNotMatch"},
    "json": {"AccessDeniedException", "IncompleteSignatureException", "InvalidSignatureException",
             "MissingAuthenticationTokenException", "UnrecognizedClientException",
             "ValidationException"}}
# What is no call of these any more is S3's to refuse.
S3 = {"AccessDenied", "AuthorizationHeaderMalformed", "AuthorizationQueryParametersError",
      "InvalidAccessKeyId", "InvalidArgument", "InvalidRequest", "InvalidToken", "MethodNotAllowed",
      "MissingContentLength", "RequestTimeTooSkewed", "SignatureDoesNotMatch",
      "XAmzContentSHA256Mismatch"}
# Whatever a call may need, of things that are there: who got in would change or see them.
MEMBERS = {"UserName": "clerk", "GroupName": "staff", "RoleName": "ops", "PolicyName": "p",
           "NewUserName": "mole", "NewGroupName": "moles", "Status": "Inactive", "Path": "/",
           "AccountAlias": "taken-over", "Url": "https://idp.example", "ClientID": "c",
           "ClientIDList.member.1": "c", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
           "PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess",
           "Description": "x", "Tags.member.1.Key": "k", "Tags.member.1.Value": "v",
           "TagKeys.member.1": "k", "ActionNames.member.1": "s3:GetObject",
           "RoleSessionName": "tests", "VersionId": "v1"}


@dataclasses.dataclass(frozen=True)
class Call:
    service: str
    name: str

    @property
    def kind(self):
        return "json" if self.service == "cloudtrail" else "query"

    def plain(self, place, world):
        if self.kind == "json":
            body = json.dumps({"Name": "trail", "TrailName": "trail", "S3BucketName": place.plain})
            headers = [("Content-Type", "application/x-amz-json-1.1"),
                       ("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."
                        + self.name)]
            return Plain("POST", "/", [], headers, body.encode(), True)
        version = "2011-06-15" if self.service == "sts" else "2010-05-08"
        document = json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"}]})
        members = {"Action": self.name, "Version": version, **MEMBERS, "PolicyDocument": document,
                   "AccessKeyId": world.disabled.access,
                   "AssumeRolePolicyDocument": document, "PolicySourceArn": "arn:aws:iam::1:user/u",
                   "RoleArn": "arn:aws:iam::1:role/ops"}
        body = "&".join(f"{name}={encode(value)}" for name, value in members.items())
        return Plain("POST", "/", [], [("Content-Type", "application/x-www-form-urlencoded")],
                     body.encode(), True)


def calls():
    """Of the tables of src/iam and src/trail."""
    found = []
    for path in sorted((ROOT / "src").glob("iam/*_calls.cc")) + [ROOT / "src/trail/calls.cc"]:
        table = TABLE.search(path.read_text(encoding="utf-8"))
        assert table, path
        service = {"sts_calls": "sts", "calls": "cloudtrail"}.get(path.stem, "iam")
        names = LINE.findall(table[1])
        assert len(names) == table[1].count('{"'), f"{path}: a line of another form"
        found += [Call(service, name) for name in names if name not in OPEN]
    return found


def case_of(call, form, payload, place, world, seed):
    operation = Operation(call.name, "POST", "Service", "", "", True)
    return Case(operation, call.plain(place, world), form, payload, place, world,
                random.Random(seed), call.service)


def cells(place, world, seed):
    """[(name, call, request)], none of which may be taken. Tampers are of the one form that is taken;
    the others are sent as they are."""
    for call in calls():
        for form, payload in [(HEADER, p) for p in PAYLOADS] + [(QUERY, HASH)]:
            case = case_of(call, form, payload, place, world, seed)
            makers = {}
            if (form, payload) == (HEADER, HASH):
                makers = {name: t.make for name, t in TAMPERS.items()
                          if t.applies(case) and name not in NOT_HERE}
                makers |= {name: make for name, (_, make, old) in CREDENTIALS.items() if not old}
            else:
                makers["as-it-is"] = lambda one: one.sign()
            for name, make in makers.items():
                sent = make(case)
                if sent is not None:
                    yield f"{call.service} {call.name} {form} {payload} {name}", call, sent


def good(place, world):
    """[(call, request)], which get past the door."""
    for call in calls():
        yield call, case_of(call, HEADER, HASH, place, world, 0).sign()


def code_of(answer):
    """Of a refusal, in any of the three tongues."""
    if answer.body[:1] == b"{":
        return json.loads(answer.body).get("__type", "")
    found = re.search(rb"<Code>(\w+)</Code>", answer.body)
    return found[1].decode() if found else ""


def is_refusal(call, answer):
    """Of this call's door, or of S3's where the request is no call any more. HEAD says no code."""
    if not 400 <= answer.status < 500:
        return False
    return not answer.body or code_of(answer) in REFUSALS[call.kind] | S3
