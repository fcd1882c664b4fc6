#include "proto/base/text.h"

#include <string.h>

void text_hex(char *out, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = bytes;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

enum err text_unhex(void *out, size_t n, const char *hex)
{
    if (strlen(hex) != 2 * n) return ERR_MALFORMED;
    for (size_t i = 0; i < 2 * n; i++) {
        if (hex_digit(hex[i]) < 0) return ERR_MALFORMED;
    }
    uint8_t *p = out;
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    }
    return ERR_OK;
}

static const char base32_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void text_base32(struct buf *out, struct slice bytes)
{
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        bits = bits << 8 | bytes.p[i];
        for (held += 8; held >= 5; held -= 5) {
            buf_put_u8(out, (uint8_t)base32_digits[bits >> (held - 5) & 31]);
        }
    }
    if (held > 0) buf_put_u8(out, (uint8_t)base32_digits[bits << (5 - held) & 31]);
}

static int base32_digit(char c)
{
    if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    const char *at = c == '\0' ? NULL : strchr(base32_digits, c);
    return at == NULL ? -1 : (int)(at - base32_digits);
}

enum err text_unbase32(struct buf *out, const char *text)
{
    size_t len = out->len;
    uint32_t bits = 0;
    unsigned held = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (strchr("- \t\r\n", *p) != NULL) continue;
        int digit = base32_digit(*p);
        if (digit < 0) goto malformed;
        bits = (bits << 5 | (uint32_t)digit) & 0xffff;
        held += 5;
        if (held >= 8) {
            held -= 8;
            buf_put_u8(out, (uint8_t)(bits >> held));
        }
    }
    if (held >= 5 || (bits & ((1u << held) - 1)) != 0) goto malformed;
    return ERR_OK;

malformed:
    out->len = len;
    return ERR_MALFORMED;
}

/* Length of the sequence that starts with this byte, 0 when none can. */
static size_t utf8_length(uint8_t first)
{
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return 2;
    if (first >= 0xe0 && first <= 0xef) return 3;
    if (first >= 0xf0 && first <= 0xf4) return 4;
    return 0;
}

bool text_is_utf8(struct slice bytes)
{
    for (size_t i = 0; i < bytes.n;) {
        const uint8_t *p = bytes.p + i;
        uint64_t eight;
        if (bytes.n - i >= sizeof(eight)) { /* most text is ASCII: eight bytes at once */
            memcpy(&eight, p, sizeof(eight));
            if ((eight & 0x8080808080808080) == 0) {
                i += sizeof(eight);
                continue;
            }
        }
        size_t n = utf8_length(p[0]);
        if (n == 0 || n > bytes.n - i) return false;
        for (size_t k = 1; k < n; k++) {
            if ((p[k] & 0xc0) != 0x80) return false;
        }
        if (p[0] == 0xe0 && p[1] < 0xa0) return false; /* longer than needed */
        if (p[0] == 0xed && p[1] > 0x9f) return false; /* surrogates */
        if (p[0] == 0xf0 && p[1] < 0x90) return false; /* longer than needed */
        if (p[0] == 0xf4 && p[1] > 0x8f) return false; /* past U+10FFFF */
        i += n;
    }
    return true;
}

char *text_decimal(char out[21], uint64_t v)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    for (size_t i = 0; i < n; i++)
        out[i] = digits[n - 1 - i];
    out[n] = '\0';
    return out;
}
