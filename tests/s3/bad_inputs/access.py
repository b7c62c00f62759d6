"""ACLs and Object Ownership."""
from bad_inputs.case import row

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def document(case, grantee):
    owner = case.s3.get_bucket_acl(Bucket=case.bucket)["Owner"]["ID"]
    return (f"<AccessControlPolicy><Owner><ID>{owner}</ID></Owner><AccessControlList><Grant>"
            f"{grantee}<Permission>READ</Permission></Grant></AccessControlList>"
            "</AccessControlPolicy>").encode()


def with_acls(case):
    case.s3.put_bucket_ownership_controls(
        Bucket=case.bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})


@row("PL021")
def acls_disabled(case):
    case.refused(case.wire.request("PUT", case.path(query="acl"),
                                   headers=[("x-amz-acl", "public-read")]))
    everyone = (f'<Grantee {XSI} xsi:type="Group">'
                "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>")
    case.refused(case.wire.request("PUT", case.path(query="acl"), document(case, everyone)))


@row("PL023")
def canned_acl_that_is_none(case):
    for value in ("public-ready", "PRIVATE", "private,public-read"):
        headers = [("x-amz-acl", value)]
        case.refused(case.wire.request("PUT", case.path(query="acl"), headers=headers))
        case.refused(case.wire.request("PUT", case.path("k"), b"x", headers))


@row("XM034")
def grantees_that_are_none(case):
    with_acls(case)
    for grantee in (f'<Grantee {XSI} xsi:type="CanonicalUser"><ID></ID></Grantee>',
                    f'<Grantee {XSI} xsi:type="CanonicalUser"/>',
                    f'<Grantee {XSI} xsi:type="Robot"><ID>x</ID></Grantee>',
                    "<Grantee><ID>x</ID></Grantee>", "<Grantee/>", ""):
        case.refused(case.wire.request("PUT", case.path(query="acl"), document(case, grantee)))
