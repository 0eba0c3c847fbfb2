#!/usr/bin/env python3
"""Golden values for the plugin `biquad`: samples/speech.wav through scipy.signal.lfilter, with the Audio EQ Cookbook's low-pass at
1,000 Hz and Q = 1/sqrt(2), rounded to the nearest (ties to even) and saturated to 16 bits; every 37th sample of it.

    tests/golden/biquad.py           writes biquad.json beside this file
    tests/golden/biquad.py --check   compares it with what would be written
"""

import json
import math
import pathlib
import sys
import wave

import numpy
import scipy
from scipy.signal import lfilter

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parent.parent / "samples"
STEP = 37


def golden():
    with wave.open(str(SAMPLES / "speech.wav")) as file:
        rate = file.getframerate()
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype(numpy.float64)
    w = 2 * math.pi * 1000 / rate
    alpha = math.sin(w) / (2 * math.sqrt(0.5))
    half = (1 - math.cos(w)) / 2
    filtered = lfilter([half, 2 * half, half], [1 + alpha, -2 * math.cos(w), 1 - alpha], samples)
    rounded = numpy.clip(numpy.rint(filtered), -32768, 32767).astype(int)
    return {
        "made_by": f"SciPy {scipy.__version__}",
        "step": STEP,
        "count": len(rounded),
        "samples": rounded[::STEP].tolist(),
    }


def main():
    path = HERE / "biquad.json"
    made = golden()
    if "--check" in sys.argv[1:]:
        found = json.loads(path.read_text())
        near = len(found["samples"]) == len(made["samples"]) and all(
            abs(a - b) <= 1 for a, b in zip(found["samples"], made["samples"])
        )
        if not near or found["count"] != made["count"]:
            sys.exit(f"{path.name} is not what {made['made_by']} gives: run {sys.argv[0]}")
        print(f"{path.name} is what {made['made_by']} gives")
    else:
        path.write_text(json.dumps(made) + "\n")


main()
