#include "daemon/core/filing.h"

#include <string.h>

#include "proto/base/check.h"
#include "proto/envelope/piece.h"

_Static_assert((int)FILING_PART_BYTES == (int)PIECE_PLAIN_BYTES, "one size of a part");
_Static_assert((int)FILING_PIECE_BYTES == (int)PIECE_BYTES_MAX, "one size of a piece");
_Static_assert(FILING_BYTES_MAX == PIECE_FILE_BYTES_MAX, "one size of a file");

size_t filing_count(uint64_t size)
{
    return piece_count(size);
}

bool filing_fits(uint64_t size, uint64_t part, size_t pieces)
{
    return size > 0 && size <= FILING_BYTES_MAX && part == FILING_PART_BYTES &&
           pieces == piece_count(size);
}

size_t filing_seal(uint8_t *out, struct piece_id *id, struct slice file, size_t index,
                   const uint8_t key[FILING_KEY_BYTES])
{
    struct buf sealed = {0};
    size_t at = index * FILING_PART_BYTES;

    CHECK(at < file.n);
    size_t left = file.n - at;
    piece_seal(&sealed,
               slice_of(file.p + at, left < FILING_PART_BYTES ? left : FILING_PART_BYTES),
               index, key);
    piece_name(id, buf_slice(&sealed));
    size_t n = sealed.len;
    memcpy(out, sealed.data, n);
    buf_fini(&sealed);
    return n;
}

enum err filing_open(struct buf *file, struct slice piece, size_t index,
                     const uint8_t key[FILING_KEY_BYTES])
{
    return piece_open(file, piece, index, key);
}

void filing_hash(uint8_t out[32], struct slice file)
{
    piece_file_hash(out, file);
}
