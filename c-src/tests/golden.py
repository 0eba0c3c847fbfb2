#!/usr/bin/env python3
"""Writes golden/*.json and golden.h: what NumPy, SciPy and mpmath say.

    python3 tests/golden.py [--samples DIR]          write the files
    python3 tests/golden.py --check [--samples DIR]  compare them with what would be
                                                     written, to 1e-13

The sample files lie two folders up, in samples/, unless DIR says otherwise. JSON has no
NaN or infinity: "nan", "inf" and "-inf" stand for them. golden.h holds the same numbers
for C.
"""

import argparse
import json
import math
import pathlib
import sys

import mpmath
import numpy
import scipy.signal
import scipy.stats

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 1e-13
U = 2.0 ** -53

mpmath.mp.dps = 60


# ------------------------------------------------------------------------ CRC-32C

def crc32c(data):
    """Bit by bit, from the definition in RFC 3720, section 12.1."""
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


# RFC 3720, appendix B.4, and the check value of the usual catalogues.
ISCSI_READ = bytes.fromhex(
    "01c00000 00000000 00000000 00000000 14000000 00000400 00000014 00000018"
    "28000000 00000000 02000000 00000000")
CRC_VECTORS = [
    ("check value", b"123456789", 0xE3069283),
    ("32 zero bytes", bytes(32), 0x8A9136AA),
    ("32 bytes of ones", b"\xff" * 32, 0x62A8AB43),
    ("ascending", bytes(range(32)), 0x46DD794E),
    ("descending", bytes(range(31, -1, -1)), 0x113FDB5C),
    ("iSCSI read command", ISCSI_READ, 0xD9963A56),
]
CRC_LENGTHS = [0, 1, 7, 8, 15, 16, 63, 64, 65, 143, 144, 255, 256, 257, 1023, 1024, 4096, 12287, 12288,
               12289, 30000]


def crc_data():
    for name, data, value in CRC_VECTORS:
        assert crc32c(data) == value, name
    pattern = bytes((131 * i + 17 + (i >> 8)) & 0xFF for i in range(max(CRC_LENGTHS)))
    return {
        "vectors": [{"name": n, "bytes": d.hex(), "crc": v} for n, d, v in CRC_VECTORS],
        "pattern": "byte i is (131 i + 17 + floor(i / 256)) mod 256",
        "prefixes": [{"length": n, "crc": crc32c(pattern[:n])} for n in CRC_LENGTHS],
    }


# ------------------------------------------------------------------------ moments

FILES = [("sunspots", 1), ("nile", 1), ("co2", None), ("ecg", None)]


def column(samples, name, index):
    values = numpy.load(samples / (name + ".npy"))
    values = (values if index is None else values[:, index]).astype(numpy.float64)
    return values[~numpy.isnan(values)]


def from_scipy(values):
    return {
        "count": len(values),
        "mean": float(numpy.mean(values)),
        "variance": float(numpy.var(values)),
        "sample_variance": float(numpy.var(values, ddof=1)),
        "skewness": float(scipy.stats.skew(values)),
        "kurtosis": float(scipy.stats.kurtosis(values)),
        "min": float(numpy.min(values)),
        "max": float(numpy.max(values)),
    }


def from_mpmath(values):
    """Correctly rounded moments of finite values, and the bounds of moments.c."""
    x = [mpmath.mpf(v) for v in values]
    n = len(x)
    mean = mpmath.fsum(x) / n
    m2, m3, m4 = (mpmath.fsum((v - mean) ** k for v in x) / n for k in (2, 3, 4))
    a1, a3 = (mpmath.fsum(abs(v - mean) ** k for v in x) / n for k in (1, 3))
    spread = m2 > (mpmath.mpf("1e-15") * mean) ** 2
    slack = (n + 20) * U
    return {
        "count": n,
        "mean": float(mean),
        "variance": float(m2),
        "sample_variance": float(m2 * n / (n - 1)) if n > 1 else math.nan,
        "skewness": float(m3 / m2 ** 1.5) if spread else math.nan,
        "kurtosis": float(m4 / m2 ** 2 - 3) if spread else math.nan,
        "min": min(values),
        "max": max(values),
        "mean_bound": float(U * abs(mean) + slack * a1),
        "variance_bound": float(slack * m2),
        "skewness_bound": float(2 * slack * a3 / m2 ** 1.5) if spread else 0.0,
        "kurtosis_bound": float(2 * slack * m4 / m2 ** 2) if spread else 0.0,
    }


def hostile(samples):
    nile = column(samples, "nile", 1).tolist()
    golden = [i * 0.6180339887498949 % 1.0 for i in range(120)]
    return [
        ("offset 1e8, integers", [1e8 + v for v in nile]),
        ("offset 1e8, fractions", [1e8 + v for v in golden]),
        ("offset -1e12, fractions", [-1e12 + v for v in golden]),
        ("cancelling", [1e16, 1.0, -1e16, 3.0] * 15),
        ("powers of two", [2.0 ** k for k in range(-40, 41)]),
        ("alternating", [(-1.0) ** i * (1 + i * 1e-3) for i in range(100)]),
        ("drifting", [i * 1e3 + golden[i] for i in range(120)]),
        ("small", [v * 1e-60 for v in golden]),
        ("large", [v * 1e70 for v in golden]),
        ("two values", [1.0, 2.0]),
        ("one value", [3.25]),
        ("equal values", [0.1] * 33),
    ]


def non_finite():
    """What the header promises, which is what NumPy gives."""
    cases = [
        ("none", []),
        ("a NaN", [1.0, math.nan, 2.0]),
        ("+inf", [1.0, math.inf, 2.0, 4.0]),
        ("-inf", [1.0, -math.inf, 2.0, 4.0]),
        ("both infinities", [math.inf, 1.0, -math.inf]),
        ("infinity and NaN", [math.inf, math.nan, 1.0]),
    ]
    out = []
    for name, values in cases:
        x = numpy.array(values, dtype=numpy.float64)
        with numpy.errstate(all="ignore"):
            record = {
                "count": len(values),
                "mean": float(numpy.mean(x)) if values else math.nan,
                "variance": float(numpy.var(x)) if values else math.nan,
                "sample_variance": float(numpy.var(x, ddof=1)) if values else math.nan,
                "skewness": math.nan,
                "kurtosis": math.nan,
                "min": float(numpy.min(x)) if values else math.nan,
                "max": float(numpy.max(x)) if values else math.nan,
            }
        for key in ("mean_bound", "variance_bound", "skewness_bound", "kurtosis_bound"):
            record[key] = 0.0
        out.append({"name": name, "values": values, **record})
    return out


def moments_data(samples):
    return {
        "files": [{"file": name + ".npy", "column": index, **from_scipy(column(samples, name, index))}
                  for name, index in FILES],
        "sets": [{"name": name, "values": values, **from_mpmath(values)}
                 for name, values in hostile(samples)] + non_finite(),
    }


# ----------------------------------------------------------------------- biquads

BIQUADS = [
    # kind, sample rate, frequency, q, gain in dB
    ("low_pass", 360.0, 20.0, 0.7071067811865476, 0.0),
    ("high_pass", 360.0, 5.0, 0.7071067811865476, 0.0),
    ("band_pass", 360.0, 12.0, 2.0, 0.0),
    ("notch", 360.0, 60.0, 30.0, 0.0),
    ("peaking", 360.0, 25.0, 1.5, -9.0),
    ("low_shelf", 360.0, 10.0, 0.7071067811865476, 6.0),
    ("high_shelf", 360.0, 40.0, 0.9, -12.0),
    ("low_pass", 48000.0, 20.0, 10.0, 0.0),
]
BIQUAD_INPUT = 96


def cookbook(kind, rate, frequency, q, gain):
    """The Audio EQ Cookbook in 60 digits; b0 b1 b2 a1 a2 over a0."""
    w = 2 * mpmath.pi * mpmath.mpf(frequency) / mpmath.mpf(rate)
    c, alpha = mpmath.cos(w), mpmath.sin(w) / (2 * mpmath.mpf(q))
    A = mpmath.power(10, mpmath.mpf(gain) / 40)
    r = 2 * mpmath.sqrt(A) * alpha
    plain = (1 + alpha, -2 * c, 1 - alpha)
    b, a = {
        "low_pass": (((1 - c) / 2, 1 - c, (1 - c) / 2), plain),
        "high_pass": (((1 + c) / 2, -(1 + c), (1 + c) / 2), plain),
        "band_pass": ((alpha, mpmath.mpf(0), -alpha), plain),
        "notch": ((mpmath.mpf(1), -2 * c, mpmath.mpf(1)), plain),
        "peaking": ((1 + alpha * A, -2 * c, 1 - alpha * A), (1 + alpha / A, -2 * c, 1 - alpha / A)),
        "low_shelf": (
            (A * ((A + 1) - (A - 1) * c + r), 2 * A * ((A - 1) - (A + 1) * c), A * ((A + 1) - (A - 1) * c - r)),
            ((A + 1) + (A - 1) * c + r, -2 * ((A - 1) + (A + 1) * c), (A + 1) + (A - 1) * c - r)),
        "high_shelf": (
            (A * ((A + 1) + (A - 1) * c + r), -2 * A * ((A - 1) + (A + 1) * c), A * ((A + 1) + (A - 1) * c - r)),
            ((A + 1) - (A - 1) * c + r, 2 * ((A - 1) - (A + 1) * c), (A + 1) - (A - 1) * c - r)),
    }[kind]
    return [float(v / a[0]) for v in (*b, a[1], a[2])]


def biquad_data(samples):
    signal = column(samples, "ecg", None)[:BIQUAD_INPUT]
    filters = []
    for kind, rate, frequency, q, gain in BIQUADS:
        k = cookbook(kind, rate, frequency, q, gain)
        output = scipy.signal.lfilter(k[:3], [1.0, *k[3:]], signal)
        filters.append({"kind": kind, "sample_rate": rate, "frequency": frequency, "q": q, "gain_db": gain,
                        "coefficients": k, "output": output.tolist()})
    return {"input": "the first %d values of ecg.npy" % BIQUAD_INPUT, "input_length": BIQUAD_INPUT,
            "coefficient_order": "b0 b1 b2 a1 a2, a0 = 1", "filters": filters}


# -------------------------------------------------------------------- histograms

def histogram(values, low, high, bins):
    x = numpy.array(values)
    counts, edges = numpy.histogram(x, bins=bins, range=(low, high))
    return {"low": low, "high": high, "bins": bins, "counts": counts.tolist(), "edges": edges.tolist(),
            "below": int((x < low).sum()), "above": int((x > high).sum()), "nan": int(numpy.isnan(x).sum())}


def histogram_data(samples):
    on_edges = [i * 0.1 for i in range(-1, 13)] + [1.0 - 2.0 ** -53, 0.3, 0.7, 0.1 + 0.2]
    third = [i / 3 for i in range(-6, 31)]
    mixed = [0.5, 1.0, 0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, -5e-324]
    cases = [("sunspots", 1, 0.0, 200.0, 12), ("nile", 1, 456.0, 1370.0, 7), ("co2", None, 310.0, 370.0, 30),
             ("ecg", None, -100.0, 100.0, 21)]
    return {
        "files": [{"file": name + ".npy", "column": index, **histogram(column(samples, name, index), low, high, bins)}
                  for name, index, low, high, bins in cases],
        "sets": [{"name": name, "values": values, **histogram(values, low, high, bins)} for name, values, low, high, bins in [
            ("values on edges", on_edges, 0.0, 1.0, 10),
            ("thirds", third, -1.0, 9.0, 30),
            ("one bin, mixed", mixed, 0.0, 1.0, 1),
            ("narrow range", [1e8 + i * 1e-7 for i in range(20)], 1e8, 1e8 + 1e-6, 9),
        ]],
    }


# ------------------------------------------------------------------------ output

def plain(value):
    """JSON knows neither NaN nor infinity."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def c_number(value):
    names = {"nan": "NAN", "inf": "INFINITY", "-inf": "-INFINITY", None: "-1"}
    return names[value] if isinstance(value, str) or value is None else repr(value)


def c_array(kind, name, values, form=c_number):
    values = values or [0]
    lines = ["static const %s %s[] = {" % (kind, name)]
    line = "   "
    for text in (form(v) + "," for v in values):
        if len(line) + 1 + len(text) > 100:
            lines.append(line)
            line = "   "
        line += " " + text
    return "\n".join([*lines, line, "};\n"])


SUMMARY = ("count", "mean", "variance", "sample_variance", "skewness", "kurtosis", "min", "max")
BOUNDS = ("mean_bound", "variance_bound", "skewness_bound", "kurtosis_bound")


def c_text(golden):
    out = ["/* Generated by golden.py: change that script, not this file. */\n",
           "#ifndef SIGKIT_GOLDEN_H\n#define SIGKIT_GOLDEN_H\n",
           "#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n"]

    crc = golden["crc32c"]
    hexadecimal = "0x{:08X}U".format
    for i, v in enumerate(crc["vectors"]):
        out.append(c_array("uint8_t", "golden_crc_bytes_%d" % i, list(bytes.fromhex(v["bytes"])), "0x{:02X}".format))
    out.append("static const struct {\n    const char *name;\n    const uint8_t *bytes;\n    size_t length;\n"
               "    uint32_t crc;\n} golden_crc_vectors[] = {")
    for i, v in enumerate(crc["vectors"]):
        out.append('    {"%s", golden_crc_bytes_%d, %d, %s},'
                   % (v["name"], i, len(v["bytes"]) // 2, hexadecimal(v["crc"])))
    out.append("};\n\n/* %s */" % crc["pattern"])
    out.append("static const struct {\n    size_t length;\n    uint32_t crc;\n} golden_crc_prefixes[] = {")
    out.extend("    {%d, %s}," % (v["length"], hexadecimal(v["crc"])) for v in crc["prefixes"])
    out.append("};\n")

    moments = golden["moments"]
    for i, v in enumerate(moments["sets"]):
        out.append(c_array("double", "golden_moments_values_%d" % i, v["values"]))
    fields = ("    double count, mean, variance, sample_variance, skewness, kurtosis, min, max;\n"
              "    double mean_bound, variance_bound, skewness_bound, kurtosis_bound;\n")
    out.append("/* column -1: the array has one dimension. NaNs are left out. */\ntypedef struct golden_moments {\n"
               "    const char *name;\n    int column;\n    const double *values;\n" + fields + "} golden_moments;\n")
    out.append("static const golden_moments golden_moments_files[] = {")
    for v in moments["files"]:
        out.append('    {"%s", %s, NULL, %s,\n     0, 0, 0, 0},' % (v["file"], c_number(v["column"]),
                                                                    ",\n     ".join(c_number(v[k]) for k in SUMMARY)))
    out.append("};\n\nstatic const golden_moments golden_moments_sets[] = {")
    for i, v in enumerate(moments["sets"]):
        out.append('    {"%s", -1, golden_moments_values_%d, %s},'
                   % (v["name"], i, ",\n     ".join(c_number(v[k]) for k in SUMMARY + BOUNDS)))
    out.append("};\n")

    biquads = golden["biquad"]
    out.append("#define GOLDEN_BIQUAD_INPUT %d /* %s */\n" % (biquads["input_length"], biquads["input"]))
    for i, v in enumerate(biquads["filters"]):
        out.append(c_array("double", "golden_biquad_output_%d" % i, v["output"]))
    out.append("/* %s */\nstatic const struct {\n    int32_t kind;\n    double sample_rate, frequency, q, gain_db;\n"
               "    double coefficients[5];\n    const double *output;\n} golden_biquads[] = {" % biquads["coefficient_order"])
    for i, v in enumerate(biquads["filters"]):
        out.append("    {SIGKIT_BIQUAD_%s, %s,\n     {%s},\n     golden_biquad_output_%d},"
                   % (v["kind"].upper(), ", ".join(c_number(v[k]) for k in ("sample_rate", "frequency", "q", "gain_db")),
                      ", ".join(map(c_number, v["coefficients"])), i))
    out.append("};\n")

    histograms = golden["histogram"]
    both = histograms["files"] + histograms["sets"]
    for i, v in enumerate(both):
        if "values" in v:
            out.append(c_array("double", "golden_histogram_values_%d" % i, v["values"]))
        out.append(c_array("double", "golden_histogram_edges_%d" % i, v["edges"]))
        out.append(c_array("uint64_t", "golden_histogram_counts_%d" % i, v["counts"]))
    out.append("/* values NULL: `name` is a file. */\nstatic const struct {\n    const char *name;\n    int column;\n"
               "    const double *values;\n    size_t length;\n    double low, high;\n    size_t bins;\n"
               "    const double *edges;\n    const uint64_t *counts;\n    uint64_t below, above, nan;\n"
               "} golden_histograms[] = {")
    for i, v in enumerate(both):
        values = "golden_histogram_values_%d, %d" % (i, len(v["values"])) if "values" in v else "NULL, 0"
        out.append('    {"%s", %s, %s, %s, %s, %d,\n     golden_histogram_edges_%d, golden_histogram_counts_%d, %d, %d, %d},'
                   % (v.get("file", v.get("name")), c_number(v.get("column")), values, c_number(v["low"]),
                      c_number(v["high"]), v["bins"], i, i, v["below"], v["above"], v["nan"]))
    out.append("};\n\n#endif")
    return "\n".join(out) + "\n"


def differences(want, have, path):
    """Places where two JSON values differ by more than rounding."""
    if isinstance(want, dict) and isinstance(have, dict) and want.keys() == have.keys():
        return [d for k in want for d in differences(want[k], have[k], path + "." + k)]
    if isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        return [d for i, (a, b) in enumerate(zip(want, have)) for d in differences(a, b, "%s[%d]" % (path, i))]
    if isinstance(want, float) and isinstance(have, float):
        # Filter outputs can be near zero beside inputs of 100; moments can be small as such.
        near_zero = 0.0 if path.startswith("moments") else TOLERANCE
        same = math.isclose(want, have, rel_tol=TOLERANCE, abs_tol=near_zero)
    else:
        same = type(want) is type(have) and want == have
    return [] if same else ["%s: %r, checked in is %r" % (path, want, have)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--samples", type=pathlib.Path, default=HERE.parent.parent / "samples")
    args = parser.parse_args()

    versions = {"numpy": numpy.__version__, "scipy": scipy.__version__, "mpmath": mpmath.__version__}
    golden = plain({
        "crc32c": crc_data(),
        "moments": moments_data(args.samples),
        "biquad": biquad_data(args.samples),
        "histogram": histogram_data(args.samples),
    })
    header = HERE / "golden.h"
    if not args.check:
        (HERE / "golden").mkdir(exist_ok=True)
        for name, data in golden.items():
            text = json.dumps({"made_by": "c-src/tests/golden.py", "versions": versions, **data}, indent=1)
            (HERE / "golden" / (name + ".json")).write_text(text + "\n", encoding="ascii", newline="\n")
        header.write_text(c_text(golden), encoding="ascii", newline="\n")
        return
    found, stored = [], {}
    for name, data in golden.items():
        stored[name] = json.loads((HERE / "golden" / (name + ".json")).read_text(encoding="ascii"))
        for key in ("made_by", "versions"):
            del stored[name][key]
        found += differences(data, stored[name], name)
    if c_text(stored) != header.read_text(encoding="ascii"):
        found.append("golden.h is not what the JSON files make")
    if found:
        sys.exit("\n".join(found))
    print("the golden values agree with NumPy %(numpy)s, SciPy %(scipy)s and mpmath %(mpmath)s" % versions)


if __name__ == "__main__":
    main()
