#!/usr/bin/env python3
"""Golden values for the plugin `stats`, made by NumPy in float64 (ddof 0, NaN skipped).

    tests/golden/stats.py           writes stats.json beside this file
    tests/golden/stats.py --check   compares it with what would be written, to a relative 1e-13
"""

import json
import math
import pathlib
import sys

import numpy

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parent.parent / "samples"
FILES = ["sunspots.npy", "nile.npy", "co2.npy", "ecg.npy"]


def column(values):
    finite = values.astype(numpy.float64)
    return {
        "count": int(numpy.count_nonzero(~numpy.isnan(finite))),
        "nan_count": int(numpy.count_nonzero(numpy.isnan(finite))),
        "mean": float(numpy.nanmean(finite)),
        "std": float(numpy.nanstd(finite)),
        "min": float(numpy.nanmin(finite)),
        "max": float(numpy.nanmax(finite)),
    }


def golden():
    files = {}
    for name in FILES:
        array = numpy.load(SAMPLES / name)
        columns = array.reshape(array.shape[0], -1).T
        files[name] = [column(values) for values in columns]
    return {"made_by": f"NumPy {numpy.__version__}", "files": files}


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or math.isclose(a, b, rel_tol=1e-13)


def main():
    path = HERE / "stats.json"
    made = golden()
    if "--check" in sys.argv[1:]:
        if not same(json.loads(path.read_text())["files"], made["files"]):
            sys.exit(f"{path.name} is not what {made['made_by']} gives: run {sys.argv[0]}")
        print(f"{path.name} is what {made['made_by']} gives")
    else:
        path.write_text(json.dumps(made, indent=2) + "\n")


main()
