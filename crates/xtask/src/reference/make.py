"""Lists what NumPy and SciPy read, and writes what they read of it: the input of `cargo xtask reference`.

Usage: make.py DIRECTORY [--written]. It fills DIRECTORY with generated files and with the expected bytes of every array, and writes
cases.jsonl, a line for each: group, file, member, and what the reference makes of it. The generator is seeded.
With --written it reads the files that written.jsonl lists, and fails where one is not the array that was expected.
"""

import io
import json
import pathlib
import sys
import warnings
import zipfile

import numpy
import scipy
import scipy.io.wavfile
from numpy.lib import format as npy_format

OUT = pathlib.Path(sys.argv[1])
RNG = numpy.random.default_rng(7)


def described(dtype):
    """A type in Tollgate's words; a record as its size and fields."""
    if dtype.names is not None:
        fields = []
        for name in dtype.names:
            base, offset = dtype.fields[name][:2]
            fields.append([name, offset, described(base.base), list(base.shape)])
        return {"bytes": dtype.itemsize, "fields": fields}
    match dtype.kind:
        case "b":
            return "bool"
        case "S":
            return f"bytes[{dtype.itemsize}]"
        case "U":
            return f"text[{dtype.itemsize // 4}]"
        case "V":
            return f"void[{dtype.itemsize}]"
        case "M" | "m":
            unit, count = numpy.datetime_data(dtype)
            name = "datetime" if dtype.kind == "M" else "timedelta"
            return f"{name}[{'' if count == 1 else count}{unit}]"
        case kind:
            return f"{kind}{dtype.itemsize * 8}"


def byte_order(dtype):
    if dtype.names is not None or dtype.kind in "SV" or dtype.itemsize == 1:
        return None
    native = "little" if sys.byteorder == "little" else "big"
    return {"=": native, "<": "little", ">": "big", "|": None}[dtype.byteorder]


def packed(dtype):
    """The type in this machine's byte order and without padding."""
    if dtype.names is None:
        return dtype.newbyteorder("=")
    bases = [(name, dtype.fields[name][0]) for name in dtype.names]
    return numpy.dtype([(name, packed(base.base), base.shape) for name, base in bases])


def copied(source, target):
    """Copies an array, a record field by field, because NumPy itself may copy padding."""
    if source.dtype.names is None:
        target[...] = source
    for name in source.dtype.names or ():
        copied(source[name], target[name])


def expected(array, order):
    """Where the array's bytes stand in expected.bin: native, without padding, in the given order."""
    native = numpy.zeros(array.shape, packed(array.dtype))
    copied(array, native)
    data = native.tobytes(order)
    start = EXPECTED.tell()
    EXPECTED.write(data)
    return [start, len(data)]


def case(group, file, member=None, array=None, refused=None, rate=None):
    entry = {"group": group, "file": str(file), "member": member, "refused": refused, "rate": rate}
    if array is not None:
        fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        entry["type"] = described(array.dtype)
        entry["byte_order"] = byte_order(array.dtype)
        entry["shape"] = list(array.shape)
        entry["order"] = "Fortran" if fortran else "C"
        entry["c"] = expected(array, "C")
        entry["memory"] = expected(array, "F") if fortran else entry["c"]
    CASES.write(json.dumps(entry) + "\n")


def sentence(error):
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def load(group, path):
    """One case for a .npy, one for each member of a .npz."""
    try:
        loaded = numpy.load(path, allow_pickle=False)
    except Exception as error:
        return case(group, path, refused=sentence(error))
    if isinstance(loaded, numpy.ndarray):
        return case(group, path, array=loaded)
    for member in loaded.zip.namelist():
        try:
            array = loaded[member]
        except Exception as error:
            case(group, path, member, refused=sentence(error))
            continue
        if isinstance(array, numpy.ndarray):
            case(group, path, member, array)
        else:
            case(group, path, member, refused="no .npy")


def own_files(package, group):
    """Every file of a package's own tests, as it lies in the installed wheel."""
    root = pathlib.Path(package.__file__).parent
    for path in sorted(root.rglob("*")):
        if "tests" not in path.parts:
            continue
        if path.suffix in (".npy", ".npz"):
            load(f"{group}: {path.suffix}", path)
        elif path.suffix == ".wav":
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    rate, data = scipy.io.wavfile.read(path)
            except Exception as error:
                case(f"{group}: .wav", path, refused=sentence(error))
            else:
                case(f"{group}: .wav", path, array=data, rate=rate)


RECORDS = [
    [("a", "i4"), ("b", "f8"), ("c", "?")],
    [("name", "S3"), ("label", "U2"), ("when", "M8[ms]"), ("raw", "V5")],
    [("grid", "f4", (2, 3)), ("one", "u2", (1,)), ("none", "i8", (0,))],
    [("inner", [("re", "f8"), ("tag", "u1")]), ("many", [("x", "i2"), ("y", "i4")], (2,))],
    [("é'\"\\ name", "c8"), ("half", "f2")],
]


def types():
    """Every fixed-size type of NumPy's, in both byte orders; long double too, which is refused."""
    simple = "i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 g c8 c16 G ? S1 S5 U1 U3 V4".split()
    simple += ["M8[ns]", "M8[25s]", "M8[D]", "m8[us]", "m8"]
    for name in simple:
        dtype = numpy.dtype(name)
        yield dtype
        if dtype.newbyteorder("S") != dtype:
            yield dtype.newbyteorder("S")
    for fields in RECORDS:
        for align in (False, True):
            dtype = numpy.dtype(fields, align=align)
            yield dtype
            yield dtype.newbyteorder("S")
    # Fields of both byte orders.
    yield numpy.dtype([("little", "<i4"), ("big", ">f8"), ("byte", "u1")])


SHAPES = [(), (0,), (1,), (7,), (3, 4), (1, 5), (2, 3, 4), (0, 3), (3, 0, 2), (2, 1, 2, 1, 3)]


def filled(shape, dtype):
    """An array of random bytes that are values of the type."""
    count = int(numpy.prod(shape, dtype=int))
    array = numpy.zeros(count, dtype)

    def fill(part):
        if part.dtype.names is not None:
            for name in part.dtype.names:
                fill(part[name])
        elif part.dtype.kind == "b":
            part[...] = RNG.integers(0, 2, part.shape)
        elif part.dtype.kind == "U":
            characters = part.dtype.itemsize // 4
            texts = ["".join(chr(c) for c in RNG.integers(1, 0xD7FF, characters)) for _ in range(part.size)]
            part[...] = numpy.array(texts, part.dtype).reshape(part.shape)
        else:
            raw = RNG.integers(0, 256, part.size * part.dtype.itemsize, dtype="u1").tobytes()
            part[...] = numpy.frombuffer(raw, part.dtype, part.size).reshape(part.shape)

    fill(array)
    return array.reshape(shape)


def write(path, array, version):
    with path.open("wb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        npy_format.write_array(file, array, version=version, allow_pickle=False)


def generated():
    """The product of types, byte orders, memory orders, shapes and header versions."""
    directory = OUT / "product"
    directory.mkdir()
    for number, dtype in enumerate(types()):
        latin = all(ord(character) < 256 for character in str(dtype.descr))
        for shape in SHAPES:
            c_order = filled(shape, dtype)
            for order in "CF":
                array = numpy.asarray(c_order, order=order)
                for version in ((1, 0), (2, 0), (3, 0)):
                    if not latin and version < (3, 0):
                        continue
                    name = f"{number}-{'x'.join(map(str, shape)) or 'scalar'}-{order}-{version[0]}.npy"
                    write(directory / name, array, version)
                    load("generated: .npy", directory / name)


def odd_headers():
    """The same types with headers of every length modulo 16, so that the data lies misaligned."""
    directory = OUT / "odd"
    directory.mkdir()
    for number, dtype in enumerate(types()):
        array = filled((5,), dtype)
        stream = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            npy_format.write_array(stream, array, version=(3, 0))
        whole = stream.getvalue()
        length = int.from_bytes(whole[8:12], "little")
        text, data = whole[12 : 12 + length].rstrip(), whole[12 + length :]
        for extra in range(16):
            header = text + b" " * extra + b"\n"
            path = directory / f"{number}-{extra}.npy"
            path.write_bytes(whole[:8] + len(header).to_bytes(4, "little") + header + data)
            load("generated: .npy, headers of odd length", path)


def archives():
    directory = OUT / "archives"
    directory.mkdir()
    arrays = {f"t{number}": filled((3, 4), dtype) for number, dtype in enumerate(types())}
    arrays |= {f"f{number}": numpy.asfortranarray(filled((3, 4), dtype)) for number, dtype in enumerate(types())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numpy.savez(directory / "stored.npz", **arrays)
        numpy.savez_compressed(directory / "compressed.npz", **arrays)
    for name in ("stored", "compressed"):
        load(f"generated: .npz, {name}", directory / f"{name}.npz")
    # As other software writes archives: streamed, so that sizes stand after the data, and with a comment.
    with zipfile.ZipFile(directory / "forced64.npz", "w") as archive:
        archive.comment = b"a comment"
        for name in ("t0", "t9"):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                npy_format.write_array(member, arrays[name])
    load("generated: .npz, stored", directory / "forced64.npz")


def written():
    """Reads what was written, through a map, so that its place in the file shows."""
    expected_bytes = (OUT / "expected.bin").read_bytes()
    count = 0
    for line in (OUT / "written.jsonl").open(encoding="utf-8"):
        entry = json.loads(line)
        start, length = entry["c"]
        if entry["rate"] is None:
            # What has no bytes cannot be mapped.
            array = numpy.load(entry["file"], mmap_mode="r" if length else None)
        else:
            rate, array = scipy.io.wavfile.read(entry["file"], mmap=True)
            assert rate == entry["rate"], entry
        assert list(array.shape) == entry["shape"], (entry, array.shape)
        assert array.tobytes() == expected_bytes[start : start + length], entry
        assert array.flags.aligned, entry
        count += 1
    assert count > 100, count


if "--written" in sys.argv:
    written()
    sys.exit()
CASES = (OUT / "cases.jsonl").open("w", encoding="utf-8")
EXPECTED = (OUT / "expected.bin").open("wb")
own_files(numpy, "NumPy's own")
own_files(scipy, "SciPy's own")
generated()
odd_headers()
archives()
json.dump({"numpy": numpy.__version__, "scipy": scipy.__version__}, (OUT / "versions.json").open("w"))
