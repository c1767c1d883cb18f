"""``python serve.py``, run by an environment that has moto: serves one bucket, says where, ends when nobody listens."""

import sys

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"
boto3.client(
    "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
).create_bucket(Bucket="events")
sys.stdout.write(f"{url}\n")
sys.stdout.flush()
sys.stdin.read()
