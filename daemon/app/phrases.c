#include "daemon/app/phrases.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"

struct asked {
    uint8_t entropy[PHRASE_ENTROPY_BYTES];
    phrases_fn fn;
    void *arg;
    struct asked *next;
};

struct phrases {
    uv_loop_t *loop;
    struct asked *first; /* the one that runs, then those that wait */
    size_t n;
    bool running, ended;
    uv_work_t work;
    /* the worker's while it runs */
    uint8_t entropy[PHRASE_ENTROPY_BYTES];
    struct school_keys keys;
    enum err err;
};

static void on_phrases_work(uv_work_t *work);
static void on_phrases_done(uv_work_t *work, int status);

struct phrases *phrases_new(uv_loop_t *loop)
{
    struct phrases *phrases = mem_zalloc(sizeof(*phrases));
    phrases->loop = loop;
    phrases->work.data = phrases;
    return phrases;
}

static void start(struct phrases *phrases)
{
    if (phrases->running || phrases->first == NULL) return;
    memcpy(phrases->entropy, phrases->first->entropy, sizeof(phrases->entropy));
    phrases->running = true;
    CHECK(uv_queue_work(phrases->loop, &phrases->work, on_phrases_work, on_phrases_done) == 0);
}

/* Answers the first. */
static void answer(struct phrases *phrases, enum err err, const struct school_keys *keys)
{
    struct asked *asked = phrases->first;

    phrases->first = asked->next;
    phrases->n--;
    asked->fn(asked->arg, err, err == ERR_OK ? keys : NULL);
    mem_wipe(asked, sizeof(*asked));
    free(asked);
}

void phrases_derive(struct phrases *phrases, const uint8_t entropy[PHRASE_ENTROPY_BYTES],
                    phrases_fn fn, void *arg)
{
    struct asked *asked = mem_zalloc(sizeof(*asked)), **tail = &phrases->first;

    CHECK(!phrases->ended && phrases->n < PHRASES_WAITING_MAX);
    memcpy(asked->entropy, entropy, sizeof(asked->entropy));
    asked->fn = fn;
    asked->arg = arg;
    while (*tail != NULL)
        tail = &(*tail)->next;
    *tail = asked;
    phrases->n++;
    start(phrases);
}

bool phrases_busy(const struct phrases *phrases)
{
    return phrases->n >= PHRASES_WAITING_MAX;
}

void phrases_free(struct phrases *phrases)
{
    phrases->ended = true;
    while (phrases->first != NULL)
        answer(phrases, ERR_CLOSED, NULL);
    if (!phrases->running) free(phrases);
}

/* ------------------------------------------------------------------- libuv's callbacks -- */

static void on_phrases_work(uv_work_t *work)
{
    struct phrases *phrases = work->data;
    phrases->err = phrase_keys(&phrases->keys, phrases->entropy);
    mem_wipe(phrases->entropy, sizeof(phrases->entropy));
}

static void on_phrases_done(uv_work_t *work, int status)
{
    struct phrases *phrases = work->data;

    phrases->running = false;
    if (!phrases->ended)
        answer(phrases, status != 0 ? ERR_CLOSED : phrases->err, &phrases->keys);
    KEY_WIPE(&phrases->keys);
    if (phrases->ended)
        free(phrases);
    else
        start(phrases);
}
