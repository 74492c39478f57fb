/* Baseline JPEG (ITU-T T.81, SOF0) of 8-bit gray, or of RGB as YCbCr 4:4:4, with any quantization tables and with
 * Huffman tables that are made for the frame or given.
 *
 * The bytes are those that libjpeg-turbo writes by its accurate integer transform: whether this library could be built
 * decides how fast a frame is encoded, and nothing else.
 *
 * Blocks are transformed N_LANES at a time. Arrays have one lane for each block in their last axis, so that every loop
 * over lanes does the same to all of them, which compilers turn into vector instructions without being asked. Only
 * what is left of a block, its nonzero coefficients, is walked one by one: a bit mask says which they are. Each becomes
 * a token, its Huffman symbol and the bits that follow it; once the tokens of a frame have been counted there is a
 * Huffman table, and they are written.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER)
#include <intrin.h>
#define EXPORT __declspec(dllexport)
#define INLINE static __forceinline
#define restrict __restrict
#else
#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))
#endif

/* Define a function from an inline one: compiled twice where the processor may turn out to have wider vectors than the
 * baseline of its kind. */
#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>

#define COMPILED_TWICE(name, parameters, arguments)                                                                \
    static void name##_any parameters { name##_inline arguments; }                                                 \
    __attribute__((target("avx2,bmi,bmi2,lzcnt"))) static void name##_wide parameters { name##_inline arguments; }       \
    static void name parameters                                                                                    \
    {                                                                                                              \
        if (is_wide)                                                                                               \
            name##_wide arguments;                                                                                 \
        else                                                                                                       \
            name##_any arguments;                                                                                  \
    }

static int is_wide; /* until the processor has been looked at, which takes longer than a block */

static void look_at_processor(void)
{
    unsigned a, b, c = 0, d;
    int has_lzcnt = __get_cpuid(0x80000001u, &a, &b, &c, &d) && c >> 5 & 1;
    is_wide =
        has_lzcnt && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
#else
#define COMPILED_TWICE(name, parameters, arguments)                                                                \
    static void name parameters { name##_inline arguments; }

static void look_at_processor(void) {}
#endif

enum {
    INTERFACE = 2, /* what the Python side expects; counts up with every change of a signature */
    N_LANES = 16,
    MAX_COMPONENTS = 3,
    MAX_SIDE = 65535,
    TOKENS_OF_A_BLOCK = 64 + 1, /* each coefficient and an end; runs of 16 zeros take the place of coefficients */
    N_SYMBOLS = 256,
    N_TABLES = 4, /* DC and AC of luma, DC and AC of chroma */
    MAX_CODE_LENGTH = 16,
    MARKERS_NBYTES = 20 + 2 * 69 + 19 + 4 * (21 + 256) + 14 + 2, /* more than any header and the end have */
};

enum { OK = 0, NO_MEMORY = 1, BAD_ARGUMENT = 2 };

/* Row-major index of each coefficient in the order in which it is written: along the diagonals of a block. */
static const uint8_t ZIGZAG[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

/* -- bits ------------------------------------------------------------------------------------------------- */

INLINE int lowest_bit(uint64_t mask)
{
#if defined(_MSC_VER) && defined(_WIN64)
    unsigned long index;
    _BitScanForward64(&index, mask);
    return (int)index;
#elif defined(__GNUC__)
    return __builtin_ctzll(mask);
#else
    int index = 0;
    while (!(mask >> index & 1))
        index++;
    return index;
#endif
}

/* How many bits a magnitude other than 0 has. */
INLINE int bit_length_of_some(uint32_t value)
{
#if defined(__GNUC__)
    return 32 - __builtin_clz(value);
#elif defined(_MSC_VER)
    unsigned long index;
    _BitScanReverse(&index, value);
    return (int)index + 1;
#else
    int n = 0;
    for (; value; value >>= 1)
        n++;
    return n;
#endif
}

INLINE int bit_length(uint32_t value) { return value ? bit_length_of_some(value) : 0; }

/* -- transform -------------------------------------------------------------------------------------------- */

typedef int16_t lanes_t[N_LANES];

/* Cosines and their sums times 2^13. Integers, and rounding at these two places, are what libjpeg's results follow from:
 * the fast algorithm of Loeffler, Ligtenberg and Moschytz (1989) multiplied out. */
#define FRACTION 13
#define SPARE 2 /* bits more than 8-bit pixels need between the two passes */

INLINE int32_t rounded(int32_t value, int shift) { return (value + (1 << (shift - 1))) >> shift; }

/* Transform 8 samples; `down` bits of precision go, or SPARE bits are added where it is 0. */
INLINE void transform_8(const int16_t *from, int16_t *to, ptrdiff_t step, int is_second)
{
    const int shift = is_second ? FRACTION + SPARE : FRACTION - SPARE;
    int32_t s07 = from[0] + from[7 * step], d07 = from[0] - from[7 * step];
    int32_t s16 = from[step] + from[6 * step], d16 = from[step] - from[6 * step];
    int32_t s25 = from[2 * step] + from[5 * step], d25 = from[2 * step] - from[5 * step];
    int32_t s34 = from[3 * step] + from[4 * step], d34 = from[3 * step] - from[4 * step];
    int32_t outer = s07 + s34, inner = s16 + s25;
    int32_t outer_d = s07 - s34, inner_d = s16 - s25;
    int32_t both = 9633 * (d07 + d16 + d25 + d34);
    int32_t a = -7373 * (d07 + d34), b = -20995 * (d16 + d25);
    int32_t c = both - 16069 * (d16 + d34), d = both - 3196 * (d07 + d25);
    int32_t sixth = 4433 * (outer_d + inner_d);

    to[0] = (int16_t)(is_second ? rounded(outer + inner, SPARE) : (outer + inner) * (1 << SPARE));
    to[4 * step] = (int16_t)(is_second ? rounded(outer - inner, SPARE) : (outer - inner) * (1 << SPARE));
    to[2 * step] = (int16_t)rounded(sixth + 6270 * outer_d, shift);
    to[6 * step] = (int16_t)rounded(sixth - 15137 * inner_d, shift);
    to[step] = (int16_t)rounded(12299 * d07 + a + d, shift);
    to[3 * step] = (int16_t)rounded(25172 * d16 + b + c, shift);
    to[5 * step] = (int16_t)rounded(16819 * d25 + b + d, shift);
    to[7 * step] = (int16_t)rounded(2446 * d34 + a + c, shift);
}

/* The samples of the lanes, [column][row][lane]. */
typedef int16_t samples_t[8][8 * N_LANES];

/* From pixels [row][lane][column]. */
INLINE void arrange(const uint8_t *restrict pixels, samples_t out)
{
    for (int i = 0; i < 8 * N_LANES; i++)
        for (int x = 0; x < 8; x++)
            out[x][i] = (int16_t)(pixels[8 * i + x] - 128);
}

/* From samples, less 128, to 8 times the coefficients, row-major: [8 * row + column][lane]. */
INLINE void transform(samples_t in, lanes_t *restrict out)
{
    samples_t half;
    for (int i = 0; i < 8 * N_LANES; i++)
        transform_8(&in[0][i], &half[0][i], 8 * N_LANES, 0);
    for (int x = 0; x < 8; x++)
        for (int i = 0; i < N_LANES; i++) {
            int16_t column[8], result[8];
            for (int y = 0; y < 8; y++)
                column[y] = half[x][y * N_LANES + i];
            transform_8(column, result, 1, 1);
            for (int y = 0; y < 8; y++)
                out[8 * y + x][i] = result[y];
        }
}

/* -- quantization ----------------------------------------------------------------------------------------- */

/* Division by 8 times a step as a multiplication and a shift. It is exact for dividends of less than 2^14, and none is
 * larger: the reciprocal errs by less than one part in the dividend. */
typedef struct {
    int32_t half;
    uint32_t reciprocal;
    int shift;
} divisor_t;

/* In the order of a table of T.81. */
static void make_divisors(const uint8_t *steps, divisor_t *divisors)
{
    for (int z = 0; z < 64; z++) {
        uint32_t divisor = 8u * steps[ZIGZAG[z]];
        int shift = 14 + bit_length(divisor - 1);
        divisors[z].half = (int32_t)(divisor / 2);
        divisors[z].reciprocal = ((1u << shift) + divisor - 1) / divisor;
        divisors[z].shift = shift;
    }
}

/* Divide a magnitude, and round. */
INLINE uint32_t divided(int32_t magnitude, divisor_t by)
{
    return (uint32_t)(magnitude + by.half) * by.reciprocal >> by.shift;
}

typedef uint32_t mask_t[N_LANES];

/* Quantize one coefficient of all lanes, and set its bit in the mask of those where it is other than 0. */
INLINE void quantize_lanes(
    const int16_t *restrict from, const divisor_t by, int16_t *restrict to, uint32_t *restrict mask, int bit)
{
    for (int i = 0; i < N_LANES; i++) {
        int32_t value = from[i], sign = value >> 31;
        uint32_t magnitude = divided((value ^ sign) - sign, by);
        to[i] = (int16_t)(((int32_t)magnitude ^ sign) - sign);
        mask[i] |= (0 - magnitude) >> 31 << bit;
    }
}

/* Quantize blocks, in zigzag order. The masks have bits 0 to 31 and 32 to 63. */
INLINE void quantize(const lanes_t *in, const divisor_t *divisors, lanes_t *out, mask_t masks[2])
{
    memset(masks, 0, 2 * sizeof *masks);
    for (int z = 0; z < 64; z++)
        quantize_lanes(in[ZIGZAG[z]], divisors[z], out[z], masks[z / 32], z % 32);
}

/* -- what decoders make of it ------------------------------------------------------------------------------ */

/* The inverse of `transform_8`, as libjpeg's accurate decoder has it: the same factors, transposed. */
INLINE void inverse_8(const int32_t *from, ptrdiff_t step, int32_t *to, ptrdiff_t to_step, int shift)
{
    int32_t i1 = from[step], i3 = from[3 * step], i5 = from[5 * step], i7 = from[7 * step];
    int32_t both = 9633 * (i1 + i3 + i5 + i7);
    int32_t a = -7373 * (i1 + i7), b = -20995 * (i3 + i5);
    int32_t c = both - 16069 * (i3 + i7), d = both - 3196 * (i1 + i5);
    int32_t odd[4] = {12299 * i1 + a + d, 25172 * i3 + b + c, 16819 * i5 + b + d, 2446 * i7 + a + c};
    int32_t i2 = from[2 * step], i6 = from[6 * step], sixth = 4433 * (i2 + i6);
    int32_t sum = (from[0] + from[4 * step]) * (1 << FRACTION), difference = (from[0] - from[4 * step]) * (1 << FRACTION);
    int32_t outer = sixth + 6270 * i2, inner = sixth - 15137 * i6;
    int32_t even[4] = {sum + outer, difference + inner, difference - inner, sum - outer};
    for (int k = 0; k < 4; k++) {
        to[k * to_step] = rounded(even[k] + odd[k], shift);
        to[(7 - k) * to_step] = rounded(even[k] - odd[k], shift);
    }
}

INLINE int16_t limited(int32_t value) { return (int16_t)(value < -128 ? -128 : value > 127 ? 127 : value); }

/* From quantized coefficients to the samples that a decoder returns, less 128. */
INLINE void reconstruct(const lanes_t *kept, const uint8_t *steps, samples_t out)
{
    int32_t in[64 * N_LANES], half[64 * N_LANES]; /* [8 * row + column][lane] */
    for (int z = 0; z < 64; z++)
        for (int i = 0; i < N_LANES; i++)
            in[ZIGZAG[z] * N_LANES + i] = kept[z][i] * steps[ZIGZAG[z]];
    for (int i = 0; i < 8 * N_LANES; i++)
        inverse_8(&in[i], 8 * N_LANES, &half[i], 8 * N_LANES, FRACTION - SPARE);
    for (int y = 0; y < 8; y++)
        for (int i = 0; i < N_LANES; i++) {
            int32_t row[8];
            inverse_8(&half[8 * y * N_LANES + i], N_LANES, row, 1, FRACTION + SPARE + 3);
            for (int x = 0; x < 8; x++)
                out[x][y * N_LANES + i] = limited(row[x]);
        }
}

/* From Y, Cb and Cr to red, green and blue, all less 128, in place. */
INLINE void convert_back(int16_t *restrict y, int16_t *restrict cb, int16_t *restrict cr, int n)
{
    const int32_t half = 1 << 15; /* factors are those of JFIF times 2^16 */
    for (int i = 0; i < n; i++) {
        int32_t luma = y[i], blue = cb[i], red = cr[i];
        y[i] = limited(luma + ((91881 * red + half) >> 16));
        cb[i] = limited(luma + ((-22554 * blue - 46802 * red + half) >> 16));
        cr[i] = limited(luma + ((116130 * blue + half) >> 16));
    }
}

/* -- tokens ----------------------------------------------------------------------------------------------- */

/* A table's number and a symbol in the upper 16 bits; the bits that follow the symbol's code, as many as the symbol's
 * lower half says, in the lower 16. */
typedef uint32_t token_t;

enum { LUMA = 0, CHROMA = 2, DC = 0, AC = 1, RUN_OF_16 = 0xF0, END_OF_BLOCK = 0x00 };

INLINE token_t token(uint32_t table, int symbol, int bits)
{
    return (table << 8 | (uint32_t)symbol) << 16 | (uint32_t)bits;
}

/* A number of n bits is written as it is if positive, and negative ones as their complement. */
INLINE int magnitude_bits(int value, int n) { return (value + (value >> 31)) & ((1 << n) - 1); }

INLINE int absolute(int value) { return value < 0 ? -value : value; }

/* Append the tokens of a block, at most TOKENS_OF_A_BLOCK. */
INLINE token_t *add_block(token_t *at, const int16_t *kept, uint64_t mask, int before, uint32_t tables)
{
    int difference = kept[0] - before, n = bit_length((uint32_t)absolute(difference)), last = 0;
    *at++ = token(tables | DC, n, magnitude_bits(difference, n));
    for (mask &= ~(uint64_t)1; mask; mask &= mask - 1) {
        int z = lowest_bit(mask), run = z - last - 1, value = kept[z * N_LANES];
        for (; run > 15; run -= 16)
            *at++ = token(tables | AC, RUN_OF_16, 0);
        n = bit_length_of_some((uint32_t)absolute(value));
        *at++ = token(tables | AC, run << 4 | n, magnitude_bits(value, n));
        last = z;
    }
    if (last < 63)
        *at++ = token(tables | AC, END_OF_BLOCK, 0);
    return at;
}

/* -- Huffman tables --------------------------------------------------------------------------------------- */

/* As in a DHT segment: how many codes of each length from 1 to 16 bits there are, and their symbols. */
typedef struct {
    uint8_t n_codes[MAX_CODE_LENGTH];
    uint8_t symbols[N_SYMBOLS];
} huffman_t;

/* A code with room for the bits that follow it, and the number of bits of both. */
typedef struct {
    uint32_t code, n_bits;
} code_t;

static int n_symbols(const huffman_t *table)
{
    int n = 0;
    for (int i = 0; i < MAX_CODE_LENGTH; i++)
        n += table->n_codes[i];
    return n < N_SYMBOLS ? n : N_SYMBOLS;
}

static void make_codes(const huffman_t *table, code_t *codes)
{
    uint32_t code = 0;
    int k = 0, n = n_symbols(table);
    memset(codes, 0, N_SYMBOLS * sizeof *codes);
    for (uint32_t length = 1; length <= MAX_CODE_LENGTH; length++, code <<= 1)
        for (int i = 0; i < table->n_codes[length - 1] && k < n; i++, k++, code++) {
            uint32_t n_following = table->symbols[k] & 15u;
            codes[table->symbols[k]].code = code << n_following;
            codes[table->symbols[k]].n_bits = length + n_following;
        }
}

/* Nodes of the tree that have no parent yet, the least frequent last. Of equals, the one with the larger symbol is; a
 * node goes by the symbol of its first child. */
typedef struct {
    uint64_t key;
    int16_t node;
} open_node_t;

enum { SYMBOL_BITS = 9, MOST_NODES = 2 * (N_SYMBOLS + 1) };

static void insert_node(open_node_t *open, int n, uint64_t count, uint64_t order, int node)
{
    uint64_t key = count << SYMBOL_BITS | order;
    for (; n > 0 && open[n - 1].key < key; n--)
        open[n] = open[n - 1];
    open[n].key = key;
    open[n].node = (int16_t)node;
}

/* Find how long the code of each symbol is (T.81, K.2, figure K.1). The last symbol, which is never written, takes the
 * code of all ones, which is not allowed. */
static void measure_codes(const uint32_t *counts, int *lengths)
{
    const uint64_t order_mask = (1u << SYMBOL_BITS) - 1;
    open_node_t open[N_SYMBOLS + 1];
    int parents[MOST_NODES], depths[MOST_NODES], n = 0, n_nodes = N_SYMBOLS + 1;
    for (int i = 0; i <= N_SYMBOLS; i++) {
        uint64_t count = i < N_SYMBOLS ? counts[i] : 1;
        parents[i] = 0;
        if (count)
            insert_node(open, n++, count, (uint64_t)(N_SYMBOLS - i), i);
    }
    for (; n > 1; n_nodes++) {
        open_node_t first = open[--n], second = open[--n];
        parents[first.node] = parents[second.node] = n_nodes;
        uint64_t count = (first.key >> SYMBOL_BITS) + (second.key >> SYMBOL_BITS);
        insert_node(open, n++, count, first.key & order_mask, n_nodes);
    }
    depths[n_nodes - 1] = 0; /* of the root; parents come after their children */
    for (int i = n_nodes - 2; i >= 0; i--)
        depths[i] = parents[i] ? depths[parents[i]] + 1 : 0;
    memcpy(lengths, depths, (N_SYMBOLS + 1) * sizeof *lengths);
}

/* Shorten codes to 16 bits (T.81, K.2, figure K.3), and take away that of the last symbol. */
static void limit_lengths(int *n_of_length, int longest)
{
    for (int i = longest; i > MAX_CODE_LENGTH; i--)
        while (n_of_length[i]) {
            int j = i - 2;
            while (!n_of_length[j])
                j--;
            n_of_length[i] -= 2;
            n_of_length[i - 1]++;
            n_of_length[j + 1] += 2;
            n_of_length[j]--;
        }
    int i = MAX_CODE_LENGTH;
    while (!n_of_length[i])
        i--;
    n_of_length[i]--;
}

/* List symbols in the order of the lengths of their codes before these were limited; of equal ones, in their own. */
static void list_symbols(const int *lengths, uint8_t *symbols)
{
    int places[N_SYMBOLS + 2] = {0}; /* where the symbols of each length go */
    for (int i = 0; i < N_SYMBOLS; i++)
        places[lengths[i] ? lengths[i] + 1 : 0]++;
    places[0] = 0;
    for (int length = 1; length <= N_SYMBOLS; length++)
        places[length + 1] += places[length];
    for (int i = 0; i < N_SYMBOLS; i++)
        if (lengths[i])
            symbols[places[lengths[i]]++] = (uint8_t)i;
}

static void make_huffman(const uint32_t *counts, huffman_t *table)
{
    int lengths[N_SYMBOLS + 1], n_of_length[N_SYMBOLS + 2] = {0};
    measure_codes(counts, lengths);
    for (int i = 0; i <= N_SYMBOLS; i++)
        n_of_length[lengths[i]]++;
    n_of_length[0] = 0;
    limit_lengths(n_of_length, N_SYMBOLS);
    memset(table, 0, sizeof *table);
    for (int i = 0; i < MAX_CODE_LENGTH; i++)
        table->n_codes[i] = (uint8_t)n_of_length[i + 1];
    list_symbols(lengths, table->symbols);
}

/* -- encoder ---------------------------------------------------------------------------------------------- */

typedef struct {
    const uint8_t *pixels;
    ptrdiff_t row_nbytes;
    int32_t height, width, n_components;
    const uint8_t *steps; /* a table for luma and one for chroma, row-major */
    const huffman_t *huffman; /* N_TABLES; NULL to make them for the frame */
    const uint8_t *compared;  /* other tables, by which some groups of lanes are quantized as well, or NULL */
    int32_t compared_every;   /* of how many groups one is */
    int32_t is_measured;      /* whether all groups are, by the tables of the frame */
    int64_t *errors;          /* N_ERRORS sums of squared errors of decoded pixels */
} frame_t;

enum { OF_ALL = 0, OF_SOME = 1, OF_SOME_COMPARED = 2, N_ERRORS = 3 };

typedef struct encoder {
    frame_t frame;
    int n_filled;           /* lanes that have a block */
    int n_whole;            /* those whose block is all in the frame */
    int before[MAX_COMPONENTS]; /* the last DC coefficient of each component */
    divisor_t divisors[2][64], compared_divisors[2][64];
    uint8_t tile[2 * MAX_COMPONENTS][8 * N_LANES * 8]; /* of each plane, [row][lane][column] */
    int32_t heights[N_LANES], widths[N_LANES]; /* of the blocks, without what fills them up at the edges */
    int n_planes; /* those of RGB itself come after Y, Cb and Cr where it is measured */
    int64_t n_groups;           /* that were encoded */
    lanes_t *coefficients; /* where they go instead of being encoded; NULL to encode */
    uint8_t *strip; /* 8 rows of each plane, as wide as their blocks */
    size_t strip_size;
    token_t *tokens;
    size_t n_tokens, tokens_size;
    uint8_t *out;
    size_t n_out, out_size;
    uint64_t bits; /* what is not written yet, in the lowest bits */
    int n_free;    /* bits that are still free */
    uint32_t counts[N_TABLES][N_SYMBOLS];
    huffman_t huffman[N_TABLES];
    code_t codes[N_TABLES][N_SYMBOLS];
} encoder_t;

/* Make room for `needed` items in all; memory stays with the encoder, for the frames to come. */
static int grow(void **memory, size_t *size, size_t needed, size_t item)
{
    if (needed <= *size)
        return OK;
    size_t larger = needed + needed / 2;
    void *moved = larger < needed || larger > SIZE_MAX / item ? NULL : realloc(*memory, larger * item);
    if (!moved)
        return NO_MEMORY;
    *memory = moved;
    *size = larger;
    return OK;
}

static int reserve_out(encoder_t *e, size_t n)
{
    void *memory = e->out;
    int status = n > SIZE_MAX - e->n_out ? NO_MEMORY : grow(&memory, &e->out_size, e->n_out + n, 1);
    e->out = memory;
    return status;
}

static int reserve_tokens(encoder_t *e, size_t n)
{
    void *memory = e->tokens;
    int status = grow(&memory, &e->tokens_size, e->n_tokens + n, sizeof(token_t));
    e->tokens = memory;
    return status;
}

INLINE void put_8(encoder_t *e, uint8_t byte) { e->out[e->n_out++] = byte; }

/* A byte of ones is followed by one of zeros, so that it is not taken for a marker. */
INLINE void put_stuffed(encoder_t *e, uint8_t byte)
{
    put_8(e, byte);
    if (byte == 0xFF)
        put_8(e, 0);
}

INLINE void put_64(encoder_t *e, uint64_t word)
{
    const uint64_t upper = 0x8080808080808080u;
    if (word & upper & ~(word + 0x0101010101010101u)) { /* some byte may be 0xFF */
        for (int shift = 56; shift >= 0; shift -= 8)
            put_stuffed(e, (uint8_t)(word >> shift));
        return;
    }
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(word >> (56 - 8 * i));
    memcpy(e->out + e->n_out, bytes, 8);
    e->n_out += 8;
}

enum { TOKENS_AT_ONCE = 1 << 14, TOKEN_NBYTES = 8, FLUSH_NBYTES = 16 };

/* Write tokens. One has at most 31 bits, and stuffing at most doubles them: 8 bytes. */
INLINE void write_reserved_inline(encoder_t *e, const token_t *tokens, size_t n)
{
    const code_t *codes = &e->codes[0][0];
    uint64_t bits = e->bits;
    int n_free = e->n_free;
    for (size_t i = 0; i < n; i++) {
        const code_t code = codes[tokens[i] >> 16];
        uint64_t added = code.code | (tokens[i] & 0xFFFF);
        n_free -= (int)code.n_bits;
        if (n_free < 0) {
            put_64(e, bits << (n_free + (int)code.n_bits) | added >> -n_free);
            n_free += 64;
            bits = added;
        } else {
            bits = bits << code.n_bits | added;
        }
    }
    e->bits = bits;
    e->n_free = n_free;
}

/* -- blocks ----------------------------------------------------------------------------------------------- */

/* Make samples that fill up blocks at the edges of the frame what decoders make of them. */
INLINE void forget_edges(const encoder_t *e, samples_t pixels, samples_t decoded)
{
    for (int i = 0; i < N_LANES; i++) {
        const int height = e->heights[i], width = e->widths[i];
        for (int x = 0; x < 8; x++)
            for (int y = x < width ? height : 0; y < 8; y++)
                decoded[x][y * N_LANES + i] = pixels[x][y * N_LANES + i];
    }
}

/* Return the squared error of the pixels in the lanes. */
INLINE int64_t error_of_lanes(const encoder_t *e, samples_t *pixels, samples_t *decoded)
{
    int64_t error = 0;
    if (e->frame.n_components > 1)
        convert_back(decoded[0][0], decoded[1][0], decoded[2][0], 8 * 8 * N_LANES);
    for (int c = 0; c < e->frame.n_components; c++) {
        const int16_t *a = pixels[c][0], *b = decoded[c][0];
        uint32_t sum = 0;
        if (e->n_whole < N_LANES)
            forget_edges(e, pixels[c], decoded[c]);
        for (int i = 0; i < 8 * 8 * N_LANES; i++)
            sum += (uint32_t)((a[i] - b[i]) * (a[i] - b[i]));
        error += sum;
    }
    return error;
}

INLINE void tokenize(encoder_t *e)
{
    lanes_t coefficients[64], kept[MAX_COMPONENTS][64], others[64];
    mask_t masks[MAX_COMPONENTS][2], other_masks[2];
    samples_t samples[2 * MAX_COMPONENTS], decoded[MAX_COMPONENTS], other[MAX_COMPONENTS];
    const frame_t *f = &e->frame;
    const int n_components = f->n_components;
    const int is_compared = f->compared && e->n_groups++ % f->compared_every == 0;
    const int is_measured = is_compared || f->is_measured;
    for (int c = 0; c < n_components; c++) {
        arrange(e->tile[c], samples[c]);
        transform(samples[c], coefficients);
        quantize(coefficients, e->divisors[c > 0], kept[c], masks[c]);
        if (is_measured)
            reconstruct(kept[c], f->steps + 64 * (c > 0), decoded[c]);
        if (is_compared) {
            quantize(coefficients, e->compared_divisors[c > 0], others, other_masks);
            reconstruct(others, f->compared + 64 * (c > 0), other[c]);
        }
    }
    samples_t *pixels = samples + e->n_planes - n_components;
    for (int c = n_components; is_measured && c < e->n_planes; c++)
        arrange(e->tile[c], samples[c]);
    if (is_measured) {
        int64_t error = error_of_lanes(e, pixels, decoded);
        f->errors[OF_ALL] += error;
        f->errors[OF_SOME] += is_compared ? error : 0;
    }
    if (is_compared)
        f->errors[OF_SOME_COMPARED] += error_of_lanes(e, pixels, other);
    token_t *at = e->tokens + e->n_tokens;
    for (int i = 0; i < e->n_filled; i++)
        for (int c = 0; c < n_components; c++) {
            uint64_t mask = masks[c][0][i] | (uint64_t)masks[c][1][i] << 32;
            at = add_block(at, &kept[c][0][i], mask, e->before[c], c ? CHROMA : LUMA);
            e->before[c] = kept[c][0][i];
        }
    e->n_tokens = (size_t)(at - e->tokens);
}

/* Keep 8 times the coefficients, 0 in lanes that have no block. */
INLINE void keep_coefficients(encoder_t *e)
{
    samples_t samples;
    for (int c = 0; c < e->frame.n_components; c++, e->coefficients += 64) {
        for (int i = 8 * e->n_filled; i < 8 * N_LANES; i++)
            for (int r = 0; r < 8; r++)
                e->tile[c][8 * N_LANES * r + i] = 128;
        arrange(e->tile[c], samples);
        transform(samples, e->coefficients);
    }
}

/* Turn the blocks in the lanes into tokens, or coefficients. */
INLINE void use_lanes_inline(encoder_t *e)
{
    if (e->coefficients)
        keep_coefficients(e);
    else
        tokenize(e);
    e->n_filled = e->n_whole = 0;
    memset(e->heights, 0, sizeof e->heights); /* of lanes without a block */
}

COMPILED_TWICE(use_lanes, (encoder_t * e), (e))
COMPILED_TWICE(write_reserved, (encoder_t * e, const token_t *tokens, size_t n), (e, tokens, n))

static int write_tokens(encoder_t *e)
{
    for (size_t i = 0; i < e->n_tokens; i += TOKENS_AT_ONCE) {
        size_t n = e->n_tokens - i < TOKENS_AT_ONCE ? e->n_tokens - i : TOKENS_AT_ONCE;
        if (reserve_out(e, n * TOKEN_NBYTES + FLUSH_NBYTES))
            return NO_MEMORY;
        write_reserved(e, e->tokens + i, n);
    }
    e->n_tokens = 0;
    return OK;
}

/* Use what is in the lanes. Tokens are kept where tables are still to be made of all. */
static int flush_lanes(encoder_t *e)
{
    if (!e->n_filled)
        return OK;
    if (!e->coefficients && reserve_tokens(e, (size_t)N_LANES * MAX_COMPONENTS * TOKENS_OF_A_BLOCK))
        return NO_MEMORY;
    use_lanes(e);
    return e->frame.huffman && e->n_tokens >= TOKENS_AT_ONCE ? write_tokens(e) : OK;
}

/* -- pixels ----------------------------------------------------------------------------------------------- */

INLINE void convert_row_inline(const uint8_t *restrict rgb, uint8_t *restrict y, uint8_t *restrict cb, uint8_t *restrict cr, int n)
{
    const int32_t half = 1 << 15, middle = (128 << 16) + half - 1; /* factors are those of JFIF times 2^16 */
    for (int i = 0; i < n; i++) {
        int32_t r = rgb[3 * i], g = rgb[3 * i + 1], b = rgb[3 * i + 2];
        y[i] = (uint8_t)((19595 * r + 38470 * g + 7471 * b + half) >> 16);
        cb[i] = (uint8_t)((-11059 * r - 21709 * g + 32768 * b + middle) >> 16);
        cr[i] = (uint8_t)((32768 * r - 27439 * g - 5329 * b + middle) >> 16);
    }
}

COMPILED_TWICE(
    convert_row, (const uint8_t *rgb, uint8_t *y, uint8_t *cb, uint8_t *cr, int n), (rgb, y, cb, cr, n))

INLINE void split_row_inline(const uint8_t *restrict rgb, uint8_t *restrict r, uint8_t *restrict g, uint8_t *restrict b, int n)
{
    for (int i = 0; i < n; i++) {
        r[i] = rgb[3 * i];
        g[i] = rgb[3 * i + 1];
        b[i] = rgb[3 * i + 2];
    }
}

COMPILED_TWICE(split_row, (const uint8_t *rgb, uint8_t *r, uint8_t *g, uint8_t *b, int n), (rgb, r, g, b, n))

/* Copy 8 rows of pixels; the last column and row are repeated to the end of their blocks. */
static void load_strip(encoder_t *e, int top, size_t padded)
{
    const frame_t *f = &e->frame;
    const size_t width = (size_t)f->width, plane = 8 * padded;
    for (int r = 0; r < 8; r++) {
        int y = top + r < f->height ? top + r : f->height - 1;
        const uint8_t *from = f->pixels + y * f->row_nbytes;
        uint8_t *to = e->strip + (size_t)r * padded;
        if (f->n_components == 1)
            memcpy(to, from, width);
        else
            convert_row(from, to, to + plane, to + 2 * plane, f->width);
        if (e->n_planes > MAX_COMPONENTS)
            split_row(from, to + 3 * plane, to + 4 * plane, to + 5 * plane, f->width);
        for (int c = 0; c < e->n_planes; c++, to += plane)
            memset(to + width, to[width - 1], padded - width);
    }
}

static int encode_strip(encoder_t *e, int top, size_t padded)
{
    for (size_t left = 0; left < padded; left += 8) {
        for (int c = 0; c < e->n_planes; c++) {
            const uint8_t *from = e->strip + (size_t)c * 8 * padded + left;
            uint8_t *to = e->tile[c] + 8 * e->n_filled;
            for (int r = 0; r < 8; r++)
                memcpy(to + (size_t)r * 8 * N_LANES, from + (size_t)r * padded, 8);
        }
        const int height = e->heights[e->n_filled] = e->frame.height - top < 8 ? e->frame.height - top : 8;
        const int width = e->widths[e->n_filled] = (int32_t)(left + 8 <= (size_t)e->frame.width ? 8 : e->frame.width - left);
        e->n_whole += height + width == 16;
        if (++e->n_filled == N_LANES && flush_lanes(e))
            return NO_MEMORY;
    }
    return OK;
}

static int encode_blocks(encoder_t *e)
{
    const size_t padded = ((size_t)e->frame.width + 7) / 8 * 8;
    void *memory = e->strip;
    int status = grow(&memory, &e->strip_size, 8 * padded * (size_t)e->n_planes, 1);
    e->strip = memory;
    for (int top = 0; top < e->frame.height && !status; top += 8) {
        load_strip(e, top, padded);
        status = encode_strip(e, top, padded);
    }
    return status ? status : flush_lanes(e);
}

/* -- segments --------------------------------------------------------------------------------------------- */

static void put_16(encoder_t *e, int value)
{
    put_8(e, (uint8_t)(value >> 8));
    put_8(e, (uint8_t)value);
}

static void put_bytes(encoder_t *e, const void *bytes, size_t n)
{
    memcpy(e->out + e->n_out, bytes, n);
    e->n_out += n;
}

static void put_quantization(encoder_t *e, int number)
{
    put_16(e, 0xFFDB);
    put_16(e, 67);
    put_8(e, (uint8_t)number);
    for (int z = 0; z < 64; z++)
        put_8(e, e->frame.steps[64 * number + ZIGZAG[z]]);
}

static void put_frame_header(encoder_t *e)
{
    const int n = e->frame.n_components;
    put_16(e, 0xFFC0);
    put_16(e, 8 + 3 * n);
    put_8(e, 8);
    put_16(e, e->frame.height);
    put_16(e, e->frame.width);
    put_8(e, (uint8_t)n);
    for (int c = 0; c < n; c++) {
        put_8(e, (uint8_t)(c + 1));
        put_8(e, 0x11);
        put_8(e, c > 0);
    }
}

static void put_huffman(encoder_t *e, const huffman_t *table, int number)
{
    int n = n_symbols(table);
    put_16(e, 0xFFC4);
    put_16(e, 19 + n);
    put_8(e, (uint8_t)(number % 2 << 4 | number / 2)); /* AC or DC, chroma or luma */
    put_bytes(e, table->n_codes, sizeof table->n_codes);
    put_bytes(e, table->symbols, (size_t)n);
}

static void put_scan_header(encoder_t *e)
{
    const int n = e->frame.n_components;
    put_16(e, 0xFFDA);
    put_16(e, 6 + 2 * n);
    put_8(e, (uint8_t)n);
    for (int c = 0; c < n; c++) {
        put_8(e, (uint8_t)(c + 1));
        put_8(e, c > 0 ? 0x11 : 0x00);
    }
    put_bytes(e, "\0\x3f\0", 3);
}

static int put_header(encoder_t *e, const huffman_t *huffman)
{
    static const char start[] = "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0";
    const int n_tables = e->frame.n_components > 1 ? 2 : 1;
    if (reserve_out(e, MARKERS_NBYTES))
        return NO_MEMORY;
    put_bytes(e, start, sizeof start - 1);
    for (int i = 0; i < n_tables; i++)
        put_quantization(e, i);
    put_frame_header(e);
    for (int i = 0; i < 2 * n_tables; i++) {
        put_huffman(e, &huffman[i], i);
        make_codes(&huffman[i], e->codes[i]);
    }
    put_scan_header(e);
    return OK;
}

/* Fill the last byte with ones, and end the image. */
static int put_end(encoder_t *e)
{
    if (reserve_out(e, FLUSH_NBYTES + 2))
        return NO_MEMORY;
    int n = 64 - e->n_free, n_fill = (8 - n % 8) % 8;
    uint64_t bits = e->bits;
    if (n_fill) {
        bits = bits << n_fill | ((1u << n_fill) - 1);
        n += n_fill;
    }
    for (int shift = n - 8; shift >= 0; shift -= 8)
        put_stuffed(e, (uint8_t)(bits >> shift));
    put_16(e, 0xFFD9);
    return OK;
}

/* -- interface -------------------------------------------------------------------------------------------- */

/* To be called first. */
EXPORT int jpkl_jpeg_interface(void)
{
    look_at_processor();
    return INTERFACE;
}

EXPORT encoder_t *jpkl_jpeg_new(void) { return calloc(1, sizeof(encoder_t)); }

EXPORT void jpkl_jpeg_free(encoder_t *e)
{
    if (!e)
        return;
    free(e->strip);
    free(e->tokens);
    free(e->out);
    free(e);
}

static void start(encoder_t *e, const frame_t *frame)
{
    e->frame = *frame;
    e->n_filled = e->n_whole = 0;
    e->n_groups = 0;
    e->n_planes = frame->n_components;
    if (frame->n_components > 1 && (frame->compared || frame->is_measured))
        e->n_planes *= 2;
    e->n_tokens = e->n_out = 0;
    e->bits = 0;
    e->n_free = 64;
    memset(e->before, 0, sizeof e->before);
    for (int i = 0; i < 2; i++)
        make_divisors(frame->steps + 64 * i, e->divisors[i]);
    for (int i = 0; frame->compared && i < 2; i++)
        make_divisors(frame->compared + 64 * i, e->compared_divisors[i]);
}

static void count_tokens(encoder_t *e)
{
    uint32_t more[N_TABLES * N_SYMBOLS] = {0}; /* every other token: equal ones in a row need not wait for each other */
    uint32_t *counts = &e->counts[0][0];
    memset(counts, 0, sizeof e->counts);
    size_t i = 0;
    for (; i + 1 < e->n_tokens; i += 2) {
        counts[e->tokens[i] >> 16]++;
        more[e->tokens[i + 1] >> 16]++;
    }
    if (i < e->n_tokens)
        counts[e->tokens[i] >> 16]++;
    for (int k = 0; k < N_TABLES * N_SYMBOLS; k++)
        counts[k] += more[k];
}

static int encode_optimized(encoder_t *e)
{
    if (encode_blocks(e))
        return NO_MEMORY;
    count_tokens(e);
    for (int i = 0; i < (e->frame.n_components > 1 ? 4 : 2); i++)
        make_huffman(e->counts[i], &e->huffman[i]);
    return put_header(e, e->huffman) || write_tokens(e) || put_end(e);
}

static int encode_with(encoder_t *e, const huffman_t *huffman)
{
    return put_header(e, huffman) || encode_blocks(e) || write_tokens(e) || put_end(e);
}

static int is_bad(const frame_t *frame)
{
    if (frame->height < 1 || frame->width < 1 || frame->height > MAX_SIDE || frame->width > MAX_SIDE)
        return 1;
    for (int i = 0; i < 128; i++)
        if (!frame->steps[i] || (frame->compared && !frame->compared[i]))
            return 1;
    if ((frame->compared && frame->compared_every < 1) || ((frame->compared || frame->is_measured) && !frame->errors))
        return 1;
    return frame->n_components != 1 && frame->n_components != MAX_COMPONENTS;
}

/* Encode a frame, and add what its pixels lose to its errors. The bytes belong to the encoder, until it encodes the next frame. */
EXPORT int jpkl_jpeg_encode(encoder_t *e, const frame_t *frame, const uint8_t **out, size_t *nbytes)
{
    if (is_bad(frame))
        return BAD_ARGUMENT;
    start(e, frame);
    int status = frame->huffman ? encode_with(e, frame->huffman) : encode_optimized(e);
    *out = e->out;
    *nbytes = status ? 0 : e->n_out;
    return status;
}

/* Write 8 times the coefficients of a frame: [group of N_LANES blocks][component][coefficient, row-major][lane]. */
EXPORT int jpkl_jpeg_coefficients(encoder_t *e, const frame_t *frame, int16_t *out, size_t n_values)
{
    if (is_bad(frame))
        return BAD_ARGUMENT;
    size_t n_blocks = ((size_t)frame->height + 7) / 8 * (((size_t)frame->width + 7) / 8);
    size_t n_groups = (n_blocks + N_LANES - 1) / N_LANES;
    if (n_values != n_groups * (size_t)frame->n_components * 64 * N_LANES)
        return BAD_ARGUMENT;
    start(e, frame);
    e->coefficients = (lanes_t *)out;
    int status = encode_blocks(e);
    e->coefficients = NULL;
    return status;
}

/* -- what quantization makes of coefficients -------------------------------------------------------------- */

enum { GROUPS_AT_ONCE = 1 << 10 }; /* squares of so many errors, each at most 4 * 255, have 32 bits */

/* Add the squares of what quantization changes: 64 times that of pixels (Parseval). Groups are `stride` lanes apart. */
INLINE void add_errors_inline(const lanes_t *groups, size_t n, size_t stride, const divisor_t *by, int64_t *error)
{
    for (int z = 0; z < 64; z++) {
        uint32_t sums[N_LANES] = {0};
        const int32_t step = 2 * by[z].half;
        for (size_t g = 0; g < n; g++) {
            const int16_t *coefficients = groups[g * stride + ZIGZAG[z]];
            for (int i = 0; i < N_LANES; i++) {
                int32_t magnitude = absolute(coefficients[i]);
                int32_t change = magnitude - step * (int32_t)divided(magnitude, by[z]);
                sums[i] += (uint32_t)(change * change);
            }
        }
        for (int i = 0; i < N_LANES; i++)
            *error += sums[i];
    }
}

COMPILED_TWICE(
    add_errors,
    (const lanes_t *groups, size_t n, size_t stride, const divisor_t *by, int64_t *error),
    (groups, n, stride, by, error))

/* Return the squared error that a table makes in a component of `n` groups. */
EXPORT int64_t jpkl_jpeg_error(const lanes_t *groups, size_t n, size_t stride, const uint8_t *steps)
{
    int64_t error = 0;
    divisor_t divisors[64];
    make_divisors(steps, divisors);
    for (size_t g = 0; g < n; g += GROUPS_AT_ONCE)
        add_errors(groups + g * stride, n - g < GROUPS_AT_ONCE ? n - g : GROUPS_AT_ONCE, stride, divisors, &error);
    return error;
}

/* Count the blocks of a component that keep their mean alone. */
INLINE void count_blank_inline(
    const lanes_t *groups, size_t stride, size_t n_blocks, const divisor_t *divisors, size_t *n)
{
    lanes_t kept[64];
    mask_t masks[2];
    for (; n_blocks; groups += stride) {
        size_t n_here = n_blocks < N_LANES ? n_blocks : N_LANES;
        quantize(groups, divisors, kept, masks);
        for (size_t i = 0; i < n_here; i++)
            *n += !((masks[0][i] & ~1u) | masks[1][i]);
        n_blocks -= n_here;
    }
}

COMPILED_TWICE(
    count_blank,
    (const lanes_t *groups, size_t stride, size_t n_blocks, const divisor_t *divisors, size_t *n),
    (groups, stride, n_blocks, divisors, n))

EXPORT size_t jpkl_jpeg_blank(const lanes_t *groups, size_t stride, size_t n_blocks, const uint8_t *steps)
{
    size_t n = 0;
    divisor_t divisors[64];
    make_divisors(steps, divisors);
    count_blank(groups, stride, n_blocks, divisors, &n);
    return n;
}
