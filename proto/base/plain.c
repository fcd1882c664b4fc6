#include "proto/base/plain.h"

#include <stdbool.h>

/* Latin letters U+00C0 … U+017F without their accents; '.' is no letter, two-letter ones below.
 */
static const char latin[] = "aaaaaa*ceeeeiiiidnooooo.ouuuuy**"
                            "aaaaaa*ceeeeiiiidnooooo.ouuuuy*y"
                            "aaaaaaccccccccddddeeeeeeeeeegggg"
                            "gggghhhhiiiiiiiiii**jjkkklllllll"
                            "lllnnnnnnnnnoooooo**rrrrrrssssss"
                            "ssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static const char *latin_pair(uint32_t c)
{
    switch (c) {
    case 0xc6:
    case 0xe6:
        return "ae";
    case 0xde:
    case 0xfe:
        return "th";
    case 0xdf:
        return "ss";
    case 0x152:
    case 0x153:
        return "oe";
    case 0x132:
    case 0x133:
        return "ij";
    default:
        return "";
    }
}

size_t plain_next(const char *p, size_t n, uint32_t *c)
{
    const uint8_t *b = (const uint8_t *)p;
    size_t len = b[0] < 0x80             ? 1
                 : (b[0] & 0xe0) == 0xc0 ? 2
                 : (b[0] & 0xf0) == 0xe0 ? 3
                 : (b[0] & 0xf8) == 0xf0 ? 4
                                         : 0;

    *c = 0xfffd;
    if (len == 0 || len > n) return 1;
    for (size_t i = 1; i < len; i++) {
        if ((b[i] & 0xc0) != 0x80) return 1;
    }
    *c = len == 1   ? b[0]
         : len == 2 ? (uint32_t)((b[0] & 0x1f) << 6 | (b[1] & 0x3f))
         : len == 3 ? (uint32_t)((b[0] & 0x0f) << 12 | (b[1] & 0x3f) << 6 | (b[2] & 0x3f))
                    : (uint32_t)((uint32_t)(b[0] & 0x07) << 18 | (b[1] & 0x3f) << 12 |
                                 (b[2] & 0x3f) << 6 | (b[3] & 0x3f));
    return len;
}

void plain_put(struct buf *out, const char *p, size_t len, uint32_t c)
{
    if (c >= 0x300 && c <= 0x36f) return;
    if (c < 0x80) {
        buf_put_u8(out, (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c));
    } else if (c >= 0xc0 && c <= 0x17f && c - 0xc0 < sizeof(latin) - 1) {
        char base = latin[c - 0xc0];

        if (base == '*') {
            buf_put_str(out, latin_pair(c));
        } else {
            buf_put_u8(out, (uint8_t)base);
        }
    } else if ((c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f)) {
        uint32_t lower = c + 32;

        buf_put_u8(out, (uint8_t)(0xc0 | lower >> 6));
        buf_put_u8(out, (uint8_t)(0x80 | (lower & 0x3f)));
    } else {
        buf_put(out, p, len);
    }
}

static bool is_word(uint32_t c)
{
    if (c < 0x80) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    return c >= 0xc0 && c != 0xd7 && c != 0xf7 && (c < 0x2000 || c >= 0x3040) && c != 0xfffd;
}

void plain_words(struct buf *out, const char *text, size_t n)
{
    size_t begin = out->len;
    bool gap = false;

    for (size_t at = 0; at < n;) {
        uint32_t c;
        size_t len = plain_next(text + at, n - at, &c);

        if (is_word(c)) {
            if (gap && out->len > begin) buf_put_u8(out, ' ');
            gap = false;
            plain_put(out, text + at, len, c);
        } else {
            gap = true;
        }
        at += len;
    }
}
