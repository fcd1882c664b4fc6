/*
 * phrases.h: the keys of a phrase, made on a worker thread (Argon2id: about a second and
 * 256 MiB), one at a time, so that two people who type at once do not take half a gigabyte.
 */
#ifndef APP_PHRASES_H
#define APP_PHRASES_H

#include <stdbool.h>
#include <uv.h>

#include "proto/crypto/phrase.h"

enum { PHRASES_WAITING_MAX = 8 };

struct phrases;

/* keys is NULL unless err is OK, and wiped after the call. On the loop. */
typedef void (*phrases_fn)(void *arg, enum err err, const struct school_keys *keys);

struct phrases *phrases_new(uv_loop_t *loop);
/* What waits or runs is answered CLOSED, now; frees phrases when the worker has ended. */
void phrases_free(struct phrases *phrases);

/* Whether PHRASES_WAITING_MAX wait: then nothing more may be asked. */
bool phrases_busy(const struct phrases *phrases);
/* fn comes later. SYSTEM when memory is refused. */
void phrases_derive(struct phrases *phrases, const uint8_t entropy[PHRASE_ENTROPY_BYTES],
                    phrases_fn fn, void *arg);

#endif
