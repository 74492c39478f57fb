// Files are opened, described and refused as in Python (golden vectors), and no wrong frame is given out.

import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";
import {deflateSync} from "node:zlib";
import {decodeExact} from "../../../viewer/jpkl_viewer/local/exact.js";
import {shownDecoder} from "../../../viewer/jpkl_viewer/local/exact_frames.js";
import {Stack} from "../../../viewer/jpkl_viewer/browser/state/stack.js";
import {fidelityProfiles} from "../../../viewer/jpkl_viewer/standalone/describe/fidelity.js";
import {firstSettings} from "../../../viewer/jpkl_viewer/standalone/describe/first_view.js";
import {distinctNames} from "../../../viewer/jpkl_viewer/standalone/describe/names.js";
import {sampledFrames, structure} from "../../../viewer/jpkl_viewer/standalone/describe/sample.js";
import {crc32, latin1} from "../../../viewer/jpkl_viewer/standalone/format/bytes.js";
import {checkFrame, codecOf} from "../../../viewer/jpkl_viewer/standalone/format/codec.js";
import {fidelityText, parseFidelity} from "../../../viewer/jpkl_viewer/standalone/format/fidelity.js";
import {parseLabels} from "../../../viewer/jpkl_viewer/standalone/format/labels.js";
import {Dict} from "../../../viewer/jpkl_viewer/standalone/format/values.js";
import {openWithTrailer} from "../../../viewer/jpkl_viewer/standalone/format/opening.js";
import {parseBlock} from "../../../viewer/jpkl_viewer/standalone/format/trailer.js";
import {LocalFile} from "../../../viewer/jpkl_viewer/standalone/sources/file.js";
import {sampledRange} from "../../../viewer/jpkl_viewer/standalone/sources/range.js";
import {LabelSource} from "../../../viewer/jpkl_viewer/standalone/sources/stored_labels.js";
import {bytes as fromHex, vectors} from "../vectors.js";
import {changedFiles, open, outcomeOf} from "./outcome.js";

const {golden, stacks, changed, coded, records, labeled, tables} = vectors("files");

/** @param {string} file as base64 */
const fromBase64 = (file) => Uint8Array.from(atob(file), (c) => c.charCodeAt(0));

/** @param {string} name */
function goldenFile(name) {
  return new Uint8Array(readFileSync(new URL(`../../data/${name}`, import.meta.url)));
}

test("golden files are what they are in Python", async () => {
  for (const {name, description, error} of golden) {
    if (error) assert.equal(await outcomeOf(goldenFile(name)), error, name);
    else assert.deepEqual((await open(goldenFile(name))).description(name), description);
  }
});

test("metadata are read as in Python, and so is the first view", async () => {
  const colormaps = Object.fromEntries(
    Object.entries(vectors("paint").colormaps).map(([name, hex]) => [name, fromHex(hex)]),
  );
  for (const {file, description, samples, settings} of stacks) {
    const opened = await open(fromBase64(file));
    const described = opened.description("golden");
    assert.deepEqual(described, description);
    const counted = samples.map((/** @type {any} */ {counts, first, structure: left}) => ({
      counts: counts.split(" ").map(Number),
      first: first.split(" ").map(Number),
      structure: left,
    }));
    const first = firstSettings(new Stack(described), opened.known, new Map(counted.entries()), colormaps);
    assert.deepEqual(first, settings);
  }
});

test("changed files are refused as in Python", async () => {
  for (const [name, outcomes] of Object.entries(changed)) {
    const found = [];
    for (const data of changedFiles(goldenFile(`${name}.jpkl`))) found.push(await outcomeOf(data));
    assert.equal(found.join(""), outcomes, name);
  }
});

test("a frame of which a bit was flipped is never given out", async () => {
  const data = goldenFile("saved_gray.jpkl");
  const trailer = await openWithTrailer(new LocalFile(new Blob([data]), "x"));
  assert.ok(trailer);
  const {offsets, lengths} = trailer.map;
  for (const at of [offsets[1], offsets[1] + lengths[1] - 1, offsets[1] - 6]) {
    const broken = data.slice();
    broken[at] ^= 4;
    const {frames} = await open(broken);
    await assert.rejects(frames.read(1), /checksum/);
    assert.equal((await frames.read(2)).length, lengths[2]);
  }
  assert.equal(crc32(latin1("123456789")), 0xcbf43926);
});

test("frames that are kept as text which is none are broken, as in Python, and the file is not", async () => {
  const data = goldenFile("dump_p2.jpkl");
  // The beginnings of JPEGs in UTF-8, and a letter further on, which is no byte afterwards.
  data.forEach((byte, at) => {
    const isJpeg = [0xc3, 0xbf, 0xc3, 0x98, 0xc3].every((each, i) => data[at + i] === each);
    if (isJpeg) data[data.indexOf(0xc3, at + 200)] = 0xc6;
  });
  assert.equal(await outcomeOf(data), "D");
});

test("a JPEG of another size or kind is not decoded", async () => {
  const {frames} = await open(goldenFile("saved_gray.jpkl"));
  frames.kind = {height: 16, width: 25, color: false};
  await assert.rejects(frames.read(0), /JPEG of 16 x 24 gray pixels, where the stack has 16 x 25 gray/);
  frames.kind = {height: 16, width: 24, color: true};
  await assert.rejects(frames.read(0), /RGB/);
});

for (const {file, dtype, description, values, shown: pixels, refused} of coded) {
  const {color, encoding} = description;
  test(`${color ? "RGB" : "gray"} frames of ${encoding} are what they are in Python`, async (t) => {
    // This is no browser, and decodes no pictures.
    Object.assign(globalThis, {createImageBitmap: async () => ({width: 1})});
    t.after(() => Object.assign(globalThis, {createImageBitmap: undefined}));
    if (encoding.startsWith("jpegxl, lossless uint16"))
      return assert.rejects(
        open(fromBase64(file)),
        /'jpegxl', which this browser does not decode.*jpkl export/,
      );
    const opened = await open(fromBase64(file));
    assert.deepEqual(opened.description("golden"), description);
    const data = await opened.frames.read(1);
    const found = [];
    for (const broken of changedFiles(data))
      try {
        checkFrame(opened.frames.codec, broken, opened.frames.kind ?? assert.fail());
        found.push(".");
      } catch {
        found.push("D");
      }
    assert.equal(found.join(""), refused);
    if (values === null) return;
    const exact = await decodeExact(data, description, dtype ?? "u1");
    assert.equal([...exact].join(" "), values);
    if (opened.dtype === null) return;
    const {data: found8} = await shownDecoder(new Stack(description), opened.dtype)(data, description, 1, 1);
    assert.equal(Buffer.from(found8).toString("hex"), pixels);
  });
}

test("records of fidelity are read as in Python", () => {
  for (const {data, text, profiles} of records) {
    const found = parseFidelity(/** @type {any} */ (fromHex(data)), 6);
    assert.equal(found && fidelityText(found, 6), text);
    assert.deepEqual(found && fidelityProfiles(found, [2, 3]), profiles);
  }
});

test("label images are what they are in Python", async () => {
  const opened = await open(fromBase64(labeled.file));
  const {labels} = opened;
  assert.deepEqual(opened.description("golden"), labeled.description);
  for (const [name, frames] of Object.entries(labeled.frames))
    for (const [number, payload] of /** @type {string[]} */ (frames).entries())
      assert.equal(Buffer.from(await labels.read(name, number)).toString("hex"), payload);
  await assert.rejects(labels.read("cells", labeled.frames.cells.length), /no frame/);
  await assert.rejects(labels.read("others", 0), /there are no labels others/);
});

test("tables of label images are refused as in Python", () => {
  for (const {data, labels} of tables) {
    const found = parseLabels(fromBase64(data), {sizes: [5, 3], frameShape: [16, 24]}, [1000, 100]);
    const plain = found.map(({offsets, lengths, checksums, ...head}) => ({
      ...head,
      offsets: [...offsets],
      lengths: [...lengths],
      checksums: [...checksums],
    }));
    assert.deepEqual(plain, labels);
  }
});

test("a file with labels opens without reading these, and a flipped bit of one is noticed when it is read", async () => {
  const data = fromBase64(labeled.file);
  const {labels} = await open(data);
  const {start, offsets, lengths} = labels.labels[0];
  const broken = data.slice();
  broken[start + offsets[0] + lengths[0] - 1] ^= 1;
  const opened = await open(broken);
  assert.deepEqual(opened.description("golden"), labeled.description);
  await assert.rejects(opened.labels.read("cells", 0), /checksum/);
  await opened.labels.read("mask μ", 0);
  // Without its last section, the trailer is read as a whole; with one that lies, too.
  for (const at of [data.length - 32 - 1, data.length - 32 - 24])
    assert.equal(await outcomeOf(data.with(at, data[at] ^ 1)), ".");
});

/** A group of two frames of 1 x 2 pixels as it may be in a file. @param {Buffer} bytes */
function groupOf(bytes) {
  const file = new LocalFile(new Blob([new Uint8Array(bytes)]), "x");
  const labels = {
    name: "a",
    dtype: "uint8",
    sizes: [2],
    group: 2,
    start: 0,
    offsets: Float64Array.of(0),
    lengths: Uint32Array.of(bytes.length),
    checksums: Uint32Array.of(crc32(bytes)),
  };
  return new LabelSource(file, [labels], {width: 2, height: 1});
}

test("a group that is none, or would become huge, is refused", async () => {
  const frames = Buffer.from([2, 0, 0, 0, 1, 0, 0, 0, 7, 8, 9]);
  const whole = deflateSync(frames);
  assert.deepEqual(await groupOf(whole).read("a", 1), Uint8Array.of(9));
  for (const bytes of [
    whole.subarray(0, -1),
    Buffer.concat([whole, Buffer.of(0)]),
    Buffer.from("no zlib"),
    Buffer.of(),
    deflateSync(frames.subarray(0, -1)),
    deflateSync(frames.subarray(0, 6)),
    deflateSync(Buffer.concat([frames, Buffer.of(1)])),
    deflateSync(Buffer.concat([Buffer.of(255, 255, 255, 255, 12, 0, 0, 0), frames.subarray(8)])),
    deflateSync(Buffer.alloc(2 ** 24)),
  ])
    await assert.rejects(groupOf(bytes).read("a", 0), /broken labels/);
});

test("a codec that no browser decodes is named, with what to do", () => {
  const none = new Dict();
  assert.throws(() => codecOf("htj2k", none), /'htj2k', which this browser does not decode.*jpkl encode/);
  assert.throws(() => codecOf("custom:Cells", none), /use Cells\.load/);
  const dtype = new Dict();
  dtype.set("dtype", "<f4");
  assert.throws(() => codecOf("png", dtype), /dtype/);
});

test("the range of values that the file does not say is that of a sample", async () => {
  const read = async (/** @type {number} */ number) => Uint16Array.of(number, 100 + number);
  assert.deepEqual(await sampledRange([12, 2], 1, read, [0, 1]), {
    shape: [1, 2, 2],
    values: Float64Array.of(0, 122, 1, 123),
  });
  const fails = async () => Promise.reject(new Error("broken"));
  assert.deepEqual((await sampledRange([3], null, fails, [0, 65535])).values, Float64Array.of(0, 65535));
});

test("the sample is of the frames that Python takes", () => {
  const stack = new Stack({
    ...golden.find((/** @type {any} */ {name}) => name === "saved_gray.jpkl").description,
    dims: [
      {name: "z", size: 5, coords: null, unit: ""},
      {name: "channel", size: 2, coords: null, unit: ""},
    ],
    channelDim: 1,
    channels: [
      {name: "a", color: "#ffffff"},
      {name: "b", color: "#ffffff"},
    ],
  });
  assert.deepEqual(sampledFrames(stack, true), [[4], [5]]);
  assert.deepEqual(sampledFrames(stack, false), [
    [4, 0, 2, 6, 8],
    [5, 1, 3, 7, 9],
  ]);
});

test("what images were is known without the index, unless that is damaged as well", async () => {
  const described = async (/** @type {Uint8Array<ArrayBuffer>} */ data) => {
    const {ranges, isInteger} = (await open(data)).description("golden");
    return {ranges, isInteger};
  };
  const {file, description} = stacks[0];
  const data = fromBase64(file);
  const end = Number(new DataView(data.buffer).getBigUint64(data.length - 32, true));
  const cut = data.slice(0, end);
  assert.deepEqual(await described(cut), {ranges: description.ranges, isInteger: true});
  cut[44] ^= 1;
  assert.deepEqual(await described(cut), {ranges: null, isInteger: false});
});

test("offsets beyond any file are the index's fault, before the fields are read", () => {
  const block = new Uint8Array(32 + 16 + 4);
  block.set(latin1("JPix"));
  block[12] = 1; // frame
  const largest = 32 + 7; // byte of its offset
  assert.deepEqual([...parseBlock(block, 0).offsets], [0]);
  block[largest] = 0x40;
  assert.throws(() => parseBlock(block, 0), {name: "TrailerError", message: /beyond any file/});
});

test("structure is what is left in means of neighbors", () => {
  const pixels = Uint8Array.from({length: 64}, (_, i) => (i % 8 < 4 ? 0 : 200));
  assert.equal(structure({pixels, width: 8, height: 8}), 1);
  assert.equal(structure({pixels: pixels.map((_, i) => (i % 2) * 200), width: 8, height: 8}), 0);
});

test("names tell stacks apart", () => {
  assert.deepEqual(
    distinctNames(["/lab/a/cells.jpkl", "/lab/b/cells.jpkl", "/lab/raw.jpkl", "/lab/raw.jpkl"]),
    ["a/cells.jpkl", "b/cells.jpkl", "raw.jpkl", "raw.jpkl (2)"],
  );
});
