/* Baseline JPEG (ITU-T T.81, SOF0) of 8-bit gray, or of YCbCr 4:4:4, to the pixels that a screen needs: cut, scaled down,
 * one byte a pixel. For WebAssembly: `python -m tests.tools.wasm` makes `decoder.json` of it.
 *
 * The pixels are those of libjpeg by its accurate integer transform, also at a half, a quarter and an eighth of the size.
 * Only blocks inside the crop are transformed. What remains to be scaled, by less than 2, is bilinear.
 *
 * The bytes may be anything: nothing is read behind their end, and whatever this does not decode, a browser is to. Which of
 * it is damaged, `check` knows, of baseline JPEG of any sampling: browsers show that, too.
 */

#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define INLINE static inline __attribute__((always_inline))
#define copy_bytes __builtin_memcpy
#define fill_bytes __builtin_memset

enum {
    MAX_COMPONENTS = 3,
    LOOKED_UP = 10,          /* bits of a code, and of the value behind it, that are looked up at once */
    END_OF_BLOCK = 64,       /* passes by all coefficients that are left */
    NOT_ALLOWED = 128,
    RUN_OF_16 = 0xF0,
    MOST_SIDE = 65535,       /* of what is decoded, and of the result */
    MOST_NBYTES = 1 << 26,   /* of one plane: memory that is taken is not given back */
    SAFE_SUM = 5800,         /* of the coefficients of a block: less fits into 16 bits at all steps */
    MOST_MEAN = 4091,        /* of a block, times 8: at an eighth of the size, more begins again with black */
    MOST_COEFFICIENT = 8191, /* and 16383 between columns and rows: pixels have far less */
    PAGE = 65536,
};

enum { OK = 0, NO_MEMORY = 1, NOT_DECODED = 2, DAMAGED = 3 };

/* Row-major index of each coefficient in the order in which it is written. */
static const uint8_t ZIGZAG[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

/* What a code, and perhaps the value behind it, come to. */
typedef struct {
    int16_t value;   /* or how many bits it has, if `follows` */
    uint8_t n_bits;  /* that they take; 0 for codes that are longer than what is looked up, or not allowed */
    uint8_t passed : 7, follows : 1;
} entry_t;

typedef struct {
    entry_t entries[1 << LOOKED_UP];
    int32_t ends[17];    /* of each length of codes, the first code that is longer, as 16 bits */
    int32_t offsets[17]; /* from codes of each length to places among the symbols */
    uint8_t symbols[256];
    int is_given;
} huffman_t;

typedef struct {
    uint8_t id;
    uint8_t table;
    uint8_t across, down; /* blocks of a unit in which all components come */
    int32_t steps[64];
    const huffman_t *dc, *ac;
    int32_t before; /* the last DC coefficient */
    uint8_t *plane; /* what has been decoded of it */
} component_t;

typedef struct {
    int32_t x, y, width, height;
} rect_t;

static struct {
    int32_t width, height, n_components, interval;
    int is_plain; /* whether there is nothing in the headers that is left to browsers */
    component_t components[MAX_COMPONENTS];
    int32_t steps[4][64]; /* in the order in which they are written */
    uint8_t has_steps[4];
    huffman_t huffman[2][4]; /* DC and AC */
} jpeg;

/* -- bytes ------------------------------------------------------------------------------------------------ */

typedef struct {
    const uint8_t *at, *end;
    uint64_t bits; /* that come next, from the highest down */
    int32_t n_bits;
    int32_t n_missing; /* bytes that were taken for 0 behind the end, or behind a marker */
} input_t;

static input_t input;

INLINE int32_t word(const uint8_t *at) { return at[0] << 8 | at[1]; }

/* Take bytes one by one: among the next there is 0xFF, or the end. */
static void take_bytes(void)
{
    while (input.n_bits <= 56) {
        uint64_t byte = 0;
        if (input.at >= input.end || (*input.at == 0xFF && (input.at + 1 >= input.end || input.at[1] != 0)))
            input.n_missing++;
        else {
            byte = *input.at;
            input.at += byte == 0xFF ? 2 : 1;
        }
        input.bits |= byte << (56 - input.n_bits);
        input.n_bits += 8;
    }
}

/* See to it that there are 32 bits: as many as a code and its value have at most. Works on a copy of the input, which
 * the compiler keeps in registers. */
INLINE input_t refilled(input_t in)
{
    uint32_t four = 0;
    if (in.n_bits >= 32)
        return in;
    if (in.end - in.at >= 4) {
        copy_bytes(&four, in.at, 4);
        four = __builtin_bswap32(four);
        if (!((four & ~(four + 0x01010101u)) & 0x80808080u)) { /* none of them is 0xFF */
            in.bits |= (uint64_t)four << (32 - in.n_bits);
            in.n_bits += 32;
            in.at += 4;
            return in;
        }
    }
    input = in;
    take_bytes();
    return input;
}

/* -- Huffman tables --------------------------------------------------------------------------------------- */

/* A value of so many bits: those that begin with 0 are negative. */
INLINE int32_t extended(uint32_t bits, int n) { return bits >> (n - 1) ? (int32_t)bits : (int32_t)bits - (1 << n) + 1; }

static entry_t entry_of(int symbol, int n_bits, int is_ac)
{
    entry_t entry = {0, (uint8_t)n_bits, 0, 0};
    int size = symbol & 15;
    entry.value = (int16_t)size;
    entry.follows = size > 0;
    if (size)
        entry.passed = symbol >> 4 & 15;
    else if (is_ac)
        entry.passed = symbol == RUN_OF_16 ? 15 : END_OF_BLOCK;
    return entry;
}

static void fill_entries(huffman_t *table, int code, int length, int symbol, int is_ac)
{
    entry_t entry = entry_of(symbol, length, is_ac);
    int size = symbol & 15, rest = LOOKED_UP - length;
    for (int i = 0; i < 1 << rest; i++) {
        entry_t *at = &table->entries[code << rest | i];
        *at = entry;
        if (size && size <= rest) {
            at->value = (int16_t)extended((uint32_t)i >> (rest - size), size);
            at->n_bits = (uint8_t)(length + size);
            at->follows = 0;
        }
    }
}

static int make_huffman(huffman_t *table, const uint8_t *counts, int is_ac)
{
    int code = 0, k = 0;
    fill_bytes(table->entries, 0, sizeof table->entries);
    for (int length = 1; length <= 16; length++, code <<= 1) {
        table->offsets[length] = k - code;
        if (code + counts[length - 1] >= 1 << length) /* no code is all ones */
            return DAMAGED;
        for (int i = 0; i < counts[length - 1]; i++, k++, code++) {
            if (!is_ac && table->symbols[k] > 15)
                return DAMAGED;
            if (length <= LOOKED_UP)
                fill_entries(table, code, length, table->symbols[k], is_ac);
        }
        table->ends[length] = code << (16 - length);
    }
    table->is_given = 1;
    return OK;
}

/* The entry of a longer code. */
static entry_t long_entry(const huffman_t *table, int32_t next, int is_ac)
{
    entry_t none = {0, 0, 0, 0};
    for (int length = LOOKED_UP + 1; length <= 16; length++)
        if (next < table->ends[length])
            return entry_of(table->symbols[((next >> (16 - length)) + table->offsets[length]) & 255], length, is_ac);
    return none;
}

/* -- headers ---------------------------------------------------------------------------------------------- */

static int read_steps(const uint8_t *at, const uint8_t *end)
{
    for (; at < end; at += 65) {
        if (*at >> 4 == 1)
            return NOT_DECODED; /* steps of 16 bits */
        if (end - at < 65 || *at > 3)
            return DAMAGED;
        for (int k = 0; k < 64; k++) {
            jpeg.is_plain &= at[1 + k] > 0;
            jpeg.steps[*at][k] = at[1 + k];
        }
        jpeg.has_steps[*at] = 1;
    }
    return OK;
}

static int read_huffman(const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        int n = 0, is_ac = *at >> 4, id = *at & 15;
        if (end - at < 17 || is_ac > 1 || id > 3)
            return DAMAGED;
        for (int i = 0; i < 16; i++)
            n += at[1 + i];
        if (n > 256 || end - at < 17 + n)
            return DAMAGED;
        copy_bytes(jpeg.huffman[is_ac][id].symbols, at + 17, (uint32_t)n);
        if (make_huffman(&jpeg.huffman[is_ac][id], at + 1, is_ac))
            return DAMAGED;
        at += 17 + n;
    }
    return OK;
}

static int read_frame(const uint8_t *at, const uint8_t *end)
{
    if (end - at < 6 || at[0] != 8 || jpeg.n_components)
        return NOT_DECODED;
    jpeg.height = word(at + 1);
    jpeg.width = word(at + 3);
    jpeg.n_components = at[5];
    if (end - at != 6 + 3 * at[5])
        return DAMAGED;
    if (at[5] != 1 && at[5] != 3)
        return NOT_DECODED;
    for (int i = 0; i < jpeg.n_components; i++) {
        const uint8_t *part = at + 6 + 3 * i;
        component_t *component = &jpeg.components[i];
        component->id = part[0];
        component->across = part[1] >> 4, component->down = part[1] & 15;
        component->table = part[2];
        if (!component->across || component->across > 4 || !component->down || component->down > 4 || part[2] > 3)
            return DAMAGED;
        /* Other names may mean other colors. */
        if (part[1] != 0x11 || (jpeg.n_components > 1 && part[0] != i + 1))
            jpeg.is_plain = 0;
    }
    return OK;
}

static int read_scan(const uint8_t *at, const uint8_t *end)
{
    if (end == at || end - at != 4 + 2 * at[0])
        return DAMAGED;
    if (!jpeg.n_components || at[0] != jpeg.n_components)
        return NOT_DECODED;
    for (int i = 0; i < jpeg.n_components; i++) {
        component_t *component = &jpeg.components[i];
        const uint8_t *part = at + 1 + 2 * i;
        if (part[0] != component->id || (part[1] >> 4) > 3 || (part[1] & 15) > 3 || !jpeg.has_steps[component->table])
            return DAMAGED;
        component->dc = &jpeg.huffman[0][part[1] >> 4];
        component->ac = &jpeg.huffman[1][part[1] & 15];
        copy_bytes(component->steps, jpeg.steps[component->table], sizeof component->steps);
        if (!component->dc->is_given || !component->ac->is_given)
            return DAMAGED;
    }
    const uint8_t *coefficients = at + 1 + 2 * jpeg.n_components; /* all of them, in one go */
    return coefficients[0] == 0 && coefficients[1] == 63 && coefficients[2] == 0 ? OK : DAMAGED;
}

/* What may change colors, or the way up, is left to browsers: Exif, profiles, Adobe's transforms. */
static int is_plain(int marker) { return marker == 0xE0 || marker == 0xFE || (marker >= 0xE3 && marker <= 0xED); }

/* Markers of other kinds of JPEG. */
static int is_other_kind(int marker) { return (marker & 0xF0) == 0xC0 && marker != 0xCC; }

/* Markers without a length, of which there are some among the pixels. */
static int is_bare(int marker) { return marker == 0x01 || (marker & 0xF8) == 0xD0; }

/* Markers of what libjpeg passes by: notes, and the number of rows. */
static int is_note(int marker) { return (marker >= 0xE0 && marker <= 0xEF) || marker == 0xFE || marker == 0xDC; }

/* The first of the two numbers of the version of JFIF, of which there is no other. */
static int read_jfif(const uint8_t *at, const uint8_t *end)
{
    int is_jfif = end - at >= 14 && word(at) == ('J' << 8 | 'F') && word(at + 2) == ('I' << 8 | 'F') && !at[4];
    return is_jfif && at[5] != 1 ? DAMAGED : OK;
}

/* Read all markers before the pixels. */
static int read_headers(const uint8_t *at, const uint8_t *end)
{
    fill_bytes(&jpeg, 0, sizeof jpeg);
    jpeg.is_plain = 1;
    if (end - at < 4 || word(at) != 0xFFD8)
        return NOT_DECODED;
    for (at += 2; end - at >= 4;) {
        if (at[0] == 0xFF && at[1] == 0xFF) {
            at++; /* filling, of which there may be any number */
            continue;
        }
        if (at[0] == 0xFF && is_bare(at[1])) {
            at += 2;
            continue;
        }
        int marker = at[1], length = word(at + 2), failed = OK;
        const uint8_t *from = at + 4, *to = at + 2 + length;
        if (at[0] != 0xFF || length < 2 || end - at < 2 + length)
            return NOT_DECODED;
        switch (marker) {
        case 0xDB: failed = read_steps(from, to); break;
        case 0xC4: failed = read_huffman(from, to); break;
        case 0xC1: jpeg.is_plain = 0; /* fall through */
        case 0xC0: failed = read_frame(from, to); break;
        case 0xE0: failed = read_jfif(from, to); break;
        case 0xDD:
            if (length != 4)
                return DAMAGED;
            jpeg.interval = word(from);
            break;
        case 0xDA:
            input.at = to;
            input.end = end;
            return read_scan(from, to);
        default:
            if (!is_note(marker))
                return is_other_kind(marker) ? NOT_DECODED : DAMAGED;
            jpeg.is_plain &= is_plain(marker);
        }
        if (failed)
            return failed;
        at = to;
    }
    return NOT_DECODED;
}

/* -- blocks ----------------------------------------------------------------------------------------------- */

/* Coefficients, row by row. */
typedef union {
    int16_t each[64];
    v128_t rows[8];
} block_t;

INLINE void clear(block_t *block)
{
    for (int y = 0; y < 8; y++)
        block->rows[y] = wasm_i16x8_splat(0);
}

/* -- transform -------------------------------------------------------------------------------------------- */

/* Cosines times 2^13, and 2 bits more than pixels have between columns and rows: integers, and rounding at these two
 * places, are what libjpeg's results follow from. Its products are summed up two by two here, which changes no sum. */
typedef int16_t cosines_t[8];

#define TWO(a, b) {a, b, a, b, a, b, a, b}
static const cosines_t EVENS_8[4] = {TWO(8192, 8192), TWO(8192, -8192), TWO(10703, 4433), TWO(4433, -10704)};
static const cosines_t ODDS_8[8] = {TWO(11363, 9633), TWO(6437, 2260),   TWO(9633, -2259),  TWO(-11362, -6436),
                                    TWO(6437, -11362), TWO(2261, 9633), TWO(2260, -6436),  TWO(9633, -11363)};
static const cosines_t EVENS_4 = TWO(15137, -6270);
static const cosines_t ODDS_4[4] = {TWO(20995, 7373), TWO(-4926, -4176), TWO(8697, -17799), TWO(11893, -1730)};
static const cosines_t ODDS_2[2] = {TWO(29692, -10426), TWO(6967, -5906)};

typedef struct {
    v128_t low, high;
} pair_t; /* of numbers of 16 bits one behind the other, or of sums of 32 bits */

INLINE pair_t paired(v128_t a, v128_t b)
{
    return (pair_t){wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11),
                    wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)};
}

INLINE pair_t times(pair_t pair, const cosines_t *cosines)
{
    v128_t by = wasm_v128_load(cosines);
    return (pair_t){wasm_i32x4_dot_i16x8(pair.low, by), wasm_i32x4_dot_i16x8(pair.high, by)};
}

INLINE pair_t plus(pair_t a, pair_t b) { return (pair_t){wasm_i32x4_add(a.low, b.low), wasm_i32x4_add(a.high, b.high)}; }
INLINE pair_t less(pair_t a, pair_t b) { return (pair_t){wasm_i32x4_sub(a.low, b.low), wasm_i32x4_sub(a.high, b.high)}; }

INLINE pair_t shifted(v128_t numbers, int bits)
{
    return (pair_t){wasm_i32x4_shl(wasm_i32x4_extend_low_i16x8(numbers), bits),
                    wasm_i32x4_shl(wasm_i32x4_extend_high_i16x8(numbers), bits)};
}

INLINE v128_t rounded(pair_t sums, int shift)
{
    return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(sums.low, shift), wasm_i32x4_shr(sums.high, shift));
}

INLINE void transform_8(v128_t *c, int32_t bias, int shift)
{
    pair_t zero_four = paired(c[0], c[4]), two_six = paired(c[2], c[6]);
    pair_t one_three = paired(c[1], c[3]), five_seven = paired(c[5], c[7]);
    pair_t more = {wasm_i32x4_splat(bias), wasm_i32x4_splat(bias)};
    pair_t e0 = plus(times(zero_four, &EVENS_8[0]), more), e1 = plus(times(zero_four, &EVENS_8[1]), more);
    pair_t e3 = times(two_six, &EVENS_8[2]), e2 = times(two_six, &EVENS_8[3]);
    pair_t s0 = plus(e0, e3), s3 = less(e0, e3), s1 = plus(e1, e2), s2 = less(e1, e2);
    pair_t o3 = plus(times(one_three, &ODDS_8[0]), times(five_seven, &ODDS_8[1]));
    pair_t o2 = plus(times(one_three, &ODDS_8[2]), times(five_seven, &ODDS_8[3]));
    pair_t o1 = plus(times(one_three, &ODDS_8[4]), times(five_seven, &ODDS_8[5]));
    pair_t o0 = plus(times(one_three, &ODDS_8[6]), times(five_seven, &ODDS_8[7]));
    c[0] = rounded(plus(s0, o3), shift), c[7] = rounded(less(s0, o3), shift);
    c[1] = rounded(plus(s1, o2), shift), c[6] = rounded(less(s1, o2), shift);
    c[2] = rounded(plus(s2, o1), shift), c[5] = rounded(less(s2, o1), shift);
    c[3] = rounded(plus(s3, o0), shift), c[4] = rounded(less(s3, o0), shift);
}

/* Means of two pixels: the cosines of neighbors averaged. */
INLINE void transform_4(v128_t *c, int32_t bias, int shift)
{
    pair_t one_three = paired(c[1], c[3]), five_seven = paired(c[5], c[7]);
    pair_t more = {wasm_i32x4_splat(bias), wasm_i32x4_splat(bias)};
    pair_t e0 = plus(shifted(c[0], 14), more), e2 = times(paired(c[2], c[6]), &EVENS_4);
    pair_t outer = plus(times(one_three, &ODDS_4[0]), times(five_seven, &ODDS_4[1]));
    pair_t inner = plus(times(one_three, &ODDS_4[2]), times(five_seven, &ODDS_4[3]));
    pair_t s0 = plus(e0, e2), s1 = less(e0, e2);
    c[0] = rounded(plus(s0, outer), shift), c[3] = rounded(less(s0, outer), shift);
    c[1] = rounded(plus(s1, inner), shift), c[2] = rounded(less(s1, inner), shift);
    c[4] = c[5] = c[6] = c[7] = wasm_i16x8_splat(0);
}

/* Means of four pixels. */
INLINE void transform_2(v128_t *c, int32_t bias, int shift)
{
    pair_t more = {wasm_i32x4_splat(bias), wasm_i32x4_splat(bias)};
    pair_t e = plus(shifted(c[0], 15), more);
    pair_t o = plus(times(paired(c[1], c[3]), &ODDS_2[0]), times(paired(c[5], c[7]), &ODDS_2[1]));
    c[0] = rounded(plus(e, o), shift), c[1] = rounded(less(e, o), shift);
    for (int i = 2; i < 8; i++)
        c[i] = wasm_i16x8_splat(0);
}

INLINE void transpose(v128_t *c)
{
    v128_t pairs[8], quads[8];
#define LOWER(a, b) wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define UPPER(a, b) wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
    for (int i = 0; i < 4; i++)
        pairs[2 * i] = LOWER(c[i], c[4 + i]), pairs[2 * i + 1] = UPPER(c[i], c[4 + i]);
    for (int i = 0; i < 4; i++)
        quads[2 * i] = LOWER(pairs[i], pairs[4 + i]), quads[2 * i + 1] = UPPER(pairs[i], pairs[4 + i]);
    for (int i = 0; i < 4; i++)
        c[2 * i] = LOWER(quads[i], quads[4 + i]), c[2 * i + 1] = UPPER(quads[i], quads[4 + i]);
}

/* Pixels of one block, `side` times `side`: 8, 4 or 2. */
INLINE void transform(const block_t *block, int side, uint8_t *out, int stride)
{
    block_t made = *block;
    v128_t *c = made.rows;
    const int32_t middle = 128; /* that is taken away before encoding */
    if (side == 8) {
        transform_8(c, 1 << 10, 11), transpose(c);
        transform_8(c, (middle << 18) + (1 << 17), 18), transpose(c);
    } else if (side == 4) {
        transform_4(c, 1 << 11, 12), transpose(c);
        transform_4(c, (middle << 19) + (1 << 18), 19), transpose(c);
    } else {
        transform_2(c, 1 << 12, 13), transpose(c);
        transform_2(c, (middle << 20) + (1 << 19), 20), transpose(c);
    }
    for (int y = 0; y < side; y++, out += stride) {
        v128_t bytes = wasm_u8x16_narrow_i16x8(c[y], c[y]);
        copy_bytes(out, &bytes, (uint32_t)side);
    }
}

/* A block of one value. */
INLINE void fill_block(int32_t dc, int side, uint8_t *out, int stride)
{
    int32_t value = ((dc + 4) >> 3) + 128;
    v128_t bytes = wasm_i8x16_splat((int8_t)(value < 0 ? 0 : value > 255 ? 255 : value));
    for (int y = 0; y < side; y++, out += stride)
        copy_bytes(out, &bytes, (uint32_t)side);
}

/* -- reading of blocks ------------------------------------------------------------------------------------- */

/* Whether a block of coefficients of at most MOST_COEFFICIENT fits into 16 bits at all steps: of others, which damaged
 * bytes have, the transforms of libjpeg for several processors make several pictures. */
static int is_usual(const block_t *block)
{
    block_t made = *block;
    transform_8(made.rows, 1 << 10, 11);
    for (int i = 0; i < 64; i++)
        if ((made.each[i] ^ made.each[i] >> 15) >> 1 > MOST_COEFFICIENT)
            return 0;
    return 1;
}

/* A value, and how many coefficients are 0 before it. */
typedef struct {
    int32_t value, passed;
} coded_t;

INLINE coded_t next_value(input_t *in, const huffman_t *table, int is_ac)
{
    *in = refilled(*in);
    entry_t entry = table->entries[in->bits >> (64 - LOOKED_UP)];
    if (__builtin_expect(!entry.n_bits, 0)) {
        entry = long_entry(table, (int32_t)(in->bits >> 48), is_ac);
        if (!entry.n_bits)
            return (coded_t){0, NOT_ALLOWED};
    }
    int32_t value = entry.value, n_bits = entry.n_bits;
    if (entry.follows) {
        n_bits += value;
        value = extended((uint32_t)(in->bits << entry.n_bits >> (64 - value)), value);
    }
    in->bits <<= n_bits;
    in->n_bits -= n_bits;
    return (coded_t){value, entry.passed};
}

/* Read the coefficients of a block; returns which is the last, or -1 for what is not allowed. */
INLINE int read_block(input_t *in, component_t *component, block_t *block)
{
    coded_t coded = next_value(in, component->dc, 0);
    if (coded.passed)
        return -1;
    component->before += coded.value;
    int32_t value = component->before * component->steps[0], sum = value ^ value >> 31, bits = sum, last = 0;
    const huffman_t *ac = component->ac;
    if (value > MOST_MEAN || value < -MOST_MEAN)
        return -1;
    block->each[0] = (int16_t)value;
    for (int k = 1; k < 64; k++) {
        coded = next_value(in, ac, 1);
        k += coded.passed;
        if (k > 63) {
            if (coded.value || coded.passed == NOT_ALLOWED)
                return -1;
            break;
        }
        value = coded.value * component->steps[k];
        block->each[ZIGZAG[k]] = (int16_t)value;
        value ^= value >> 31;
        bits |= value;
        sum += value;
        last = k;
    }
    return sum > SAFE_SUM && (bits > MOST_COEFFICIENT || !is_usual(block)) ? -1 : last;
}

/* -- scan ------------------------------------------------------------------------------------------------- */

/* Whether more bits were used than there were. */
INLINE int is_short(const input_t *in) { return 8 * in->n_missing > in->n_bits; }

/* Whether a marker comes next, and all bits before it were used but for those that fill a byte: others are left where
 * damaged bytes were taken for fewer blocks. */
INLINE int is_before(const input_t *in, int marker)
{
    return !is_short(in) && in->n_bits - 8 * in->n_missing < 8 && in->end - in->at >= 2 && in->at[0] == 0xFF &&
           in->at[1] == marker;
}

/* Go to the next interval, behind its marker. */
INLINE int restart(input_t *in, int number)
{
    if (!is_before(in, 0xD0 | (number & 7)))
        return NOT_DECODED;
    in->at += 2;
    in->bits = 0;
    in->n_bits = in->n_missing = 0;
    for (int i = 0; i < jpeg.n_components; i++)
        jpeg.components[i].before = 0;
    return OK;
}

/* Decode all blocks, and keep the pixels of those in a rectangle of blocks. */
INLINE int decode_scan(rect_t kept, int side)
{
    int across = (jpeg.width + 7) / 8, down = (jpeg.height + 7) / 8, stride = kept.width * side;
    int left = jpeg.interval, n_intervals = 0;
    input_t in = input;
    block_t block;
    clear(&block);
    for (int row = 0; row < down && row < kept.y + kept.height; row++) {
        if (is_short(&in))
            return NOT_DECODED;
        for (int column = 0; column < across; column++, left--) {
            if (jpeg.interval && left == 0) {
                if (restart(&in, n_intervals++))
                    return NOT_DECODED;
                left = jpeg.interval;
            }
            int x = column - kept.x, y = row - kept.y;
            for (int i = 0; i < jpeg.n_components; i++) {
                component_t *component = &jpeg.components[i];
                int last = read_block(&in, component, &block);
                if (last < 0)
                    return NOT_DECODED;
                uint8_t *out = component->plane + y * side * stride + x * side;
                if (x >= 0 && x < kept.width && y >= 0) {
                    if (last && side > 1)
                        transform(&block, side, out, stride);
                    else
                        fill_block(block.each[0], side, out, stride);
                }
                if (last)
                    clear(&block);
            }
        }
    }
    if (kept.y + kept.height < down)
        return is_short(&in) ? NOT_DECODED : OK;
    return is_before(&in, 0xD9) && in.at == in.end - 2 ? OK : NOT_DECODED;
}

/* Skip the bytes that may be before any marker. */
INLINE void skip_filling(input_t *in)
{
    while (in->end - in->at >= 2 && in->at[0] == 0xFF && in->at[1] == 0xFF)
        in->at++;
}

/* Read all coefficients, of any sampling, and see whether they are some that an encoder may write, no more, no less. */
static int check_scan(void)
{
    int across = 8, down = 8, left = jpeg.interval, n_intervals = 0, n = jpeg.n_components;
    input_t in = input;
    block_t block;
    clear(&block);
    in.bits = 0;
    in.n_bits = in.n_missing = 0;
    for (int i = 0; i < n; i++) {
        component_t *component = &jpeg.components[i];
        if (n == 1)
            component->across = component->down = 1;
        across = across < 8 * component->across ? 8 * component->across : across;
        down = down < 8 * component->down ? 8 * component->down : down;
    }
    for (int y = 0; y < jpeg.height; y += down) {
        if (is_short(&in))
            return DAMAGED;
        for (int x = 0; x < jpeg.width; x += across, left--) {
            if (jpeg.interval && left == 0) {
                skip_filling(&in);
                if (restart(&in, n_intervals++))
                    return DAMAGED;
                left = jpeg.interval;
            }
            for (int i = 0; i < n; i++) {
                component_t *component = &jpeg.components[i];
                for (int k = component->across * component->down; k > 0; k--) {
                    int last = read_block(&in, component, &block);
                    if (last < 0)
                        return DAMAGED;
                    if (last)
                        clear(&block);
                }
            }
        }
    }
    skip_filling(&in);
    if (in.end - in.at < 2 || !is_before(&in, in.at[1]))
        return DAMAGED;
    while (in.end - in.at >= 4 && in.at[0] == 0xFF && is_note(in.at[1])) {
        if (in.end - in.at < 2 + word(in.at + 2))
            return DAMAGED;
        in.at += 2 + word(in.at + 2);
        skip_filling(&in);
    }
    return in.end - in.at >= 2 && word(in.at) == 0xFFD9 ? OK : DAMAGED;
}

static int decode_at(rect_t kept, int side)
{
    input.bits = 0;
    input.n_bits = input.n_missing = 0;
    switch (side) { /* compiled once for each */
    case 8: return decode_scan(kept, 8);
    case 4: return decode_scan(kept, 4);
    case 2: return decode_scan(kept, 2);
    default: return decode_scan(kept, 1);
    }
}

/* -- to the screen's pixels ------------------------------------------------------------------------------- */

enum {
    WHOLE = 256,
    MIDDLE = 1 << 15, /* taken away from sums of 16 bits, for products that have a sign */
    SLACK = 128,      /* bytes behind what is written, for the rest of vectors */
};

/* Four pixels of a row of the result. They come from two neighbors each of eight, as no more than half is left. */
typedef struct {
    uint8_t from[16];     /* bytes of these neighbors among those of the eight */
    uint16_t parts[4][2]; /* 256ths of both */
    int32_t first;        /* of the eight */
} four_t;

static four_t fours[MOST_SIDE / 4 + 1];
static int16_t blended[MOST_SIDE + 16]; /* two rows blended, times 256, less the middle */
static uint8_t scaled[MAX_COMPONENTS][MOST_SIDE + 16];

typedef struct {
    int32_t first, second, part; /* 256ths of the second */
} place_t;

/* The place of pixel `i` of `n` that show `length` pixels from `start` on. */
INLINE place_t place(double start, double length, int i, int n, int least, int most)
{
    double at = start + (i + 0.5) * length / n - 0.5;
    int whole = (int)__builtin_floor(at), part = (int)((at - whole) * WHOLE + 0.5);
    if (whole < least)
        return (place_t){least, least, 0};
    if (whole >= most)
        return (place_t){most, most, 0};
    return (place_t){whole, whole + 1, part};
}

static void place_columns(const double *crop, rect_t inside, int width)
{
    for (int x = 0; x < ((width + 3) & ~3); x++) {
        place_t at = place(crop[0], crop[2], x, width, inside.x, inside.x + inside.width - 1);
        four_t *four = &fours[x / 4];
        if (x % 4 == 0)
            four->first = at.first;
        for (int i = 0; i < 4; i++)
            four->from[4 * (x % 4) + i] = (uint8_t)(2 * (at.first - four->first) + i);
        four->parts[x % 4][0] = (uint16_t)(WHOLE - at.part), four->parts[x % 4][1] = (uint16_t)at.part;
    }
}

INLINE void blend_rows(const uint8_t *upper, const uint8_t *lower, int part, int n)
{
    const v128_t parts = wasm_i16x8_splat((int16_t)part), middle = wasm_i16x8_splat((int16_t)MIDDLE);
    for (int x = 0; x < n; x += 8) {
        v128_t a = wasm_u16x8_load8x8(upper + x), b = wasm_u16x8_load8x8(lower + x);
        v128_t sum = wasm_i16x8_add(wasm_i16x8_shl(a, 8), wasm_i16x8_mul(wasm_i16x8_sub(b, a), parts));
        wasm_v128_store(blended + x, wasm_i16x8_sub(sum, middle));
    }
}

/* A row of the result; writes up to three bytes more. */
static void scale_row(const uint8_t *plane, int stride, place_t row, int width, uint8_t *out)
{
    const v128_t back = wasm_i32x4_splat((MIDDLE << 8) + (1 << 15));
    blend_rows(plane + row.first * stride, plane + row.second * stride, row.part, stride);
    for (const four_t *four = fours; width > 0; width -= 4, four++, out += 4) {
        v128_t pairs = wasm_i8x16_swizzle(wasm_v128_load(blended + four->first), wasm_v128_load(four->from));
        v128_t sums = wasm_i32x4_add(wasm_i32x4_dot_i16x8(pairs, wasm_v128_load(four->parts)), back);
        v128_t words = wasm_i32x4_shr(sums, 16);
        words = wasm_i16x8_narrow_i32x4(words, words);
        wasm_v128_store32_lane(out, wasm_u8x16_narrow_i16x8(words, words), 0);
    }
}

/* Of Cb and Cr in red, green and blue, 2^16ths, what is left of them beside whole ones: libjpeg's integers. */
static const cosines_t TO_RED = TWO(0, 91881 - 65536), TO_GREEN = TWO(-22554, 65536 - 46802),
                       TO_BLUE = TWO(116130 - 2 * 65536, 0);

/* From Y, Cb, Cr to red, green, blue and alpha; writes up to seven pixels more. */
static void to_rgb(const uint8_t *luma, const uint8_t *blues, const uint8_t *reds, int n, uint8_t *out)
{
    const v128_t middle = wasm_i16x8_splat(128), half = wasm_i32x4_splat(1 << 15), alpha = wasm_i8x16_splat(-1);
    for (int x = 0; x < n; x += 8, out += 32) {
        v128_t y = wasm_u16x8_load8x8(luma + x);
        v128_t b = wasm_i16x8_sub(wasm_u16x8_load8x8(blues + x), middle);
        v128_t r = wasm_i16x8_sub(wasm_u16x8_load8x8(reds + x), middle);
        pair_t both = paired(b, r), more = {half, half};
        v128_t red = wasm_i16x8_add(rounded(plus(times(both, &TO_RED), more), 16), wasm_i16x8_add(y, r));
        v128_t green = wasm_i16x8_add(rounded(plus(times(both, &TO_GREEN), more), 16), wasm_i16x8_sub(y, r));
        v128_t blue = wasm_i16x8_add(rounded(plus(times(both, &TO_BLUE), more), 16),
                                     wasm_i16x8_add(y, wasm_i16x8_add(b, b)));
        v128_t first = wasm_u8x16_narrow_i16x8(red, green), last = wasm_u8x16_narrow_i16x8(blue, blue);
        first = wasm_i8x16_shuffle(first, first, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
        last = wasm_i8x16_shuffle(last, alpha, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        pair_t pixels = paired(first, last);
        wasm_v128_store(out, pixels.low), wasm_v128_store(out + 16, pixels.high);
    }
}

/* -- interface -------------------------------------------------------------------------------------------- */

extern uint8_t __heap_base;

/* Where the bytes of a JPEG are to be put; 0 if there is no memory for so many. */
static uint8_t *room(uint32_t start, uint32_t nbytes)
{
    uint32_t end = start + nbytes, have = __builtin_wasm_memory_size(0) * PAGE;
    if (end < start || (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == (uint32_t)-1))
        return 0;
    return (uint8_t *)start;
}

static uint32_t aligned(uint32_t at) { return (at + 63) & ~63u; }

EXPORT(input) uint8_t *input_room(uint32_t nbytes) { return room(aligned((uint32_t)(uintptr_t)&__heap_base), nbytes); }

static uint8_t *result;

/* Where the pixels are that were decoded last. */
EXPORT(output) uint8_t *output(void) { return result; }

typedef struct {
    int32_t scale, side;   /* of a block */
    rect_t kept;           /* blocks that the crop touches */
    rect_t inside;         /* pixels of the crop, at 1 / `scale`, counted from those blocks */
    double crop[4];        /* the same in parts of pixels */
    int32_t stride, nbytes; /* of one plane */
} region_t;

static region_t region_of(rect_t crop, int scale)
{
    int x = crop.x / 8, y = crop.y / 8, side = 8 / scale;
    int left = crop.x / scale - x * side, top = crop.y / scale - y * side;
    int right = (crop.x + crop.width + scale - 1) / scale - x * side;
    int bottom = (crop.y + crop.height + scale - 1) / scale - y * side;
    region_t region = {
        scale,
        side,
        {x, y, (crop.x + crop.width + 7) / 8 - x, (crop.y + crop.height + 7) / 8 - y},
        {left, top, right - left, bottom - top},
        {(double)crop.x / scale - x * side, (double)crop.y / scale - y * side, (double)crop.width / scale,
         (double)crop.height / scale},
        0,
        0,
    };
    region.stride = region.kept.width * side;
    int64_t nbytes = (int64_t)region.stride * region.kept.height * side;
    region.nbytes = nbytes > MOST_NBYTES || region.stride > MOST_SIDE ? 0 : (int32_t)nbytes;
    return region;
}

/* Make of the planes what is shown. */
static void show(const region_t *region, int width, int height, int n_components, uint8_t *out)
{
    rect_t inside = region->inside;
    int stride = region->stride, is_whole = inside.width == width && inside.height == height;
    if (!is_whole)
        place_columns(region->crop, inside, width);
    for (int y = 0; y < height; y++, out += width * (n_components == 1 ? 1 : 4)) {
        const uint8_t *rows[MAX_COMPONENTS];
        place_t row = place(region->crop[1], region->crop[3], y, height, inside.y, inside.y + inside.height - 1);
        for (int i = 0; i < n_components; i++) {
            const uint8_t *plane = jpeg.components[i].plane;
            uint8_t *to = n_components == 1 ? out : scaled[i];
            rows[i] = is_whole ? plane + (inside.y + y) * stride + inside.x : to;
            if (!is_whole)
                scale_row(plane, stride, row, width, to);
        }
        if (n_components > 1)
            to_rgb(rows[0], rows[1], rows[2], width, out);
        else if (is_whole)
            copy_bytes(out, rows[0], (uint32_t)width);
    }
}

/* Decode a JPEG of so many bytes, which are in the room for them, at 1 / `scale` of its size, and scale what is in a
 * crop of the whole picture to `to_width` times `to_height` pixels: gray of one byte, or colors of four. */
EXPORT(decode)
int decode(uint32_t nbytes, int frame_width, int frame_height, int is_color, int scale, int x, int y, int width,
           int height, int to_width, int to_height)
{
    uint8_t *bytes = (uint8_t *)aligned((uint32_t)(uintptr_t)&__heap_base);
    int n = is_color ? 3 : 1;
    rect_t crop = {x, y, width, height};
    if (x < 0 || y < 0 || width < 1 || height < 1 || width > frame_width - x || height > frame_height - y ||
        to_width < 1 || to_height < 1)
        return NOT_DECODED;
    if (nbytes < 4 || word(bytes + nbytes - 2) != 0xFFD9)
        return NOT_DECODED; /* cut off, also where the crop does not show it */
    if (read_headers(bytes, bytes + nbytes) || !jpeg.is_plain || jpeg.width != frame_width ||
        jpeg.height != frame_height || jpeg.n_components != n)
        return NOT_DECODED;
    region_t region = region_of(crop, scale);
    int64_t shown = (int64_t)to_width * to_height * (is_color ? 4 : 1);
    if (!region.nbytes || to_width > MOST_SIDE || shown > MOST_NBYTES)
        return NO_MEMORY;
    uint32_t start = aligned((uint32_t)(uintptr_t)bytes + nbytes), planes = (uint32_t)n * (uint32_t)region.nbytes;
    if (!room(start, planes + (uint32_t)shown + SLACK))
        return NO_MEMORY;
    for (int i = 0; i < n; i++)
        jpeg.components[i].plane = (uint8_t *)start + i * region.nbytes;
    if (decode_at(region.kept, region.side))
        return NOT_DECODED;
    result = (uint8_t *)aligned(start + planes);
    show(&region, to_width, to_height, n, result);
    return OK;
}

/* Whether a JPEG of so many bytes, which are in the room for them, is DAMAGED as a whole. NOT_DECODED is what is not known:
 * of other kinds, or where decoders stop by themselves. */
EXPORT(check) int check(uint32_t nbytes)
{
    const uint8_t *bytes = (uint8_t *)aligned((uint32_t)(uintptr_t)&__heap_base);
    int failed = read_headers(bytes, bytes + nbytes);
    return failed ? failed : check_scan();
}

/* Of two times so many bytes, which are in the room for a JPEG, the larger ones, or the smaller ones, of each pair:
 * they take the place of the first ones. Up to a multiple of 16 bytes, others may change behind the last. */
EXPORT(extremes) void extremes(uint32_t nbytes, int is_most)
{
    uint8_t *first = (uint8_t *)aligned((uint32_t)(uintptr_t)&__heap_base), *second = first + ((nbytes + 15) & ~15u);
    for (uint32_t i = 0; i < nbytes; i += 16) {
        v128_t a = wasm_v128_load(first + i), b = wasm_v128_load(second + i);
        wasm_v128_store(first + i, is_most ? wasm_u8x16_max(a, b) : wasm_u8x16_min(a, b));
    }
}
