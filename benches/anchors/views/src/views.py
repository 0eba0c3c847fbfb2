"""NumPy's side: `open FILE`, `sum FILE` and `sum-mapped FILE` print the least nanoseconds of one open, or of one sum, over many."""

import sys
import time

import numpy as np

what, path, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
best = float("inf")
array = np.load(path, mmap_mode="r" if what == "sum-mapped" else None) if what != "open" else None
for _ in range(rounds):
    start = time.perf_counter_ns()
    if what == "open":
        np.load(path, mmap_mode="r")
    else:
        array.sum()
    best = min(best, time.perf_counter_ns() - start)
print(best)
