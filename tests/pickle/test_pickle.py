from __future__ import annotations

import collections
import datetime
import io
import itertools
import pickle
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jpkl import FormatError, MetadataError, TruncatedFileError, UnsafePickleError
from jpkl._bytes import LocalFile, MemoryBytes
from jpkl._pickle import PickleReader, dump, resolve
from jpkl._pickle.machine import MAX_EQUAL_HASHES
from jpkl._pickle.values import FrameTable, Span
from jpkl._pickle.window import Window

PROTOCOLS = range(6)


def load(data: bytes) -> Any:
    source = MemoryBytes(data)
    reader = PickleReader(source)
    value = reader.run()
    assert reader.position == len(data)
    return resolve(value, source)


def same(first: Any, second: Any) -> bool:
    """Equality that tells 1 from 1.0 and True, takes NaN for equal, and looks into containers."""
    if type(first) is not type(second):
        return False
    if isinstance(first, dict):
        return same(list(first.items()), list(second.items()))
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and first.shape == second.shape and bool((first == second).all())
    return repr(first) == repr(second) if isinstance(first, (float, complex)) else bool(first == second)


zones = st.one_of(
    st.none(),
    st.just(datetime.UTC),
    st.builds(
        datetime.timezone,
        st.timedeltas(datetime.timedelta(hours=-23), datetime.timedelta(hours=23)),
        st.text(max_size=5),
    ),
)
moments = st.one_of(
    st.dates(),
    st.timedeltas(),
    st.times(timezones=zones),
    st.datetimes(timezones=zones),
    st.builds(lambda x: x.replace(fold=1), st.datetimes(timezones=zones)),
)
texts = st.one_of(st.text(), st.text(min_size=250, max_size=300), st.just("\ud800 lone\n\\u0041"))
numbers = st.one_of(st.integers(), st.integers(-(2**8000), 2**8000), st.floats(), st.complex_numbers())
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, st.binary(max_size=300), moments)
hashables = st.one_of(
    st.none(), st.booleans(), st.integers(), texts, st.binary(), moments, st.tuples(st.integers(), st.text())
)
plain_data = st.recursive(
    st.one_of(scalars, st.sets(hashables), st.frozensets(hashables), st.binary().map(bytearray)),
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner, max_size=5).map(tuple), st.dictionaries(hashables, inner)
    ),
    max_leaves=20,
)


class TestReading:
    @given(plain_data, st.sampled_from(PROTOCOLS))
    @example([[]] * 3 + [()], 0)
    @example({"k" * 300: 1, (b"b", "k" * 300): {b"b" * 300}}, 2)
    @example({"images": {(0, 1): b"x" * 300, (0, 2): b""}, "b": b"\xff" * 1000}, 2)
    @example({"images": {"not": "frames"}}, 4)
    def test_reads_what_pickle_writes(self, value: Any, protocol: int) -> None:
        assert same(load(pickle.dumps(value, protocol)), value)

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    @pytest.mark.parametrize(
        "value",
        [
            np.float32(1.5),
            np.int64(-3),
            np.bool_(True),
            np.complex128(1 + 2j),
            np.str_("größe"),
            np.str_(""),
            np.bytes_(b"ab"),
            np.arange(6, dtype=">u2").reshape(2, 3),
            np.asfortranarray(np.arange(6.0).reshape(2, 3)),
            np.array([[True, False]]),
            np.array(["a", "bcd", "\U0001f600"]),
            np.array([b"a", b"bc"]),
            np.zeros((0, 3), "f4"),
            np.array(5),
        ],
        ids=repr,
    )
    def test_reads_simple_numpy_data(self, value: Any, protocol: int) -> None:
        read = load(pickle.dumps({"value": value}, protocol))["value"]
        assert same(read, value)
        if isinstance(read, np.ndarray):
            assert read.flags.writeable
            assert read.flags.f_contiguous == value.flags.f_contiguous

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_reads_the_names_of_numpy_1(self, protocol: int) -> None:
        data = pickle.dumps(np.arange(3), protocol)
        data = data.replace(b"\x16numpy._core", b"\x15numpy.core").replace(
            b"\x13numpy._core", b"\x12numpy.core"
        )
        data = data.replace(b"cnumpy._core", b"cnumpy.core")
        if protocol >= 4:  # the FRAME is a byte shorter now
            length = int.from_bytes(data[3:11], "little") - 1
            data = data[:3] + length.to_bytes(8, "little") + data[11:]
        assert b"_core" not in data
        assert same(load(data), np.arange(3))

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_an_ordered_dict_becomes_a_dict(self, protocol: int) -> None:
        value = collections.OrderedDict([("b", 1), ("a", [2])])
        assert same(load(pickle.dumps(value, protocol)), {"b": 1, "a": [2]})

    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_a_bytes_io_becomes_its_bytes(self, protocol: int) -> None:
        value = io.BytesIO(b"\xffpayload")
        value.seek(3)
        assert load(pickle.dumps([value], protocol)) == [b"\xffpayload"]

    def test_reads_python_2_str(self) -> None:
        assert load(b"S'a\\x41\\n'\n.") == "aA\n"
        assert load(b"U\x03abc.") == "abc"
        assert load(b"U\x02\xff\xd8.") == b"\xff\xd8"
        assert load(b"T\x00\x02\x00\x00" + b"\xff" * 512 + b".") == b"\xff" * 512

    def test_shared_parts_stay_shared(self) -> None:
        part = ["x"]
        first, second = load(pickle.dumps((part, part)))
        assert first is second

    @given(st.data())
    def test_frames_of_any_keys_and_sizes(self, data: st.DataObject) -> None:
        n_dims = data.draw(st.integers(0, 6))
        keys = data.draw(
            st.lists(st.tuples(*[st.integers(-(2**31), 2**31 - 1)] * n_dims), unique=True, max_size=9)
        )
        blank = data.draw(st.binary(max_size=80))  # one object under several keys: GETs of the memo
        frames = {key: data.draw(st.one_of(st.just(blank), st.binary(max_size=2000))) for key in keys}
        stack = {"images": frames, "first": keys[:1], "blank": blank}
        for protocol in PROTOCOLS:
            assert load(pickle.dumps(stack, protocol)) == stack

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    @pytest.mark.parametrize("length", [0, 200, 5_000, 70_000])
    def test_frames_over_several_pickle_frames_and_batches(self, protocol: int, length: int) -> None:
        count = 2500 if length < 1000 else 40
        frames = {(i // 50, i % 50, 300): bytes([i % 256]) * length for i in range(count)}
        data = pickle.dumps({"images": frames, "again": frames[1 // 50, 1, 300]}, protocol)
        assert load(data) == {"images": frames, "again": frames[0, 1, 300]}

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_frames_stay_in_the_file(self, protocol: int, tmp_path: Path) -> None:
        path = tmp_path / "large.pkl"
        frames = {(i,): bytes([200 + i]) * 2_000_000 for i in range(4)}
        path.write_bytes(pickle.dumps({"images": frames}, protocol))
        source = LocalFile(path)
        tracemalloc.start()
        table = PickleReader(source).run()["images"]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1_000_000
        assert isinstance(table, FrameTable)
        third = table.frame(2)
        assert isinstance(third, Span)
        assert third.read(source) == frames[2,]


class TestWriting:
    @given(plain_data)
    def test_pickle_and_we_read_what_we_write(self, value: Any) -> None:
        data = b"\x80\x04" + dump(value) + b"."
        assert same(pickle.loads(data), value)
        assert same(load(data), value)

    def test_numpy_data_become_plain(self) -> None:
        value = {
            "a": np.float32(0.5),
            "b": np.arange(4).reshape(2, 2),
            np.int8(3): np.str_("x"),
            "d": np.dtype("u2"),
        }
        read = pickle.loads(b"\x80\x04" + dump(value) + b".")
        assert same(read, {"a": 0.5, "b": [[0, 1], [2, 3]], 3: "x", "d": "<u2"})

    def test_zeros_at_the_end_of_numpy_texts_stay(self) -> None:
        value = {np.str_("a\0"): np.bytes_(b"b\0"), "a": 1}
        assert same(pickle.loads(b"\x80\x04" + dump(value) + b"."), {"a\0": b"b\0", "a": 1})

    def test_equal_hashes_in_many_containers_are_no_reason_to_refuse(self) -> None:
        value = [frozenset([(1, i % 2)]) for i in range(3 * MAX_EQUAL_HASHES)]
        assert same(load(b"\x80\x04" + dump(value) + b"."), value)
        assert same(load(pickle.dumps(value, 2)), value)

    @pytest.mark.parametrize("container", [set, frozenset, dict.fromkeys])
    def test_refuses_as_many_equal_hashes_as_the_reader_does(self, container: Callable[[Any], Any]) -> None:
        equal = [i * sys.hash_info.modulus for i in range(MAX_EQUAL_HASHES + 1)]
        assert same(load(b"\x80\x04" + dump(container(equal[1:])) + b"."), container(equal[1:]))
        with pytest.raises(
            MetadataError, match=r"257 keys or items of metadata\['k'\] have the same hash as 0"
        ):
            dump({"k": container(equal)}, "metadata")
        with pytest.raises(FormatError, match="same hash as"):
            load(pickle.dumps(container(equal), 4))

    def test_subclasses_become_what_they_extend(self) -> None:
        point = collections.namedtuple("point", "x y")
        value = [collections.OrderedDict(a=1), collections.Counter("aa"), point(1, 2)]
        assert same(pickle.loads(b"\x80\x04" + dump(value) + b"."), [{"a": 1}, {"a": 2}, (1, 2)])

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ({"a": [1, {"b": Path("x")}]}, r"metadata\['a'\]\[1\]\['b'\] is a PosixPath.*str\(\)"),
            ({"a": [0, 0, 0, object()]}, r"metadata\['a'\]\[3\] is a object"),
            ({"f": len}, r"metadata\['f'\]"),
            ({(1, (2,)): 0}, "the key .* of metadata"),
            ({"s": {frozenset()}}, "the item .* of metadata"),
            ({"n": 1 << 9000}, r"metadata\['n'\] is an int"),
            (
                {1 << 20000: 0},
                r"key <int> of metadata is an int",
            ),  # Python writes no number of so many digits
            ({"t": np.datetime64("2020-01-01")}, r"metadata\['t'\] is a NumPy datetime64"),
            ({"o": np.array([object()])}, r"metadata\['o'\] is an array of object"),
            (
                {"z": datetime.datetime(2020, 1, 1, tzinfo=type("Zone", (datetime.tzinfo,), {})())},
                "time zone",
            ),
        ],
    )
    def test_refuses_the_rest_and_says_where(self, value: Any, message: str) -> None:
        with pytest.raises(MetadataError, match=message):
            dump(value, "metadata")

    def test_refuses_what_holds_itself(self) -> None:
        cycle: dict[str, Any] = {}
        cycle["again"] = cycle
        with pytest.raises(MetadataError, match="holds itself") as caught:
            dump(cycle, "metadata")
        assert len(str(caught.value)) < 200

    def test_refuses_what_unfolds_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("jpkl._pickle.writer.MAX_UNFOLDED_BYTES", 2**20)
        laugh: Any = "ha"
        for _ in range(50):
            laugh = (laugh, laugh)
        with pytest.raises(MetadataError, match="MiB"):
            dump({"a": laugh}, "metadata")


def laughing(levels: int) -> bytes:
    """A tuple that holds a tuple twice, and so on: 2**levels leaves."""
    return b")\x94" + b"".join(b"0h" + bytes([i]) + b"h" + bytes([i]) + b"\x86\x94" for i in range(levels))


def colliding_keys() -> bytes:
    """A dict with thousands of tuples of -1 and -2, which all have the same hash."""
    minus = {-1: b"J\xff\xff\xff\xff", -2: b"J\xfe\xff\xff\xff"}
    keys = itertools.product((-1, -2), repeat=12)
    return b"}(" + b"".join(b"(" + b"".join(minus[x] for x in key) + b"tN" for key in keys) + b"u."


class TestRefusing:
    @pytest.mark.parametrize(
        ("data", "named"),
        [
            (b"cos\nsystem\n.", "os.system"),
            (b"cos\nsystem\n0N.", "os.system"),  # thrown away
            (b"(cos\nsystem\n1N.", "os.system"),
            (b"\x8c\x02os\x8c\x06system\x93.", "os.system"),
            (b"\x80\x04\x8c\x08datetime\x8c\x0bsys.modules\x93.", "datetime.sys.modules"),
            (b"c__builtin__\neval\n.", "__builtin__.eval"),
            (b"(S'x'\nios\nsystem\n.", "os.system"),
            (b"cnumpy\nload\n.", "numpy.load"),
            (b"c\n\n.", r"asks for \."),
            (b"K\x01K\x02\x93.", "name is an int"),
            (b"Pid\n.", "persistent id"),
            (b"NQ.", "persistent id"),
            (b"\x82\x01.", "extension code"),
            (b"cnumpy\ndtype\n(S'O8'\nI00\nI01\ntR.", "dtype 'O8'"),
            (b"cnumpy\ndtype\n(S'V8'\nI00\nI01\ntR.", "dtype 'V8'"),
            (b"cnumpy\ndtype\n(S'i4'\nI00\nI01\ntR(I3\nS'<'\nN(S'a'\ntNI-1\nI-1\nI0\ntb.", "fields"),
        ],
    )
    def test_names_outside_the_list(self, data: bytes, named: str) -> None:
        with pytest.raises(UnsafePickleError, match=named) as caught:
            load(data)
        assert caught.value.offset is not None

    @pytest.mark.parametrize(
        "data",
        [
            b"cbuiltins\nbytearray\n(I1099511627776\ntR.",
            b"cbuiltins\nbytes\n(I10\ntR.",
            b"cbuiltins\ncomplex\n(S'1'\nS'2'\ntR.",
            b"cbuiltins\nset\n(I1\ntR.",
            b"cbuiltins\nset\n((l(lI1\naatR.",
            b"c_codecs\nencode\n(S'x'\nS'rot13'\ntR.",
            b"c_codecs\nencode\n(V\\u1234\nS'latin1'\ntR.",
            b"cdatetime\ndate\n(S'\\x07\\xe4\\x0d\\x01'\ntR.",  # month 13
            b"cdatetime\ndatetime\n(S'\\x07\\xe4\\x01\\x01\\x19\\x00\\x00\\x00\\x00\\x00'\ntR.",  # 25 o'clock
            b"cdatetime\ntimedelta\n(I9999999999\nI0\nI0\ntR.",
            b"cdatetime\ntimezone\n(cdatetime\ntimedelta\n(I5\nI0\nI0\ntRtR.",
            b"cnumpy\nndarray\n)R.",
            b"cnumpy\nndarray\n.",
            b"ccollections\nOrderedDict\n((lI1\natR.",
            b"cdatetime\ndate\n(I1\nI2\nI3\nI4\ntR.",
            b"N)R.",
            b"c_codecs\nencode\nNR.",
            b"c_codecs\nencode\n)}(S'a'\nNu\x92.",
        ],
    )
    def test_calls_that_make_no_sense(self, data: bytes) -> None:
        with pytest.raises(FormatError):
            load(data)

    @pytest.mark.parametrize(
        ("shape", "dtype", "payload"),
        [
            ("(I3\nt", "i4", b"S'\\x00'\n"),
            ("(I-1\nt", "i4", b"S''\n"),
            ("(I4611686018427387904\nI4\nt", "i4", b"S''\n"),
            ("(I1\nt", "i3", b"S'abc'\n"),
            ("(I1\nt", "b1", b"S'\\x02'\n"),
            ("(I1\nt", "U1", b"S'\\xff\\xff\\xff\\x7f'\n"),
            ("(I1000000\nt", "S0", b"S''\n"),
        ],
    )
    def test_arrays_that_do_not_fit(self, shape: str, dtype: str, payload: bytes) -> None:
        make = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        kind = f"cnumpy\ndtype\n(S'{dtype}'\nI00\nI01\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb"
        data = make + b"(I1\n" + (shape + kind).encode() + b"I00\n" + payload + b"tb."
        with pytest.raises(FormatError):
            load(data)

    @pytest.mark.parametrize(
        "data",
        [
            b"]\x94h\x00a.",  # a list that holds itself
            b"}\x94K\x00h\x00s.",
            b"]\x94h\x00\x85a.",
            b"(" * 5000,
            b"(" * 500 + b"t" * 500 + b".",
            laughing(60) + b".",
            b"}" + laughing(40) + b"Ns.",  # as a key, which would be hashed
            b"\x8f(" + laughing(40) + b"\x90.",
            b"\x8b\xff\xff\xff\x7f.",
            b"\x8a\xff" * 3,
            b"I" + b"9" * 5000 + b"\n.",
            b"L" + b"9" * 2900 + b"L\n.",
            b"F1_0e\n.",
            b"\x80\x06N.",
            b"\xffN.",
            b"]N" + b"\x86" * 2 + b".",
            b"(N.",
            b"NN.",
            b".",
            b"h\x05.",
            b"p-1\n.",
            b"t.",
            b"N}NNs.",
            b"}(Nu.",
            b"NNa.",
            b"}]Ns.",
            b"N}b.",
            b"\x97.",
            b"]]\x90.",
            b"X\x02\x00\x00\x00\xff\xfe.",
            b"S'abc\n.",
            b"S'\\x'\n.",
            b"\x80\x04\x95\x01\x00\x00\x00\x00\x00\x00\x00K\x01K\x02\x86.",  # the frame ends inside K
            b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x95\x01\x00\x00\x00\x00\x00\x00\x00N.....",
            colliding_keys(),
        ],
    )
    def test_malformed(self, data: bytes) -> None:
        with pytest.raises(FormatError) as caught:
            load(data)
        assert not isinstance(caught.value, UnsafePickleError)

    @pytest.mark.parametrize(
        "data",
        [
            b"}(K\x01N\x88Nu.",  # 1 and True
            b"(K\x01NG?\xf0\x00\x00\x00\x00\x00\x00Nd.",  # and 1.0
            b"}K\x01NsK\x02NsK\x01Ns.",
            b"ccollections\nOrderedDict\n(((K\x01Nt(K\x01NtltR.",
        ],
    )
    def test_keys_that_are_there_twice(self, data: bytes) -> None:
        with pytest.raises(FormatError, match=r"the key (1|1\.0|True) of a dict is there twice"):
            load(data)
        reader = PickleReader(MemoryBytes(data), salvaging=True)
        assert reader.run()[1] is None

    def test_sharing_does_not_hide_depth(self) -> None:
        # four chains of 50 lists, each read on its own, the innermost of which is the chain before
        code = b"(]\x940"
        for slot in range(1, 200):
            code += b"]h" + bytes([slot - 1]) + b"a\x94" + (b"" if slot % 50 == 0 else b"0")
        with pytest.raises(FormatError, match="deep"):
            load(code + b"t.")

    @pytest.mark.parametrize("opcode", [b"B", b"X", b"T", b"\x8e", b"\x8d", b"\x96", b"\x95"])
    def test_lengths_beyond_the_file(self, opcode: bytes) -> None:
        length = b"\xff" * 4 if opcode in b"BXT" else b"\xff" * 7 + b"\x7f"
        tracemalloc.start()
        with pytest.raises(TruncatedFileError):
            load(opcode + length + b"abc.")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()

    def test_many_containers_in_a_small_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("jpkl._pickle.machine.MAX_DATA_BYTES", 2**24)
        with pytest.raises(FormatError, match="more than 16 MiB"):
            load(b"(" + b"\x8f" * 100_000 + b"t.")

    def test_arrays_that_share_their_bytes(self) -> None:
        dtype = b"cnumpy\ndtype\n(S'u1'\nI00\nI01\ntR\x94(I3\nS'|'\nNNNI-1\nI-1\nI0\ntb0"
        blob = b"B\x00\x00\x10\x00" + bytes(1 << 20) + b"\x940"
        array = b"cnumpy.core.multiarray\nscalar\n(h\x00h\x01tR0"
        with pytest.raises(FormatError):
            load(dtype + blob + array * 2000 + b"N.")

    @given(st.binary(max_size=60))
    def test_any_bytes(self, data: bytes) -> None:
        source = MemoryBytes(b"\x80\x04" + data)
        try:
            resolve(PickleReader(source).run(), source)
        except FormatError as error:
            str(error)

    @given(
        st.lists(
            st.sampled_from([bytes([i]) for i in b"()]}N0123.KMstuaelbRqrhj\x85\x86\x87\x8f\x90\x91\x94c"])
        )
    )
    def test_any_opcodes(self, opcodes: list[bytes]) -> None:
        source = MemoryBytes(b"K\x01\x94" + b"".join(opcodes) + b".")
        try:
            resolve(PickleReader(source).run(), source)
        except FormatError as error:
            str(error)


class TestWindow:
    @given(
        st.lists(
            st.tuples(st.sampled_from(["take", "skip", "byte", "line"]), st.integers(0, 9000)), max_size=40
        )
    )
    def test_agrees_with_a_file(self, steps: list[tuple[str, int]]) -> None:
        data = bytes(range(1, 251)) * 200
        window, file = Window(MemoryBytes(data)), io.BytesIO(data)
        for step, count in steps:
            if window.position + max(count, 300) > len(data):
                break
            if step == "take":
                assert window.take(count) == file.read(count)
            elif step == "byte":
                assert window.byte() == file.read(1)[0]
            elif step == "line":
                assert window.line(300) == file.readline()[:-1]
            else:
                assert window.skip(count) == file.tell()
                file.seek(count, io.SEEK_CUR)
            assert window.position == file.tell()
