/*
 * records.h: small makers that the record tests share. A set of revisions is built in the order
 * of its calls; ids are given by one byte, so that a test can say who wins.
 */
#ifndef TESTS_UNIT_RECORDS_H
#define TESTS_UNIT_RECORDS_H

#include <stdlib.h>

#include "proto/base/text.h"
#include "proto/record/fold.h"
#include "proto/record/ijson.h"
#include "tests/support/tests.h"

enum { RECORDS_MAX = 128 };

struct records {
    struct revision revisions[RECORDS_MAX];
    struct fold_entry entries[RECORDS_MAX];
    size_t n;
};

static inline struct revision_id records_id(int name)
{
    struct revision_id id;
    memset(id.b, name, sizeof(id.b));
    return id;
}

/* The value of a JSON text with ' for ". json_decref it. */
static inline json_t *records_json(const char *text)
{
    char *copy = mem_strdup(text);
    for (char *p = copy; *p != '\0'; p++) {
        if (*p == '\'') *p = '"';
    }
    json_t *out = NULL;
    const char *why = "";
    if (ijson_decode(slice_of(copy, strlen(copy)), 1 << 20, &out, &why) != ERR_OK) {
        fail_msg("%s: %s", why, text);
    }
    free(copy);
    return out;
}

static inline void records_equal(const json_t *got, const char *expected)
{
    json_t *want = records_json(expected);
    char *a = ijson_text(got), *b = ijson_text(want);
    assert_string_equal(a, b);
    free(a);
    free(b);
    json_decref(want);
}

/* parents: the names of ids, ended by 0. lamport 0: the right one. */
static inline struct revision *records_add(struct records *set, int name, const char *parents,
                                           uint64_t lamport, const char *sections)
{
    struct revision *r = &set->revisions[set->n];
    assert_true(set->n < RECORDS_MAX);
    *r = (struct revision){.id = records_id(name), .v = 1, .lamport = 1};
    memcpy(r->type, "cycle", 6);
    r->edit.b[0] = (uint8_t)name;
    r->person = mem_strdup("grade 9 lead");
    r->at = mem_strdup("2026-03-01T09:30:00Z");
    r->n_parents = strlen(parents);
    r->parents = mem_zalloc(r->n_parents * sizeof(*r->parents));
    for (size_t i = 0; i < r->n_parents; i++) {
        r->parents[i] = records_id(parents[i]);
        for (size_t k = 0; k < set->n; k++) {
            if (revision_id_eq(&set->revisions[k].id, &r->parents[i]) &&
                set->revisions[k].lamport >= r->lamport) {
                r->lamport = set->revisions[k].lamport + 1;
            }
        }
    }
    if (lamport != 0) r->lamport = lamport;
    r->sections = records_json(sections);
    set->entries[set->n++] = fold_entry_full(r);
    return r;
}

static inline void records_fini(struct records *set)
{
    for (size_t i = 0; i < set->n; i++)
        revision_fini(&set->revisions[i]);
    *set = (struct records){0};
}

static inline struct fold_state records_fold(const struct records *set)
{
    struct fold_state state;
    fold_init(&state, set->entries, set->n);
    return state;
}

/* A string of n times the text. free() it. */
static inline char *records_repeat(const char *text, size_t n)
{
    struct buf out = {0};
    for (size_t i = 0; i < n; i++)
        buf_put_str(&out, text);
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

#endif
