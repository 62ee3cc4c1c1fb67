"""Runs each program of `programs` with CPython's modules and with the prelude's, and compares what they print."""
import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
failed = 0
for program in sorted((here / 'programs').glob('*.py')):
    want, got = [subprocess.run([sys.executable, *command, program], capture_output=True, text=True, timeout=60)
                 for command in ([], [here / 'host_shim.py'])]
    if (want.stdout, want.returncode) != (got.stdout, got.returncode):
        failed += 1
        print(f'{program.name}: exit {want.returncode} and {got.returncode}\n{got.stderr[-1500:]}')
        for a, b in zip(want.stdout.split('\n'), got.stdout.split('\n')):
            if a != b:
                print(f'  CPython {a}\n  prelude {b}')
sys.exit(failed)
