"""A client as those of websockify are: subprotocol `binary`, bytes in binary messages. Says what it has seen.

Arguments: host and port of the relay, its token, the port of an echo, and a port where nobody listens.
"""
import hashlib
import sys
import threading

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

host, port, token, echo, closed = sys.argv[1:]
LENGTH = 24 << 20


def tunnel(target, token=token):
    return connect(
        f"ws://{host}:{port}/tcp/{target}",
        subprotocols=["binary"],
        additional_headers={"Authorization": f"Bearer {token}"},
        compression=None,
        max_size=None,
    )


def send(websocket, digest):
    left, number = LENGTH, 0
    while left:
        number += 1
        piece = bytes([number & 255]) * min(left, 1 + number * 7919 % 200_000)
        digest.update(piece)
        websocket.send(piece)
        left -= len(piece)


with tunnel(f"127.0.0.1:{echo}") as websocket:
    print("subprotocol", websocket.subprotocol)
    sent, heard = hashlib.sha256(), hashlib.sha256()
    sender = threading.Thread(target=send, args=(websocket, sent))
    sender.start()
    missing = LENGTH
    while missing:
        piece = websocket.recv()
        heard.update(piece)
        missing -= len(piece)
    sender.join()
    print("bulk", "equal" if sent.digest() == heard.digest() else "DIFFERENT")

with tunnel(f"localhost:{closed}") as websocket:
    try:
        websocket.recv()
    except ConnectionClosed as end:
        print("nobody", end.rcvd.code, "refused" in end.rcvd.reason)

for target, token in [("192.0.2.1:80", token), ("nonsense", token), (f"127.0.0.1:{echo}", "wrong-wrong-wrong-wrong")]:
    try:
        tunnel(target, token).close()
    except InvalidStatus as refusal:
        print("refused", refusal.response.status_code)
