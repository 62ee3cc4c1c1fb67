"""Sessions under load until the relay goes: `relay_load.py URL TOKEN`. In each, one connection sends up and one receives.

Prints `loaded` when megabytes have passed each, and at the end what arrived, and `ok`: every real end heard a FIN behind at least what the
relay had taken, every client a part without a hole, and every session the code 1001. Absent on purpose: an end of its own.
"""

import asyncio
import random
import sys

import websockets

from relay_check import pair
from sockscope_client import Lab

SESSIONS = 4
LOADED = 4 << 20
GONE = (ConnectionError, websockets.ConnectionClosed)


class Load:
    """A session with its two connections."""

    def __init__(self, lab, seed):
        self.lab = lab
        # A length that no buffer's size divides, so that a hole shows.
        self.block = random.Random(seed).randbytes(999_983) * 2
        self.heard, self.received = 0, 0

    def content(self, start, length):
        start %= len(self.block) // 2
        return self.block[start:start + length]

    async def send(self):
        sent = 0
        try:
            while True:
                part = self.content(sent, 1 + sent * 7919 % 60_000)
                await self.up.send(part)
                sent += len(part)
        except GONE:
            pass

    async def hear(self):
        """A FIN is needed: a RST would raise."""
        while data := await self.hearing.recv():
            assert data == self.content(self.heard, len(data)), f"up: wrong after {self.heard} bytes"
            self.heard += len(data)

    async def pour(self):
        sent = 0
        try:
            while True:
                part = self.content(sent, 50_000)
                await self.pouring.send(part)
                sent += len(part)
        except GONE:
            pass

    async def receive(self):
        try:
            while True:
                data = await self.down.recv()
                assert data == self.content(self.received, len(data)), f"down: wrong after {self.received} bytes"
                self.received += len(data)
        except GONE:
            pass

    async def play(self):
        self.up, self.hearing = await pair(self.lab)
        self.down, self.pouring = await pair(self.lab)
        await asyncio.gather(self.send(), self.hear(), self.pour(), self.receive())
        assert self.heard >= self.up.taken, f"{self.up.taken} bytes were taken, {self.heard} arrived"
        assert self.lab.ws.close_code == 1001, self.lab.ws.close_code


async def main(url, token):
    loads = [Load(await Lab.connect(url, token), seed) for seed in range(SESSIONS)]
    playing = asyncio.gather(*(load.play() for load in loads))
    while any(min(load.heard, load.received) < LOADED for load in loads):
        await asyncio.wait([playing], timeout=0.05)
        if playing.done():
            playing.result()
    print("loaded", flush=True)
    await asyncio.wait_for(playing, 30)
    for load in loads:
        print(f"{load.up.taken} bytes were taken, {load.heard} arrived; {load.received} were received")
    print("ok")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
