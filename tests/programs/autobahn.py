"""Autobahn's cases against a WebSocket server that echoes: `autobahn.py HOST PORT PATH TOKEN [GLOB…]`.

The cases are Autobahn's own files; kosoku runs them. It cannot send a token, so that it speaks to a pass-through here that adds
one. Prints a line for each section, and one for each case that failed; its status is 1 then. Absent on purpose: compression (12, 13).
"""

import asyncio
import sys
from collections import Counter

import kosoku

UNCOMPRESSED = [f"{section}.*" for section in (1, 2, 3, 4, 5, 6, 7, 9, 10)]


async def pump(reader, writer):
    """Passes bytes on, and the end; a reset ends both directions."""
    try:
        while data := await reader.read(1 << 18):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def pass_through(host, port, token):
    """A server that leads to the relay with its token, and the port of it."""

    async def handle(reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection(host, port, limit=1 << 20)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        kept = [line for line in head[1:-2] if not line.lower().startswith(("host:", "origin:"))]
        head = [head[0], f"Host: {host}:{port}", f"Authorization: Bearer {token}", *kept, "", ""]
        upstream_writer.write("\r\n".join(head).encode("latin-1"))
        try:
            await asyncio.gather(pump(reader, upstream_writer), pump(upstream_reader, writer))
        except asyncio.CancelledError:
            # The program ends; a task that says so would be reported.
            pass
        for end in (upstream_writer, writer):
            end.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=1 << 20)
    return server, server.sockets[0].getsockname()[1]


async def main(host, port, path, token, globs):
    server, through = await pass_through(host, int(port), token)
    kinds, failed = Counter(), []
    for section in globs or UNCOMPRESSED:
        try:
            results = await kosoku.run_fuzzingclient(f"ws://127.0.0.1:{through}{path}", [section], concurrency=4)
        except kosoku.FailureError as failure:
            results = failure.results
        kinds.update(result.behavior.value for result in results)
        wrong = [result for result in results if not result.passed]
        print(f"{section}: {len(results) - len(wrong)} of {len(results)} passed", flush=True)
        failed += wrong
    server.close()
    for result in failed:
        print("failed", result.case_id, result.result, result.result_close)
    print(", ".join(f"{count} {kind}" for kind, count in kinds.items()))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:5], sys.argv[5:])))
