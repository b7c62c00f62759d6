"""The auth matrix: every operation of src/s3/ops.def, with every form of credentials and of payload,
and every way to tamper with it. None of it may be accepted.

operations.py reads the table and says what a request of each operation is, place.py makes what they
act upon and takes its digest, signing.py signs them, tampers.py breaks them, credentials.py has what
was never good, post.py the forms of browsers, and matrix.py sends it all and judges."""
