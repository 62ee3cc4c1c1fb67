"""Runs programs for the oracle, each in a process of its own that is forked from this one, because starting Python costs more than
most of the programs do.

It first says its version ("3.11"). A request is a line with two lengths and then the program and its standard input; an answer is a
line with the exit status and two lengths and then what was written to standard output and to standard error. A program that a signal
ends has the status that a shell gives it. Each runs in an empty folder of its own.
"""
# What programs import is imported once, before the forks.
import binascii, collections, contextlib, functools, hashlib, io, itertools, json, math, os, queue, random, select, selectors
import shutil, signal, socket, string, struct, sys, tempfile, textwrap, threading, time, types

SECONDS = 20


def child(source, streams, folder):
    """What this process becomes: the program's own."""
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    signal.alarm(SECONDS)
    os.chdir(folder)
    sys.stdin = open(0, encoding='utf-8')
    sys.argv = ['program.py']
    main = types.ModuleType('__main__')
    sys.modules['__main__'] = main
    return source, main.__dict__


def serve():
    requests, answers = os.fdopen(os.dup(0), 'rb'), os.fdopen(os.dup(1), 'wb')
    answers.write(b'%d.%d\n' % sys.version_info[:2])
    answers.flush()
    while header := requests.readline():
        source, typed = (requests.read(int(length)) for length in header.split())
        streams = [tempfile.TemporaryFile() for _ in range(3)]
        streams[0].write(typed)
        streams[0].seek(0)
        folder = tempfile.mkdtemp(prefix='oracle-')
        pid = os.fork()
        if pid == 0:
            requests.close()
            os.close(answers.fileno())
            return child(source, streams, folder)
        _, code = os.waitpid(pid, 0)
        status = os.waitstatus_to_exitcode(code)
        shutil.rmtree(folder)
        out, err = (os.pread(stream.fileno(), 1 << 24, 0) for stream in streams[1:])
        for stream in streams:
            stream.close()
        answers.write(b'%d %d %d\n' % (status if status >= 0 else 128 - status, len(out), len(err)) + out + err)
        answers.flush()
    return None


if task := serve():
    # Here, so that an error or an exit leaves the program as it leaves any program.
    exec(compile(task[0], 'program.py', 'exec', dont_inherit=True), task[1])
