/*
 * ask.h: what an op of kith-vectors does with its request: takes typed members out of it, and
 * puts typed members into its answer.
 *
 * Failure is sticky, as in a cursor: the first wrong or missing member is remembered, every
 * take after it gives zeros, and the answer becomes {"error": "…"} whatever the op has put in.
 * So an op takes all it needs, asks `failed` once, and goes on.
 */
#ifndef TESTS_TOOLS_ASK_H
#define TESTS_TOOLS_ASK_H

#include <jansson.h>
#include <stdbool.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"
#include "proto/envelope/envelope.h"

struct ask {
    const json_t *request;
    json_t *answer;
    struct arena arena; /* for what the op takes; freed after the answer */
    bool failed;
    char why[256];
};

/* Remembers the first failure. member may be NULL. */
void ask_fail(struct ask *ask, const char *member, const char *why);
/* Sets "result" to the name of an err: the judgement of the code that is being driven. */
void ask_result(struct ask *ask, enum err err);

bool ask_has(const json_t *object, const char *name);
/* Exactly n bytes of hex; out is zeros when it fails. */
void ask_bytes(struct ask *ask, const json_t *object, const char *name, void *out, size_t n);
/* Hex of any length; an absent member is empty when `optional`. */
struct slice ask_hex(struct ask *ask, const json_t *object, const char *name, bool optional);
/* A string; "" when it fails. */
const char *ask_text(struct ask *ask, const json_t *object, const char *name);
/* An integer from 0 to max. */
uint64_t ask_number(struct ask *ask, const json_t *object, const char *name, uint64_t max);
/* A list (of objects when `objects`); an empty one when it fails or is absent and optional. */
const json_t *ask_list(struct ask *ask, const json_t *object, const char *name, bool optional);

void ask_put_hex(json_t *object, const char *name, const void *bytes, size_t n);
void ask_put_text(json_t *object, const char *name, const char *text, size_t n);
void ask_put_number(json_t *object, const char *name, uint64_t v);

/* An envelope as vectors write it: {"header": hex, "payload": hex, absent when erased}. */
struct ask_envelope {
    uint8_t header[ENVELOPE_HEADER_BYTES];
    bool whole; /* there is a payload */
    struct slice payload;
    struct envelope_id id;
};
void ask_envelope(struct ask *ask, const json_t *object, struct ask_envelope *out);

#endif
