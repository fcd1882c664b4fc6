#include "client/postgres/names.h"

#include <string.h>

#include "proto/base/text.h"

static const char *const our_tables[] = {"state", "records", "items", "links"};
static const char *const our_columns[] = {"owner", "record"};

/* a-z 0-9 _; anything else is _. */
static void put_plain(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9');

        buf_put_u8(out, plain ? (uint8_t)*text : '_');
    }
}

/* What is too long ends in eight digits of FNV-1a of all of it. */
static void put_short(struct buf *out, const char *prefix, const struct buf *name)
{
    size_t most = NAMES_BYTES_MAX - strlen(prefix);
    uint64_t hash = 0xcbf29ce484222325u;
    uint8_t bytes[4];
    char hex[9];

    buf_put_str(out, prefix);
    if (name->len <= most) {
        buf_put(out, name->data, name->len);
        return;
    }
    for (size_t i = 0; i < name->len; i++)
        hash = (hash ^ name->data[i]) * 0x100000001b3u;
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(hash >> (8 * i));
    text_hex(hex, bytes, sizeof(bytes));
    buf_put(out, name->data, most - 9);
    buf_put_u8(out, '_');
    buf_put_str(out, hex);
}

static bool among(const char *const *list, size_t n, const struct buf *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strlen(list[i]) == name->len && memcmp(list[i], name->data, name->len) == 0) {
            return true;
        }
    }
    return false;
}

void names_table(struct buf *out, const char *type)
{
    struct buf name = {0};

    put_plain(&name, type);
    put_short(out,
              among(our_tables, sizeof(our_tables) / sizeof(our_tables[0]), &name) ? "type_"
                                                                                   : "",
              &name);
    buf_fini(&name);
}

void names_column(struct buf *out, const char *section, const char *field)
{
    struct buf name = {0};

    put_plain(&name, section);
    buf_put_u8(&name, '_');
    put_plain(&name, field);
    put_short(out,
              among(our_columns, sizeof(our_columns) / sizeof(our_columns[0]), &name) ? "field_"
                                                                                      : "",
              &name);
    buf_fini(&name);
}

void names_quoted(struct buf *out, const char *name, size_t n)
{
    buf_put_u8(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (name[i] == '"') buf_put_u8(out, '"');
        buf_put_u8(out, (uint8_t)name[i]);
    }
    buf_put_u8(out, '"');
}
