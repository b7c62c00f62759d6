"""Rows whose answer is another than the table's, because AWS's documentation says so (the table
yields to it, then to s3-tests)."""

# id: (status, code, the documentation's words)
DEVIATIONS = {
    "BN014": ("200", "-", "CreateBucket: BucketAlreadyOwnedByYou is returned in all Regions except "
                          "us-east-1, where re-creating one's own bucket is 200 OK. The check asks "
                          "another region for the table's answer."),
    "KY019": ("200", "-", "ListObjectsV2, encoding-type: the XML 1.0 parser can't parse certain "
                          "characters; for characters that aren't supported in XML 1.0, you can "
                          "add this parameter to request that S3 encode the keys. Unasked they are "
                          "character references, so the document is not well-formed."),
    "OL003": ("400", "InvalidRetentionPeriod",
              "PutObjectLockConfiguration: its page names no error for it; s3-tests' "
              "test_object_lock_put_obj_lock_invalid_days asks for InvalidRetentionPeriod."),
    "XM026": ("400", "InvalidTag", "PutObjectTagging: its errors are InvalidTag (the tag did not "
                                   "pass input validation) and MalformedXML; s3-tests' "
                                   "test_put_excess_tags asks for InvalidTag too."),
}
