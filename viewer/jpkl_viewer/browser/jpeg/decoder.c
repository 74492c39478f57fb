/* Baseline JPEG (ITU-T T.81, SOF0) of 8-bit gray, or of YCbCr 4:4:4, to the pixels that a screen needs: cut, scaled down,
 * one byte a pixel. For WebAssembly: `python -m tests.tools.wasm` makes `decoder.json` of it.
 *
 * The pixels are those of libjpeg by its accurate integer transform, also at a half, a quarter and an eighth of the size.
 * Only blocks inside the crop are transformed. What remains to be scaled, by less than 2, is bilinear.
 *
 * The bytes may be anything: nothing is read behind their end, and whatever this does not decode, a browser is to.
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
    RUN_OF_16 = 0xF0,
    MOST_SIDE = 65535,       /* of what is decoded, and of the result */
    MOST_NBYTES = 1 << 26,   /* of one plane: memory that is taken is not given back */
    SAFE_SUM = 5800,         /* of the coefficients of a block: less fits into 16 bits at all steps */
    MOST_MEAN = 4091,        /* of a block, times 8: at an eighth of the size, more begins again with black */
    MOST_COEFFICIENT = 8191, /* and 16383 between columns and rows: pixels have far less */
    PAGE = 65536,
};

enum { OK = 0, NO_MEMORY = 1, NOT_DECODED = 2 };

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
            return NOT_DECODED;
        for (int i = 0; i < counts[length - 1]; i++, k++, code++) {
            if (!is_ac && table->symbols[k] > 15)
                return NOT_DECODED;
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
        if (end - at < 65 || *at > 3)
            return NOT_DECODED;
        for (int k = 0; k < 64; k++) {
            if (!at[1 + k])
                return NOT_DECODED;
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
            return NOT_DECODED;
        for (int i = 0; i < 16; i++)
            n += at[1 + i];
        if (n > 256 || end - at < 17 + n)
            return NOT_DECODED;
        copy_bytes(jpeg.huffman[is_ac][id].symbols, at + 17, (uint32_t)n);
        if (make_huffman(&jpeg.huffman[is_ac][id], at + 1, is_ac))
            return NOT_DECODED;
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
    if ((at[5] != 1 && at[5] != 3) || end - at != 6 + 3 * at[5])
        return NOT_DECODED;
    for (int i = 0; i < jpeg.n_components; i++) {
        const uint8_t *part = at + 6 + 3 * i;
        /* Other names may mean other colors. */
        if (part[1] != 0x11 || part[2] > 3 || (jpeg.n_components > 1 && part[0] != i + 1))
            return NOT_DECODED;
        jpeg.components[i].id = part[0];
        jpeg.components[i].table = part[2];
    }
    return OK;
}

static int read_scan(const uint8_t *at, const uint8_t *end)
{
    if (!jpeg.n_components || end - at != 4 + 2 * jpeg.n_components || at[0] != jpeg.n_components)
        return NOT_DECODED;
    for (int i = 0; i < jpeg.n_components; i++) {
        component_t *component = &jpeg.components[i];
        const uint8_t *part = at + 1 + 2 * i;
        if (part[0] != component->id || (part[1] >> 4) > 3 || (part[1] & 15) > 3 || !jpeg.has_steps[component->table])
            return NOT_DECODED;
        component->dc = &jpeg.huffman[0][part[1] >> 4];
        component->ac = &jpeg.huffman[1][part[1] & 15];
        copy_bytes(component->steps, jpeg.steps[component->table], sizeof component->steps);
        if (!component->dc->is_given || !component->ac->is_given)
            return NOT_DECODED;
    }
    const uint8_t *coefficients = at + 1 + 2 * jpeg.n_components; /* all of them, in one go */
    return coefficients[0] == 0 && coefficients[1] == 63 && coefficients[2] == 0 ? OK : NOT_DECODED;
}

/* What may change colors, or the way up, is left to browsers: Exif, profiles, Adobe's transforms. */
static int is_plain(int marker) { return marker == 0xE0 || marker == 0xFE || (marker >= 0xE3 && marker <= 0xED); }

/* Read all markers before the pixels. */
static int read_headers(const uint8_t *at, const uint8_t *end)
{
    fill_bytes(&jpeg, 0, sizeof jpeg);
    if (end - at < 4 || word(at) != 0xFFD8 || word(end - 2) != 0xFFD9)
        return NOT_DECODED; /* cut off, also where the crop does not show it */
    for (at += 2; end - at >= 4;) {
        int marker = at[1], length = word(at + 2), failed = OK;
        const uint8_t *from = at + 4, *to = at + 2 + length;
        if (at[0] != 0xFF || length < 2 || end - at < 2 + length)
            return NOT_DECODED;
        switch (marker) {
        case 0xDB: failed = read_steps(from, to); break;
        case 0xC4: failed = read_huffman(from, to); break;
        case 0xC0: failed = read_frame(from, to); break;
        case 0xDD:
            if (length != 4)
                return NOT_DECODED;
            jpeg.interval = word(from);
            break;
        case 0xDA:
            input.at = to;
            input.end = end;
            return read_scan(from, to);
        default: failed = !is_plain(marker);
        }
        if (failed)
            return NOT_DECODED;
        at = to;
    }
    return NOT_DECODED;
}

/* -- blocks ----------------------------------------------------------------------------------------------- */

typedef int32_t row_t __attribute__((vector_size(32)));

/* Coefficients, row by row. */
typedef union {
    int32_t each[64];
    row_t rows[8];
} block_t;

/* -- transform -------------------------------------------------------------------------------------------- */

/* Cosines times 2^13, and 2 bits more than pixels have between columns and rows: integers, and rounding at these two
 * places, are what libjpeg's results follow from. Each row of 8 numbers is one vector. */
#define ALL(value) ((row_t){value, value, value, value, value, value, value, value})

INLINE void transform_8(row_t *c, int32_t bias, int shift)
{
    row_t sixth = (c[2] + c[6]) * 4433, e2 = sixth - c[6] * 15137, e3 = sixth + c[2] * 6270;
    row_t e0 = ((c[0] + c[4]) << 13) + ALL(bias), e1 = ((c[0] - c[4]) << 13) + ALL(bias);
    row_t both = (c[1] + c[3] + c[5] + c[7]) * 9633;
    row_t a = (c[7] + c[1]) * -7373, b = (c[5] + c[3]) * -20995;
    row_t d = both - (c[7] + c[3]) * 16069, e = both - (c[5] + c[1]) * 3196;
    row_t o0 = c[7] * 2446 + a + d, o1 = c[5] * 16819 + b + e, o2 = c[3] * 25172 + b + d, o3 = c[1] * 12299 + a + e;
    row_t s0 = e0 + e3, s1 = e1 + e2, s2 = e1 - e2, s3 = e0 - e3;
    c[0] = (s0 + o3) >> shift, c[7] = (s0 - o3) >> shift;
    c[1] = (s1 + o2) >> shift, c[6] = (s1 - o2) >> shift;
    c[2] = (s2 + o1) >> shift, c[5] = (s2 - o1) >> shift;
    c[3] = (s3 + o0) >> shift, c[4] = (s3 - o0) >> shift;
}

/* Means of two pixels: the cosines of neighbors averaged. */
INLINE void transform_4(row_t *c, int32_t bias, int shift)
{
    row_t e0 = (c[0] << 14) + ALL(bias), e2 = c[2] * 15137 - c[6] * 6270;
    row_t outer = c[1] * 20995 + c[3] * 7373 - c[5] * 4926 - c[7] * 4176;
    row_t inner = c[1] * 8697 - c[3] * 17799 + c[5] * 11893 - c[7] * 1730;
    c[0] = (e0 + e2 + outer) >> shift, c[3] = (e0 + e2 - outer) >> shift;
    c[1] = (e0 - e2 + inner) >> shift, c[2] = (e0 - e2 - inner) >> shift;
    c[4] = c[5] = c[6] = c[7] = ALL(0);
}

/* Means of four pixels. */
INLINE void transform_2(row_t *c, int32_t bias, int shift)
{
    row_t e = (c[0] << 15) + ALL(bias), o = c[1] * 29692 - c[3] * 10426 + c[5] * 6967 - c[7] * 5906;
    c[0] = (e + o) >> shift, c[1] = (e - o) >> shift;
    c[2] = c[3] = c[4] = c[5] = c[6] = c[7] = ALL(0);
}

INLINE void transpose(row_t *c)
{
#define PAIR(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define OTHER_PAIR(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define TWO(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define OTHER_TWO(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define UPPER(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
    row_t quads[2][4]; /* columns 0 to 3 and 4 to 7 of the upper and of the lower half */
    for (int i = 0; i < 2; i++) {
        row_t *r = c + 4 * i;
        row_t p = PAIR(r[0], r[1]), q = PAIR(r[2], r[3]), s = OTHER_PAIR(r[0], r[1]), t = OTHER_PAIR(r[2], r[3]);
        quads[i][0] = TWO(p, q), quads[i][1] = OTHER_TWO(p, q);
        quads[i][2] = TWO(s, t), quads[i][3] = OTHER_TWO(s, t);
    }
    for (int i = 0; i < 4; i++) {
        c[i] = LOWER(quads[0][i], quads[1][i]);
        c[4 + i] = UPPER(quads[0][i], quads[1][i]);
    }
}

/* Pixels of one block, `side` times `side`: 8, 4, 2 or 1. */
INLINE void transform(block_t *block, int side, uint8_t *out, int stride)
{
    row_t *c = block->rows;
    const int32_t middle = 128; /* that is taken away before encoding */
    if (side == 8) {
        transform_8(c, 1 << 10, 11), transpose(c);
        transform_8(c, (middle << 18) + (1 << 17), 18), transpose(c);
    } else if (side == 4) {
        transform_4(c, 1 << 11, 12), transpose(c);
        transform_4(c, (middle << 19) + (1 << 18), 19), transpose(c);
    } else if (side == 2) {
        transform_2(c, 1 << 12, 13), transpose(c);
        transform_2(c, (middle << 20) + (1 << 19), 20), transpose(c);
    } else
        c[0] = ((c[0] + ALL(4)) >> 3) + ALL(middle);
    for (int y = 0; y < side; y++, out += stride) {
        const v128_t *halves = (const v128_t *)&c[y];
        v128_t words = wasm_i16x8_narrow_i32x4(halves[0], halves[1]);
        v128_t bytes = wasm_u8x16_narrow_i16x8(words, words);
        copy_bytes(out, &bytes, (uint32_t)side);
    }
}

static void fill_block(int32_t dc, int side, uint8_t *out, int stride)
{
    int32_t value = ((dc + 4) >> 3) + 128;
    value = value < 0 ? 0 : value > 255 ? 255 : value;
    for (int y = 0; y < side; y++, out += stride)
        fill_bytes(out, value, (uint32_t)side);
}

/* -- reading of blocks ------------------------------------------------------------------------------------- */

/* Whether the coefficients are such as pixels have, and fit into 16 bits at all steps: of others, which damaged bytes
 * have, the transforms of libjpeg for several processors make several pictures. */
static int is_usual(const block_t *block)
{
    block_t copy = *block;
    row_t bits = ALL(0);
    for (int y = 0; y < 8; y++)
        bits |= copy.rows[y] ^ copy.rows[y] >> 31;
    transform_8(copy.rows, 1 << 10, 11);
    for (int y = 0; y < 8; y++)
        bits |= (copy.rows[y] ^ copy.rows[y] >> 31) >> 1;
    for (int x = 0; x < 8; x++)
        if (bits[x] > MOST_COEFFICIENT)
            return 0;
    return 1;
}

/* Read the coefficients of a block; returns whether there are others than the first, or -1 for what is not allowed. */
INLINE int read_block(component_t *component, block_t *block)
{
    const huffman_t *table = component->dc;
    input_t in = input;
    int32_t has_more = 0, sum = 0;
    for (int k = 0; k < 64; k++) {
        in = refilled(in);
        entry_t entry = table->entries[in.bits >> (64 - LOOKED_UP)];
        if (!entry.n_bits)
            entry = long_entry(table, (int32_t)(in.bits >> 48), k > 0);
        if (!entry.n_bits)
            return -1;
        int32_t value = entry.value, n_bits = entry.n_bits;
        if (entry.follows) {
            n_bits += value;
            value = extended((uint32_t)(in.bits << entry.n_bits >> (64 - value)), value);
        }
        in.bits <<= n_bits;
        in.n_bits -= n_bits;
        k += entry.passed;
        if (k == 0) {
            component->before += value;
            value = component->before * component->steps[0];
            block->each[0] = value;
            table = component->ac;
        } else if (k < 64) {
            value *= component->steps[k];
            block->each[ZIGZAG[k]] = value;
            has_more = 1;
        } else if (value)
            return -1;
        sum += value ^ value >> 31;
    }
    input = in;
    if (block->each[0] > MOST_MEAN || block->each[0] < -MOST_MEAN)
        return -1;
    return sum > SAFE_SUM && !is_usual(block) ? -1 : has_more;
}

/* -- scan ------------------------------------------------------------------------------------------------- */

/* Whether more bits were used than there were. */
INLINE int is_short(void) { return 8 * input.n_missing > input.n_bits; }

/* Whether a marker comes next, and all bits before it were used but for those that fill a byte: others are left where
 * damaged bytes were taken for fewer blocks. */
static int is_before(int marker)
{
    return !is_short() && input.n_bits - 8 * input.n_missing < 8 && input.end - input.at >= 2 && input.at[0] == 0xFF &&
           input.at[1] == marker;
}

/* Go to the next interval, behind its marker. */
static int restart(int number)
{
    if (!is_before(0xD0 | (number & 7)))
        return NOT_DECODED;
    input.at += 2;
    input.bits = 0;
    input.n_bits = input.n_missing = 0;
    for (int i = 0; i < jpeg.n_components; i++)
        jpeg.components[i].before = 0;
    return OK;
}

/* Decode all blocks, and keep the pixels of those in a rectangle of blocks. */
INLINE int decode_scan(rect_t kept, int side)
{
    int across = (jpeg.width + 7) / 8, down = (jpeg.height + 7) / 8, stride = kept.width * side;
    int left = jpeg.interval, n_intervals = 0;
    block_t block;
    fill_bytes(&block, 0, sizeof block);
    for (int row = 0; row < down && row < kept.y + kept.height; row++) {
        if (is_short())
            return NOT_DECODED;
        for (int column = 0; column < across; column++, left--) {
            if (jpeg.interval && left == 0) {
                if (restart(n_intervals++))
                    return NOT_DECODED;
                left = jpeg.interval;
            }
            int x = column - kept.x, y = row - kept.y;
            for (int i = 0; i < jpeg.n_components; i++) {
                component_t *component = &jpeg.components[i];
                int has_more = read_block(component, &block);
                if (has_more < 0)
                    return NOT_DECODED;
                uint8_t *out = component->plane + y * side * stride + x * side;
                if (x >= 0 && x < kept.width && y >= 0) {
                    if (has_more)
                        transform(&block, side, out, stride);
                    else
                        fill_block(block.each[0], side, out, stride);
                }
                if (has_more)
                    fill_bytes(&block, 0, sizeof block);
            }
        }
    }
    if (kept.y + kept.height < down)
        return is_short() ? NOT_DECODED : OK;
    return is_before(0xD9) && input.at == input.end - 2 ? OK : NOT_DECODED;
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

enum { WHOLE = 256 };

/* Where each pixel of a row of the result comes from: the first of two, and 256ths of the second. */
static uint16_t firsts[MOST_SIDE], seconds[MOST_SIDE], parts[MOST_SIDE];
static uint16_t blended[MOST_SIDE]; /* two rows blended, times 256 */

/* The place of pixel `i` of `n` that show `length` pixels from `start` on. */
INLINE void place(double start, double length, int i, int n, int least, int most, int *first, int *second, int *part)
{
    double at = start + (i + 0.5) * length / n - 0.5;
    int whole = (int)__builtin_floor(at);
    *part = (int)((at - whole) * WHOLE + 0.5);
    *first = whole < least ? least : whole > most ? most : whole;
    *second = whole + 1 < least ? least : whole + 1 > most ? most : whole + 1;
}

INLINE void blend_rows(const uint8_t *restrict upper, const uint8_t *restrict lower, int part, int n)
{
    for (int x = 0; x < n; x++)
        blended[x] = (uint16_t)(upper[x] * (WHOLE - part) + lower[x] * part);
}

static void scale_plane(const uint8_t *plane, int stride, const double *crop, rect_t inside, int width, int height,
                        uint8_t *out)
{
    int first, second, part;
    for (int x = 0; x < width; x++) {
        place(crop[0], crop[2], x, width, inside.x, inside.x + inside.width - 1, &first, &second, &part);
        firsts[x] = (uint16_t)first, seconds[x] = (uint16_t)second, parts[x] = (uint16_t)part;
    }
    for (int y = 0; y < height; y++) {
        place(crop[1], crop[3], y, height, inside.y, inside.y + inside.height - 1, &first, &second, &part);
        blend_rows(plane + first * stride, plane + second * stride, part, stride);
        for (int x = 0; x < width; x++) {
            uint32_t sum = blended[firsts[x]] * (uint32_t)(WHOLE - parts[x]) + blended[seconds[x]] * (uint32_t)parts[x];
            *out++ = (uint8_t)((sum + (1 << 15)) >> 16);
        }
    }
}

static void copy_plane(const uint8_t *plane, int stride, rect_t inside, uint8_t *out)
{
    plane += inside.y * stride + inside.x;
    for (int y = 0; y < inside.height; y++, plane += stride, out += inside.width)
        copy_bytes(out, plane, (uint32_t)inside.width);
}

INLINE uint32_t clamped(int32_t value) { return (uint32_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

/* From Y, Cb, Cr to red, green, blue and alpha, by the integers of libjpeg. */
static void to_rgb(const uint8_t *restrict luma, const uint8_t *restrict blues, const uint8_t *restrict reds, int n,
                   uint32_t *restrict out)
{
    for (int i = 0; i < n; i++) {
        int32_t y = luma[i], b = blues[i] - 128, r = reds[i] - 128;
        uint32_t red = clamped(y + ((91881 * r + 32768) >> 16));
        uint32_t green = clamped(y + ((-22554 * b - 46802 * r + 32768) >> 16));
        uint32_t blue = clamped(y + ((116130 * b + 32768) >> 16));
        out[i] = 0xFF000000u | blue << 16 | green << 8 | red;
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

/* Make of the planes what is shown, behind them; returns where it is. */
static uint8_t *show(const region_t *region, int width, int height, int n_components, uint8_t *out)
{
    int n = width * height;
    for (int i = 0; i < n_components; i++) {
        const uint8_t *plane = jpeg.components[i].plane;
        if (region->inside.width == width && region->inside.height == height)
            copy_plane(plane, region->stride, region->inside, out + i * n);
        else
            scale_plane(plane, region->stride, region->crop, region->inside, width, height, out + i * n);
    }
    if (n_components == 1)
        return out;
    uint8_t *colors = (uint8_t *)aligned((uint32_t)(uintptr_t)(out + 3 * n));
    to_rgb(out, out + n, out + 2 * n, n, (uint32_t *)colors);
    return colors;
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
    if (read_headers(bytes, bytes + nbytes) || jpeg.width != frame_width || jpeg.height != frame_height ||
        jpeg.n_components != n)
        return NOT_DECODED;
    region_t region = region_of(crop, scale);
    int64_t shown = (int64_t)to_width * to_height * (is_color ? 7 : 1);
    if (!region.nbytes || to_width > MOST_SIDE || shown > MOST_NBYTES)
        return NO_MEMORY;
    uint32_t start = aligned((uint32_t)(uintptr_t)bytes + nbytes), planes = (uint32_t)n * (uint32_t)region.nbytes;
    if (!room(start, planes + (uint32_t)shown + 128))
        return NO_MEMORY;
    for (int i = 0; i < n; i++)
        jpeg.components[i].plane = (uint8_t *)start + i * region.nbytes;
    if (decode_at(region.kept, region.side))
        return NOT_DECODED;
    result = show(&region, to_width, to_height, n, (uint8_t *)aligned(start + planes));
    return OK;
}
