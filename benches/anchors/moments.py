#!/usr/bin/env python3
"""sigkit's moments of a block against NumPy's mean and var, in one interleaved run.

    python3 benches/anchors/moments.py

Builds sigkit into a shared library with the C compiler ($CC or cc), calls it through ctypes, and takes turns with NumPy. Prints
the fastest and the median of 200 turns each, in milliseconds for 1,000,000 f64, and the ratio.
"""

import ctypes
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy

SOURCES = pathlib.Path(__file__).resolve().parent.parent.parent / "c-src"
COUNT = 1_000_000
TURNS = 200


def sigkit(directory):
    library = pathlib.Path(directory) / "libsigkit.so"
    files = sorted(SOURCES.glob("*.c")) + sorted((SOURCES / "arch").glob("*.c"))
    compiler = os.environ.get("CC", "cc")
    flags = ["-std=c11", "-O3", "-ffp-contract=off", "-fPIC", "-shared", "-I", str(SOURCES)]
    subprocess.run([compiler, *flags, *map(str, files), "-lm", "-o", str(library)], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.sigkit_moments_push_block.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    loaded.sigkit_moments_reset.argtypes = [ctypes.c_void_p]
    return loaded


def main():
    values = numpy.random.default_rng(1).normal(10.0, 3.0, COUNT)
    with tempfile.TemporaryDirectory() as directory:
        library = sigkit(directory)
        handle = ctypes.c_void_p()
        assert library.sigkit_moments_create(ctypes.byref(handle)) == 0

        def block():
            library.sigkit_moments_reset(handle)
            assert library.sigkit_moments_push_block(handle, values.ctypes.data, COUNT) == 0

        ways = {"sigkit": block, "NumPy": lambda: (values.mean(), values.var())}
        times = {name: [] for name in ways}
        for _ in range(TURNS):
            for name, way in ways.items():
                start = time.perf_counter_ns()
                way()
                times[name].append((time.perf_counter_ns() - start) / 1e6)
        library.sigkit_moments_destroy(handle)
    for name, taken in times.items():
        print(f"{name}: fastest {min(taken):.3f} ms, median {statistics.median(taken):.3f} ms")
    print(f"NumPy {numpy.__version__}'s mean and var take {min(times['NumPy']) / min(times['sigkit']):.2f} times as long")


main()
