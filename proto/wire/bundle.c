#include "proto/wire/bundle.h"

#include <string.h>

#include "proto/base/check.h"
#include "proto/base/cursor.h"
#include "proto/crypto/aead.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/hpke.h"

static const uint8_t magic[4] = {'K', 'T', 'H', 'B'};
static const char hpke_info[] = "kith/1 bundle key"; /* with its NUL */
enum { SUITE = 1, FLAGS = 0 };

/* README.md, "The bundle". */
enum {
    SALT_BYTES = 32,
    SECRET_BYTES = 32,
    SEALED_BYTES = SECRET_BYTES + HPKE_TAG_BYTES,
    KEYED_BYTES = 184, /* all before the commitment: what the file's key is derived from */
    COMMIT_BYTES = 32,
    CHUNK_HEAD_BYTES = 1 + 4, /* last?, length */
};

_Static_assert(KEYED_BYTES == 8 + 32 + SALT_BYTES + 32 + HPKE_ENC_BYTES + SEALED_BYTES,
               "the fields before the commitment");
_Static_assert((int)BUNDLE_HEADER_BYTES == (int)KEYED_BYTES + (int)COMMIT_BYTES, "the header");

/* ------------------------------------------------------------------------------ The header */

struct parts {
    struct bundle_header header;
    uint8_t name[32]; /* key_id or recipient */
    uint8_t enc[HPKE_ENC_BYTES];
    uint8_t sealed[SEALED_BYTES];
    uint8_t commit[COMMIT_BYTES];
};

static bool all_zero(const uint8_t *p, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return any == 0;
}

static enum err take_parts(struct parts *out, struct slice bytes)
{
    struct cursor c = cursor_of(bytes);
    struct parts parts = {0};
    struct slice start = cursor_take(&c, sizeof(magic));
    cursor_require(&c, slice_eq(start, slice_of(magic, sizeof(magic))));
    uint8_t suite = cursor_u8(&c);
    uint8_t mode = cursor_u8(&c);
    uint16_t flags = cursor_u16(&c);
    cursor_copy(&c, parts.header.network.b, sizeof(parts.header.network.b));
    cursor_take(&c, SALT_BYTES);
    cursor_copy(&c, parts.name, sizeof(parts.name));
    cursor_copy(&c, parts.enc, sizeof(parts.enc));
    cursor_copy(&c, parts.sealed, sizeof(parts.sealed));
    cursor_copy(&c, parts.commit, sizeof(parts.commit));
    if (!cursor_done(&c)) return ERR_MALFORMED;
    if (suite != SUITE || flags != FLAGS) return ERR_VERSION;
    switch (mode) {
    case BUNDLE_NETWORK:
        parts.header.mode = BUNDLE_NETWORK;
        memcpy(parts.header.key_id.b, parts.name, sizeof(parts.name));
        if (!all_zero(parts.enc, sizeof(parts.enc)) ||
            !all_zero(parts.sealed, sizeof(parts.sealed))) {
            return ERR_MALFORMED;
        }
        break;
    case BUNDLE_DEVICE:
        parts.header.mode = BUNDLE_DEVICE;
        memcpy(parts.header.recipient.b, parts.name, sizeof(parts.name));
        break;
    default:
        return ERR_VERSION;
    }
    *out = parts;
    return ERR_OK;
}

enum err bundle_header_decode(struct bundle_header *out, struct slice bytes)
{
    struct parts parts;
    enum err err = take_parts(&parts, bytes);
    if (err == ERR_OK) *out = parts.header;
    return err;
}

/* The file's key and its commitment. */
struct file_key {
    uint8_t aead[AEAD_KEY_BYTES];
    uint8_t commit[COMMIT_BYTES];
};

static void derive(struct file_key *out, const uint8_t secret[SECRET_BYTES],
                   const uint8_t header[KEYED_BYTES])
{
    uint8_t both[AEAD_KEY_BYTES + COMMIT_BYTES];
    hash_bytes(both, sizeof(both), slice_of(secret, SECRET_BYTES), "kith/1 bundle",
               slice_of(header, KEYED_BYTES), (struct slice){0});
    memcpy(out->aead, both, sizeof(out->aead));
    memcpy(out->commit, both + AEAD_KEY_BYTES, sizeof(out->commit));
    mem_wipe(both, sizeof(both));
}

enum { AAD_BYTES = 32 + 32 };
static void hpke_aad(uint8_t out[AAD_BYTES], const struct network_id *network,
                     const uint8_t recipient[32])
{
    memcpy(out, network->b, 32);
    memcpy(out + 32, recipient, 32);
}

/* ----------------------------------------------------------------------------- Writing one */

static enum err seal_secret(uint8_t enc[HPKE_ENC_BYTES], uint8_t sealed[SEALED_BYTES],
                            uint8_t secret[SECRET_BYTES], const struct bundle_header *header,
                            const struct env *env)
{
    uint8_t ephemeral[32], aad[AAD_BYTES];
    env_random(env, secret, SECRET_BYTES);
    env_random(env, ephemeral, sizeof(ephemeral));
    hpke_aad(aad, &header->network, header->recipient.b);
    enum err err = hpke_seal(enc, sealed, header->recipient.b, ephemeral,
                             slice_of(hpke_info, sizeof(hpke_info)), slice_of(aad, sizeof(aad)),
                             slice_of(secret, SECRET_BYTES));
    mem_wipe(ephemeral, sizeof(ephemeral));
    return err;
}

enum err bundle_writer_init(struct bundle_writer *writer, struct buf *out,
                            const struct bundle_header *header, const struct epoch_key *key,
                            const struct env *env)
{
    uint8_t salt[SALT_BYTES], secret[SECRET_BYTES];
    uint8_t enc[HPKE_ENC_BYTES] = {0}, sealed[SEALED_BYTES] = {0};
    bool to_device = header->mode == BUNDLE_DEVICE;
    CHECK(to_device == (key == NULL));
    env_random(env, salt, sizeof(salt));
    if (to_device) {
        enum err err = seal_secret(enc, sealed, secret, header, env);
        if (err != ERR_OK) {
            mem_wipe(secret, sizeof(secret));
            return err;
        }
    } else {
        memcpy(secret, key->b, sizeof(secret));
    }

    size_t at = out->len;
    buf_put(out, magic, sizeof(magic));
    buf_put_u8(out, SUITE);
    buf_put_u8(out, (uint8_t)header->mode);
    buf_put_u16(out, FLAGS);
    buf_put(out, header->network.b, sizeof(header->network.b));
    buf_put(out, salt, sizeof(salt));
    buf_put(out, to_device ? header->recipient.b : header->key_id.b, 32);
    buf_put(out, enc, sizeof(enc));
    buf_put(out, sealed, sizeof(sealed));
    struct file_key keys;
    derive(&keys, secret, out->data + at);
    buf_put(out, keys.commit, sizeof(keys.commit));
    CHECK(out->len - at == BUNDLE_HEADER_BYTES);

    *writer = (struct bundle_writer){0};
    memcpy(writer->key, keys.aead, sizeof(writer->key));
    KEY_WIPE(&keys);
    mem_wipe(secret, sizeof(secret));
    return ERR_OK;
}

/* Says where the chunk stands and whether it is the last: no other place has this nonce. */
static void chunk_nonce(uint8_t nonce[AEAD_NONCE_BYTES], bool is_last, uint64_t number)
{
    memset(nonce, 0, AEAD_NONCE_BYTES);
    nonce[0] = is_last;
    put_be64(nonce + 4, number);
}

static void seal_chunk(struct bundle_writer *writer, struct buf *out, size_t n, bool is_last)
{
    uint8_t nonce[AEAD_NONCE_BYTES];
    chunk_nonce(nonce, is_last, writer->chunk++);
    buf_put_u8(out, is_last);
    buf_put_u32(out, (uint32_t)(n + AEAD_TAG_BYTES));
    uint8_t *sealed = buf_extend(out, n + AEAD_TAG_BYTES);
    aead_seal(sealed, slice_of(writer->plain.data, n), (struct slice){0}, nonce, writer->key);
    buf_consume(&writer->plain, n);
}

void bundle_writer_add(struct bundle_writer *writer, struct buf *out, struct slice message)
{
    CHECK(message.n >= 1 && message.n <= LIMIT_MESSAGE_BYTES);
    buf_put_u32(&writer->plain, (uint32_t)message.n);
    buf_put(&writer->plain, message.p, message.n);
    /* A full chunk waits for one byte more, so that the last is empty in an empty file alone.
     */
    while (writer->plain.len > BUNDLE_CHUNK_BYTES) {
        seal_chunk(writer, out, BUNDLE_CHUNK_BYTES, false);
    }
}

void bundle_writer_finish(struct bundle_writer *writer, struct buf *out)
{
    seal_chunk(writer, out, writer->plain.len, true);
    bundle_writer_fini(writer);
}

static void wipe_buf(struct buf *buf)
{
    if (buf->cap > 0) mem_wipe(buf->data, buf->cap);
    buf_fini(buf);
}

void bundle_writer_fini(struct bundle_writer *writer)
{
    wipe_buf(&writer->plain);
    KEY_WIPE(writer);
}

/* ----------------------------------------------------------------------------- Reading one */

static enum err open_secret(uint8_t secret[SECRET_BYTES], const struct parts *parts,
                            const struct epoch_key *epoch, const struct box_sk *box)
{
    if (parts->header.mode == BUNDLE_NETWORK) {
        if (epoch == NULL) return ERR_DECRYPT;
        memcpy(secret, epoch->b, SECRET_BYTES);
        return ERR_OK;
    }
    if (box == NULL) return ERR_DECRYPT;
    uint8_t aad[AAD_BYTES];
    hpke_aad(aad, &parts->header.network, parts->name);
    return hpke_open(secret, parts->enc, box->b, slice_of(hpke_info, sizeof(hpke_info)),
                     slice_of(aad, sizeof(aad)), slice_of(parts->sealed, SEALED_BYTES));
}

enum err bundle_reader_init(struct bundle_reader *reader, struct slice header,
                            const struct epoch_key *epoch, const struct box_sk *box)
{
    struct parts parts;
    enum err err = take_parts(&parts, header);
    if (err != ERR_OK) return err;
    uint8_t secret[SECRET_BYTES] = {0};
    if (open_secret(secret, &parts, epoch, box) != ERR_OK) return ERR_DECRYPT;
    struct file_key keys;
    derive(&keys, secret, header.p);
    if (sodium_memcmp(keys.commit, parts.commit, sizeof(keys.commit)) != 0) {
        err = ERR_DECRYPT;
    } else {
        *reader = (struct bundle_reader){.failed = ERR_OK};
        memcpy(reader->key, keys.aead, sizeof(reader->key));
    }
    KEY_WIPE(&keys);
    mem_wipe(secret, sizeof(secret));
    return err;
}

void bundle_reader_feed(struct bundle_reader *reader, struct slice bytes)
{
    buf_put(&reader->sealed, bytes.p, bytes.n);
}

/* Opens one chunk if it is all there; *opened says so. */
static enum err open_chunk(struct bundle_reader *reader, bool *opened)
{
    *opened = false;
    if (reader->last_seen) return reader->sealed.len == 0 ? ERR_OK : ERR_MALFORMED;
    if (reader->sealed.len < CHUNK_HEAD_BYTES) return ERR_OK;
    uint8_t last = reader->sealed.data[0];
    size_t n = get_be32(reader->sealed.data + 1);
    if (last > 1 || n < AEAD_TAG_BYTES || n > BUNDLE_CHUNK_BYTES + AEAD_TAG_BYTES) {
        return ERR_MALFORMED;
    }
    bool full = n == BUNDLE_CHUNK_BYTES + AEAD_TAG_BYTES;
    bool needless = n == AEAD_TAG_BYTES && reader->chunk > 0;
    if ((last == 0 && !full) || needless) return ERR_MALFORMED;
    if (reader->sealed.len < CHUNK_HEAD_BYTES + n) return ERR_OK;

    uint8_t nonce[AEAD_NONCE_BYTES];
    chunk_nonce(nonce, last == 1, reader->chunk);
    size_t before = reader->plain.len;
    uint8_t *plain = buf_extend(&reader->plain, n - AEAD_TAG_BYTES);
    enum err err = aead_open(plain, slice_of(reader->sealed.data + CHUNK_HEAD_BYTES, n),
                             (struct slice){0}, nonce, reader->key);
    if (err != ERR_OK) {
        reader->plain.len = before;
        return err;
    }
    buf_consume(&reader->sealed, CHUNK_HEAD_BYTES + n);
    reader->chunk++;
    reader->last_seen = last == 1;
    *opened = true;
    return ERR_OK;
}

static enum err next(struct bundle_reader *reader, struct slice *message)
{
    buf_consume(&reader->plain, reader->taken);
    reader->taken = 0;
    for (;;) {
        struct slice plain = buf_slice(&reader->plain);
        size_t n = plain.n >= 4 ? get_be32(plain.p) : 0;
        if (plain.n >= 4 && (n < 1 || n > LIMIT_MESSAGE_BYTES)) return ERR_MALFORMED;
        if (plain.n >= 4 && plain.n - 4 >= n) {
            *message = slice_of(plain.p + 4, n);
            reader->taken = 4 + n;
            return ERR_OK;
        }
        bool opened;
        enum err err = open_chunk(reader, &opened);
        if (err != ERR_OK) return err;
        if (!opened) {
            *message = (struct slice){0};
            return ERR_OK;
        }
    }
}

enum err bundle_reader_next(struct bundle_reader *reader, struct slice *message)
{
    if (reader->failed == ERR_OK) reader->failed = next(reader, message);
    return reader->failed;
}

enum err bundle_reader_finish(struct bundle_reader *reader)
{
    if (reader->failed != ERR_OK) return reader->failed;
    bool whole =
        reader->last_seen && reader->sealed.len == 0 && reader->plain.len == reader->taken;
    return whole ? ERR_OK : ERR_MALFORMED;
}

void bundle_reader_fini(struct bundle_reader *reader)
{
    wipe_buf(&reader->sealed);
    wipe_buf(&reader->plain);
    KEY_WIPE(reader);
}
