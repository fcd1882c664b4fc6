#include "client/cli/line.h"

/*
 * Ranges of two columns (Unicode's East Asian Width W and F, in blocks) and of none (marks that
 * combine). Blocks are enough: a character that a font draws otherwise shifts one line, no
 * more.
 */
struct range {
    uint32_t first, last;
};

static const struct range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
    {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26a1, 0x26a1},
    {0x26bd, 0x26be},   {0x26c4, 0x26c5},   {0x26d4, 0x26d4},   {0x2705, 0x2705},
    {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27b0, 0x27b0},   {0x2b1b, 0x2b1c},
    {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97c},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
    {0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1b000, 0x1b2ff}, {0x1f004, 0x1f004},
    {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f320},
    {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3ca},
    {0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0}, {0x1f3f4, 0x1f3f4}, {0x1f3f8, 0x1f43e},
    {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc}, {0x1f4ff, 0x1f53d}, {0x1f54b, 0x1f567},
    {0x1f57a, 0x1f57a}, {0x1f595, 0x1f596}, {0x1f5a4, 0x1f5a4}, {0x1f5fb, 0x1f64f},
    {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6cc}, {0x1f6d0, 0x1f6df}, {0x1f6eb, 0x1f6fc},
    {0x1f7e0, 0x1f7f0}, {0x1f90c, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

static const struct range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},   {0x05bf, 0x05bf},
    {0x05c1, 0x05c5}, {0x0610, 0x061a}, {0x064b, 0x065f},   {0x0670, 0x0670},
    {0x06d6, 0x06dc}, {0x06df, 0x06e4}, {0x06e7, 0x06ed},   {0x0711, 0x0711},
    {0x0730, 0x074a}, {0x07eb, 0x07f3}, {0x0816, 0x082d},   {0x0859, 0x085b},
    {0x08d3, 0x0902}, {0x093a, 0x093a}, {0x093c, 0x093c},   {0x0941, 0x0948},
    {0x094d, 0x094d}, {0x0951, 0x0957}, {0x0962, 0x0963},   {0x0981, 0x0981},
    {0x09bc, 0x09bc}, {0x09cd, 0x09cd}, {0x0e31, 0x0e31},   {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e}, {0x0eb1, 0x0eb1}, {0x0eb4, 0x0ebc},   {0x0f71, 0x0f84},
    {0x1160, 0x11ff}, {0x135d, 0x135f}, {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},
    {0x200c, 0x200d}, {0x20d0, 0x20f0}, {0x302a, 0x302d},   {0x3099, 0x309a},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
};

static bool in(const struct range *ranges, size_t n, uint32_t c)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c > ranges[middle].last) {
            low = middle + 1;
        } else if (c < ranges[middle].first) {
            high = middle;
        } else {
            return true;
        }
    }
    return false;
}

/*
 * What could steer the terminal (C0, DEL, C1), reorder or hide what stands around it (the
 * bidirectional controls, invisible fillers, tags), or end a line where we did not.
 */
static bool steers(uint32_t c)
{
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c <= 0x9f) || c == 0x00ad ||
           c == 0x061c || c == 0x180e || c == 0x200b || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

uint32_t line_char(const char *p, size_t n, size_t *used)
{
    const uint8_t *b = (const uint8_t *)p;
    *used = 1;
    if (b[0] < 0x80) return steers(b[0]) ? 0xfffd : b[0];
    size_t more = b[0] >= 0xf0 ? 3 : b[0] >= 0xe0 ? 2 : 1;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (b[0] < 0xc2 || b[0] > 0xf4 || more >= n) return 0xfffd;
    uint32_t c = b[0] & (0x3fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((b[i] & 0xc0) != 0x80) return 0xfffd;
        c = (c << 6) | (b[i] & 0x3f);
    }
    if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return 0xfffd;
    *used = more + 1;
    return steers(c) ? 0xfffd : c;
}

unsigned line_char_width(uint32_t c)
{
    if (c == '\n') return 0;
    if (c < 0x300) return 1;
    if (in(combining, sizeof(combining) / sizeof(combining[0]), c)) return 0;
    return in(wide, sizeof(wide) / sizeof(wide[0]), c) ? 2 : 1;
}

static void put_char(struct buf *out, const char *p, size_t used, uint32_t c)
{
    if (c == 0xfffd) {
        buf_put_str(out, "\xef\xbf\xbd");
    } else {
        buf_put(out, p, used);
    }
}

void line_put_safe(struct buf *out, const char *text, size_t n)
{
    for (size_t i = 0, used; i < n; i += used) {
        uint32_t c = line_char(text + i, n - i, &used);
        if (c == '\t') {
            buf_put_u8(out, ' ');
        } else if (c == 0xfffd && text[i] == '\r' && i + 1 < n && text[i + 1] == '\n') {
            continue; /* a line end of another system, not an attack */
        } else {
            put_char(out, text + i, used, c);
        }
    }
}

void line_put_one(struct buf *out, const char *text, size_t n)
{
    bool blank = false, any = false;
    for (size_t i = 0, used; i < n; i += used) {
        uint32_t c = line_char(text + i, n - i, &used);
        if (c == ' ' || c == '\t' || c == '\n' || text[i] == '\r') {
            blank = true;
            continue;
        }
        if (blank && any) buf_put_u8(out, ' ');
        blank = false;
        any = true;
        put_char(out, text + i, used, c);
    }
}

size_t line_width(const char *text, size_t n)
{
    size_t columns = 0;
    for (size_t i = 0, used; i < n; i += used) {
        columns += line_char_width(line_char(text + i, n - i, &used));
    }
    return columns;
}

size_t line_fit(const char *text, size_t n, size_t columns)
{
    size_t used, i = 0;
    for (; i < n; i += used) {
        unsigned width = line_char_width(line_char(text + i, n - i, &used));
        if (width > columns) break;
        columns -= width;
    }
    return i;
}

size_t line_break(const char *text, size_t n, size_t columns, size_t *next)
{
    size_t fit = line_fit(text, n, columns);
    if (fit == n) {
        *next = n;
        return n;
    }
    size_t end = fit;
    while (end > 0 && text[end] != ' ')
        end--;
    if (end == 0) { /* one long word: cut it, and always get on */
        if (fit == 0) line_char(text, n, &fit);
        *next = fit;
        return fit;
    }
    *next = end;
    while (*next < n && text[*next] == ' ')
        (*next)++;
    while (end > 0 && text[end - 1] == ' ')
        end--;
    return end;
}
