"""Rows whose answer is another than the table's, because AWS's documentation says so (the table
yields to it, then to s3-tests)."""

# id: (status, code, the documentation's words)
DEVIATIONS = {
    "BN014": ("200", "-", "CreateBucket: BucketAlreadyOwnedByYou is returned in all Regions except "
                          "us-east-1, where re-creating one's own bucket is 200 OK. The check asks "
                          "another region for the table's answer."),
}
