#include "daemon/measure/wide.h"

#include "proto/base/check.h"

static void trim(struct wide *x)
{
    while (x->n > 0 && x->word[x->n - 1] == 0)
        x->n--;
}

struct wide wide_of(uint32_t value)
{
    return (struct wide){.word = {value}, .n = value == 0 ? 0 : 1};
}

void wide_add(struct wide *x, const struct wide *y)
{
    uint64_t carry = 0;
    unsigned n = x->n > y->n ? x->n : y->n;
    for (unsigned i = 0; i < n || carry != 0; i++) {
        CHECK(i < WIDE_WORDS);
        carry += x->word[i];
        if (i < y->n) carry += y->word[i];
        x->word[i] = (uint32_t)carry;
        carry >>= 32;
        if (i >= x->n) x->n = i + 1;
    }
}

void wide_times(struct wide *x, uint32_t factor)
{
    uint64_t carry = 0;
    for (unsigned i = 0; i < x->n; i++) {
        carry += (uint64_t)x->word[i] * factor;
        x->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) {
        CHECK(x->n < WIDE_WORDS);
        x->word[x->n++] = (uint32_t)carry;
    }
    trim(x);
}

void wide_over(struct wide *x, uint32_t divisor)
{
    CHECK(divisor != 0);
    uint64_t rest = 0;
    for (unsigned i = x->n; i-- > 0;) {
        rest = rest << 32 | x->word[i];
        x->word[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    trim(x);
}

struct wide wide_product(const struct wide *x, const struct wide *y)
{
    struct wide out = {0};
    CHECK(x->n + y->n <= WIDE_WORDS);
    for (unsigned i = 0; i < x->n; i++) {
        uint64_t carry = 0;
        for (unsigned k = 0; k < y->n; k++) {
            carry += (uint64_t)x->word[i] * y->word[k] + out.word[i + k];
            out.word[i + k] = (uint32_t)carry;
            carry >>= 32;
        }
        out.word[i + y->n] = (uint32_t)carry;
    }
    out.n = x->n + y->n;
    trim(&out);
    return out;
}

int wide_cmp(const struct wide *x, const struct wide *y)
{
    if (x->n != y->n) return x->n < y->n ? -1 : 1;
    for (unsigned i = x->n; i-- > 0;) {
        if (x->word[i] != y->word[i]) return x->word[i] < y->word[i] ? -1 : 1;
    }
    return 0;
}
