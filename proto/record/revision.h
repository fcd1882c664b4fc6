/*
 * revision.h: one immutable change to a record. The body is JSON with these members:
 *
 *   record   32 hex digits     owner   64 hex digits: the school's id; of a network-owned
 *   type     1 to 64 of a-z 0-9 _      record the network's id
 *   v        integer >= 1      edit    32 hex digits: one edit, the same in every space
 *   parents  at most LIMIT_REVISION_PARENTS ids of 64 hex digits, ascending, none twice
 *   lamport  integer >= 1: 1 + the greatest of the parents', 1 without parents (fold.h judges)
 *   person   at most LIMIT_NAME_BYTES bytes
 *   at       "2026-03-01T09:30:00Z", or "": for display; no order or right depends on it
 *   sections an object of objects: the sections that changed
 *
 * Hex is lower-case. Members beyond these are kept (in `body`) and have no meaning. In a
 * section a member that is null says "no value". A member that is a list of objects with a
 * string `id` each is an *item list*: it holds the items that changed, the others stand as they
 * were; an item {"id", "deleted": true} is gone. See fold.h.
 *
 * A revision's id is BLAKE2b-256("kith/1 revision\0" || body); who decodes has computed it.
 */
#ifndef RECORD_REVISION_H
#define RECORD_REVISION_H

#include <jansson.h>

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/mem.h"

#define REVISION_ID_LABEL "kith/1 revision" /* hashed with its NUL */

enum { REVISION_TYPE_BYTES = 64, REVISION_REF_CHARS = 64 + 1 + 32 };

struct revision {
    struct revision_id id;
    struct record_id record;
    struct school_id owner; /* or the bytes of the network's id */
    struct edit_id edit;
    char type[REVISION_TYPE_BYTES + 1];
    uint64_t v;
    uint64_t lamport;
    struct revision_id *parents; /* owned */
    size_t n_parents;
    char *person;     /* owned; "" when none is named */
    char *at;         /* owned */
    json_t *sections; /* owned reference; not to be changed */
};

void revision_fini(struct revision *revision);

/*
 * Decodes a body. On ERR_OK the caller owns *out (revision_fini). MALFORMED or TOO_BIG
 * otherwise, and *why (may be NULL) is a sentence for a person (static).
 */
MUST_USE enum err revision_decode(struct slice body, const struct revision_id *id,
                                  struct revision *out, const char **why);

/*
 * Appends the body: members in the order above, compact, sections' members in byte order, so
 * equal revisions give equal bytes. The id field is not read. Parents are sorted here. TOO_BIG
 * over LIMIT_BODY_BYTES, INVALID when decode would refuse it.
 */
MUST_USE enum err revision_encode(const struct revision *revision, struct buf *out,
                                  const char **why);

/*
 * A record named inside another record: "<owner, 64 hex>/<record, 32 hex>".
 * out holds REVISION_REF_CHARS + 1. Decode: MALFORMED unless exactly that.
 */
void revision_ref(char *out, const struct school_id *owner, const struct record_id *record);
MUST_USE enum err revision_ref_decode(const char *text, struct school_id *owner,
                                      struct record_id *record);

#endif
